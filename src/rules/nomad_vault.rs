//! RG649: a Vault secret that no node reads.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::{Cluster, Credentials};
use crate::source::DocPath;
use crate::topology::{ObjectStore, Topology};

/// A Vault secret that no node reads.
pub static RULE: Rule = Rule {
    code: "RG649",
    slug: "nomad-vault",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`nomad.vault.path` begins with `data/`, or `nomad.vault` is set but the nodes need no credentials.

## Why

The API of Vault's key-value store has `data/` between the mount and the path, and the template adds it. Written by hand
it is there twice: no such secret is found, and every node waits for it forever ([Vault, KV version
2](https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2)). The credentials of the object store are a cluster's
only secrets.

## Fails

```yaml
nodes: 3
nomad: {vault: {path: data/restate/orders}}
```

## Passes

```yaml
nodes: 3
nomad: {vault: {path: restate/orders}}
```
"#,
};

/// Finds secrets that no node would read or find.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let Some(vault) = topology
        .nomad
        .vault
        .as_ref()
        .filter(|_| cluster.nomad.is_some())
    else {
        return Vec::new();
    };
    let at = DocPath::of(["nomad", "vault"]);
    if let Some(path) = vault.path.strip_prefix("data/") {
        let message = format!(
            "`{}` is read as `{}`, where there is no secret, so every node waits for it forever",
            vault.path,
            vault.api_path()
        );
        return vec![
            Diagnostic::new(&RULE, at.key("path"), message).help(format!("write `path: {path}`")),
        ];
    }
    let has_credentials = match &topology.object_store {
        ObjectStore::Minio(_) | ObjectStore::Seaweedfs(_) => true,
        ObjectStore::S3 { credentials, .. }
        | ObjectStore::Gcs(credentials)
        | ObjectStore::Azure { credentials, .. } => *credentials == Credentials::Env,
        ObjectStore::None => false,
    };
    if has_credentials {
        return Vec::new();
    }
    let message = "the nodes need no object store credentials, so nothing is read from Vault";
    vec![
        Diagnostic::new(&RULE, at, message)
            .help("leave `vault` out, or use an `object_store` with `credentials: env`"),
    ]
}
