//! RG707: a node that is gone without its id being retired.

use super::{Change, listed};
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::source::DocPath;

/// A node that is gone without its id being retired.
pub static RULE: Rule = Rule {
    code: "RG707",
    slug: "removed-without-retiring",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A node of before is no longer in the file, and its id is not in `retired_ids`.

## Why

Only `retired_ids` keeps the id from being given again, to a node that has none of the data of the old one. While the cluster lists the old node, the new one does not start (run: 1.7.12, `data-loss`, exit 1); after `restatectl nodes remove` the cluster takes the id back in silence, as a new member (run: 1.7.12), and nobody learns that copies of the log which the old node is still counted on for are not there.

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

/// Finds the ids that could be given again.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let forgotten: Vec<u32> = change
        .removed()
        .map(|node| node.id.0)
        .filter(|id| !change.cluster.retired_ids.contains(id))
        .collect();
    if forgotten.is_empty() {
        return Vec::new();
    }
    let (id, it) = match forgotten.len() {
        1 => ("id", "it"),
        _ => ("ids", "they"),
    };
    let message = format!(
        "{id} {} left the file without being retired: {it} could be given again, to a node without the data that the cluster looks for there",
        listed(&forgotten)
    );
    let all: Vec<u32> = change
        .cluster
        .retired_ids
        .iter()
        .copied()
        .chain(forgotten)
        .collect();
    let found = Diagnostic::new(&RULE, DocPath::of(["nodes"]), message)
        .help(format!("add `retired_ids: {all:?}`"));
    vec![found]
}
