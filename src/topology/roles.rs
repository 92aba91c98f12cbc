//! Which node has which roles, above all which nodes form the metadata quorum.

use std::collections::{BTreeMap, VecDeque};

use super::ids::{NodeId, Slot};
use crate::model::{MetadataServers, ReplicationProperty, Role};

/// The most metadata servers that are chosen unasked: each one more makes every write of metadata slower.
const MOST_METADATA_SERVERS: usize = 5;

/// The roles of each slot, in the order of the slots.
///
/// Roles that the file gives stay as they are. All other nodes do everything, and as many of them join the metadata
/// quorum as `asked` says: by default twice the log replication minus one, so that the quorum survives as many failures
/// as the log does. Those in the lowest places are taken: `place` of a node is its id, or that of the node that it
/// replaces, whose role it takes over.
pub fn assign(
    slots: &[Slot<'_>],
    asked: Option<MetadataServers>,
    log_replication: &ReplicationProperty,
    place: impl Fn(NodeId) -> u32,
) -> Vec<Vec<Role>> {
    let given = slots
        .iter()
        .filter(|slot| {
            slot.roles
                .is_some_and(|roles| roles.contains(&Role::MetadataServer))
        })
        .count();
    let mut open: Vec<usize> = (0..slots.len())
        .filter(|index| slots[*index].roles.is_none())
        .collect();
    open.sort_by_key(|index| place(slots[*index].id));
    let most = given + open.len();
    let wanted = match asked {
        Some(MetadataServers::All(_)) => most,
        Some(MetadataServers::Count(count)) => count as usize,
        None => {
            let tolerant = 2 * usize::from(log_replication.copies()).max(1) - 1;
            let odd = most.saturating_sub(1) | 1;
            tolerant.min(odd).min(MOST_METADATA_SERVERS)
        }
    };
    let chosen = spread_over_zones(slots, open, wanted.saturating_sub(given));

    slots
        .iter()
        .enumerate()
        .map(|(index, slot)| match slot.roles {
            Some(roles) => Role::ALL
                .into_iter()
                .filter(|role| roles.contains(role))
                .collect(),
            None => Role::ALL
                .into_iter()
                .filter(|role| *role != Role::MetadataServer || chosen.contains(&index))
                .collect(),
        })
        .collect()
}

/// The first `count` of the candidates, one from each location in turn, so that no zone has the majority
/// while another could have taken a share.
fn spread_over_zones(slots: &[Slot<'_>], candidates: Vec<usize>, count: usize) -> Vec<usize> {
    let mut zones: BTreeMap<(usize, &str), VecDeque<usize>> = BTreeMap::new();
    let mut order: BTreeMap<&str, usize> = BTreeMap::new();
    for index in candidates {
        let location = slots[index].location.unwrap_or_default();
        let rank = order.len();
        let rank = *order.entry(location).or_insert(rank);
        zones.entry((rank, location)).or_default().push_back(index);
    }
    let mut chosen = Vec::new();
    while chosen.len() < count && zones.values().any(|zone| !zone.is_empty()) {
        for zone in zones.values_mut() {
            if chosen.len() < count {
                chosen.extend(zone.pop_front());
            }
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::super::ids;
    use super::*;
    use crate::model::Nodes;
    use serde_json::{Value, json};

    fn quorum(nodes: Value, asked: Value, replication: u8) -> Vec<u32> {
        let nodes: Nodes = serde_json::from_value(nodes).expect("nodes");
        let asked = serde_json::from_value(asked).expect("metadata_servers");
        let slots = ids::assign(&nodes, &[], &[]);
        let replication = ReplicationProperty::Nodes(replication);
        let roles = assign(&slots, asked, &replication, |id| id.0);
        slots
            .iter()
            .zip(roles)
            .filter(|(_, roles)| roles.contains(&Role::MetadataServer))
            .map(|(slot, _)| slot.id.0)
            .collect()
    }

    #[test]
    fn the_quorum_survives_as_many_failures_as_the_log() {
        let none = Value::Null;
        for (nodes, asked, replication, expected) in [
            (json!(1), &none, 1, vec![1]),
            (json!(2), &none, 2, vec![1]),
            (json!(3), &none, 2, vec![1, 2, 3]),
            (json!(4), &none, 2, vec![1, 2, 3]),
            (json!(5), &none, 2, vec![1, 2, 3]),
            (json!(5), &none, 3, vec![1, 2, 3, 4, 5]),
            (json!(4), &none, 3, vec![1, 2, 3]),
            (json!(9), &none, 5, vec![1, 2, 3, 4, 5]),
            (json!(4), &json!("all"), 2, vec![1, 2, 3, 4]),
            (json!(7), &json!(7), 2, vec![1, 2, 3, 4, 5, 6, 7]),
            (json!(2), &json!(3), 2, vec![1, 2]),
        ] {
            assert_eq!(
                quorum(nodes.clone(), asked.clone(), replication),
                expected,
                "{nodes} {asked}"
            );
        }
    }

    #[test]
    fn the_quorum_is_spread_over_the_zones() {
        let zones = json!([
            {"count": 4, "first_id": 1, "location": "eu.a"},
            {"count": 1, "first_id": 11, "location": "eu.b"},
            {"count": 1, "first_id": 21, "location": "eu.c"},
        ]);
        assert_eq!(quorum(zones, Value::Null, 2), [1, 11, 21]);
    }

    #[test]
    fn roles_that_the_file_gives_stay_as_they_are() {
        let nodes = json!([
            {"id": 1, "roles": ["metadata-server", "admin"]},
            {"id": 2, "roles": ["worker"]},
            {"id": 3},
            {"id": 4},
        ]);
        assert_eq!(quorum(nodes, Value::Null, 2), [1, 3, 4]);
    }
}
