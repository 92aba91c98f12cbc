//! RG721: a lost node that no new one can replace.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Role;
use crate::source::DocPath;

/// A lost node that no new one can replace.
pub static RULE: Rule = Rule {
    code: "RG721",
    slug: "lost-for-good",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

For `replace`: the lost node had the only copy of its part of the log, or the other metadata servers are not a majority.

## Why

A new node gets its data from the other copies, and becomes a member of the metadata quorum by the consent of a
majority. Without both there is nothing to recover from but a backup ([Restate, cluster
deployment](https://docs.restate.dev/server/clusters)).

## Fails

```yaml
nodes: 3
replication: 1
```

loses the disk of `restate-3` and becomes

```yaml
nodes: 3
replication: 1 # restate-gen: allow RG305 - a test cluster
retired_ids: [3]
```

## Passes

```yaml
nodes: 3
```

loses the disk of `restate-3` and becomes

```yaml
nodes: 3
retired_ids: [3]
```
"#,
};

/// Finds what is lost with the node.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let Some(lost) = change.lost.and_then(|lost| change.before.node(lost)) else {
        return Vec::new();
    };
    let mut messages = Vec::new();
    if lost.has(Role::LogServer) && change.before.log_replication.copies() < 2 {
        messages.push(format!(
            "{} had the only copy of its part of the log",
            lost.name
        ));
    }
    let members = change.before.nodes_with(Role::MetadataServer).count();
    if lost.has(Role::MetadataServer) && (members - 1) * 2 <= members {
        messages.push(format!(
            "without {} the metadata quorum has no majority, and accepts no change",
            lost.name
        ));
    }
    let find = |message| {
        Diagnostic::new(&RULE, DocPath::of(["nodes"]), message)
            .help("restore a backup: nothing else is left to recover from")
    };
    messages.into_iter().map(find).collect()
}
