//! The resolved cluster: every default applied, every id, name, port, role and memory pool assigned.
//!
//! Pure and total: the same [`Cluster`] gives the same [`Topology`], and a cluster without
//! error-level findings always gives a sound one. What a target calls its containers, and where its
//! files go, is none of this module's business.

pub mod compose;
pub mod files;
pub mod groups;
pub mod ids;
pub mod image;
pub mod kubernetes;
pub mod location;
pub mod nomad;
pub mod outage;
pub mod pods;
pub mod ports;
pub mod roles;
pub mod storage;
pub mod survival;
pub mod tls;

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Map, Value};

use crate::facts::{self, Probe, READINESS_PROBES, Release, SERVER_IMAGE};
use crate::model::{
    self, ByteSize, Cluster, PortName, Replication, ReplicationProperty, Role, ScopedReplication,
    ServerKeys,
};

pub use ids::NodeId;
pub use image::Image;
use ports::Numbering;
pub use ports::{HostPorts, NodePort};
pub use storage::{BundledStore, ExistingVolume, ObjectStore, Snapshots, Volumes};
pub use survival::Survival;

/// Restate's cluster name when the file gives none.
pub const DEFAULT_CLUSTER_NAME: &str = "restate-cluster";
/// Number of nodes when the file gives none: the fewest that survive the loss of any one.
pub const DEFAULT_NODES: u32 = 3;

/// A cluster with nothing left to decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Topology {
    /// Restate's cluster name.
    pub cluster_name: String,
    /// What the server version is.
    pub release: Release,
    /// The server image.
    pub image: Image,
    /// The nodes, by id.
    pub nodes: Vec<Node>,
    /// Number of partitions, read by the server when it is provisioned.
    pub partitions: u16,
    /// Copies of each log record.
    pub log_replication: ReplicationProperty,
    /// Copies of each partition.
    pub partition_replication: ReplicationProperty,
    /// Snapshots; none where there is no object store.
    pub snapshots: Option<Snapshots>,
    /// Where snapshots are kept.
    pub object_store: ObjectStore,
    /// The data volume of each node.
    pub volumes: Volumes,
    /// Host address of all ports but the ingress.
    pub private_bind: IpAddr,
    /// Host address of the ingress ports.
    pub ingress_bind: IpAddr,
    /// Files that are mounted into each node.
    pub files: Vec<files::File>,
    /// TLS between the nodes.
    pub tls: Option<tls::Tls>,
    /// Which ports of a node are published on the host.
    pub published: Vec<PortName>,
    /// Whether the containers next to the nodes have CPU limits.
    pub limits_cpus: bool,
    /// Keys of the file that each decide a setting of the server.
    pub server_keys: ServerKeys,
    /// What only the Compose output has.
    pub compose: compose::Compose,
    /// What only the Kubernetes output has.
    pub kubernetes: kubernetes::Kubernetes,
    /// What only the Nomad output has.
    pub nomad: nomad::Nomad,
}

/// One node with nothing left to decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Restate's node id.
    pub id: NodeId,
    /// Restate's node name, also its host name.
    pub name: String,
    /// What the node does, in Restate's order.
    pub roles: Vec<Role>,
    /// `region` or `region.zone`, empty where the file gives none.
    pub location: String,
    /// Its ports on a host of Compose.
    pub host_ports: HostPorts,
    /// Its ports on a client of Nomad.
    pub static_ports: HostPorts,
    /// Where its data already is, on Compose.
    pub volume: Option<ExistingVolume>,
    /// CPU and memory.
    pub resources: Resources,
    /// Raw settings of the user: the cluster's with the node's over them.
    pub settings: Map<String, Value>,
    /// Which entry of the file's list of nodes it comes from, for messages.
    pub entry: Option<usize>,
}

impl Node {
    /// Whether the node has the role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// The best probe that the node answers, by its roles.
    pub fn probe(&self) -> &'static Probe {
        let answers = |probe: &&Probe| {
            let role = probe.role;
            role.is_none_or(|role| self.roles.iter().any(|own| own.name() == role))
        };
        READINESS_PROBES
            .iter()
            .find(answers)
            .expect("every node answers the last probe, which asks for no role")
    }

    /// Whether both could have one configuration but for who and where they are.
    pub fn is_like(&self, other: &Self) -> bool {
        // Destructured, so that a new property of a node cannot be forgotten here.
        let Self {
            id: _,
            name: _,
            roles,
            location,
            host_ports: _,
            static_ports: _,
            volume: _,
            resources,
            settings,
            entry: _,
        } = self;
        *roles == other.roles
            && *location == other.location
            && *resources == other.resources
            && *settings == other.settings
    }
}

/// CPU and memory of a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resources {
    /// CPU limit in cores, where there is one.
    pub cpus: Option<f64>,
    /// Memory limit.
    pub memory: ByteSize,
    /// CPU set aside, in cores.
    pub reserved_cpus: f64,
    /// Memory set aside, where the file says so: else every target has its own way.
    pub reserved_memory: Option<ByteSize>,
}

impl Resources {
    /// Memory set aside where an idle node's is enough: what is not used is used by others, and a node may still have all of its
    /// limit.
    pub fn shared_memory(&self) -> ByteSize {
        let idle = || ByteSize::mebibytes(512).min(self.memory);
        self.reserved_memory.unwrap_or_else(idle)
    }
}

/// The release that the cluster runs; the newest where the file names one that there are no facts for,
/// so that everything else can still be checked.
pub fn release(cluster: &Cluster) -> Release {
    named_release(cluster).unwrap_or_else(|| facts::latest().clone())
}

/// The release that the file names, where it is one.
pub fn named_release(cluster: &Cluster) -> Option<Release> {
    cluster.version.as_deref().and_then(facts::release)
}

impl Topology {
    /// The node with the id.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        // They are sorted by id.
        let index = self.nodes.binary_search_by_key(&id, |node| node.id).ok()?;
        self.nodes.get(index)
    }

    /// The node that goes by this: its name, or its id as `2` or `N2`.
    pub fn node_called(&self, text: &str) -> Option<&Node> {
        let id = text.strip_prefix('N').unwrap_or(text);
        let by_name = self.nodes.iter().find(|node| node.name == text);
        by_name.or_else(|| self.nodes.iter().find(|node| node.id.to_string() == id))
    }

    /// Whether data may be in folders of the host, or in volumes that others made, which may belong to any user.
    pub fn has_data_of_others(&self) -> bool {
        self.volumes.path.is_some() || self.nodes.iter().any(|node| node.volume.is_some())
    }

    /// The nodes with the role, by id.
    pub fn nodes_with(&self, role: Role) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(move |node| node.has(role))
    }

    /// How many nodes of the whole cluster may fail at once: the one answer for rules, guides, disruption budgets and plans.
    pub fn survival(&self) -> Survival {
        let servers = self.nodes_with(Role::LogServer);
        let log = survival::Log {
            replication: &self.log_replication,
            writable: servers.map(|node| node.location.as_str()).collect(),
            fewest_copies: self.log_replication.copies().into(),
            down: 0,
        };
        let all_up = |role| survival::Count {
            all: self.nodes_with(role).count(),
            down: 0,
        };
        Survival::of(&log, all_up(Role::MetadataServer), all_up(Role::Worker))
    }
}

/// Decides everything that the file leaves open.
///
/// Total: it never fails. For a cluster with error-level findings the result may be nonsense, and
/// is only good for finding more faults.
pub fn resolve(cluster: &Cluster, release: Release) -> Topology {
    // Destructured, so that a new key of the file cannot be forgotten here.
    let Cluster {
        schema: _,
        name,
        version: _,
        image,
        registry,
        nodes,
        retired_ids,
        replication,
        partitions,
        metadata_servers,
        snapshots,
        object_store,
        ports,
        resources,
        volumes,
        settings,
        files,
        tls,
        server,
        compose,
        kubernetes,
        nomad,
        host_ports,
    } = cluster;

    let cluster_name = name.clone().unwrap_or_else(|| DEFAULT_CLUSTER_NAME.into());
    let model::Image { repository, digest } = image.clone().unwrap_or_default();
    let registry = registry.as_deref();
    let ports = ports.clone().unwrap_or_default();
    let partitions = partitions.unwrap_or(24);
    let default_nodes = model::Nodes::Count(DEFAULT_NODES);
    let given_nodes = nodes.as_ref().unwrap_or(&default_nodes);
    let replacements = kubernetes
        .as_ref()
        .map_or(&[][..], |kubernetes| &kubernetes.replacements);
    let slots = ids::assign(given_nodes, retired_ids, replacements);
    let kubernetes = kubernetes::resolve(
        kubernetes.as_ref(),
        given_nodes,
        &slots,
        retired_ids,
        label(&cluster_name),
    );
    let (log_replication, partition_replication) = replication_properties(replication, slots.len());
    let place = |id: NodeId| ids::original(id.0, replacements);
    let roles = roles::assign(&slots, *metadata_servers, &log_replication, place);
    let object_store = storage::object_store(object_store.as_ref(), ports.base, registry)
        .with_ports_of(host_ports);
    let snapshots = storage::snapshots(snapshots.as_ref(), &object_store, &release);

    let nodes = slots
        .into_iter()
        .zip(roles)
        .map(|(slot, roles)| {
            let resources = resolved_resources([slot.resources, resources.as_ref()]);
            let settings = merged(settings, slot.settings);
            Node {
                id: slot.id,
                name: slot.name,
                roles,
                location: slot.location.unwrap_or_default().to_string(),
                host_ports: Numbering::on_compose(&ports)
                    .assign(slot.id, slot.ports)
                    .with_ports_of(slot.id, host_ports),
                static_ports: Numbering::on_nomad(&ports).assign(slot.id, slot.ports),
                volume: slot.volume.map(ExistingVolume::of),
                resources,
                settings,
                entry: slot.entry,
            }
        })
        .collect();

    Topology {
        image: Image::of(
            &SERVER_IMAGE,
            repository,
            release.text().into(),
            digest,
            registry,
        ),
        release,
        nodes,
        partitions,
        log_replication,
        partition_replication,
        snapshots,
        object_store,
        volumes: storage::volumes(volumes.as_ref()),
        private_bind: ports.bind.unwrap_or(Ipv4Addr::LOCALHOST.into()),
        ingress_bind: ports.ingress_bind.unwrap_or(Ipv4Addr::UNSPECIFIED.into()),
        files: files::resolve(files),
        tls: tls::resolve(tls.as_ref()),
        published: ports
            .publish
            .unwrap_or_else(|| vec![PortName::Ingress, PortName::Admin, PortName::Fabric]),
        limits_cpus: resolved_resources([None, resources.as_ref()])
            .cpus
            .is_some(),
        server_keys: server.clone(),
        compose: compose::resolve(compose.as_ref(), || project_name(&cluster_name)),
        kubernetes,
        nomad: nomad::resolve(nomad.as_ref(), || label(&cluster_name)),
        cluster_name,
    }
}

/// Log and partition replication; two copies, as far as there are nodes for them.
fn replication_properties(
    replication: &Option<Replication>,
    nodes: usize,
) -> (ReplicationProperty, ReplicationProperty) {
    let default = || ReplicationProperty::Nodes(nodes.clamp(1, 2) as u8);
    match replication {
        None => (default(), default()),
        Some(Replication::Both(property)) => (property.clone(), property.clone()),
        Some(Replication::Each(each)) => (
            each.logs.clone().unwrap_or_else(default),
            each.partitions.clone().unwrap_or_else(default),
        ),
    }
}

/// The first of the given resources that says something, value by value, else the default.
fn resolved_resources(layers: [Option<&model::Resources>; 2]) -> Resources {
    let layers = layers.into_iter().flatten();
    let reserves = layers.clone().filter_map(|layer| layer.reserve.as_ref());
    let cpus = match layers.clone().find_map(|layer| layer.cpus) {
        Some(limit) => limit.cores(),
        None => Some(2.0),
    };
    let memory = layers
        .clone()
        .find_map(|layer| layer.memory)
        .unwrap_or(ByteSize::mebibytes(2048));
    Resources {
        cpus,
        memory,
        // A reservation above the limit is refused by every engine, so the default stays below it.
        reserved_cpus: reserves
            .clone()
            .find_map(|reserve| reserve.cpus)
            .unwrap_or(0.5f64.min(cpus.unwrap_or(0.5))),
        reserved_memory: reserves.clone().find_map(|reserve| reserve.memory),
    }
}

/// The cluster's settings with the node's over them, table by table.
fn merged(cluster: &Map<String, Value>, node: Option<&Map<String, Value>>) -> Map<String, Value> {
    let mut merged = cluster.clone();
    for (key, value) in node.into_iter().flatten() {
        match (merged.get_mut(key), value) {
            (Some(Value::Object(below)), Value::Object(over)) => {
                *below = self::merged(below, Some(over));
            }
            _ => {
                merged.insert(key.clone(), value.clone());
            }
        }
    }
    merged
}

/// A Compose project name from the cluster's name: lower case, and only what Compose allows.
fn project_name(cluster_name: &str) -> String {
    let slug: String = cluster_name
        .chars()
        .map(|c| match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() || c == '_' || c == '-' => c,
            _ => '-',
        })
        .collect();
    let slug = slug.trim_start_matches(['-', '_']);
    if slug.is_empty() {
        DEFAULT_CLUSTER_NAME.into()
    } else {
        slug.into()
    }
}

/// The nearest DNS label to the cluster's name.
fn label(cluster_name: &str) -> String {
    let slug = project_name(cluster_name).replace('_', "-");
    slug.trim_end_matches('-').to_owned()
}

impl ScopedReplication {
    /// Whether the server takes it, whatever the nodes are: it sets a number, and no narrower scope has fewer copies.
    pub fn is_ordered(&self) -> bool {
        let given: Vec<u8> = [self.region, self.zone, self.node]
            .into_iter()
            .flatten()
            .collect();
        !given.is_empty() && given.is_sorted()
    }
}

impl ReplicationProperty {
    /// Whether the other asks for the same copies, however it is written: `2` is `{node: 2}`.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let plain = |property: &Self| match property {
            Self::Scoped(ScopedReplication {
                region: None,
                zone: None,
                node: Some(copies),
            }) => Self::Nodes(*copies),
            property => property.clone(),
        };
        plain(self) == plain(other)
    }

    /// On how many nodes a copy is, at least: what must be alive for a write is reckoned from it.
    pub fn copies(&self) -> u8 {
        match self {
            Self::Nodes(nodes) => *nodes,
            Self::Scoped(scoped) => [scoped.region, scoped.zone, scoped.node]
                .into_iter()
                .flatten()
                .max()
                .unwrap_or(1),
        }
    }

    /// As `restatectl` takes it: `2`, `{zone: 2, node: 3}`.
    pub fn notation(&self) -> String {
        match self {
            Self::Nodes(nodes) => nodes.to_string(),
            Self::Scoped(scoped) => {
                let scopes = [
                    ("region", scoped.region),
                    ("zone", scoped.zone),
                    ("node", scoped.node),
                ];
                let scopes: Vec<String> = scopes
                    .into_iter()
                    .filter_map(|(scope, copies)| copies.map(|copies| format!("{scope}: {copies}")))
                    .collect();
                format!("{{{}}}", scopes.join(", "))
            }
        }
    }
}
