//! RG724: a metadata quorum of which no member remains.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::model::Role;
use crate::source::DocPath;
use crate::topology::Node;

/// A metadata quorum of which no member remains.
pub static RULE: Rule = Rule {
    code: "RG724",
    slug: "no-member-remains",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

None of the metadata servers is one in the new file.

## Why

The metadata say which nodes, logs and partitions there are. A new member gets them from the others, so at least one has
to remain until the new ones have joined ([Restate, cluster deployment](https://docs.restate.dev/server/clusters)).

## Fails

```yaml
metadata_servers: 1
nodes: 3
```

becomes

```yaml
# restate-gen: allow RG305 RG307 - a test cluster
nodes:
  - {id: 1, roles: [worker, log-server, admin, http-ingress]}
  - {id: 2, roles: [worker, log-server, metadata-server]}
  - {id: 3, roles: [worker, log-server]}
```

## Passes

```yaml
metadata_servers: 1
nodes: 3
```

becomes

```yaml
metadata_servers: 3
nodes: 3
```
"#,
};

/// Finds that all members go, those that still have their data.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let members: Vec<&Node> = change
        .before
        .nodes_with(Role::MetadataServer)
        .filter(|node| Some(node.id) != change.lost)
        .collect();
    let remains = |node: &&Node| {
        let after = change.after.node(node.id);
        after.is_some_and(|node| node.has(Role::MetadataServer))
    };
    if members.is_empty() || members.iter().any(remains) {
        return Vec::new();
    }
    let message = format!(
        "none of the metadata servers ({}) keeps the role: what the quorum knows would be lost with the last one",
        listed(members.iter().map(|node| &node.name))
    );
    let key = match change.files.after.metadata_servers {
        Some(_) => "metadata_servers",
        None => "nodes",
    };
    let found = Diagnostic::new(&RULE, DocPath::of([key]), message).help(
        "keep the role `metadata-server` on at least one of them until the new ones have joined",
    );
    vec![found]
}
