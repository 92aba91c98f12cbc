//! RG647: a CSI volume of no plugin.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::model::nomad::VolumeKind;
use crate::source::DocPath;

/// A CSI volume of no plugin.
pub static RULE: Rule = Rule {
    code: "RG647",
    slug: "nomad-volume-plugin",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`nomad.volume` is `csi` and no `volume_plugin` is named, or it is `static` and one is.

## Why

A CSI volume is made by a plugin, and there is none that every Nomad has: `nomad volume create` answers `plugin not found` ([Nomad, volume specification](https://developer.hashicorp.com/nomad/docs/other-specifications/volume)). A static volume is made by nobody.

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
            "a CSI volume needs a plugin that makes it, and none is named".to_owned(),
            "name it: `volume_plugin: <plugin id>`, as `nomad plugin status` lists it",
        ),
        (Some(VolumeKind::Static), Some(plugin)) => (
            "volume_plugin",
            format!("`{plugin}` makes no volume: static ones are in the clients' configuration"),
            "leave `volume_plugin` out, or take `volume: dynamic`",
        ),
        _ => return Vec::new(),
    };
    vec![Diagnostic::new(&RULE, DocPath::of(["nomad", at]), message).help(help)]
}
