//! Which node has which id and name.
//!
//! An id is for life: the log and the metadata quorum know a node by it. So ids that the file gives
//! are taken first, and what is left open takes the lowest free one, never a retired one.
//!
//! If the ids of a group are next to those of another entry, it continues after that entry: a replacement for a lost
//! node gets the next id that nobody had at that moment. `retired_ids` is read as the order in which nodes went, so two
//! groups that both lost nodes come out as they went through it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

use crate::model::kubernetes::Replacement;
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
    /// Where its data already is, where the file says so.
    pub volume: Option<&'a str>,
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
            volume: None,
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
///
/// `replacements` say which nodes replace lost ones: such an id is that of the group whose node was lost.
pub fn assign<'a>(
    nodes: &'a Nodes,
    retired: &[u32],
    replacements: &[Replacement],
) -> Vec<Slot<'a>> {
    let mut taken: BTreeSet<u32> = retired.iter().copied().collect();
    let mut slots: Vec<Slot<'a>> = match nodes {
        Nodes::Count(count) => lowest_free(&mut taken, 1, *count)
            .map(|id| Slot::of_like_nodes(id, None))
            .collect(),
        Nodes::List(entries) => {
            let mut given = ids_in_file(entries, retired, replacements);
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

/// The id of the node that stood first where this one stands.
pub fn original(id: u32, replacements: &[Replacement]) -> u32 {
    let mut original = id;
    // As many steps as there are replacements: a circle, which a rule refuses, ends too.
    for _ in replacements {
        match replacements.iter().find(|one| one.id == original) {
            Some(replacement) => original = replacement.in_place_of,
            None => break,
        }
    }
    original
}

/// The ids that entries give themselves, by `id`, `first_id` or a name that ends in one; none for an entry that says nothing.
fn ids_in_file(
    entries: &[NodeEntry],
    retired: &[u32],
    replacements: &[Replacement],
) -> Vec<Option<BTreeSet<u32>>> {
    let reserved = reserved(entries, replacements);
    let is_of_another = |id: u32, index: usize| reserved.get(&id).is_some_and(|of| *of != index);
    // As long as nobody was lost, a group has the ids that follow each other from its first one on.
    let mut given: Vec<Option<BTreeSet<u32>>> = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| match entry {
            NodeEntry::Node(node) => node
                .id
                .or_else(|| node.name.as_deref().and_then(id_in_name))
                .map(|id| BTreeSet::from([id])),
            NodeEntry::Group(group) => {
                let ids = (group.first_id?..=u32::MAX).filter(|id| !is_of_another(*id, index));
                Some(ids.take(group.count as usize).collect())
            }
        })
        .collect();
    let mut owners: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (index, ids) in given.iter().enumerate() {
        for id in ids.iter().flatten() {
            owners.entry(*id).or_default().push(index);
        }
    }
    // Then nodes were lost, one after the other, and each time the group went on with the next id that nobody had or has.
    let mut gone: BTreeSet<u32> = BTreeSet::new();
    let mut passed: BTreeMap<usize, u32> = BTreeMap::new();
    for lost in retired {
        gone.insert(*lost);
        for index in owners.get(lost).cloned().unwrap_or_default() {
            // A node that is written out under a retired id is a fault, which stays.
            let (NodeEntry::Group(group), Some(ids)) = (&entries[index], &mut given[index]) else {
                continue;
            };
            if !ids.remove(lost) {
                continue;
            }
            // What was taken once is never free again, so no group looks at an id twice.
            let from = passed.get(&index).copied().or(group.first_id);
            let next = (from.unwrap_or(1)..=u32::MAX).find(|id| {
                !gone.contains(id) && !owners.contains_key(id) && !is_of_another(*id, index)
            });
            if let Some(next) = next {
                ids.insert(next);
                owners.insert(next, vec![index]);
                passed.insert(index, next);
            }
        }
    }
    given
}

/// The entry of each id that replaces another: the last group that begins before the first node that stood there.
fn reserved(entries: &[NodeEntry], replacements: &[Replacement]) -> BTreeMap<u32, usize> {
    let mut firsts: BTreeMap<u32, usize> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        if let NodeEntry::Group(group) = entry
            && let Some(first) = group.first_id
        {
            firsts.entry(first).or_insert(index);
        }
    }
    replacements
        .iter()
        .filter_map(|one| {
            let (_, index) = firsts
                .range(..=original(one.id, replacements))
                .next_back()?;
            Some((one.id, *index))
        })
        .collect()
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
            volume: node.volume.as_deref(),
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
        assign(&nodes, retired, &[])
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

    fn touching(counts: [u32; 2]) -> Value {
        json!([
            {"group": "a", "count": counts[0], "first_id": 1},
            {"group": "b", "count": counts[1], "first_id": 3},
        ])
    }

    fn members(nodes: Value, retired: &[u32], pairs: &[(u32, u32)]) -> [Vec<u32>; 2] {
        let nodes: Nodes = serde_json::from_value(nodes).expect("nodes");
        let replacements: Vec<Replacement> = pairs
            .iter()
            .map(|(id, in_place_of)| Replacement {
                id: *id,
                in_place_of: *in_place_of,
            })
            .collect();
        let slots = assign(&nodes, retired, &replacements);
        let of = |entry: usize| {
            let slots = slots.iter().filter(|slot| slot.entry == Some(entry));
            slots.map(|slot| slot.id.0).collect()
        };
        [of(0), of(1)]
    }

    #[test]
    fn groups_that_touch_go_on_behind_each_other_in_the_order_of_what_was_lost() {
        for (retired, a, b) in [
            (vec![], vec![1, 2], vec![3, 4, 5]),
            (vec![1], vec![2, 6], vec![3, 4, 5]),
            (vec![1, 4], vec![2, 6], vec![3, 5, 7]),
            // The other one lost a node first, and nobody becomes another one.
            (vec![4], vec![1, 2], vec![3, 5, 6]),
            (vec![4, 1], vec![2, 7], vec![3, 5, 6]),
            // Lost again: an id that was one node's for a while is nobody's after.
            (vec![1, 4, 6], vec![2, 8], vec![3, 5, 7]),
            (vec![1, 2, 6], vec![7, 8], vec![3, 4, 5]),
            // The first of b, whose id never becomes a's.
            (vec![3, 1], vec![2, 7], vec![4, 5, 6]),
        ] {
            assert_eq!(
                members(touching([2, 3]), &retired, &[]),
                [a, b],
                "{retired:?}"
            );
        }
    }

    #[test]
    fn a_group_that_grows_leaves_the_stand_in_of_another_its_id() {
        assert_eq!(
            members(touching([2, 4]), &[1], &[(6, 1)]),
            [vec![2, 6], vec![3, 4, 5, 7]]
        );
        assert_eq!(
            members(touching([2, 4]), &[1, 6], &[(6, 1), (7, 6)]),
            [vec![2, 7], vec![3, 4, 5, 8]],
        );
    }

    /// What held before groups could continue behind others: the lowest ids that are not retired.
    #[test]
    fn where_no_ids_meet_a_group_has_the_lowest_that_are_not_retired() {
        for bits in 0_u32..1 << 9 {
            let mut retired: Vec<u32> = (1..=9).filter(|id| bits & (1 << (id - 1)) != 0).collect();
            for first in [4, 7, 12] {
                let nodes = json!([
                    {"count": 2, "first_id": 1}, {"count": 2, "first_id": first}, {"id": 30},
                ]);
                let lowest = |first: u32| {
                    let ids = (first..).filter(|id| !retired.contains(id));
                    ids.take(2).collect::<Vec<u32>>()
                };
                let expected = [lowest(1), lowest(first), vec![30]].concat();
                if expected.is_sorted_by(|one, next| one < next) {
                    assert_eq!(numbers(nodes.clone(), &retired), expected, "{retired:?}");
                    retired.reverse();
                    assert_eq!(numbers(nodes, &retired), expected, "{retired:?}");
                    retired.reverse();
                }
            }
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
