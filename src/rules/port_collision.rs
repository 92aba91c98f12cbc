//! RG201: one host port for two things.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::places::ports::collisions;
use crate::source::DocPath;
use crate::topology::Topology;

/// One host port for two things.
pub static RULE: Rule = Rule {
    code: "RG201",
    slug: "port-collision",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

Two published ports have the same number on the same address of the host.

## Why

The second container does not start: `port is already allocated`. `docker compose config` does not notice (run: Compose
2.26 exits 0).

## Fails

```yaml
nodes:
  - {id: 1, ports: {admin: 8080}}
  - {id: 2}
  - {id: 3}
```

## Passes

```yaml
nodes:
  - {id: 1, ports: {admin: 8081}}
  - {id: 2}
  - {id: 3}
```
"#,
};

/// Finds the ports that are published twice on addresses that overlap.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    // Groups of many nodes may share many ports: one finding for each pair of places, and how many more there are.
    let mut found: BTreeMap<(DocPath, DocPath), (Diagnostic, usize)> = BTreeMap::new();
    for (port, published, other) in collisions(topology) {
        let message = format!(
            "host port {port} is used by {} and by {}, so one of them does not start",
            other.what(),
            published.what()
        );
        // The one that is written is the one to change.
        let (culprit, victim) = match (published.is_given(cluster), other.is_given(cluster)) {
            (false, true) => (other, published),
            _ => (published, other),
        };
        let places = (culprit.at(cluster), victim.at(cluster));
        let first = || {
            Diagnostic::new(&RULE, culprit.at(cluster), message)
                .related(victim.at(cluster), format!("used by {}", victim.what()))
                .help("change one of the ports, or leave `ports` out to give each node its own")
        };
        found
            .entry(places)
            .and_modify(|(_, more)| *more += 1)
            .or_insert_with(|| (first(), 0));
    }
    found
        .into_values()
        .map(|(diagnostic, more)| match more {
            0 => diagnostic,
            more => diagnostic.label(format!("and {more} more ports of these nodes")),
        })
        .collect()
}
