//! RG711: members that leave the metadata quorum.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::model::{NodeEntry, Role};
use crate::places::entry_of;
use crate::source::DocPath;
use crate::topology::{Node, NodeId};

/// Members that leave the metadata quorum.
pub static RULE: Rule = Rule {
    code: "RG711",
    slug: "quorum-member-lost",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

A metadata server is removed or loses the role. It is an error when half of the quorum or more are affected.

## Why

The quorum counts its members in the metadata, not in the file, so a member that just stops still counts. With half of
them stopped, the cluster has no majority left to remove any member ([Restate, cluster
deployment](https://docs.restate.dev/server/clusters); run: 1.7.12, `restatectl metadata-server remove-node` removes one
while the others are a majority).

## Fails

```yaml
nodes: 5
metadata_servers: 5
```

becomes

```yaml
nodes: 5
metadata_servers: 3
```

## Passes

```yaml
nodes: 5
metadata_servers: 3
```

becomes

```yaml
nodes: 5
metadata_servers: 5
```
"#,
};

/// Finds the members that the quorum would lose.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let is_member = |id| {
        let node = change.after.node(id);
        node.is_some_and(|node| node.has(Role::MetadataServer))
    };
    let members = change.before.nodes_with(Role::MetadataServer).count();
    let lost: Vec<&Node> = change
        .before
        .nodes_with(Role::MetadataServer)
        .filter(|node| !is_member(node.id) && Some(node.id) != change.lost)
        .collect();
    // That all of them go is another rule's.
    if lost.is_empty() || lost.len() == members {
        return Vec::new();
    }
    let names: Vec<&str> = lost.iter().map(|node| node.name.as_str()).collect();
    let ids: Vec<String> = lost.iter().map(|node| format!("N{}", node.id)).collect();
    let (severity, consequence) = if lost.len() * 2 >= members {
        (
            Severity::Error,
            "no majority is left, and the cluster stops",
        )
    } else {
        (Severity::Warning, "the quorum still counts them")
    };
    let message = format!(
        "{} of {members} metadata servers would stop without being removed from the quorum ({}): {consequence}",
        lost.len(),
        listed(&names)
    );
    let is_given = change.files.after.metadata_servers.is_some();
    let is_replication = change.before.log_replication != change.after.log_replication
        && change.files.after.replication.is_some();
    let key = match (is_given, is_replication) {
        (true, _) => "metadata_servers",
        (false, true) => "replication",
        (false, false) => "nodes",
    };
    let all_stay = lost.iter().all(|node| change.after.node(node.id).is_some());
    let members_after = change.after.nodes_with(Role::MetadataServer).count();
    let are_open = lost.iter().all(|node| leaves_roles_open(change, node.id));
    let keep = if members_after < members && all_stay && !is_given {
        format!("write `metadata_servers: {members}` to keep them, or ")
    } else if members_after >= members && are_open {
        // Other nodes came before them in the choice of members, and would again.
        "give them `roles` with `metadata-server` to keep them, or ".to_owned()
    } else {
        String::new()
    };
    let found = Diagnostic::new(&RULE, DocPath::of([key]), message)
        .severity(severity)
        .help(format!(
            "{keep}run `restatectl metadata-server remove-node` for each of {} first, one after the other; when that is done, allow this finding in a comment",
            listed(&ids)
        ));
    vec![found]
}

/// Whether the node is in the new file, which leaves its roles open.
fn leaves_roles_open(change: &Change, id: NodeId) -> bool {
    change.after.node(id).is_some_and(|node| {
        let roles = entry_of(change.files.after, node).and_then(NodeEntry::roles);
        roles.is_none()
    })
}
