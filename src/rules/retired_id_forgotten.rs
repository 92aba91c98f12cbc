//! RG708: a retired id that is no longer listed.

use std::collections::BTreeSet;

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::source::DocPath;

/// A retired id that is no longer listed.
pub static RULE: Rule = Rule {
    code: "RG708",
    slug: "retired-id-forgotten",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

An id was removed from `retired_ids`.

## Why

Only `retired_ids` keeps an id from being assigned again, to a node that has none of the old node's data. While the
cluster lists the old node, the new one does not start (run: 1.7.12, `data-loss`, exit 1). After
`restatectl nodes remove` the cluster silently accepts the id again, as a new member (run: 1.7.12). It still counts on
the old node for copies of the log that no longer exist, and nobody notices.

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
    let retired = &change.files.after.retired_ids;
    let forgotten: BTreeSet<u32> = change
        .files
        .before
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
        "{} retired before: a node that gets such an id does not start, or is silently treated as the old node, whose data it lacks",
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
