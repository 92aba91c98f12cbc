//! RG305: nodes whose loss stops the cluster.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::model::{Cluster, ReplicationProperty, Role};
use crate::places::copies;
use crate::source::DocPath;
use crate::topology::survival::{is_fulfilled, to_fail};
use crate::topology::{Node, Topology};

/// Nodes whose loss stops the cluster.
pub static RULE: Rule = Rule {
    code: "RG305",
    slug: "no-node-to-spare",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

A cluster of several nodes stops, or almost, when it loses one of them.

## Why

A log accepts writes as long as there are as many log servers as copies. With at least twice the copies minus one, it
also survives losing as many nodes as there are copies to spare, and can be repaired ([Restate, cluster
deployment](https://docs.restate.dev/server/clusters)). The metadata needs a majority of its servers, and partitions
need a worker.

## Fails

```yaml
nodes: 2
```

## Passes

```yaml
nodes: 3
```
"#,
};

/// Finds the nodes that the cluster cannot do without.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    if topology.nodes.len() < 2 {
        return Vec::new();
    }
    let [logs, _] = copies(cluster, topology);
    // The quorum follows from the copies: without valid ones there is nothing to report about either.
    if let ReplicationProperty::Scoped(scoped) = logs.property
        && !scoped.is_ordered()
    {
        return Vec::new();
    }
    let mut found = Vec::from_iter(of_the_log(topology, logs.property, logs.at));
    let stopped_already = |node: &Node| found.iter().any(|one| one.1.contains(&node.id.0));
    let alone = [
        (
            Role::Worker,
            "worker",
            "all invocations",
            "give more nodes the role `worker`",
        ),
        (
            Role::MetadataServer,
            "metadata server",
            "all changes to the cluster",
            "use 3 metadata servers",
        ),
    ];
    let others: Vec<_> = alone
        .into_iter()
        .filter_map(|(role, name, what, help)| {
            let mut holders = topology.nodes_with(role);
            let (holder, None) = (holders.next()?, holders.next()) else {
                return None;
            };
            if stopped_already(holder) {
                return None;
            }
            let message = format!(
                "losing {} stops {what}: no other node is a {name}",
                holder.name
            );
            let at = match (role, cluster.metadata_servers) {
                (Role::MetadataServer, Some(_)) => DocPath::of(["metadata_servers"]),
                _ => DocPath::of(["nodes"]),
            };
            Some((Diagnostic::new(&RULE, at, message).help(help), Vec::new()))
        })
        .collect();
    found.extend(others);
    found
        .into_iter()
        .map(|(diagnostic, _)| diagnostic)
        .collect()
}

/// What the loss of a log server does, and the ids of those of which each one stops all writes.
fn of_the_log(
    topology: &Topology,
    property: &ReplicationProperty,
    at: DocPath,
) -> Option<(Diagnostic, Vec<u32>)> {
    let servers: Vec<&Node> = topology.nodes_with(Role::LogServer).collect();
    let copies = usize::from(property.copies());
    let locations: Vec<&str> = servers.iter().map(|node| node.location.as_str()).collect();
    let losses = to_fail(property, &locations);
    // What cannot be met even without a loss is another rule's finding.
    if losses == 0 {
        return None;
    }
    let needed: Vec<&&Node> = if copies == 1 {
        servers.iter().collect()
    } else if losses > 1 {
        Vec::new()
    } else {
        // Whether one may go depends on its location alone.
        let mut is_needed: HashMap<&str, bool> = HashMap::new();
        for (index, location) in locations.iter().enumerate() {
            is_needed.entry(location).or_insert_with(|| {
                let mut others = locations.clone();
                others.swap_remove(index);
                !is_fulfilled(property, &others)
            });
        }
        let is_needed = |node: &&&Node| is_needed[node.location.as_str()];
        servers.iter().filter(is_needed).collect()
    };
    let help = format!(
        "use at least {} log servers for {copies} copies, so that all copies can be written after a loss",
        (2 * copies - 1).max(3)
    );
    let (count, total) = (needed.len(), servers.len());
    let message = match needed.as_slice() {
        [] if total < 2 * copies - 1 => format!(
            "{copies} copies on {total} log servers: losing {} of them stops all writes",
            losses
        ),
        [] => return None,
        [node] if total == 1 => {
            format!(
                "losing {} stops all writes: no other node is a log server",
                node.name
            )
        }
        [node] => format!(
            "losing {} stops all writes: it is the only log server of its location",
            node.name
        ),
        _ if copies == 1 => {
            "1 copy of the log: losing any log server loses the records that only it has".into()
        }
        needed if count == total => format!(
            "losing any of {} stops all writes: {copies} copies need {copies} log servers",
            listed(needed.iter().map(|node| &node.name))
        ),
        needed => format!(
            "losing any of {} stops all writes: each is the only log server of its location",
            listed(needed.iter().map(|node| &node.name))
        ),
    };
    let help = match (copies, count) {
        (1, _) => "keep at least 2 copies of the log".to_owned(),
        (_, count) if count == 0 || count == total => help,
        _ => "add a log server in the same location, or replicate over fewer locations".to_owned(),
    };
    let ids = needed.iter().map(|node| node.id.0).collect();
    Some((Diagnostic::new(&RULE, at, message).help(help), ids))
}
