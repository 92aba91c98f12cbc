//! The place of each node in Kubernetes, and what its objects need besides the nodes.
//!
//! A StatefulSet's pods are numbered without gaps, and node ids never come back. So a node has a *place*, an
//! ordinal of its StatefulSet, which is its id unless it stands in the place of a lost one. Pod, claim and address belong to the
//! place and stay; what the server calls itself belongs to the node.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use super::ids::{NodeId, Slot, original};
use crate::model::kubernetes::{
    self, Flavor, Gateway, Ingress, Kubernetes as Given, Monitoring, Network, Replacement, Spread,
    Toleration,
};
use crate::model::{NodeEntry, Nodes};

/// The Secret that is made from `.env` where the file names none.
const STORE_SECRET: &str = "restate-store";

/// What Kubernetes needs to know, with nothing left to decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Kubernetes {
    /// What is generated.
    pub flavor: Flavor,
    /// Namespace of all objects.
    pub namespace: String,
    /// The StatefulSets of the nodes, by their first place.
    pub sets: Vec<NodeSet>,
    /// A Secret that exists, with the store's credentials; else one is made.
    pub secret: Option<String>,
    /// Whether a GitOps controller applies the manifests.
    pub gitops: bool,
    /// Annotations of the ServiceAccount.
    pub service_account_annotations: Vec<(String, String)>,
    /// Annotations of the nodes' pods.
    pub pod_annotations: Vec<(String, String)>,
    /// Secrets to pull images with.
    pub image_pull_secrets: Vec<String>,
    /// Priority class of the nodes' pods.
    pub priority_class: Option<String>,
    /// Labels of machines that nodes may run on.
    pub node_selector: Vec<(String, String)>,
    /// Taints that nodes tolerate.
    pub tolerations: Vec<Toleration>,
    /// Whether a pod rather waits than shares a machine while others have fewer.
    pub spread: Spread,
    /// Zone label by location.
    pub zones: Vec<(String, String)>,
    /// Who may talk to whom; none where no policies are written.
    pub network: Option<Connections>,
    /// How metrics are found.
    pub monitoring: Monitoring,
    /// An Ingress.
    pub ingress: Option<Ingress>,
    /// An HTTPRoute.
    pub gateway: Option<Gateway>,
}

/// A StatefulSet: nodes that differ in nothing that a pod template says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSet {
    /// Its name, from which those of its pods and claims follow.
    pub name: String,
    /// Its pods, by number, each with the node that has it now.
    pub pods: Vec<Pod>,
    /// The id that its pods are counted from; it may be that of a node which is gone.
    pub first_id: u32,
    /// The id that the next node of its entry gets.
    pub next_id: u32,
}

/// A pod of a StatefulSet: its number, and the node that has it now. Nodes are replaced, pods stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pod {
    /// Its number in the StatefulSet.
    pub ordinal: u32,
    /// The node.
    pub node: NodeId,
}

/// Who may talk to whom.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Connections {
    /// Who may call services; everybody where there is none.
    pub ingress_from: Option<Vec<Peer>>,
    /// Who may use the admin API.
    pub admin_from: Vec<Peer>,
    /// Who may read metrics.
    pub metrics_from: Vec<Peer>,
    /// Where services are; all pods, and port 443 anywhere, where there is none.
    pub services_to: Option<Vec<Peer>>,
}

/// One end of a connection.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Peer {
    /// Addresses; then there is nothing else.
    pub cidr: Option<String>,
    /// The namespace of its pods; else that of the cluster.
    pub namespace: Option<String>,
    /// The labels of its pods.
    pub pods: Vec<(String, String)>,
}

impl Kubernetes {
    /// Every pod of the nodes with its set, in the order of places.
    pub fn places(&self) -> impl Iterator<Item = (&NodeSet, &Pod)> {
        let sets = self.sets.iter();
        sets.flat_map(|set| set.pods.iter().map(move |pod| (set, pod)))
    }

    /// The Secret with the store's credentials, whoever makes it.
    pub fn secret(&self) -> &str {
        self.secret.as_deref().unwrap_or(STORE_SECRET)
    }

    /// The set and the pod of a node.
    pub fn pod(&self, node: NodeId) -> Option<(&NodeSet, Pod)> {
        self.sets.iter().find_map(|set| {
            let pod = set.pods.iter().find(|pod| pod.node == node)?;
            Some((set, *pod))
        })
    }
}

impl NodeSet {
    /// The name of one of its pods.
    pub fn pod_name(&self, pod: &Pod) -> String {
        format!("{}-{}", self.name, pod.ordinal)
    }

    /// The ordinal of its first pod.
    pub fn first_ordinal(&self) -> u32 {
        self.pods.first().map_or(0, |pod| pod.ordinal)
    }

    /// The ordinals between its first and last that no node has: no StatefulSet can leave them out.
    pub fn gaps(&self) -> impl Iterator<Item = u32> {
        let last = self.pods.last().map_or(0, |pod| pod.ordinal);
        let taken = |ordinal: u32| self.pods.iter().any(|pod| pod.ordinal == ordinal);
        (self.first_ordinal()..=last).filter(move |ordinal| !taken(*ordinal))
    }
}

/// Decides what the file leaves open. `default_namespace` is that of a cluster whose file names none.
pub fn resolve(
    given: Option<&Given>,
    nodes: &Nodes,
    slots: &[Slot<'_>],
    retired: &[u32],
    default_namespace: String,
) -> Kubernetes {
    // Destructured, so that a new key of the file cannot be forgotten here.
    let Given {
        flavor,
        namespace,
        secret,
        gitops,
        service_account_annotations,
        pod_annotations,
        image_pull_secrets,
        priority_class,
        node_selector,
        tolerations,
        spread,
        zones,
        network,
        monitoring,
        ingress,
        gateway,
        replacements,
    } = given.cloned().unwrap_or_default();
    Kubernetes {
        flavor: flavor.unwrap_or_default(),
        namespace: namespace.unwrap_or(default_namespace),
        sets: sets(nodes, slots, retired, &replacements),
        secret,
        gitops: gitops.unwrap_or(false),
        service_account_annotations: texts(&service_account_annotations),
        pod_annotations: texts(&pod_annotations),
        image_pull_secrets,
        priority_class,
        node_selector: texts(&node_selector),
        tolerations,
        spread: spread.unwrap_or_default(),
        zones: texts(&zones),
        network: connections(network.unwrap_or_default()),
        monitoring: monitoring.unwrap_or(Monitoring::None),
        ingress,
        gateway,
    }
}

/// Labels and annotations; a rule refuses values that are not strings.
pub fn texts(map: &Map<String, Value>) -> Vec<(String, String)> {
    map.iter()
        .map(|(key, value)| match value {
            Value::String(text) => (key.clone(), text.clone()),
            other => (key.clone(), other.to_string()),
        })
        .collect()
}

fn connections(network: Network) -> Option<Connections> {
    let Network {
        policies,
        ingress_from,
        admin_from,
        metrics_from,
        services_to,
    } = network;
    let peers = |given: Vec<kubernetes::Peer>| given.into_iter().map(peer).collect();
    let own_namespace = || vec![Peer::default()];
    policies.unwrap_or(true).then(|| Connections {
        ingress_from: ingress_from.map(peers),
        admin_from: admin_from.map_or_else(own_namespace, peers),
        metrics_from: metrics_from.map_or_else(own_namespace, peers),
        services_to: services_to.map(peers),
    })
}

fn peer(given: kubernetes::Peer) -> Peer {
    let kubernetes::Peer {
        cidr,
        namespace,
        pods,
    } = given;
    Peer {
        cidr,
        namespace,
        pods: texts(&pods),
    }
}

/// One StatefulSet for a count of nodes, and one for each entry of a list: an entry keeps its name when nodes are added to it, to
/// others, or between them.
fn sets(
    nodes: &Nodes,
    slots: &[Slot<'_>],
    retired: &[u32],
    replacements: &[Replacement],
) -> Vec<NodeSet> {
    let taken: BTreeSet<u32> = slots
        .iter()
        .map(|slot| slot.id.0)
        .chain(retired.iter().copied())
        .collect();
    // Of each taken id the next free one, from the highest down, so that no set has to search.
    let mut next_free: BTreeMap<u32, u32> = BTreeMap::new();
    for id in taken.into_iter().rev() {
        let above = id.saturating_add(1);
        let free = next_free.get(&above).copied().unwrap_or(above);
        next_free.insert(id, free);
    }
    let mut members: BTreeMap<Option<usize>, Vec<&Slot<'_>>> = BTreeMap::new();
    for slot in slots {
        members.entry(slot.entry).or_default().push(slot);
    }
    let mut sets: Vec<NodeSet> = members
        .into_iter()
        .filter_map(|(entry, slots)| {
            let entry = match (nodes, entry) {
                (Nodes::List(entries), Some(index)) => entries.get(index),
                _ => None,
            };
            // A node that replaces the first one must not give the set another name.
            let first = slots
                .iter()
                .map(|slot| original(slot.id.0, replacements))
                .min()?;
            Some(set(entry, &slots, &next_free, replacements, NodeId(first)))
        })
        .collect();
    // By place, not by node: one that replaces another has a higher id, and that moves nothing.
    sets.sort_by_key(|set| match set.first_ordinal() {
        0 => set.pods.first().map_or(0, |pod| pod.node.0),
        ordinal => ordinal,
    });
    sets
}

fn set(
    entry: Option<&NodeEntry>,
    slots: &[&Slot<'_>],
    next_free: &BTreeMap<u32, u32>,
    replacements: &[Replacement],
    first: NodeId,
) -> NodeSet {
    let start = match entry {
        None => 1,
        Some(NodeEntry::Group(group)) => group.first_id.unwrap_or(first.0),
        Some(NodeEntry::Node(_)) => first.0,
    };
    let next_id = next_free.get(&start).copied().unwrap_or(start);
    let name = match entry {
        None => "restate".to_owned(),
        Some(NodeEntry::Group(group)) => {
            let label = group.group.as_deref().and_then(label);
            format!("restate-{}", label.unwrap_or_else(|| start.to_string()))
        }
        Some(NodeEntry::Node(_)) => {
            let name = slots.first().map(|slot| slot.name.clone());
            return NodeSet {
                name: name.unwrap_or_default(),
                // The number of a pod that stands alone says nothing, so it is the usual one.
                pods: slots
                    .iter()
                    .map(|slot| Pod {
                        ordinal: 0,
                        node: slot.id,
                    })
                    .collect(),
                first_id: start,
                next_id,
            };
        }
    };
    let mut pods: Vec<Pod> = slots
        .iter()
        .map(|slot| Pod {
            ordinal: ordinal(slot.id.0, start, replacements),
            node: slot.id,
        })
        .collect();
    pods.sort_by_key(|pod| pod.ordinal);
    NodeSet {
        name,
        pods,
        first_id: start,
        next_id,
    }
}

/// The place of a node: that of the one that it replaces, else its id. Nodes that replace others have used up an id and
/// no place, so those with higher ids stand that much lower.
pub fn ordinal(id: u32, first: u32, replacements: &[Replacement]) -> u32 {
    let original = original(id, replacements);
    let stood_in = replacements
        .iter()
        .filter(|one| (first..original).contains(&one.id));
    original.saturating_sub(stood_in.count() as u32)
}

/// The group's name as part of a DNS label, if anything of it is left.
fn label(group: &str) -> Option<String> {
    let slug: String = group
        .chars()
        .map(|c| match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => c,
            _ => '-',
        })
        .collect();
    let slug = slug.trim_matches('-').to_owned();
    (!slug.is_empty()).then_some(slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(pairs: &[(u32, u32)]) -> Vec<Replacement> {
        pairs
            .iter()
            .map(|(id, in_place_of)| Replacement {
                id: *id,
                in_place_of: *in_place_of,
            })
            .collect()
    }

    #[test]
    fn a_node_keeps_its_place_when_others_are_replaced_and_added() {
        for (pairs, places) in [
            (&[][..], &[(1, 1), (2, 2), (3, 3)][..]),
            (&[(4, 2)], &[(1, 1), (4, 2), (3, 3)]),
            // Grown by one since: node 4 has used up an id, but no place.
            (&[(4, 2)], &[(1, 1), (4, 2), (3, 3), (5, 4)]),
            (&[(4, 2), (6, 5)], &[(6, 4), (7, 5)]),
            // Lost again, in the same place.
            (&[(4, 2), (5, 4)], &[(1, 1), (5, 2), (3, 3), (6, 4)]),
        ] {
            for (id, place) in places {
                assert_eq!(
                    ordinal(*id, 1, &replaced(pairs)),
                    *place,
                    "{id} of {pairs:?}"
                );
            }
        }
        assert_eq!(ordinal(11, 10, &replaced(&[(4, 2)])), 11, "another group's");
        // A circle ends.
        ordinal(1, 1, &replaced(&[(1, 2), (2, 1)]));
    }
}
