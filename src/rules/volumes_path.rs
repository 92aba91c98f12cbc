//! RG410: a folder of the host where the orchestrator takes none.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::places::node_path;
use crate::source::DocPath;
use crate::topology::{ExistingVolume, Topology};

/// A folder of the host where the orchestrator takes none.
pub static RULE: Rule = Rule {
    code: "RG410",
    slug: "volumes-path",
    severity: Severity::Warning,
    since: "0.2.0",
    docs: r#"## What

`volumes.path` names a folder of the host for the data, or a node's `volume` one of Docker's, and the file also has a
section for Kubernetes or Nomad.

## Why

Compose mounts it into each node. On Kubernetes a [volume
claim](https://kubernetes.io/docs/concepts/storage/persistent-volumes/), on Nomad a
[volume](https://developer.hashicorp.com/nomad/docs/other-specifications/volume) is created by the storage, on a machine
that is chosen later. Path and name have no meaning there and are ignored, so the data is not where the file says.

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

/// Finds a path or volume that only Compose takes, next to a section of another orchestrator.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let folder = topology.volumes.path.as_deref().map(|path| {
        let what = format!("the folder {}", quoted(path));
        (DocPath::of(["volumes", "path"]), what)
    });
    let of_nodes = topology.nodes.iter().filter_map(|node| {
        let what = match node.volume.as_ref()? {
            ExistingVolume::Folder(path) => format!("the folder {}", quoted(path)),
            ExistingVolume::Named(name) => format!("the volume {}", quoted(name)),
        };
        Some((node_path(node).key("volume"), what))
    });
    let others = [
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
    ];
    let others = others.into_iter().filter(|(is_there, ..)| *is_there);
    folder
        .into_iter()
        .chain(of_nodes)
        .flat_map(|(at, what)| {
            others.clone().map(move |(_, who, help)| {
                let message =
                    format!("only Compose uses {what}, and {who} keeps the data elsewhere");
                Diagnostic::new(&RULE, at.clone(), message).help(help)
            })
        })
        .collect()
}
