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

`volumes.path` names a folder of the host for the data, and the file also has a section for Kubernetes or Nomad.

## Why

Compose mounts the folder into each node. On Kubernetes a [volume
claim](https://kubernetes.io/docs/concepts/storage/persistent-volumes/), on Nomad a
[volume](https://developer.hashicorp.com/nomad/docs/other-specifications/volume) is created by the storage, on a machine
that is chosen later. The path has no meaning there and is ignored, so the data is not where the file says.

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
            "choose the storage with `volumes.class` instead",
        ),
        (
            cluster.nomad.is_some(),
            "Nomad",
            "choose the storage with `nomad.volume_plugin` instead",
        ),
    ]
    .into_iter()
    .filter(|(is_there, ..)| *is_there)
    .map(|(_, who, help)| {
        let message = format!(
            "only Compose uses the folder {}, and {who} keeps the data elsewhere",
            quoted(path)
        );
        Diagnostic::new(&RULE, DocPath::of(["volumes", "path"]), message).help(help)
    })
    .collect()
}
