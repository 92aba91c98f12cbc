//! RG307: a role that only one node has.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::{Cluster, Role};
use crate::places::node_path;
use crate::topology::Topology;

/// A role that only one node has.
pub static RULE: Rule = Rule {
    code: "RG307",
    slug: "single-role-holder",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

In a cluster of several nodes only one has the role `admin` or `http-ingress`.

## Why

While that node is down no request comes in, or nobody can register services and no controller moves logs and partitions
away from lost nodes ([Restate, cluster deployment](https://docs.restate.dev/server/clusters)).

## Fails

```yaml
nodes:
  - {id: 1}
  - {id: 2, roles: [http-ingress, worker, log-server, metadata-server]}
  - {id: 3, roles: [http-ingress, worker, log-server, metadata-server]}
```

## Passes

```yaml
nodes:
  - {id: 1}
  - {id: 2}
  - {id: 3, roles: [http-ingress, worker, log-server, metadata-server]}
```
"#,
};

/// Finds the only node with a role that all nodes need.
pub fn check(_: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    if topology.nodes.len() < 2 {
        return Vec::new();
    }
    [
        (Role::HttpIngress, "no request comes in"),
        (
            Role::Admin,
            "nobody can register services, and no log or partition is moved",
        ),
    ]
    .into_iter()
    .filter_map(|(role, consequence)| {
        let mut holders = topology.nodes_with(role);
        let (only, None) = (holders.next()?, holders.next()) else {
            return None;
        };
        let name = role.name();
        let message = format!(
            "only {} has the role `{name}`, so while it is down {consequence}",
            only.name
        );
        Some(
            Diagnostic::new(&RULE, node_path(only).key("roles"), message)
                .help(format!("give the role `{name}` to another node too")),
        )
    })
    .collect()
}
