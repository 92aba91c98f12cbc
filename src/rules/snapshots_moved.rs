//! RG712: a changed place for the snapshots.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::source::DocPath;
use crate::topology::{ObjectStore, Topology};

/// A changed place for the snapshots.
pub static RULE: Rule = Rule {
    code: "RG712",
    slug: "snapshots-moved",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

The snapshots have a new destination or a new store, or no longer any.

## Why

The snapshots in the old place are not copied. A node that joins or lost its disk looks for a snapshot in the new place.
It finds none for records that are already trimmed, and cannot start that partition until a snapshot was made there
([Restate, snapshots](https://docs.restate.dev/server/snapshots)).

## Fails

```yaml
nodes: 3
snapshots: {destination: s3://restate/snapshots}
```

becomes

```yaml
nodes: 3
snapshots: {destination: s3://restate/other}
```

## Passes

```yaml
nodes: 3
snapshots: {interval: 10m}
```

becomes

```yaml
nodes: 3
snapshots: {interval: 5m}
```
"#,
};

/// Finds snapshots whose place changed.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let (before, after) = (place(change.before), place(change.after));
    if before == after {
        return Vec::new();
    }
    let store = DocPath::of(["object_store"]);
    let (at, message, help) = match (before, after) {
        (None, _) => return Vec::new(),
        (Some((place, destination)), None) => (
            store,
            format!(
                "snapshots have no destination any more, and those in {destination} ({place}) stay behind: the log is no longer trimmed, and no node can join"
            ),
            "keep a store; a new node needs snapshots to start from",
        ),
        (Some((place, destination)), Some((new_place, new_destination))) => {
            let at = if place == new_place {
                DocPath::of(["snapshots", "destination"])
            } else {
                store
            };
            let message = format!(
                "snapshots go to {new_destination} ({new_place}), and those in {destination} ({place}) stay behind: no node can join until there are new ones"
            );
            (
                at,
                message,
                "restart the nodes one by one, run `restatectl snapshots create`, and keep the old place until every partition has one in the new",
            )
        }
    };
    vec![Diagnostic::new(&RULE, at, message).help(help)]
}

/// The store in words, and the destination.
fn place(topology: &Topology) -> Option<(String, String)> {
    let store = match &topology.object_store {
        ObjectStore::Minio(_) => "the bundled minio".to_owned(),
        ObjectStore::Seaweedfs(_) => "the bundled seaweedfs".to_owned(),
        ObjectStore::S3 { endpoint, .. } => match endpoint {
            Some(endpoint) => format!("S3 at {}", quoted(endpoint)),
            None => "S3".to_owned(),
        },
        ObjectStore::Gcs(_) => "Google Cloud Storage".to_owned(),
        ObjectStore::Azure { .. } => "Azure Blob Storage".to_owned(),
        ObjectStore::None => "a store that this tool does not know".to_owned(),
    };
    let snapshots = topology.snapshots.as_ref()?;
    Some((store, quoted(snapshots.destination.trim_end_matches('/'))))
}
