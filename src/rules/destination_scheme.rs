//! RG403: a snapshot destination that the store or the release does not accept.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology::{ObjectStore, Topology};

/// A snapshot destination that the store or the release does not accept.
pub static RULE: Rule = Rule {
    code: "RG403",
    slug: "destination-scheme",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`snapshots.destination` is an address that this release, or the object store of the file, does not accept.

## Why

1.5 writes only to `s3://`, 1.6 and later also to `gs://` and `az://` ([Restate,
snapshots](https://docs.restate.dev/server/snapshots); release notes v1.6.0). `s3a://` and the `https://`
address of a bucket at AWS or R2 work too, and since 1.6 `azure://`, `adl://`, `abfss://CONTAINER@ACCOUNT.dfs...` and
`https://ACCOUNT.blob.core.windows.net/CONTAINER/...` (run: 1.5.3, 1.6.2, 1.7.12). With `az://ACCOUNT.blob...` the
server exits.
`file://` was never shared between nodes, and 1.6 removed it. A bundled store speaks S3.

## Fails

```yaml
object_store: {kind: gcs}
snapshots: {destination: s3://orders/snapshots}
```

## Passes

```yaml
object_store: {kind: gcs}
snapshots: {destination: gs://orders/snapshots}
```
"#,
};

/// Finds a destination whose scheme leads elsewhere than the store.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let written = cluster
        .snapshots
        .as_ref()
        .and_then(|snapshots| snapshots.destination.as_deref());
    let Some((destination, (scheme, rest))) =
        written.and_then(|written| Some((written, written.split_once("://")?)))
    else {
        return Vec::new();
    };
    let (store, usual) = match topology.object_store {
        ObjectStore::Minio(_) => ("minio", "s3"),
        ObjectStore::Seaweedfs(_) => ("seaweedfs", "s3"),
        ObjectStore::S3 { .. } => ("s3", "s3"),
        ObjectStore::Gcs(_) => ("gcs", "gs"),
        ObjectStore::Azure { .. } => ("azure", "az"),
        ObjectStore::None => ("none", ""),
    };
    let release = &topology.release;
    let is_bundled = topology.object_store.bundled().is_some();
    let fits = match release.snapshot_place(destination) {
        // The bucket that comes with a bundled store is made by the name in its address.
        _ if is_bundled => scheme == usual,
        place => place.is_some_and(|place| place.store == store),
    };
    // What stands there may be the name of a bucket, or a whole host.
    let is_name = !rest
        .split('/')
        .next()
        .unwrap_or_default()
        .contains(['.', '@']);
    let (reason, help) = if scheme == "file" {
        (
            "is a folder that other nodes cannot read",
            "use an object store, such as `minio`".to_owned(),
        )
    } else if usual.is_empty() {
        (
            "has no object store to go to",
            "leave it out, or set `object_store`".to_owned(),
        )
    } else if fits {
        return Vec::new();
    } else if !is_bundled && !release.keeps_snapshots_in(store) {
        (
            "is not supported by that version",
            "use an S3 store, or a newer `version`".to_owned(),
        )
    } else if store == "azure" && !is_name {
        (
            "names no container as the server expects it",
            "write `az://CONTAINER/PREFIX`, or `https://ACCOUNT.blob.core.windows.net/CONTAINER/PREFIX`"
                .to_owned(),
        )
    } else {
        let right = if is_name {
            format!("{usual}://{rest}")
        } else {
            format!("{usual}://BUCKET/PREFIX")
        };
        let help = format!("write `{right}`, or use the object store of `{scheme}://`");
        ("does not match the object store", help)
    };
    let place = match reason {
        "is not supported by that version" => format!("version {}", release.text()),
        _ => format!("object store `{store}`"),
    };
    let message = format!(
        "{} {reason} ({place}), so no snapshot is kept",
        quoted(destination)
    );
    let at = DocPath::of(["snapshots", "destination"]);
    vec![Diagnostic::new(&RULE, at, message).help(help)]
}
