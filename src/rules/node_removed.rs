//! RG709: nodes that were removed from the file.

use std::collections::BTreeSet;

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::model::{ReplicationProperty, Role, ScopedReplication};
use crate::source::DocPath;
use crate::topology::Node;
use crate::topology::location::{region, zone};

/// Nodes that were removed from the file.
pub static RULE: Rule = Rule {
    code: "RG709",
    slug: "node-removed",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

Nodes were removed from the file. It is an error when all copies of a log record can be on them.

## Why

A log record is on as many log servers as the log replication says. Nodes that are removed without being drained take
their copies along. Removing as many at once as there are copies may take the only ones (run: 1.7.12,
`restatectl nodes remove` refuses a node that a log still needs, but stopping the node does not).

## Fails

```yaml
nodes: 4
```

becomes

```yaml
nodes: 3
retired_ids: [4]
```

## Passes

```yaml
nodes: 3
```

becomes

```yaml
nodes: 5
```
"#,
};

/// Finds the nodes that were removed.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    // A node of ingress or admin alone holds nothing.
    let holds = |node: &&Node| node.has(Role::LogServer) || node.has(Role::Worker);
    let removed: Vec<&str> = change
        .leaving()
        .into_iter()
        .filter(holds)
        .map(|node| node.name.as_str())
        .collect();
    if removed.is_empty() {
        return Vec::new();
    }
    let replication = &change.before.log_replication;
    let copies = replication.copies();
    let log_servers: Vec<&Node> = change
        .leaving()
        .into_iter()
        .filter(|node| node.has(Role::LogServer))
        .collect();
    let (severity, message) = if can_hold_all_copies(&log_servers, replication) {
        let message = format!(
            "{} left the file at once, and each log record is on {copies} of the nodes: what only they have would be lost",
            listed(&removed)
        );
        (Severity::Error, message)
    } else {
        let message = format!(
            "{} left the file: what is not drained from it first is lost with it",
            listed(&removed)
        );
        (Severity::Warning, message)
    };
    let found = Diagnostic::new(&RULE, DocPath::of(["nodes"]), message)
        .severity(severity)
        .help("drain, then stop, then `restatectl nodes remove`: see Remove nodes in OPERATIONS.md; when that is done, allow this finding in a comment");
    vec![found]
}

/// Whether the copies of some record may be on these nodes alone: they are enough, in enough zones and regions.
fn can_hold_all_copies(nodes: &[&Node], replication: &ReplicationProperty) -> bool {
    let spread = match replication {
        ReplicationProperty::Nodes(_) => ScopedReplication::default(),
        ReplicationProperty::Scoped(scoped) => scoped.clone(),
    };
    let covers = |scope: fn(&str) -> Option<&str>, asked: Option<u8>| {
        let there: BTreeSet<&str> = nodes
            .iter()
            .filter_map(|node| scope(&node.location))
            .collect();
        there.len() >= usize::from(asked.unwrap_or(0))
    };
    nodes.len() >= usize::from(replication.copies())
        && covers(zone, spread.zone)
        && covers(region, spread.region)
}
