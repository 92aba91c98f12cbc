//! Which node has which id and name.
//!
//! An id is for life: the log and the metadata quorum know a node by it. So ids that the file gives
//! are taken first, and what is left open takes the lowest free one, never a retired one.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use crate::model::{NodeEntry, NodePorts, Nodes, Resources, Role};

/// Restate's node id: from 1, never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A node to be, with what its entry in the file says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot<'a> {
    /// Its id.
    pub id: NodeId,
    /// Its name.
    pub name: String,
    /// Its roles, where the file gives them.
    pub roles: Option<&'a [Role]>,
    /// Its location, where the file gives one.
    pub location: Option<&'a str>,
    /// Its host ports, where the file gives some.
    pub ports: Option<&'a NodePorts>,
    /// Its resources, where the file gives some.
    pub resources: Option<&'a Resources>,
    /// Its settings, where the file gives some.
    pub settings: Option<&'a Map<String, Value>>,
    /// Which entry of the list it comes from.
    pub entry: Option<usize>,
}

impl Slot<'_> {
    fn of_like_nodes(id: u32, entry: Option<usize>) -> Self {
        Self {
            id: NodeId(id),
            name: default_name(id),
            roles: None,
            location: None,
            ports: None,
            resources: None,
            settings: None,
            entry,
        }
    }
}

/// The name of a node whose entry gives none.
pub fn default_name(id: u32) -> String {
    format!("restate-{id}")
}

/// The id that a name of the form `restate-<id>` stands for.
pub fn id_in_name(name: &str) -> Option<u32> {
    let id: u32 = name.strip_prefix("restate-")?.parse().ok()?;
    // `restate-007` is not the name that id 7 would have.
    (id > 0 && default_name(id) == name).then_some(id)
}

/// The nodes by id. Faults of the file, such as an id given twice, stay as they are.
pub fn assign<'a>(nodes: &'a Nodes, retired: &[u32]) -> Vec<Slot<'a>> {
    let retired: BTreeSet<u32> = retired.iter().copied().collect();
    let mut taken = retired.clone();
    let mut slots: Vec<Slot<'a>> = match nodes {
        Nodes::Count(count) => lowest_free(&mut taken, 1, *count)
            .map(|id| Slot::of_like_nodes(id, None))
            .collect(),
        Nodes::List(entries) => {
            let mut given: Vec<Option<Vec<u32>>> = entries
                .iter()
                .map(|entry| ids_in_file(entry, &retired))
                .collect();
            taken.extend(given.iter().flatten().flatten());
            entries
                .iter()
                .enumerate()
                .flat_map(|(index, entry)| {
                    let ids = given[index].take().unwrap_or_else(|| {
                        let count = match entry {
                            NodeEntry::Group(group) => group.count,
                            NodeEntry::Node(_) => 1,
                        };
                        lowest_free(&mut taken, 1, count).collect()
                    });
                    ids.into_iter().map(move |id| slot(entry, id, index))
                })
                .collect()
        }
    };
    slots.sort_by_key(|slot| slot.id);
    slots
}

/// The ids that an entry gives itself, by `id`, `first_id` or a name that ends in one.
fn ids_in_file(entry: &NodeEntry, retired: &BTreeSet<u32>) -> Option<Vec<u32>> {
    match entry {
        NodeEntry::Node(node) => node
            .id
            .or_else(|| node.name.as_deref().and_then(id_in_name))
            .map(|id| vec![id]),
        NodeEntry::Group(group) => {
            let ids = (group.first_id?..=u32::MAX).filter(|id| !retired.contains(id));
            Some(ids.take(group.count as usize).collect())
        }
    }
}

/// The lowest `count` ids from `first` on that are not taken; they are taken then.
fn lowest_free(
    taken: &mut BTreeSet<u32>,
    first: u32,
    count: u32,
) -> impl Iterator<Item = u32> + use<> {
    let ids: Vec<u32> = (first..=u32::MAX)
        .filter(|id| !taken.contains(id))
        .take(count as usize)
        .collect();
    taken.extend(&ids);
    ids.into_iter()
}

fn slot(entry: &NodeEntry, id: u32, index: usize) -> Slot<'_> {
    let base = Slot::of_like_nodes(id, Some(index));
    match entry {
        NodeEntry::Node(node) => Slot {
            name: node.name.clone().unwrap_or(base.name),
            roles: node.roles.as_deref(),
            location: node.location.as_deref(),
            ports: node.ports.as_ref(),
            resources: node.resources.as_ref(),
            settings: Some(&node.settings),
            ..base
        },
        NodeEntry::Group(group) => Slot {
            roles: group.roles.as_deref(),
            location: group.location.as_deref(),
            resources: group.resources.as_ref(),
            settings: Some(&group.settings),
            ..base
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ids(nodes: Value, retired: &[u32]) -> Vec<(u32, String)> {
        let nodes: Nodes = serde_json::from_value(nodes).expect("nodes");
        assign(&nodes, retired)
            .into_iter()
            .map(|slot| (slot.id.0, slot.name))
            .collect()
    }

    fn numbers(nodes: Value, retired: &[u32]) -> Vec<u32> {
        ids(nodes, retired).into_iter().map(|(id, _)| id).collect()
    }

    #[test]
    fn ids_follow_what_the_file_gives_and_skip_what_is_retired() {
        for (nodes, retired, expected) in [
            (json!(3), vec![], vec![1, 2, 3]),
            (json!(3), vec![2], vec![1, 3, 4]),
            (
                json!([{"id": 7}, {}, {"name": "restate-2"}]),
                vec![1],
                vec![2, 3, 7],
            ),
            (
                json!([{"count": 2, "first_id": 10}, {"count": 2}]),
                vec![],
                vec![1, 2, 10, 11],
            ),
            (
                json!([{"count": 3, "first_id": 10}]),
                vec![11],
                vec![10, 12, 13],
            ),
            (json!([{"id": 1}, {"id": 1}]), vec![], vec![1, 1]),
        ] {
            assert_eq!(numbers(nodes.clone(), &retired), expected, "{nodes}");
        }
    }

    #[test]
    fn a_node_keeps_its_own_name_beside_its_id() {
        assert_eq!(
            ids(
                json!([{"name": "alpha", "id": 4}, {"name": "restate-9"}, {}]),
                &[]
            ),
            [
                (1, "restate-1".into()),
                (4, "alpha".into()),
                (9, "restate-9".into())
            ]
        );
        assert_eq!(id_in_name("restate-07"), None);
        assert_eq!(id_in_name("restate-0"), None);
    }
}
