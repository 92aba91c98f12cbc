//! RG304: replication that the locations cannot meet.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::model::{Cluster, ReplicationProperty, ScopedReplication};
use crate::places::{Copies, copies};
use crate::topology::Topology;
pub(super) use crate::topology::location::{region, zone};

/// Replication that the locations cannot meet.
pub static RULE: Rule = Rule {
    code: "RG304",
    slug: "replication-unsatisfiable",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`replication` names more zones or regions than the nodes are in, or fewer copies in a narrower scope than in a wider
one.

## Why

Replication that cannot be met makes the cluster unusable: no log finds a set of nodes (restatedev/restate, issue 3564).
Only nodes whose `location` has a zone are in a zone. The server does not start with `{}` either, nor with fewer copies
in a narrower scope than in a wider one (run: 1.7.10, `{zone: 3, node: 2}`).

## Fails

```yaml
nodes: 3
replication: {zone: 2}
```

## Passes

```yaml
nodes:
  - {id: 1, location: eu.a}
  - {id: 2, location: eu.b}
  - {id: 3, location: eu.c}
replication: {zone: 2}
```
"#,
};

/// Finds replication by location that no set of nodes can meet.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for Copies {
        property,
        role,
        what,
        at,
    } in copies(cluster, topology)
    {
        let ReplicationProperty::Scoped(scoped) = property else {
            continue;
        };
        let mut report = |diagnostic: Diagnostic| {
            // One value for logs and partitions is one fault.
            if !found.iter().any(|other| other.at == diagnostic.at) {
                found.push(diagnostic);
            }
        };
        if let Some((message, help)) = disorder(scoped) {
            report(Diagnostic::new(&RULE, at, message).help(help));
            continue;
        }
        if topology.nodes_with(role).next().is_none() {
            continue;
        }
        for (key, asked, scope) in [
            ("region", scoped.region, region as Scope),
            ("zone", scoped.zone, zone as Scope),
        ] {
            let there: BTreeSet<&str> = topology
                .nodes_with(role)
                .filter_map(|node| scope(&node.location))
                .collect();
            let Some(asked) = asked.filter(|asked| usize::from(*asked) > there.len()) else {
                continue;
            };
            let name = role.name();
            let where_they_are = match there.len() {
                0 => format!("no node with the role `{name}` has a {key}"),
                1 => format!("those with the role `{name}` are all in {}", listed(&there)),
                _ => format!("those with the role `{name}` are in {}", listed(&there)),
            };
            let message = format!(
                "{what} cannot have copies in {asked} {key}s: {where_they_are}, so nothing is written"
            );
            let help = match there.len() {
                0 => "write the `location` of each node, such as `eu-central.a`".to_owned(),
                count => format!("use at most {count}, or add nodes in other {key}s"),
            };
            report(Diagnostic::new(&RULE, at.clone().key(key), message).help(help));
        }
    }
    found
}

/// The region or zone that a location is in.
type Scope = fn(&str) -> Option<&str>;

/// What the server refuses whatever the nodes are.
fn disorder(scoped: &ScopedReplication) -> Option<(String, String)> {
    let ScopedReplication { region, zone, node } = *scoped;
    let scopes = [("region", region), ("zone", zone), ("node", node)];
    let given: Vec<(&str, u8)> = scopes
        .into_iter()
        .filter_map(|(key, asked)| asked.map(|asked| (key, asked)))
        .collect();
    if given.is_empty() {
        let message = "an empty mapping sets no number of copies, and the server does not start";
        return Some((message.into(), "write a number, or `{zone: 2}`".into()));
    }
    let (wide, narrow) = given
        .iter()
        .zip(&given[1..])
        .find(|(wide, narrow)| narrow.1 < wide.1)?;
    let message = format!(
        "{} copies by {} are fewer than {} by {}, and the server does not start",
        narrow.1, narrow.0, wide.1, wide.0
    );
    Some((
        message,
        format!(
            "write at least {} for `{}`, or leave it out",
            wide.1, narrow.0
        ),
    ))
}
