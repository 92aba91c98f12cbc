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
    self, Flavor, Gateway, Ingress, IpFamily, Kubernetes as Given, Monitoring, Namespace,
    NamespaceOptions, Network, Replacement, RunAsUser, Security, ServiceType, Services, Spread,
    Toleration,
};
use crate::model::{NodeEntry, Nodes};

/// The Secret that is made from `.env` where the file names none.
const STORE_SECRET: &str = "restate-store";
/// The Secret with the key of the nodes alone, where a bundled store has a key of its own.
const NODES_SECRET: &str = "restate-snapshots";

/// The namespace that is everybody's and there already.
const SHARED_NAMESPACE: &str = "default";

/// The user that processes run as where the file says nothing.
const USER: u32 = 1000;

/// What Kubernetes needs to know, with nothing left to decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Kubernetes {
    /// What is generated.
    pub flavor: Flavor,
    /// Namespace of all objects.
    pub namespace: String,
    /// Whether the namespace is among the objects, and goes with them.
    pub creates_namespace: bool,
    /// The folder that is applied, from that of the files.
    pub applied_folder: String,
    /// The StatefulSets of the nodes, by their first place.
    pub sets: Vec<NodeSet>,
    /// A Secret that exists, with the store's credentials; else one is made.
    pub secret: Option<String>,
    /// Whether a GitOps controller applies the manifests.
    pub gitops: bool,
    /// Annotations of the ServiceAccount.
    pub service_account_annotations: Vec<(String, String)>,
    /// Labels of all pods.
    pub pod_labels: Vec<(String, String)>,
    /// Annotations of all pods.
    pub pod_annotations: Vec<(String, String)>,
    /// The namespace of Istio's control plane; none without Istio.
    pub istio: Option<String>,
    /// Secrets to pull images with.
    pub image_pull_secrets: Vec<String>,
    /// Priority class of all pods.
    pub priority_class: Option<String>,
    /// Labels of machines that pods may run on.
    pub node_selector: Vec<(String, String)>,
    /// Taints that pods tolerate.
    pub tolerations: Vec<Toleration>,
    /// Whether a pod rather waits than shares a machine while others have fewer.
    pub spread: Spread,
    /// Zone label by location.
    pub zones: Vec<(String, String)>,
    /// Keys of a pod's `spec` for the nodes' pods.
    pub pod: Map<String, Value>,
    /// Keys of a container for that of the nodes.
    pub container: Map<String, Value>,
    /// The user and group of all processes; none where the platform assigns them.
    pub user: Option<u32>,
    /// The IP families that the file names.
    pub ip_family: Option<IpFamily>,
    /// The Service of the ingress.
    pub ingress_service: Service,
    /// The Service of the admin API.
    pub admin_service: Service,
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

/// A Service that users find the cluster by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Service {
    /// Where it is reached.
    pub kind: ServiceType,
    /// Its annotations.
    pub annotations: Vec<(String, String)>,
}

/// Who may talk to whom.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Connections {
    /// Who may call services; everybody where there is none.
    pub ingress_from: Option<Vec<Peer>>,
    /// Who may use the admin API, besides pods of the instance.
    pub admin_from: Vec<Peer>,
    /// Who may read metrics, besides pods of the instance.
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

    /// The address that servers listen on.
    pub fn bind_ip(&self) -> &'static str {
        match self.ip_family {
            None | Some(IpFamily::Ipv4) => "0.0.0.0",
            // It takes IPv4 as well.
            Some(IpFamily::Ipv6 | IpFamily::DualStack) => "::",
        }
    }

    /// The Secret with the store's credentials, whoever makes it.
    pub fn secret(&self) -> &str {
        self.secret.as_deref().unwrap_or(STORE_SECRET)
    }

    /// The Secret with what the nodes use a bundled store with, and not with what administers it. One of the user's has all.
    pub fn nodes_secret(&self) -> &str {
        self.secret.as_deref().unwrap_or(NODES_SECRET)
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
        overlay,
        secret,
        gitops,
        service_account_annotations,
        pod_labels,
        pod_annotations,
        istio,
        image_pull_secrets,
        priority_class,
        node_selector,
        tolerations,
        spread,
        zones,
        pod,
        container,
        security,
        ip_family,
        services,
        network,
        monitoring,
        ingress,
        gateway,
        replacements,
    } = given.cloned().unwrap_or_default();
    let NamespaceOptions { name, create } = match namespace {
        None => NamespaceOptions::default(),
        Some(Namespace::Name(name)) => NamespaceOptions {
            name: Some(name),
            create: None,
        },
        Some(Namespace::Options(options)) => options,
    };
    let namespace = name.unwrap_or(default_namespace);
    let Security { run_as_user } = security.unwrap_or_default();
    let Services {
        ingress: ingress_service,
        admin: admin_service,
    } = services.unwrap_or_default();
    Kubernetes {
        flavor: flavor.unwrap_or_default(),
        creates_namespace: create.unwrap_or(true) && namespace != SHARED_NAMESPACE,
        namespace,
        applied_folder: overlay.unwrap_or_else(|| ".".into()),
        sets: sets(nodes, slots, retired, &replacements),
        secret,
        gitops: gitops.unwrap_or(false),
        service_account_annotations: texts(&service_account_annotations),
        pod_labels: texts(&pod_labels),
        pod_annotations: texts(&pod_annotations),
        istio,
        image_pull_secrets,
        priority_class,
        node_selector: texts(&node_selector),
        tolerations,
        spread: spread.unwrap_or_default(),
        zones: texts(&zones),
        pod,
        container,
        user: match run_as_user {
            None => Some(USER),
            Some(RunAsUser::Id(id)) => Some(id),
            Some(RunAsUser::None(_)) => None,
        },
        ip_family,
        ingress_service: service(ingress_service),
        admin_service: service(admin_service),
        network: connections(network.unwrap_or_default()),
        monitoring: monitoring.unwrap_or(Monitoring::None),
        ingress,
        gateway,
    }
}

fn service(given: Option<kubernetes::Service>) -> Service {
    let kubernetes::Service { kind, annotations } = given.unwrap_or_default();
    Service {
        kind: kind.unwrap_or_default(),
        annotations: texts(&annotations),
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
    let peers =
        |given: Vec<kubernetes::Peer>| -> Vec<Peer> { given.into_iter().map(peer).collect() };
    policies.unwrap_or(true).then(|| Connections {
        ingress_from: ingress_from.map(peers),
        admin_from: admin_from.map(peers).unwrap_or_default(),
        metrics_from: metrics_from.map(peers).unwrap_or_default(),
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
