//! RG714: several changes in one step.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::source::DocPath;
use crate::topology::Topology;

/// Several changes in one step.
pub static RULE: Rule = Rule {
    code: "RG714",
    slug: "several-changes",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

The version, the place of snapshots, the size of volumes or, on Kubernetes, `gitops` changes together with the nodes,
the replication or each other. Or the replication changes while a lost node is replaced. There is no plan for it.

## Why

Each of these changes is safe only while everything else stays the same. While nodes restart one by one for a new
version, no copies may be missing because other nodes come or go ([Restate,
upgrading](https://docs.restate.dev/server/upgrading)). When something goes wrong, one change can be undone, two cannot.

## Fails

```yaml
version: 1.6.2
nodes: 3
```

becomes

```yaml
version: 1.7.12
nodes: 5
```

## Passes

```yaml
version: 1.6.2
nodes: 3
```

becomes

```yaml
version: 1.7.12
nodes: 3
```
"#,
};

/// Finds changes that are safe one at a time.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let (before, after) = (change.before, change.after);
    let nodes_change = !change.added().is_empty() || !change.removed().is_empty();
    let replication_changes = !change.keeps_replication();
    // That the nodes of a cluster without snapshots wait for its first store is another rule's.
    let stores_elsewhere =
        change.stores_elsewhere() && !(before.snapshots.is_none() && nodes_change);
    let store = if before.object_store.is_same_as(&after.object_store) {
        DocPath::of(["snapshots", "destination"])
    } else {
        DocPath::of(["object_store"])
    };
    let mode = |topology: &Topology| topology.tls.as_ref().map(|tls| tls.mode);
    // Each of these is for itself. Nodes may come or go together with another replication, unless one is lost.
    let alone = [
        (
            before.release != after.release,
            DocPath::of(["version"]),
            "the version",
        ),
        (stores_elsewhere, store, "the place of snapshots"),
        (
            mode(before) != mode(after),
            DocPath::of(["tls"]),
            "TLS between the nodes",
        ),
        (
            before.volumes.size != after.volumes.size,
            DocPath::of(["volumes", "size"]),
            "the size of volumes",
        ),
        (
            before.kubernetes.gitops != after.kubernetes.gitops,
            DocPath::of(["kubernetes", "gitops"]),
            "who applies the manifests",
        ),
        (
            change.lost.is_some() && replication_changes,
            DocPath::of(["replication"]),
            "the replication",
        ),
    ];
    let together = [
        (nodes_change, "the nodes"),
        (
            change.lost.is_none() && replication_changes,
            "the replication",
        ),
    ];
    let mut what = Vec::new();
    let mut at = None;
    for (_, place, name) in alone.into_iter().filter(|(differs, ..)| *differs) {
        at.get_or_insert(place);
        what.push(name);
    }
    let together = together.into_iter().filter(|(differs, _)| *differs);
    what.extend(together.map(|(_, name)| name));
    let Some(at) = at.filter(|_| what.len() > 1) else {
        return Vec::new();
    };
    let message = format!(
        "{} change at once: if one of them fails, none can be undone by itself",
        listed(&what)
    );
    let found = Diagnostic::new(&RULE, at, message)
        .help("make one change, wait until every partition is active, then make the next");
    vec![found]
}
