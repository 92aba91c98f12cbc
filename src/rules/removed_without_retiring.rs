//! RG707: a node that was removed without retiring its id.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::source::DocPath;

/// A node that was removed without retiring its id.
pub static RULE: Rule = Rule {
    code: "RG707",
    slug: "removed-without-retiring",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A node was removed from the file, and its id is not in `retired_ids`.

## Why

Only `retired_ids` keeps the id from being assigned again, to a node that has none of the old node's data. While the
cluster lists the old node, the new one does not start (run: 1.7.12, `data-loss`, exit 1). After
`restatectl nodes remove` the cluster silently accepts the id again, as a new member (run: 1.7.12). It still counts on
the old node for copies of the log that no longer exist, and nobody notices.

## Fails

```yaml
nodes: 5
```

becomes

```yaml
# restate-gen: allow RG709 - drained and removed on Tuesday
nodes:
  - {id: 1}
  - {id: 2}
  - {id: 3}
  - {id: 4}
```

## Passes

```yaml
nodes: 5
```

becomes

```yaml
# restate-gen: allow RG709 - drained and removed on Tuesday
nodes:
  - {id: 1}
  - {id: 2}
  - {id: 3}
  - {id: 4}
retired_ids: [5]
```
"#,
};

/// Finds the ids that could be assigned again.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let forgotten: Vec<u32> = change
        .removed()
        .iter()
        .map(|node| node.id.0)
        .filter(|id| !change.files.after.retired_ids.contains(id))
        .collect();
    if forgotten.is_empty() {
        return Vec::new();
    }
    let (id, it) = match forgotten.len() {
        1 => ("id", "it"),
        _ => ("ids", "they"),
    };
    let message = format!(
        "{id} {} left the file without being retired: {it} could be assigned again, to a node without the data that the cluster expects there",
        listed(&forgotten)
    );
    let all: Vec<u32> = change
        .files
        .after
        .retired_ids
        .iter()
        .copied()
        .chain(forgotten)
        .collect();
    let found = Diagnostic::new(&RULE, DocPath::of(["nodes"]), message)
        .help(format!("add `retired_ids: {all:?}`"));
    vec![found]
}
