//! RG712: another place for the snapshots.

use super::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::source::DocPath;
use crate::topology::{ObjectStore, Topology};

/// Another place for the snapshots.
pub static RULE: Rule = Rule {
    code: "RG712",
    slug: "snapshots-moved",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

The snapshots go to another destination or another store than before, or nowhere.

## Why

What is in the old place is not copied. A node that joins or lost its disk looks for a snapshot in the new place, and finds none for records that are trimmed already: it cannot start that partition until a snapshot was made there ([Restate, snapshots](https://docs.restate.dev/server/snapshots)).

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

/// Finds snapshots that are elsewhere than before.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let (before, after) = (place(change.before), place(change.after));
    if before == after {
        return Vec::new();
    }
    let Some(before) = before else {
        // The first place for snapshots leaves none behind.
        return Vec::new();
    };
    let after_words = match &after {
        Some((store, destination)) => format!("to {destination} ({store})"),
        None => "nowhere".to_owned(),
    };
    let message = format!(
        "snapshots go {after_words}, and those in {} ({}) stay behind: no node can join until there are new ones",
        before.1, before.0
    );
    let is_same_store = after.as_ref().is_some_and(|after| after.0 == before.0);
    let at = if is_same_store {
        DocPath::of(["snapshots", "destination"])
    } else {
        DocPath::of(["object_store"])
    };
    let found = Diagnostic::new(&RULE, at, message).help(
        "restart the nodes one by one, run `restatectl snapshots create`, and keep the old place until every partition has one in the new",
    );
    vec![found]
}

/// The store in words, and the destination.
fn place(topology: &Topology) -> Option<(String, String)> {
    let store = match &topology.object_store {
        ObjectStore::Minio(_) => "the bundled minio".to_owned(),
        ObjectStore::Seaweedfs(_) => "the bundled seaweedfs".to_owned(),
        ObjectStore::S3 { endpoint, .. } => match endpoint {
            Some(endpoint) => format!("S3 at {endpoint}"),
            None => "S3".to_owned(),
        },
        ObjectStore::Gcs(_) => "Google Cloud Storage".to_owned(),
        ObjectStore::Azure(_) => "Azure Blob Storage".to_owned(),
        ObjectStore::None => "a store that this tool does not know".to_owned(),
    };
    let snapshots = topology.snapshots.as_ref()?;
    Some((store, snapshots.destination.clone()))
}
