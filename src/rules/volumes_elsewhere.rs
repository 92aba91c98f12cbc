//! RG717: nodes that would start on other, empty volumes.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::nomad::VolumeKind;
use crate::places::node_path;
use crate::source::DocPath;
use crate::topology::{Node, Topology};

/// Nodes that would start on other, empty volumes.
pub static RULE: Rule = Rule {
    code: "RG717",
    slug: "volumes-elsewhere",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

The Compose project, the prefix of its services, the folder of the data, the `volume` of a node, the Kubernetes
namespace, or the Nomad job, its namespace or the kind of its volumes changed.

## Why

Volumes belong to the project or namespace that they were created in. Under a new one every node starts on an empty
volume, and the old volumes stay unused. The provisioning step finds nothing of the first cluster and provisions a
second one (run: Docker Compose 2.26, 1.7.12: another project, `up --wait` exits 0, and the cluster's fingerprint is
another). `compose.prefix` is part of the names of two volumes: that of the provisioning step, with the marker that the
cluster exists, and that of a bundled store, with its snapshots. Nomad's volumes are named after the job and belong to
its namespace, and a volume of another kind is another volume.

`COMPOSE_PROJECT_NAME` in `.env` of a folder for Compose counts as the project, because Compose reads it first.

## Fails

```yaml
name: orders
```

becomes

```yaml
name: orders
compose: {project: shop}
```

## Passes

```yaml
name: orders
compose: {project: shop}
```

becomes

```yaml
name: orders
compose: {project: shop}
nodes: 5
```
"#,
};

/// Finds changes of where volumes belong.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let (before, after) = (change.before, change.after);
    // A new name also changes the project, and another rule reports it.
    if before.cluster_name != after.cluster_name {
        return Vec::new();
    }
    let mut places = vec![
        (
            ["compose", "project"],
            "project",
            &before.compose.project,
            &after.compose.project,
        ),
        (
            ["kubernetes", "namespace"],
            "namespace",
            &before.kubernetes.namespace,
            &after.kubernetes.namespace,
        ),
    ];
    let mut found = Vec::new();
    let (prefix, new_prefix) = (&before.compose.prefix, &after.compose.prefix);
    if prefix != new_prefix {
        let message = format!(
            "the volume {prefix}provision-data would be {new_prefix}provision-data, and what it contains, like the data of a bundled store, stays behind"
        );
        let help = format!("write `compose: {{prefix: '{prefix}'}}`");
        found.push(Diagnostic::new(&RULE, DocPath::of(["compose", "prefix"]), message).help(help));
    }
    let (old, new) = (&before.nomad, &after.nomad);
    let (kind, new_kind) = (old.volume.name().to_owned(), new.volume.name().to_owned());
    if change.files.after.nomad.is_some() && change.files.before.nomad.is_some() {
        places.push((["nomad", "job"], "job", &old.job, &new.job));
        places.push((
            ["nomad", "namespace"],
            "namespace",
            &old.namespace,
            &new.namespace,
        ));
        if kind != new_kind {
            places.push((["nomad", "volume"], "kind", &kind, &new_kind));
        } else if old.volume != VolumeKind::Static {
            places.push((
                ["nomad", "volume_plugin"],
                "plugin",
                &old.volume_plugin,
                &new.volume_plugin,
            ));
        }
    }
    let path = |topology: &Topology| topology.volumes.path.clone().unwrap_or_default();
    let (path, new_path) = (path(before), path(after));
    if path != new_path {
        let (message, help) = if path.is_empty() {
            (
                format!(
                    "the data is in Docker volumes, and the nodes would start on empty folders in {}",
                    quoted(&new_path)
                ),
                "remove `volumes.path`".to_owned(),
            )
        } else {
            (
                format!(
                    "the data is in folders in {}, and the nodes would start on empty ones elsewhere",
                    quoted(&path)
                ),
                format!("keep `volumes: {{path: {path}}}`"),
            )
        };
        let at = DocPath::of(["volumes", "path"]);
        found.push(Diagnostic::new(&RULE, at, message).help(help));
    }
    for node in &after.nodes {
        let Some(old) = before.node(node.id).filter(|old| old.volume != node.volume) else {
            continue;
        };
        let of = |node: &Node| node.volume.clone().map(|volume| volume.text().to_owned());
        let (message, help) = match (of(old), of(node)) {
            (Some(old), _) => (
                format!(
                    "the data of {} is in {}, and the node would start without it",
                    node.name,
                    quoted(&old)
                ),
                format!("keep `volume: {old}`"),
            ),
            (None, new) => (
                format!(
                    "the data of {} is in a volume that Compose made, and the node would start in {}",
                    node.name,
                    quoted(&new.unwrap_or_default())
                ),
                "remove `volume`".to_owned(),
            ),
        };
        let at = node_path(node).key("volume");
        found.push(Diagnostic::new(&RULE, at, message).help(help));
    }
    let places = places
        .into_iter()
        .filter(|(_, _, before, after)| before != after)
        .map(|(path, what, before, after)| {
            let message = format!(
                "the data is in volumes of the {what} {}, and nodes in {} would start on empty ones",
                quoted(before),
                quoted(after)
            );
            let help = format!("write `{}: {{{}: {before}}}`", path[0], path[1]);
            Diagnostic::new(&RULE, DocPath::of(path), message).help(help)
        });
    found.extend(places);
    found
}
