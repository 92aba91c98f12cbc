//! RG402: what an external store needs.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::{Cluster, Credentials};
use crate::places::settings::written;
use crate::source::DocPath;
use crate::topology::{ObjectStore, Topology};

/// What an external store needs.
pub static RULE: Rule = Rule {
    code: "RG402",
    slug: "store-needs",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

An S3 store has no region, or a plain `http://` endpoint without `allow_http`; or an Azure store uses ambient
credentials and has no `account`.

## Why

The server builds its store client at start. It exits with an error when the region is missing, or when the endpoint is
not encrypted and that is not allowed: `plain HTTP is not allowed` (restatedev/restate
crates/object-store-util/src/lib.rs; issue 2858). 1.5.3 does not exit, and is never healthy (run).

A destination `az://container/path` does not name the account of the container, as
`https://ACCOUNT.blob.core.windows.net/container/path` does. The server takes the account from a variable, which is set with the credentials of `.env` only (same file, `MicrosoftAzureBuilder::from_env`).

## Fails

```yaml
object_store:
  kind: s3
  region: local
  endpoint: http://s3.example.com:9000
snapshots: {destination: s3://orders/snapshots}
```

## Passes

```yaml
object_store:
  kind: s3
  region: local
  endpoint: http://s3.example.com:9000
  allow_http: true
snapshots: {destination: s3://orders/snapshots}
```
"#,
};

/// Finds what an external store lacks.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let (region, endpoint, allow_http) = match &topology.object_store {
        ObjectStore::S3 {
            region,
            endpoint,
            allow_http,
            credentials: _,
        } => (region, endpoint, allow_http),
        ObjectStore::Azure {
            account: None,
            credentials: Credentials::Ambient,
        } if !names_account(topology) => {
            let message =
                "the storage account of the container is not set, so the server cannot find it";
            let at = DocPath::of(["object_store", "account"]);
            return vec![
                Diagnostic::new(&RULE, at, message)
                    .help("write the name of the storage account as `account`"),
            ];
        }
        _ => return Vec::new(),
    };
    // The raw settings say the same in Restate's own words.
    let is_set = |name: &str| {
        let path = format!("worker.snapshots.{name}");
        written(&cluster.settings, &DocPath::root(), &path).is_some()
    };
    let mut found = Vec::new();
    let store = DocPath::of(["object_store"]);
    if region.is_none() && !is_set("aws-region") {
        let message = "the S3 store has no region, and the server refuses to start without one";
        found.push(
            Diagnostic::new(&RULE, store.clone().key("region"), message)
                .help("write the bucket's `region`; for a store without regions write any word"),
        );
    }
    if let Some(endpoint) = endpoint
        && endpoint.starts_with("http://")
        && !allow_http
        && !is_set("aws-allow-http")
    {
        let message = format!(
            "{} is not encrypted, and no node works unless that is allowed",
            quoted(endpoint)
        );
        found.push(
            Diagnostic::new(&RULE, store.key("endpoint"), message)
                .help("use `https://`, or write `allow_http: true` if the network is trusted"),
        );
    }
    found
}

/// Whether the destination says which storage account its container is in.
fn names_account(topology: &Topology) -> bool {
    let destination = topology
        .snapshots
        .as_ref()
        .map(|snapshots| &snapshots.destination);
    let place = destination.and_then(|destination| topology.release.snapshot_place(destination));
    place.is_some_and(|place| place.names_account)
}
