//! What must hold in a sound cluster: one rule a file, one row here.
//!
//! A rule sees the model and the topology, never bytes, and says what it found; printing, sorting
//! and suppressing are others' business. Codes go by hundreds: 1 names and ids, 2 network, 3 replication
//! and quorum, 4 storage and snapshots, 5 version, settings and memory, 6 one target: 601 to 639 Kubernetes.

mod destination_scheme;
mod duplicate_id;
mod duplicate_name;
mod id_by_position;
mod invalid_name;
mod kubernetes_flavor;
mod kubernetes_label;
mod kubernetes_namespace;
mod kubernetes_place;
mod kubernetes_secret;
mod kubernetes_set_name;
mod kubernetes_volume;
mod kubernetes_zone;
mod memory_over_limit;
mod metadata_quorum;
mod no_node_to_spare;
mod no_snapshots;
mod owned_setting;
mod port_collision;
mod port_out_of_range;
mod private_port_open;
mod privileged_port;
mod quorum_in_one_zone;
mod replication_over_nodes;
mod replication_unsatisfiable;
mod reservation_over_limit;
mod reserved_name;
mod retired_id;
mod role_nobody_has;
mod setting_not_in_version;
mod setting_value;
mod single_role_holder;
mod snapshot_setting_not_there;
mod store_needs;
mod unknown_setting;
mod unknown_version;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::diagnostic::{At, Diagnostic, Rule};
use crate::facts::{self, Release, SettingStatus};
use crate::model::{Cluster, NodeEntry, Nodes, Resources, Role};
use crate::schema::Reading;
use crate::source::DocPath;
use crate::topology::{self, Node, Topology};

/// What a rule looks at.
pub enum Check {
    /// The file alone.
    Cluster(fn(&Cluster) -> Vec<Diagnostic>),
    /// The file and what it resolves to.
    Topology(fn(&Cluster, &Topology) -> Vec<Diagnostic>),
    /// The raw settings of the file, and what the release makes of them.
    Settings(fn(&Release, &[GivenSetting]) -> Vec<Diagnostic>),
}

/// The keys of the file that a rule draws on besides the place that it points at. When a fault of the
/// schema took something out of them, the rule would judge what nobody wrote, so it is silent.
pub type RestsOn = &'static [&'static str];

/// Every rule, by code.
pub static RULES: [(&Rule, Check, RestsOn); 36] = [
    (
        &duplicate_id::RULE,
        Check::Topology(duplicate_id::check),
        &[],
    ),
    (&retired_id::RULE, Check::Cluster(retired_id::check), &[]),
    (
        &duplicate_name::RULE,
        Check::Topology(duplicate_name::check),
        &[],
    ),
    (
        &invalid_name::RULE,
        Check::Cluster(invalid_name::check),
        &[],
    ),
    (
        &reserved_name::RULE,
        Check::Topology(reserved_name::check),
        &["nodes"],
    ),
    (
        &id_by_position::RULE,
        Check::Topology(id_by_position::check),
        &[],
    ),
    (
        &port_collision::RULE,
        Check::Topology(port_collision::check),
        &["ports"],
    ),
    (
        &port_out_of_range::RULE,
        Check::Topology(port_out_of_range::check),
        &[],
    ),
    (
        &privileged_port::RULE,
        Check::Topology(privileged_port::check),
        &[],
    ),
    (
        &private_port_open::RULE,
        Check::Topology(private_port_open::check),
        &[],
    ),
    (
        &replication_over_nodes::RULE,
        Check::Topology(replication_over_nodes::check),
        &["nodes", "replication"],
    ),
    (
        &role_nobody_has::RULE,
        Check::Topology(role_nobody_has::check),
        &["nodes"],
    ),
    (
        &metadata_quorum::RULE,
        Check::Topology(metadata_quorum::check),
        &["nodes", "metadata_servers", "replication"],
    ),
    (
        &replication_unsatisfiable::RULE,
        Check::Topology(replication_unsatisfiable::check),
        &["nodes", "replication"],
    ),
    (
        &no_node_to_spare::RULE,
        Check::Topology(no_node_to_spare::check),
        &["nodes", "replication", "metadata_servers"],
    ),
    (
        &quorum_in_one_zone::RULE,
        Check::Topology(quorum_in_one_zone::check),
        &["nodes", "replication", "metadata_servers"],
    ),
    (
        &single_role_holder::RULE,
        Check::Topology(single_role_holder::check),
        &["nodes"],
    ),
    (
        &no_snapshots::RULE,
        Check::Topology(no_snapshots::check),
        &["nodes", "object_store", "snapshots"],
    ),
    (
        &store_needs::RULE,
        Check::Topology(store_needs::check),
        &["settings", "nodes"],
    ),
    (
        &destination_scheme::RULE,
        Check::Topology(destination_scheme::check),
        &["object_store", "version"],
    ),
    (
        &snapshot_setting_not_there::RULE,
        Check::Topology(snapshot_setting_not_there::check),
        &["version"],
    ),
    (
        &unknown_version::RULE,
        Check::Cluster(unknown_version::check),
        &[],
    ),
    (
        &unknown_setting::RULE,
        Check::Settings(unknown_setting::check),
        &[],
    ),
    (
        &setting_not_in_version::RULE,
        Check::Settings(setting_not_in_version::check),
        &["version"],
    ),
    (
        &owned_setting::RULE,
        Check::Settings(owned_setting::check),
        &[],
    ),
    (
        &setting_value::RULE,
        Check::Settings(setting_value::check),
        &[],
    ),
    (
        &memory_over_limit::RULE,
        Check::Topology(memory_over_limit::check),
        &["nodes", "resources", "partitions"],
    ),
    (
        &reservation_over_limit::RULE,
        Check::Topology(reservation_over_limit::check),
        &[],
    ),
    (
        &kubernetes_namespace::RULE,
        Check::Topology(kubernetes_namespace::check),
        &["kubernetes", "name"],
    ),
    (
        &kubernetes_set_name::RULE,
        Check::Topology(kubernetes_set_name::check),
        &["kubernetes", "nodes"],
    ),
    (
        &kubernetes_label::RULE,
        Check::Cluster(kubernetes_label::check),
        &[],
    ),
    (
        &kubernetes_place::RULE,
        Check::Topology(kubernetes_place::check),
        &["kubernetes", "nodes", "retired_ids"],
    ),
    (
        &kubernetes_flavor::RULE,
        Check::Topology(kubernetes_flavor::check),
        &["kubernetes", "nodes"],
    ),
    (
        &kubernetes_zone::RULE,
        Check::Topology(kubernetes_zone::check),
        &["kubernetes", "nodes"],
    ),
    (
        &kubernetes_secret::RULE,
        Check::Topology(kubernetes_secret::check),
        &["kubernetes", "object_store"],
    ),
    (
        &kubernetes_volume::RULE,
        Check::Topology(kubernetes_volume::check),
        &["volumes"],
    ),
];

/// A raw setting of the file, wherever it is given.
pub struct GivenSetting<'a> {
    /// The dotted path, such as `worker.invoker.memory-limit`.
    pub path: String,
    /// What the release makes of it.
    pub status: SettingStatus,
    /// Where it is given: once for the cluster and once for each entry of `nodes` that has it.
    pub uses: Vec<(DocPath, &'a Value)>,
}

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
    run_on(
        cluster,
        reading,
        &topology::resolve(cluster, release(cluster)),
    )
}

/// As [`run`], with the topology that the cluster resolves to, for those who have it already.
pub fn run_on(cluster: &Cluster, reading: &Reading, topology: &Topology) -> Vec<Diagnostic> {
    let release = topology.release;
    let settings = given_settings(cluster, release);
    let has_facts = cluster
        .version
        .as_deref()
        .is_none_or(|named| named == release.text());
    RULES
        .iter()
        .filter(|(_, _, rests_on)| {
            rests_on
                .iter()
                .all(|key| reading.knows(&DocPath::of([*key])) && (*key != "version" || has_facts))
        })
        .flat_map(|(_, check, _)| match check {
            Check::Cluster(check) => check(cluster),
            Check::Topology(check) => check(cluster, topology),
            Check::Settings(check) => check(release, &settings),
        })
        // What a schema fault took out of the model is no fault of its own.
        .filter(|found| match &found.at {
            At::Place(place) => reading.knows(&place.path),
            _ => true,
        })
        .collect()
}

/// The settings of the cluster and of the entries of `nodes`, by path: what many entries give is looked up once.
fn given_settings<'a>(cluster: &'a Cluster, release: &Release) -> Vec<GivenSetting<'a>> {
    let mut given = BTreeMap::new();
    collect(
        release,
        &cluster.settings,
        &DocPath::of(["settings"]),
        "",
        &mut given,
    );
    for (index, entry) in entries(cluster).iter().enumerate() {
        let settings = match entry {
            NodeEntry::Node(node) => &node.settings,
            NodeEntry::Group(group) => &group.settings,
        };
        let at = DocPath::of(["nodes"]).index(index).key("settings");
        collect(release, settings, &at, "", &mut given);
    }
    given.into_values().collect()
}

/// Goes into tables as far as the server knows them: of an unknown table the table itself is the finding.
fn collect<'a>(
    release: &Release,
    table: &'a Map<String, Value>,
    at: &DocPath,
    prefix: &str,
    given: &mut BTreeMap<String, GivenSetting<'a>>,
) {
    for (key, value) in table {
        let path = format!("{prefix}{key}");
        let at = at.clone().key(key);
        if !given.contains_key(&path) {
            let setting = GivenSetting {
                status: release.setting(&path),
                path: path.clone(),
                uses: Vec::new(),
            };
            given.insert(path.clone(), setting);
        }
        let Some(setting) = given.get_mut(&path) else {
            continue;
        };
        match (&setting.status, value) {
            (SettingStatus::Section, Value::Object(table)) => {
                collect(release, table, &at, &format!("{path}."), given);
            }
            _ => setting.uses.push((at, value)),
        }
    }
}

/// Where a table gives the setting at a dotted path, nested or dotted, and its value.
fn written<'a>(
    table: &'a Map<String, Value>,
    at: &DocPath,
    path: &str,
) -> Option<(DocPath, &'a Value)> {
    table.iter().find_map(|(key, value)| {
        let at = || at.clone().key(key);
        match (path.strip_prefix(key.as_str())?, value) {
            ("", value) => Some((at(), value)),
            (rest, Value::Object(table)) => written(table, &at(), rest.strip_prefix('.')?),
            _ => None,
        }
    })
}

/// The value that a table gives to the setting at a dotted path, nested or dotted.
fn value_of<'a>(table: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    table.iter().find_map(
        |(key, value)| match (path.strip_prefix(key.as_str())?, value) {
            ("", value) => Some(value),
            (rest, Value::Object(table)) => value_of(table, rest.strip_prefix('.')?),
            _ => None,
        },
    )
}

/// The entries of the list of nodes; none where the file gives a count.
fn entries(cluster: &Cluster) -> &[NodeEntry] {
    match &cluster.nodes {
        Some(Nodes::List(entries)) => entries,
        Some(Nodes::Count(_)) | None => &[],
    }
}

/// The entry of the file that a node comes from.
fn entry_of<'a>(cluster: &'a Cluster, node: &Node) -> Option<&'a NodeEntry> {
    entries(cluster).get(node.entry?)
}

/// Where the file speaks of the node: its entry in the list, or the count.
fn node_path(node: &Node) -> DocPath {
    let nodes = DocPath::of(["nodes"]);
    match node.entry {
        Some(entry) => nodes.index(entry),
        None => nodes,
    }
}

/// Where a node's id is written, or follows from.
fn id_path(cluster: &Cluster, node: &Node) -> DocPath {
    let path = node_path(node);
    match entry_of(cluster, node) {
        Some(NodeEntry::Group(_)) => path.key("first_id"),
        Some(NodeEntry::Node(entry)) => {
            let by_name = entry.id.is_none() && entry.name.is_some();
            path.key(if by_name { "name" } else { "id" })
        }
        None => path,
    }
}

/// What the file says of a node's resources and where: first its entry, then the cluster.
fn resource_layers<'a>(
    cluster: &'a Cluster,
    node: &Node,
) -> impl Iterator<Item = (DocPath, &'a Resources)> + use<'a> {
    let own = match entry_of(cluster, node) {
        Some(NodeEntry::Node(entry)) => entry.resources.as_ref(),
        Some(NodeEntry::Group(group)) => group.resources.as_ref(),
        None => None,
    };
    let own = own.map(|resources| (node_path(node).key("resources"), resources));
    let of_cluster = cluster.resources.as_ref();
    own.into_iter()
        .chain(of_cluster.map(|resources| (DocPath::of(["resources"]), resources)))
}

/// How many nodes with a role there are, in words.
fn role_holders(role: Role, count: usize) -> String {
    let what = match role {
        Role::HttpIngress => "ingress node",
        Role::Admin => "admin node",
        Role::Worker => "worker",
        Role::LogServer => "log server",
        Role::MetadataServer => "metadata server",
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// Words in a row: `a, b and c`, and a number in place of what is too long to read.
fn listed<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    const MOST: usize = 5;
    let mut words: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if words.len() > MOST + 1 {
        let more = words.len() - MOST;
        words.truncate(MOST);
        words.push(format!("{more} more"));
    }
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}
