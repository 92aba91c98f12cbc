//! RG726: a remaining node that is no longer a worker.

use std::collections::BTreeSet;

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Role;
use crate::places::node_path;

/// A remaining node that is no longer a worker.
pub static RULE: Rule = Rule {
    code: "RG726",
    slug: "worker-role-lost",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

A remaining node loses the role of worker.

## Why

When it starts without the role, its replicas of partitions are gone, as if the node were lost. Other workers take over
what they have copies of ([Restate, cluster deployment](https://docs.restate.dev/server/clusters)). A plan restarts such
a node only while every other copy is active.

## Fails

```yaml
nodes: 4
```

becomes

```yaml
nodes:
  - {count: 3, first_id: 1}
  - {id: 4, roles: [log-server, http-ingress, admin]}
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

/// Finds the nodes whose replicas would be gone.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    // Nodes of one entry change together.
    let mut seen = BTreeSet::new();
    change
        .kept()
        .filter(|(before, after)| before.has(Role::Worker) && !after.has(Role::Worker))
        .filter(|(_, after)| seen.insert(node_path(after)))
        .map(|(_, after)| {
            let message = format!(
                "{} is no longer a worker: its replicas of partitions are gone after its next start",
                after.name
            );
            Diagnostic::new(&RULE, node_path(after).key("roles"), message)
                .help("drain it first: `restatectl nodes set-worker-state --worker-state draining`")
        })
        .collect()
}
