//! RG303: a metadata quorum that is even, or differs from `metadata_servers`.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::{Cluster, MetadataServers, Role};
use crate::source::DocPath;
use crate::topology::Topology;

/// A metadata quorum that is even, or differs from `metadata_servers`.
pub static RULE: Rule = Rule {
    code: "RG303",
    slug: "metadata-quorum",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

The number of metadata servers is even, or differs from `metadata_servers`.

## Why

The metadata quorum works as long as a majority of its members does. 4 members survive the loss of 1, as 3 do, and 2
survive no loss. Each even number costs a node and adds a way to fail ([Restate, cluster
deployment](https://docs.restate.dev/server/clusters); run: 1.7.12, a fourth member joins and the quorum becomes 3).

## Fails

```yaml
nodes: 5
metadata_servers: 4
```

## Passes

```yaml
nodes: 5
metadata_servers: 5
```
"#,
};

/// Finds a quorum that tolerates less than its size suggests.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let members = topology.nodes_with(Role::MetadataServer).count();
    let asked = match cluster.metadata_servers {
        Some(MetadataServers::Count(count)) => Some(count as usize),
        Some(MetadataServers::All(_)) | None => None,
    };
    let odd = members.saturating_sub(1) | 1;
    let (message, help) = match (asked, members) {
        // Nobody has the role: a finding of its own.
        (_, 0) => return Vec::new(),
        (Some(asked), members) if asked > members => (
            format!("`metadata_servers` is {asked}, but the quorum can have only {members}"),
            format!("write at most {odd}, or give more nodes the role `metadata-server`"),
        ),
        (Some(asked), members) if asked < members => (
            format!("`metadata_servers` is {asked}, but the roles give {members}"),
            "remove `metadata-server` from the roles of the others".to_owned(),
        ),
        (_, 2) => (
            "2 metadata servers stop when either is lost, so 1 is safer".to_owned(),
            "use 3 metadata servers, or 1".to_owned(),
        ),
        (_, members) if members.is_multiple_of(2) => (
            format!("{members} metadata servers survive no more failures than {odd} do"),
            format!("use {odd} or {} metadata servers", odd + 2),
        ),
        _ => return Vec::new(),
    };
    let key = if cluster.metadata_servers.is_some() {
        "metadata_servers"
    } else {
        "nodes"
    };
    vec![Diagnostic::new(&RULE, DocPath::of([key]), message).help(help)]
}
