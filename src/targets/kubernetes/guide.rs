//! The view of `OPERATIONS.md`: what people need in addition to the manifests, with this cluster's own names and
//! numbers.

use serde::Serialize;

use super::nodes::{Budget, SETTLING_SECONDS, budget};
use super::pods::{FileView, files};
use super::provision::{self, Provisioned};
use super::{PORTS, PortsView, certificate_names, makes_secret, pod};
use crate::render::{self, Template, joined, template};
use crate::server::credentials::secret_keys;
use crate::targets::guide::{self, Guide, roles};
use crate::topology::kubernetes::{NodeSet, Pod};
use crate::topology::{ObjectStore, Topology};

/// The table names that many nodes: more would bury the rest of the guide.
const MOST_LISTED: usize = 50;

/// The labels of the nodes' pods and of their claims: in a namespace of others there may be more that are called nodes.
pub const NODES: &str = "app.kubernetes.io/name=restate,app.kubernetes.io/component=node";

/// The paragraphs that only guides for Kubernetes include.
pub const PARTS: &[Template] = &[
    template!("kubernetes/guide/apply.sh"),
    template!("kubernetes/guide/change.md"),
    template!("kubernetes/guide/files.md"),
    template!("kubernetes/guide/full-disk.md"),
    template!("kubernetes/guide/full-disk.sh"),
    template!("kubernetes/guide/gitops.md"),
    template!("kubernetes/guide/head.md"),
    template!("kubernetes/guide/job.sh"),
    template!("kubernetes/guide/machines.md"),
    template!("kubernetes/guide/policies.sh"),
    template!("kubernetes/guide/ready.sh"),
    template!("kubernetes/guide/restatectl.sh"),
    template!("kubernetes/guide/secret.md"),
    template!("kubernetes/guide/store.md"),
    template!("kubernetes/guide/tls.md"),
];

/// What the guides of all flavors say of their cluster.
#[derive(Serialize)]
pub struct PodsGuide<'a> {
    #[serde(flatten)]
    guide: Guide<'a>,
    namespace: &'a str,
    /// Whether it is among the objects, and goes with them.
    deletes_namespace: bool,
    applied_folder: &'a str,
    /// The labels that the nodes' pods have.
    selector: String,
    /// The Service of the admin API.
    admin_service: &'static str,
    image: String,
    sets: Vec<SetView<'a>>,
    /// The label of all objects, where a GitOps controller applies them.
    files_hash: Option<&'a str>,
    makes_secret: bool,
    secret: &'a str,
    nodes_secret: Option<&'a str>,
    secret_keys: String,
    files: Vec<FileView<'a>>,
    #[serde(flatten)]
    ports: PortsView,
}

/// A StatefulSet of nodes.
#[derive(Serialize)]
pub struct SetView<'a> {
    /// Its name.
    pub name: &'a str,
    /// How many pods it has.
    pub replicas: usize,
}

impl<'a> PodsGuide<'a> {
    /// That of a cluster with these StatefulSets, whose pods have these labels.
    pub fn of(
        topology: &'a Topology,
        command: &'a str,
        (selector, admin_service): (String, &'static str),
        sets: Vec<SetView<'a>>,
        files_hash: Option<&'a str>,
    ) -> Self {
        Self {
            guide: Guide::of(topology, command, "restatectl"),
            namespace: &topology.kubernetes.namespace,
            deletes_namespace: topology.kubernetes.creates_namespace,
            applied_folder: &topology.kubernetes.applied_folder,
            selector,
            admin_service,
            image: topology.image.reference(),
            sets,
            files_hash,
            makes_secret: makes_secret(topology),
            secret: topology.kubernetes.secret(),
            nodes_secret: super::nodes_secret(topology),
            secret_keys: joined(
                secret_keys(&topology.object_store).map(|key| key.name),
                ", ",
            ),
            files: files(topology),
            ports: PORTS,
        }
    }
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    pods_guide: PodsGuide<'a>,
    certificate_names: String,
    nodes: Vec<NodeView<'a>>,
    many_nodes: bool,
    pods: String,
    job: String,
    settling_seconds: u64,
    rolls_by_itself: bool,
    has_console: bool,
    has_policies: bool,
    has_budget: bool,
    #[serde(flatten)]
    budget: Budget,
    /// The nodes that are lost and removed for an example.
    lost: Option<PodView<'a>>,
    last: Option<PodView<'a>>,
    /// Whether these are of a StatefulSet for a count of nodes.
    numbered: bool,
    next_id: Option<u32>,
    /// A node with an entry, and so a StatefulSet, of its own.
    entry: Option<PodView<'a>>,
}

#[derive(Serialize)]
struct NodeView<'a> {
    name: &'a str,
    id: u32,
    pod: String,
    roles: String,
}

/// A node by its id, its pod, and the StatefulSet of that.
#[derive(Serialize)]
struct PodView<'a> {
    id: u32,
    pod: String,
    set: &'a str,
}

impl<'a> PodView<'a> {
    fn of(set: &'a NodeSet, pod: Option<&Pod>) -> Option<Self> {
        pod.map(|pod| Self {
            id: pod.node.0,
            pod: set.pod_name(pod),
            set: &set.name,
        })
    }
}

/// `OPERATIONS.md`. `files_hash` is the label of all objects, where a GitOps controller applies them.
pub fn render(topology: &Topology, command: &str, files_hash: Option<&str>) -> String {
    render::render(
        template!("kubernetes/OPERATIONS.md").including(&[guide::PARTS, PARTS]),
        &view(topology, command, files_hash),
    )
}

fn view<'a>(topology: &'a Topology, command: &'a str, files_hash: Option<&'a str>) -> View<'a> {
    let kubernetes = &topology.kubernetes;
    // A StatefulSet takes nodes in, and gives them up, at its end.
    let numbered = kubernetes.sets.iter().find(|set| set.first_ordinal() > 0);
    let entry = kubernetes.sets.iter().rfind(|set| set.first_ordinal() == 0);
    let set = numbered.or(entry);
    let sets = kubernetes.sets.iter().map(|set| SetView {
        name: &set.name,
        replicas: set.pods.len(),
    });
    let nodes = topology.nodes.iter().take(MOST_LISTED);
    View {
        pods_guide: PodsGuide::of(
            topology,
            command,
            (NODES.into(), "restate-admin"),
            sets.collect(),
            files_hash,
        ),
        certificate_names: certificate_names(topology).join("`, `"),
        nodes: nodes
            .map(|node| NodeView {
                name: &node.name,
                id: node.id.0,
                pod: pod(topology, node.id),
                roles: roles(node),
            })
            .collect(),
        many_nodes: topology.nodes.len() > MOST_LISTED,
        pods: joined(kubernetes.places().map(|(set, pod)| set.pod_name(pod)), " "),
        job: provision::job(topology, &Provisioned::of(topology)),
        settling_seconds: SETTLING_SECONDS,
        rolls_by_itself: kubernetes.sets.len() == 1,
        has_console: matches!(topology.object_store, ObjectStore::Minio(_)),
        has_policies: kubernetes.network.is_some(),
        has_budget: topology.nodes.len() > 1,
        budget: budget(topology),
        lost: set.and_then(|set| PodView::of(set, set.pods.first())),
        last: set.and_then(|set| PodView::of(set, set.pods.last())),
        numbered: numbered.is_some(),
        next_id: set.map(|set| set.next_id),
        entry: entry.and_then(|set| PodView::of(set, set.pods.first())),
    }
}
