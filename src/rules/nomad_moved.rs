//! RG650: nodes that would move to other hosts, away from their volumes.

use std::collections::BTreeMap;

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::source::DocPath;
use crate::topology::nomad::Host;
use crate::topology::{NodeId, Topology};

/// Nodes that would move to other hosts, away from their volumes.
pub static RULE: Rule = Rule {
    code: "RG650",
    slug: "nomad-moved",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A remaining node would move to another of `nomad.hosts`.

## Why

The hosts belong to the nodes one by one, in the order of the nodes' ids. A volume stays on the host where it was made
([Nomad, host volumes](https://developer.hashicorp.com/nomad/docs/stateful-workloads)). A node on another host starts on
an empty volume. A new node has the highest id, so its host comes last, whichever node it replaces.

## Fails

```yaml
nodes: 3
nomad: {hosts: [10.0.0.11, 10.0.0.12, 10.0.0.13]}
```

becomes

```yaml
nodes: 4
nomad: {hosts: [10.0.0.10, 10.0.0.11, 10.0.0.12, 10.0.0.13]}
```

## Passes

```yaml
nodes: 3
nomad: {hosts: [10.0.0.11, 10.0.0.12, 10.0.0.13]}
```

becomes

```yaml
nodes: 4
nomad: {hosts: [10.0.0.11, 10.0.0.12, 10.0.0.13, 10.0.0.10]}
```
"#,
};

/// Finds the nodes whose host is another one.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let (before, after) = (hosts(change.before), hosts(change.after));
    let moved: Vec<_> = change
        .kept()
        .filter_map(|(_, node)| Some((node, before.get(&node.id)?, after.get(&node.id)?)))
        .filter(|(_, was, is)| was != is)
        .collect();
    let Some((node, was, is)) = moved.first() else {
        return Vec::new();
    };
    let others = match moved.len() - 1 {
        0 => String::new(),
        others => format!(", and so would {others} more"),
    };
    let message = format!(
        "{} would move from {} to {}, away from its volume{others}",
        node.name,
        quoted(&was.in_url()),
        quoted(&is.in_url())
    );
    let found = Diagnostic::new(&RULE, DocPath::of(["nomad", "hosts"]), message).help(
        "list the hosts in the order of the new ids; if a node lost its disk, see A node lost its disk in OPERATIONS.md",
    );
    vec![found]
}

/// The host of each node that has one.
fn hosts(topology: &Topology) -> BTreeMap<NodeId, &Host> {
    let ids = topology.nodes.iter().map(|node| node.id);
    ids.zip(&topology.nomad.hosts).collect()
}
