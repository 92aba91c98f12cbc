//! RG618: iPv6 for a server that listens on IPv4.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology::Topology;

/// IPv6 for a server that listens on IPv4.
pub static RULE: Rule = Rule {
    code: "RG618",
    slug: "kubernetes-ip-family",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

For Kubernetes: `ip_family` is `ipv6` or `dual_stack`, and the server is of version 1.5.

## Why

Servers before 1.6 have no setting for the address alone and listen on 0.0.0.0 ([Restate, release
notes](https://github.com/restatedev/restate/releases/tag/v1.6.0)). In pods with addresses of IPv6 the nodes would never
reach each other.

## Fails

```yaml
version: 1.5.3 # restate-gen: allow RG509 - until the upgrade
nodes: 3
kubernetes: {ip_family: ipv6}
```

## Passes

```yaml
version: 1.7.12
nodes: 3
kubernetes: {ip_family: ipv6}
```
"#,
};

/// Finds a family that the server does not listen on.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let listens = topology.release.spelling("bind-ip").is_some();
    if cluster.kubernetes.is_none() || listens || topology.kubernetes.bind_ip() == "0.0.0.0" {
        return Vec::new();
    }
    let message = format!(
        "server {} listens on IPv4 alone, so nodes would not reach each other",
        topology.release.text()
    );
    vec![
        Diagnostic::new(&RULE, DocPath::of(["kubernetes", "ip_family"]), message)
            .help("write a newer `version`, or leave `ip_family` out"),
    ]
}
