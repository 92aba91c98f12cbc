//! RG722: nodes that come while others go.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::source::DocPath;
use crate::topology::Node;

/// Nodes that come while others go.
pub static RULE: Rule = Rule {
    code: "RG722",
    slug: "nodes-exchanged",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

Nodes are added while others are removed. There is no plan for it, only for one node that lost its disk.

## Why

New nodes get their data from the others, so a node stays until the new ones have it ([Restate, cluster
deployment](https://docs.restate.dev/server/clusters)). `restate-gen replace` exchanges one node, because the disk of
that one is gone already.

## Fails

```yaml
nodes: 3
```

becomes

```yaml
# restate-gen: allow RG709 RG711 - removed on Tuesday
nodes: 3
retired_ids: [3]
```

## Passes

```yaml
nodes: 3
```

becomes

```yaml
nodes: 4
```
"#,
};

/// Finds that nodes come and go at once.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let (added, leaving) = (change.added(), change.leaving());
    let lost = change.lost.and_then(|lost| change.before.node(lost));
    let (message, help) = match lost {
        Some(lost)
            if change.after.node(lost.id).is_some() || added.len() != 1 || !leaving.is_empty() =>
        {
            (
                format!(
                    "{} lost its disk, and one new node replaces it: while copies are missing, no other node may come or go",
                    lost.name
                ),
                "replace one node at a time",
            )
        }
        None if !added.is_empty() && !leaving.is_empty() => (
            format!(
                "{} would be added while {} would be removed: nodes that go have to stay until the new ones have their data",
                names(&added),
                names(&leaving)
            ),
            "if a node lost its disk, run `restate-gen replace` with its name; else add the new nodes first, and remove the others when that is done",
        ),
        _ => return Vec::new(),
    };
    vec![Diagnostic::new(&RULE, DocPath::of(["nodes"]), message).help(help)]
}

fn names(nodes: &[&Node]) -> String {
    listed(nodes.iter().map(|node| &node.name))
}
