//! RG406: MinIO by name, from an upstream that repairs nothing any more.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::{Cluster, ObjectStore, ObjectStoreKind, ObjectStoreOptions};
use crate::source::DocPath;

/// MinIO by name, from an upstream that repairs nothing any more.
pub static RULE: Rule = Rule {
    code: "RG406",
    slug: "minio-archived",
    severity: Severity::Hint,
    since: "0.1.0",
    docs: r#"## What

The file chooses the bundled MinIO, with an image of upstream.

## Why

MinIO stopped publishing images in October 2025 ([minio/minio 21647](https://github.com/minio/minio/issues/21647)), and
its repository was archived in April 2026. Docker Hub has had none of them since September 2026 ([testcontainers-node
1463](https://github.com/testcontainers/testcontainers-node/issues/1463)): `minio/minio` cannot be pulled from there.
quay.io serves the last ones, frozen, without the fix of CVE-2025-62506. The nodes have a key for one bucket only, so
MinIO is fine to start with, but not for years.

SeaweedFS is maintained, and equally well tested with this tool. In production use an external store, with `kind: s3`,
`gcs` or `azure`. If you build MinIO yourself, or use a maintained build, name it under `image`.

A file without `object_store` gets MinIO too, but no hint, because nobody chose it.

## Fails

```yaml
object_store: minio
```

## Passes

```yaml
object_store: seaweedfs
```
"#,
};

/// Where upstream's images are, or were.
const UPSTREAM: [&str; 3] = [
    "quay.io/minio/minio",
    "docker.io/minio/minio",
    "minio/minio",
];

/// Finds MinIO by name with an image of upstream.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let image = match &cluster.object_store {
        Some(ObjectStore::Kind(ObjectStoreKind::Minio)) => None,
        Some(ObjectStore::Options(ObjectStoreOptions::Minio(minio))) => minio.image.as_ref(),
        _ => return Vec::new(),
    };
    let own_name = image.and_then(|image| image.repository.as_deref());
    let name = own_name.unwrap_or(UPSTREAM[0]);
    if !UPSTREAM.contains(&name) {
        return Vec::new();
    }
    let message = if name == UPSTREAM[0] {
        format!("{name} gets no repairs any more, because MinIO's upstream is archived")
    } else {
        format!("{name} cannot be pulled any more, because Docker Hub has no images of MinIO")
    };
    let found = Diagnostic::new(&RULE, DocPath::of(["object_store"]), message).help(
        "write `seaweedfs`, which is maintained; or an external store, `{kind: s3, ...}`; or name a maintained build of MinIO under `image`",
    );
    vec![found]
}
