//! RG710: a remaining node that loses a role it holds data for.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::model::Role;
use crate::places::node_path;

/// A remaining node that loses a role it holds data for.
pub static RULE: Rule = Rule {
    code: "RG710",
    slug: "role-taken-away",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

A remaining node loses the role of log server or worker.

## Why

A log server that starts without the role makes its copies of the log unreachable, and a worker its replicas, as if the
node were lost. Move them first, by `restatectl nodes set-storage-state` and `set-worker-state` ([Restate, cluster
deployment](https://docs.restate.dev/server/clusters)).

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

/// Finds the nodes whose data would be unreachable.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (before, after) in change.kept() {
        let lost: Vec<&str> = [Role::LogServer, Role::Worker]
            .into_iter()
            .filter(|role| before.has(*role) && !after.has(*role))
            .map(Role::name)
            .collect();
        if lost.is_empty() {
            continue;
        }
        let message = format!(
            "{} is no longer {}: what it holds is unreachable after its next start",
            after.name,
            listed(&lost)
        );
        found.push(
            Diagnostic::new(&RULE, node_path(after).key("roles"), message).help(
                "drain it first: `restatectl nodes set-storage-state --storage-state read-only` and `set-worker-state --worker-state draining`, then a snapshot",
            ),
        );
    }
    found
}
