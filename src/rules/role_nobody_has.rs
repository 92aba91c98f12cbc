//! RG302: a role that no node has.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::{Cluster, Role};
use crate::source::DocPath;
use crate::topology::Topology;

/// A role that no node has.
pub static RULE: Rule = Rule {
    code: "RG302",
    slug: "role-nobody-has",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

No node has a role that every cluster needs.

## Why

Each role is a part of the server ([Restate, cluster deployment](https://docs.restate.dev/server/clusters)). Without log
servers and metadata servers nothing is stored. Without workers nothing runs. Without an ingress no request comes in.
Without an admin node nobody can register a service, and no controller places logs and partitions.

## Fails

```yaml
nodes:
  - {id: 1, roles: [http-ingress, worker, log-server, metadata-server]}
  - {id: 2, roles: [http-ingress, worker, log-server, metadata-server]}
  - {id: 3, roles: [http-ingress, worker, log-server, metadata-server]}
```

## Passes

```yaml
nodes:
  - {id: 1, roles: [http-ingress, admin, worker, log-server, metadata-server]}
  - {id: 2, roles: [http-ingress, admin, worker, log-server, metadata-server]}
  - {id: 3, roles: [http-ingress, worker, log-server, metadata-server]}
```
"#,
};

/// Finds the roles that no node has.
pub fn check(_: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    Role::ALL
        .into_iter()
        .filter(|role| topology.nodes_with(*role).next().is_none())
        .map(|role| {
            let consequence = match role {
                Role::HttpIngress => "no request comes in",
                Role::Admin => {
                    "nobody can register services, and logs and partitions are not placed"
                }
                Role::Worker => "no service is ever invoked",
                Role::LogServer => "nothing can be written",
                Role::MetadataServer => "the cluster cannot be provisioned",
            };
            let name = role.name();
            let message = format!("no node has the role `{name}`, so {consequence}");
            Diagnostic::new(&RULE, DocPath::of(["nodes"]).as_key(), message).help(format!(
                "add `{name}` to the roles of a node, or leave `roles` out"
            ))
        })
        .collect()
}
