//! RG710: a remaining node that loses a role it holds data for.

use std::collections::BTreeSet;

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Role;
use crate::places::node_path;

/// A remaining node that loses a role it holds data for.
pub static RULE: Rule = Rule {
    code: "RG710",
    slug: "role-taken-away",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

A remaining node is no longer a log server. There is no plan for it.

## Why

A log server that starts without the role makes its copies of the log unreachable, as if the node were lost. By hand it
can be emptied first, with `restatectl nodes set-storage-state` and a snapshot ([Restate, cluster
deployment](https://docs.restate.dev/server/clusters)). A log server that was emptied never takes records again, so a
plan uses a new node instead.

## Fails

```yaml
nodes: 4
```

becomes

```yaml
nodes:
  - {count: 3, first_id: 1}
  - {id: 4, roles: [worker, http-ingress, admin]}
```

## Passes

```yaml
nodes:
  - {count: 3, first_id: 1}
  - {id: 4, roles: [worker]}
```

becomes

```yaml
nodes:
  - {count: 3, first_id: 1}
  - {id: 4, roles: [worker, http-ingress]}
```
"#,
};

/// Finds the nodes whose part of the log would be unreachable.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    // Nodes of one entry change together.
    let mut seen = BTreeSet::new();
    change
        .kept()
        .filter(|(before, after)| before.has(Role::LogServer) && !after.has(Role::LogServer))
        .filter(|(_, after)| seen.insert(node_path(after)))
        .map(|(_, after)| {
            let message = format!(
                "{} is no longer a log server: its part of the log is unreachable after its next start",
                after.name
            );
            Diagnostic::new(&RULE, node_path(after).key("roles"), message).help(
                "add a node with the new roles and then remove this one; by hand, drain it first: `restatectl nodes set-storage-state --storage-state read-only`, then a snapshot",
            )
        })
        .collect()
}
