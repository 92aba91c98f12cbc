//! RG510: a tag in the name of an image.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::{Cluster, ObjectStore, ObjectStoreOptions, StoreImage};
use crate::source::DocPath;

/// A tag in the name of an image.
pub static RULE: Rule = Rule {
    code: "RG510",
    slug: "image-tag",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`image.repository`, of the server or of a bundled store, ends in a tag.

## Why

The tag is the `version`, which settings, memory pools and upgrades are checked against. With two tags the reference is
invalid for every engine (run: Docker 20.10, `invalid reference format`). `latest` changes without notice: of 62 public
deployments of Restate, 18 used it, so any restart may upgrade them.

## Fails

```yaml
image: {repository: "registry.example.com/restate:latest"}
```

## Passes

```yaml
version: 1.7.12
image: {repository: "registry.example.com:5000/restate"}
```
"#,
};

/// Finds a tag behind the last part of an image's name; before it a colon is a port.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let server = cluster.image.as_ref();
    let server = server.and_then(|image| image.repository.as_deref());
    let (store, client) = match &cluster.object_store {
        Some(ObjectStore::Options(ObjectStoreOptions::Minio(minio))) => {
            let client = minio.client.as_ref();
            (
                minio.image.as_ref(),
                client.and_then(|client| client.image.as_ref()),
            )
        }
        Some(ObjectStore::Options(ObjectStoreOptions::Seaweedfs(store))) => {
            (store.image.as_ref(), None)
        }
        _ => (None, None),
    };
    let name = |image: Option<&'_ StoreImage>| image?.repository.clone();
    [
        (server.map(str::to_owned), &["image"][..]),
        (name(store), &["object_store", "image"]),
        (name(client), &["object_store", "client", "image"]),
    ]
    .into_iter()
    .filter_map(|(repository, of)| find(&repository?, DocPath::of(of.iter().copied())))
    .collect()
}

fn find(repository: &str, of: DocPath) -> Option<Diagnostic> {
    let last = repository.rsplit('/').next().unwrap_or(repository);
    let (_, tag) = last.split_once(':')?;
    let message = format!(
        "{} has the tag {}, and `version` adds a second one, which no engine accepts",
        quoted(repository),
        quoted(tag)
    );
    let without = repository
        .strip_suffix(&format!(":{tag}"))
        .unwrap_or(repository);
    Some(
        Diagnostic::new(&RULE, of.key("repository"), message).help(format!(
            "write `{without}`, and put the version under `version`"
        )),
    )
}
