//! What must hold in a sound cluster: one rule a file, one row here.
//!
//! A rule sees the model and the topology, never bytes, and says what it found; printing, sorting
//! and suppressing are others' business. Codes go by hundreds: 1 names and ids, 2 network, 3 replication
//! and quorum, 4 storage and snapshots, 5 version, settings and memory.

mod duplicate_id;
mod port_collision;

use crate::diagnostic::{At, Diagnostic, Rule};
use crate::facts::{self, Release};
use crate::model::Cluster;
use crate::schema::Reading;
use crate::source::DocPath;
use crate::topology::{self, Node, Topology};

/// What a rule looks at.
pub enum Check {
    /// The file alone.
    Cluster(fn(&Cluster) -> Vec<Diagnostic>),
    /// The file and what it resolves to.
    Topology(fn(&Cluster, &Topology) -> Vec<Diagnostic>),
}

/// Every rule, by code.
pub static RULES: [(&Rule, Check); 2] = [
    (&duplicate_id::RULE, Check::Topology(duplicate_id::check)),
    (
        &port_collision::RULE,
        Check::Topology(port_collision::check),
    ),
];

/// The release that the cluster runs; the newest where the file names one that there are no facts for,
/// so that everything else can still be checked.
pub fn release(cluster: &Cluster) -> &'static Release {
    let named = cluster.version.as_deref().and_then(facts::release);
    named.unwrap_or_else(facts::latest)
}

/// Everything that the rules find in what could be read of the file.
pub fn run(reading: &Reading) -> Vec<Diagnostic> {
    let Some(cluster) = &reading.cluster else {
        return Vec::new();
    };
    let topology = topology::resolve(cluster, release(cluster));
    RULES
        .iter()
        .flat_map(|(_, check)| match check {
            Check::Cluster(check) => check(cluster),
            Check::Topology(check) => check(cluster, &topology),
        })
        // What a schema fault took out of the model is no fault of its own.
        .filter(|found| match &found.at {
            At::Place(place) => reading.knows(&place.path),
            _ => true,
        })
        .collect()
}

/// Where the file speaks of the node: its entry in the list, or the count.
fn node_path(node: &Node) -> DocPath {
    let nodes = DocPath::of(["nodes"]);
    match node.entry {
        Some(entry) => nodes.index(entry),
        None => nodes,
    }
}
