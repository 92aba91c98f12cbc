//! RG410: a folder of the host where the orchestrator takes none.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology::Topology;

/// A folder of the host where the orchestrator takes none.
pub static RULE: Rule = Rule {
    code: "RG410",
    slug: "volumes-path",
    severity: Severity::Warning,
    since: "0.2.0",
    docs: r#"## What

`volumes.path` names a folder of the host for the data, and the file has a section for Kubernetes or Nomad.

## Why

Compose mounts the folder into each node. A [volume
claim](https://kubernetes.io/docs/concepts/storage/persistent-volumes/) of Kubernetes and a
[volume](https://developer.hashicorp.com/nomad/docs/other-specifications/volume) of Nomad are made by their storage, on
a machine that is chosen later: the path has no meaning there and is ignored. The data are then not where the file says.

## Fails

```yaml
volumes: {path: ./data}
kubernetes: {namespace: orders}
```

## Passes

```yaml
volumes: {path: ./data}
```
"#,
};

/// Finds a path that only Compose takes, next to a section of another orchestrator.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let Some(path) = &topology.volumes.path else {
        return Vec::new();
    };
    [
        (
            cluster.kubernetes.is_some(),
            "Kubernetes",
            "the storage class says where claims are: `volumes.class`",
        ),
        (
            cluster.nomad.is_some(),
            "Nomad",
            "the volume plugin says where volumes are: `nomad.volume_plugin`",
        ),
    ]
    .into_iter()
    .filter(|(is_there, ..)| *is_there)
    .map(|(_, who, help)| {
        let message = format!(
            "{} is a folder for Compose alone, and {who} keeps the data elsewhere",
            quoted(path)
        );
        Diagnostic::new(&RULE, DocPath::of(["volumes", "path"]), message).help(help)
    })
    .collect()
}
