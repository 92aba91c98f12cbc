//! RG708: a retired id that is no longer named.

use std::collections::BTreeSet;

use super::{Change, listed};
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::source::DocPath;

/// A retired id that is no longer named.
pub static RULE: Rule = Rule {
    code: "RG708",
    slug: "retired-id-forgotten",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

An id of `retired_ids` was taken out of it.

## Why

Only `retired_ids` keeps an id from being given again. A node that gets one has none of the data of the node that had it. While the cluster lists the old node, it does not start (run: 1.7.12, `data-loss`, exit 1); after `restatectl nodes remove` the cluster takes the id back in silence, as a new member (run: 1.7.12), and nobody learns that copies of the log which the old node is still counted on for are not there.

## Fails

```yaml
nodes: 3
retired_ids: [4, 5]
```

becomes

```yaml
nodes: 3
retired_ids: [4]
```

## Passes

```yaml
nodes: 3
retired_ids: [4]
```

becomes

```yaml
nodes: 3
retired_ids: [4, 5]
```
"#,
};

/// Finds the ids that are no longer retired.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let retired = &change.cluster.retired_ids;
    let forgotten: BTreeSet<u32> = change
        .cluster_before
        .retired_ids
        .iter()
        .copied()
        .filter(|id| !retired.contains(id))
        .collect();
    let forgotten: Vec<u32> = forgotten.into_iter().collect();
    if forgotten.is_empty() {
        return Vec::new();
    }
    let message = format!(
        "{} retired before: a node that gets such an id does not start, or is taken in silence for the one that had it, whose data it does not have",
        match forgotten.as_slice() {
            [id] => format!("id {id} was"),
            ids => format!("ids {} were", listed(ids)),
        }
    );
    let all: Vec<u32> = retired.iter().copied().chain(forgotten).collect();
    let found = Diagnostic::new(&RULE, DocPath::of(["retired_ids"]), message)
        .help(format!("write `retired_ids: {all:?}`"));
    vec![found]
}
