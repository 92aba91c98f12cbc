//! RG608: a storage class that cannot exist, or a volume that is too small.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::names::is_domain;
use crate::model::{ByteSize, Cluster};
use crate::source::DocPath;
use crate::topology::Topology;

/// Below that the write-ahead logs and memtables of the server alone may fill the disk.
const LEAST: ByteSize = ByteSize::mebibytes(1024);

/// A storage class that cannot exist, or a volume that is too small.
pub static RULE: Rule = Rule {
    code: "RG608",
    slug: "kubernetes-volume",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

For Kubernetes: the storage class is not a valid object name, or the volumes are smaller than 1 GiB.

## Why

A class name is a DNS subdomain: lower-case letters, digits, `-` and `.` ([Kubernetes,
names](https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names)). A claim with any
other name is refused when half of the cluster is already created. The server's log and state share the volume, and a
full disk stops the node. Most storage does not offer less than 1 GiB.

## Fails

```yaml
nodes: 3
volumes: {class: Fast SSD}
kubernetes: {}
```

## Passes

```yaml
nodes: 3
volumes: {class: fast-ssd}
kubernetes: {}
```
"#,
};

/// Finds volumes that could not be created, or would soon be full.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    if cluster.kubernetes.is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let class = topology.volumes.class.as_deref();
    if let Some(class) = class.filter(|class| !is_domain(class)) {
        let message = format!("{} is not a valid storage class name", quoted(class));
        found.push(
            Diagnostic::new(&RULE, DocPath::of(["volumes", "class"]), message)
                .help("use lower-case letters, digits, `-` and `.`; `kubectl get storageclass` lists the existing ones"),
        );
    }
    if topology.volumes.size < LEAST {
        let message = format!(
            "a volume of {} is full soon, and a full disk stops the node",
            topology.volumes.size
        );
        found.push(
            Diagnostic::new(&RULE, DocPath::of(["volumes", "size"]), message)
                .help(format!("give each node at least {LEAST}")),
        );
    }
    found
}
