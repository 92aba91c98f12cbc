//! RG512: a CPU limit under which the kernel keeps throttling the server.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::places::resource_layers;
use crate::topology::Topology;

/// A CPU limit under which the kernel keeps throttling the server.
pub static RULE: Rule = Rule {
    code: "RG512",
    slug: "tight-cpus",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

A node's `cpus` is less than half a CPU.

## Why

A limit is enforced in periods of 100 ms, which is also how often nodes gossip. A server that used up its share stands
still until the next period, and its peers count that as silence (restatedev/restate issues 4371 and 5156: healthy peers
declared dead). Run: 1.7.12, three nodes under light load. With 0.5 CPUs the kernel throttled them in 2 % of the
periods. With 0.25 it was 59 %, and a quarter fewer calls succeeded. With 0.1 it was 86 %, and a quarter of the calls
succeeded.

## Fails

```yaml
resources: {cpus: 0.25}
```

## Passes

```yaml
resources: {cpus: 0.5}
```
"#,
};

/// The lowest limit under which a lightly loaded server is hardly throttled, in cores.
const LEAST_CPUS: f64 = 0.5;

/// Finds the limits that are too tight, each once.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for node in &topology.nodes {
        let Some(cpus) = node.resources.cpus.filter(|limit| *limit < LEAST_CPUS) else {
            continue;
        };
        let Some((at, _)) = resource_layers(cluster, node).find(|(_, of)| of.cpus.is_some()) else {
            continue;
        };
        let at = at.key("cpus");
        if seen.insert(at.clone()) {
            let message = format!(
                "with {cpus} CPUs the kernel throttles {} most of the time, and its peers may declare it dead",
                node.name
            );
            let help = format!("write {LEAST_CPUS} or more");
            found.push(Diagnostic::new(&RULE, at, message).help(help));
        }
    }
    found
}
