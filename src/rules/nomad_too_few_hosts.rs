//! RG644: more nodes than hosts.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology::Topology;
use crate::topology::nomad::Host;

/// More nodes than hosts.
pub static RULE: Rule = Rule {
    code: "RG644",
    slug: "nomad-too-few-hosts",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

There are more nodes than Nomad clients (`nomad.clients`), or `nomad.hosts` lists a host twice, and nodes must not share
a host.

## Why

`distinct_hosts` keeps nodes on different hosts, so the nodes above the number of hosts are not placed and the
deployment never finishes ([Nomad, constraint
block](https://developer.hashicorp.com/nomad/docs/job-specification/constraint#distinct_hosts)).

## Fails

```yaml
nodes: 5
nomad: {clients: 3}
```

## Passes

```yaml
nodes: 3
nomad: {clients: 3}
```
"#,
};

/// Finds clusters that have too few hosts.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let nomad = &topology.nomad;
    if cluster.nomad.is_none() || nomad.one_host {
        return Vec::new();
    }
    let nodes = topology.nodes.len();
    let too_few = nomad
        .clients
        .filter(|clients| (*clients as usize) < nodes)
        .map(|clients| {
            let message = format!(
                "{nodes} nodes need {nodes} clients, and there are {clients}: {} of them are not placed",
                nodes - clients as usize
            );
            Diagnostic::new(&RULE, DocPath::of(["nomad", "clients"]), message)
                .help("add clients or use fewer nodes; for development, `one_host: true` lets them share")
        });
    let mut seen: HashMap<&Host, usize> = HashMap::new();
    let twice = nomad.hosts.iter().enumerate().filter_map(|(index, host)| {
        let at = |index| DocPath::of(["nomad", "hosts"]).index(index);
        let first = *seen.entry(host).or_insert(index);
        (first != index).then(|| {
            let message = format!(
                "`{}` is the host of two nodes, so one of them is not placed",
                host.in_url()
            );
            Diagnostic::new(&RULE, at(index), message)
                .related(at(first), "the other one")
                .help("name another host; for development, `one_host: true` lets nodes share one")
        })
    });
    too_few.into_iter().chain(twice).collect()
}
