//! The cluster at a glance: its nodes by location, the metadata quorum, the object store, and what still works while
//! certain nodes are down.

mod drawing;
mod effects;
mod table;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::json;
use crate::model::Role;
use crate::topology::survival::majority;
use crate::topology::{Node, ObjectStore, Topology};

pub use drawing::{dot, mermaid};
pub use effects::Effect;
pub use table::table;

use crate::topology::outage::Outage;

/// The version of the JSON format. A field that is added leaves it as it is.
const VERSION: u8 = 1;

/// What `show` prints, and writes with `--format json`. A later version of the tool may add fields; `version` changes
/// when one goes away or means something else.
///
/// ```
/// use restate_gen::diagnostic::allow::Policy;
/// use restate_gen::picture::{Picture, mermaid};
/// use restate_gen::source::Document;
/// use restate_gen::validation::validate;
///
/// let document = Document::parse("restate-cluster.yaml", "name: orders\nnodes: 3\n");
/// let topology = validate(&document, &Policy::default()).topology().expect("sound");
/// let without_one = [topology.nodes[0].id];
/// let picture = Picture::of(&topology, &without_one);
/// assert!(picture.outage.as_ref().is_some_and(|outage| outage.effects.iter().all(|effect| effect.works)));
/// assert!(mermaid(&picture).starts_with("flowchart LR\n"));
/// ```
#[derive(Debug, Serialize, JsonSchema)]
pub struct Picture {
    /// The version of this format.
    #[schemars(range(min = 1, max = 1))]
    pub version: u8,
    /// Restate's name of the cluster.
    pub cluster: String,
    /// The version of the server.
    pub server: String,
    /// How many partitions there are.
    pub partitions: u16,
    /// Copies of each log record, as a replication property.
    pub log_replication: String,
    /// Copies of each partition, as a replication property.
    pub partition_replication: String,
    /// How many metadata servers there are, and how many of them have to be up.
    pub metadata_quorum: Quorum,
    /// Where snapshots go; none where there is no object store.
    pub object_store: Option<Store>,
    /// How many nodes may fail at once, whichever they are.
    pub survives: Survives,
    /// The nodes, by id.
    pub nodes: Vec<NodeOf>,
    /// What still works without the nodes that are down; none where none is.
    pub outage: Option<OutageOf>,
}

/// The metadata quorum.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Quorum {
    /// Its members.
    pub members: usize,
    /// How many of them have to be up.
    pub majority: usize,
}

/// The object store.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Store {
    /// What it is.
    pub kind: &'static str,
    /// Where snapshots go; none where none are kept.
    pub snapshots: Option<String>,
}

/// How many nodes may fail at once, whichever they are.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Survives {
    /// Until anything stops or is lost.
    pub nodes: usize,
    /// Until the log takes no records, or some may be lost.
    pub log: usize,
    /// Until the metadata quorum has no majority.
    pub metadata: usize,
    /// Until no node runs partitions.
    pub partitions: usize,
}

/// A node.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NodeOf {
    /// Restate's id of it.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// `region` or `region.zone`, empty where the file gives none.
    pub location: String,
    /// Its roles, by Restate's names.
    pub roles: Vec<&'static str>,
    /// The ports that it listens on, in its container.
    pub ports: Vec<Port>,
    /// Whether it is one of those that are down.
    pub down: bool,
}

/// A port of a node.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Port {
    /// Restate's name of it.
    pub name: &'static str,
    /// Its number.
    pub number: u16,
}

/// What still works while certain nodes are down.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OutageOf {
    /// The names of the nodes that are down.
    pub nodes: Vec<String>,
    /// What still works.
    pub effects: Vec<Effect>,
}

impl Picture {
    /// Of the cluster, while these nodes are down.
    pub fn of(topology: &Topology, down: &[crate::topology::NodeId]) -> Self {
        let outage = Outage::of(topology, down.iter().copied());
        let node = |node: &Node| NodeOf {
            id: node.id.0,
            name: node.name.clone(),
            location: node.location.clone(),
            roles: node.roles.iter().map(|role| role.name()).collect(),
            ports: node
                .ports()
                .map(|port| Port {
                    name: port.name.name(),
                    number: port.target,
                })
                .collect(),
            down: outage.has(node),
        };
        let survives = topology.survival();
        let members = outage.count(Role::MetadataServer);
        Self {
            version: VERSION,
            cluster: topology.cluster_name.clone(),
            server: topology.release.text().to_owned(),
            partitions: topology.partitions,
            log_replication: topology.log_replication.notation(),
            partition_replication: topology.partition_replication.notation(),
            metadata_quorum: Quorum {
                members: members.all,
                majority: majority(members),
            },
            object_store: store(topology),
            survives: Survives {
                nodes: survives.nodes(),
                log: survives.log,
                metadata: survives.metadata,
                partitions: survives.partitions,
            },
            nodes: topology.nodes.iter().map(node).collect(),
            outage: (!down.is_empty()).then(|| OutageOf {
                nodes: topology
                    .nodes
                    .iter()
                    .filter(|node| outage.has(node))
                    .map(|node| node.name.clone())
                    .collect(),
                effects: effects::of(topology, &outage),
            }),
        }
    }
}

fn store(topology: &Topology) -> Option<Store> {
    let kind = match &topology.object_store {
        ObjectStore::Minio(_) => "MinIO",
        ObjectStore::Seaweedfs(_) => "SeaweedFS",
        ObjectStore::S3 { .. } => "S3",
        ObjectStore::Gcs(_) => "Google Cloud Storage",
        ObjectStore::Azure { .. } => "Azure Blob Storage",
        ObjectStore::None => return None,
    };
    let snapshots = topology.snapshots.as_ref();
    Some(Store {
        kind,
        snapshots: snapshots.map(|snapshots| snapshots.destination.clone()),
    })
}

/// The picture as JSON; fits `schema/show.schema.json`.
pub fn print_json(picture: &Picture) -> String {
    json::text(picture)
}

/// The JSON schema, draft-07, of what [`print_json`] writes, as `schema/show.schema.json` holds it.
pub fn schema() -> Value {
    json::schema_of::<Picture>()
}

/// The schema as `schema/show.schema.json` holds it, with a final newline.
pub fn schema_text() -> String {
    json::text(&schema())
}
