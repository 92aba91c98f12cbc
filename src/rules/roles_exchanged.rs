//! RG725: a remaining node that gains one role and loses another.

use std::collections::BTreeSet;

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity, listed, quoted};
use crate::model::Role;
use crate::places::node_path;
use crate::topology::Node;

/// A remaining node that gains one role and loses another.
pub static RULE: Rule = Rule {
    code: "RG725",
    slug: "roles-exchanged",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

A remaining node gains a role, and is no longer a worker or metadata server.

## Why

Both happen in one restart. Other nodes may need the new role before they can do without the old one, and no order of
restarts is right for both: roles are added before they are needed, and taken away after ([Restate, cluster
deployment](https://docs.restate.dev/server/clusters)).

## Fails

```yaml
nodes:
  - {count: 3, first_id: 1}
  - {id: 4, roles: [worker]}
```

becomes

```yaml
nodes:
  - {count: 3, first_id: 1}
  - {id: 4, roles: [log-server]} # restate-gen: allow RG726 - three workers are enough
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
  - {id: 4, roles: [worker, log-server]}
```
"#,
};

/// Finds the nodes that would do both in one restart.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    // Nodes of one entry change together.
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (before, after) in change.kept() {
        let name = |role: Role| quoted(role.name());
        let gained: Vec<String> = only_of(after, before).map(name).collect();
        let lost: Vec<String> = only_of(before, after)
            .filter(|role| matches!(role, Role::Worker | Role::MetadataServer))
            .map(name)
            .collect();
        if gained.is_empty() || lost.is_empty() || !seen.insert(node_path(after)) {
            continue;
        }
        let message = format!(
            "{} gains {} and loses {} in one restart: other nodes may wait for the one and still need the other",
            after.name,
            listed(&gained),
            listed(&lost)
        );
        found.push(
            Diagnostic::new(&RULE, node_path(after).key("roles"), message)
                .help("add roles first, and remove others when that is done"),
        );
    }
    found
}

/// The roles that the one node has and the other has not.
fn only_of<'n>(node: &'n Node, other: &'n Node) -> impl Iterator<Item = Role> + 'n {
    let roles = node.roles.iter().copied();
    roles.filter(|role| !other.has(*role))
}
