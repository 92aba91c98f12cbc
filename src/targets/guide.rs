//! What the guides of all targets have in common: paragraphs in `templates/guide`, and the values in them.

use serde::Serialize;

use crate::model::tls::Issuer;
use crate::model::{Role, TlsMode};
use crate::render::{Template, joined, template};
use crate::server::on_nodes;
use crate::topology::tls::Tls;
use crate::topology::{Node, Topology};

/// The paragraphs that guides include.
pub const PARTS: &[Template] = &[
    template!("guide/bucket.md"),
    template!("guide/lost-disk.md"),
    template!("guide/minority.md"),
    template!("guide/more-nodes.md"),
    template!("guide/replication.md"),
    template!("guide/scale.md"),
    template!("guide/tls.md"),
    template!("guide/trimming.md"),
    template!("guide/update-check.md"),
];

/// What every guide says of its cluster.
#[derive(Serialize)]
pub struct Guide<'a> {
    command: &'a str,
    /// Whether that command goes without a cluster file.
    from_flags: bool,
    cluster_name: &'a str,
    version: &'a str,
    node_count: usize,
    one_node: bool,
    node_names: String,
    partitions: u16,
    log_replication: String,
    partition_replication: String,
    /// One copy more than now, where that leaves a log server to spare.
    next_replication: Option<u8>,
    metadata_servers: usize,
    /// Where the snapshots go.
    snapshots: Option<&'a str>,
    /// The bundled store.
    store: Option<&'static str>,
    /// Whether the snapshots are in a store that is the user's.
    external_store: bool,
    /// How long after a snapshot the log before it is trimmed, where the release waits.
    trim_delay: Option<String>,
    /// How long a node waits for provisioning.
    patience: String,
    /// How restatectl is run.
    restatectl: &'a str,
    tls: Option<TlsView<'a>>,
}

/// TLS between the nodes.
#[derive(Serialize)]
struct TlsView<'a> {
    /// Whether nodes connect to each other by it.
    is_used: bool,
    /// Whether they connect by nothing else.
    is_required: bool,
    folder: &'a str,
    secret: &'a str,
    issuer: Option<&'a str>,
    issuer_kind: &'static str,
}

impl<'a> TlsView<'a> {
    fn of(tls: &'a Tls) -> Self {
        let issuer = tls.issuer.as_ref();
        Self {
            is_used: tls.is_used(),
            is_required: tls.mode == TlsMode::Require,
            folder: &tls.folder,
            secret: &tls.secret,
            issuer: issuer.map(|issuer| issuer.name.as_str()),
            issuer_kind: issuer.map_or("", Issuer::kind_name),
        }
    }
}

impl<'a> Guide<'a> {
    /// That of the cluster, whose files `command` makes.
    pub fn of(topology: &'a Topology, command: &'a str, restatectl: &'a str) -> Self {
        let nodes = &topology.nodes;
        let store = topology.object_store.bundled().map(|(name, ..)| name);
        let snapshots = topology.snapshots.as_ref();
        let more_copies = topology.log_replication.copies().checked_add(1);
        let log_servers = topology.nodes_with(Role::LogServer).count();
        Self {
            command,
            from_flags: command.contains(" --nodes "),
            cluster_name: &topology.cluster_name,
            version: topology.release.text(),
            node_count: nodes.len(),
            one_node: nodes.len() == 1,
            node_names: joined(nodes.iter().map(|node| &node.name), " "),
            partitions: topology.partitions,
            log_replication: topology.log_replication.notation(),
            partition_replication: topology.partition_replication.notation(),
            next_replication: more_copies.filter(|copies| usize::from(*copies) < log_servers),
            metadata_servers: topology.nodes_with(Role::MetadataServer).count(),
            snapshots: snapshots.map(|snapshots| snapshots.destination.as_str()),
            store,
            external_store: snapshots.is_some() && store.is_none(),
            trim_delay: on_nodes(topology, "worker.trim-delay-interval"),
            patience: on_nodes(topology, "initialization-timeout").unwrap_or_default(),
            restatectl,
            tls: topology.tls.as_ref().map(TlsView::of),
        }
    }
}

/// The roles of a node as a table of nodes has them.
pub fn roles(node: &Node) -> String {
    joined(node.roles.iter().map(|role| role.name()), ", ")
}
