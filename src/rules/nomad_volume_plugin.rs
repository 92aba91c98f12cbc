//! RG647: a CSI volume without a plugin.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::model::nomad::VolumeKind;
use crate::source::DocPath;

/// A CSI volume without a plugin.
pub static RULE: Rule = Rule {
    code: "RG647",
    slug: "nomad-volume-plugin",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`nomad.volume` is `csi` and `volume_plugin` is not set, or it is `static` and `volume_plugin` is set.

## Why

A CSI volume is created by a plugin, and Nomad has no default one: `nomad volume create` answers `plugin not found`
([Nomad, volume specification](https://developer.hashicorp.com/nomad/docs/other-specifications/volume)). A static volume
needs no plugin.

## Fails

```yaml
nodes: 3
nomad: {volume: csi}
```

## Passes

```yaml
nodes: 3
nomad: {volume: csi, volume_plugin: aws-ebs0}
```
"#,
};

/// Finds volumes that have no plugin, or have one for nothing.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let Some(nomad) = &cluster.nomad else {
        return Vec::new();
    };
    let (at, message, help) = match (nomad.volume, &nomad.volume_plugin) {
        (Some(VolumeKind::Csi), None) => (
            "volume",
            "a CSI volume needs a plugin that creates it, and `volume_plugin` is not set"
                .to_owned(),
            "write `volume_plugin: <plugin id>`, as `nomad plugin status` lists it",
        ),
        (Some(VolumeKind::Static), Some(plugin)) => (
            "volume_plugin",
            format!("`{plugin}` creates nothing: static volumes are in the clients' configuration"),
            "leave `volume_plugin` out, or use `volume: dynamic`",
        ),
        _ => return Vec::new(),
    };
    vec![Diagnostic::new(&RULE, DocPath::of(["nomad", at]), message).help(help)]
}
