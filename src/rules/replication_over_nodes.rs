//! RG301: more copies than nodes to hold them.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::{Cluster, ReplicationProperty, Role};
use crate::places::{Copies, copies};
use crate::topology::Topology;

/// More copies than nodes to hold them.
pub static RULE: Rule = Rule {
    code: "RG301",
    slug: "replication-over-nodes",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

There are fewer log servers or workers than copies.

## Why

A record is written when all its copies are, so no log accepts any write, and no partition can be placed. The server
does not check: with `--replication 5` on 3 healthy nodes `restatectl config set` succeeded, and all logs were sealed
without a successor (run: 1.7.12).

## Fails

```yaml
nodes: 3
replication: 5
```

## Passes

```yaml
nodes: 5
replication: 3
```
"#,
};

/// Finds replication that the cluster has too few nodes for.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for Copies {
        property,
        role,
        what,
        at,
        ..
    } in copies(cluster, topology)
    {
        let asked = match property {
            ReplicationProperty::Nodes(copies) => *copies,
            ReplicationProperty::Scoped(scoped) => scoped.node.unwrap_or(0),
        };
        let holders = topology.nodes_with(role).count();
        // Another rule reports a role that no node has.
        if holders == 0 || usize::from(asked) <= holders {
            continue;
        }
        let at = match property {
            ReplicationProperty::Scoped(_) => at.key("node"),
            ReplicationProperty::Nodes(_) => at,
        };
        let there = role_holders(role, holders);
        let message =
            format!("{asked} copies of {what} do not fit on {there}, so nothing is written");
        // The same number for both is one fault of the file.
        if found
            .first()
            .is_some_and(|first| first.at == at.clone().into())
        {
            continue;
        }
        found.push(Diagnostic::new(&RULE, at, message).help(format!(
            "use at most {holders}, or add nodes with the role `{}`",
            role.name()
        )));
    }
    found
}

/// How many nodes with a role there are, in words.
fn role_holders(role: Role, count: usize) -> String {
    let what = match role {
        Role::HttpIngress => "ingress node",
        Role::Admin => "admin node",
        Role::Worker => "worker",
        Role::LogServer => "log server",
        Role::MetadataServer => "metadata server",
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
