//! What must hold in a sound cluster: one rule a file, one row here.
//!
//! A rule sees the model and the topology, never bytes, and says what it found; printing, sorting
//! and suppressing are others' business. Codes go by hundreds: 1 names and ids, 2 network, 3 replication
//! and quorum, 4 storage and snapshots, 5 version, settings and memory, 6 one target (601 to 639 Kubernetes, 641 to 679
//! Nomad), 7 changes of a cluster that holds data.

mod base_and_scheme;
mod cluster_name_changed;
mod compose_owned_key;
mod compose_owned_value;
mod compose_undeclared;
mod compose_unknown_key;
mod compose_wrong_kind;
mod destination_scheme;
mod digest_left_behind;
mod duplicate_id;
mod duplicate_name;
mod end_of_life_version;
mod ephemeral_port;
mod file_path;
mod file_source;
mod hidden_setting;
mod id_by_position;
mod identity_changed;
mod image_tag;
mod invalid_name;
mod kubernetes_flavor;
mod kubernetes_form;
mod kubernetes_label;
mod kubernetes_metrics;
mod kubernetes_moved;
mod kubernetes_namespace;
mod kubernetes_place;
mod kubernetes_secret;
mod kubernetes_set_name;
mod kubernetes_spread;
mod kubernetes_volume;
mod kubernetes_zone;
mod location_changed;
mod memory_over_limit;
mod metadata_quorum;
mod minio_archived;
mod no_node_to_spare;
mod no_snapshots;
mod node_removed;
mod nomad_dynamic_port;
mod nomad_interpolation;
mod nomad_kill_timeout;
mod nomad_missing_host;
mod nomad_name;
mod nomad_spread;
mod nomad_static_port;
mod nomad_too_few_hosts;
mod nomad_vault;
mod nomad_volume_plugin;
mod owned_setting;
mod partitions_changed;
mod port_block;
mod port_collision;
mod port_out_of_range;
mod private_port_open;
mod privileged_port;
mod quorum_in_one_zone;
mod quorum_member_lost;
mod registry_host;
mod removed_without_retiring;
mod replication_changed;
mod replication_over_nodes;
mod replication_unsatisfiable;
mod reservation_over_limit;
mod reserved_name;
mod retention_rights;
mod retired_id;
mod retired_id_forgotten;
mod rights_to_delete;
mod rocksdb_share;
mod role_nobody_has;
mod role_taken_away;
mod setting_address;
mod setting_not_in_version;
mod setting_value;
mod several_changes;
mod single_role_holder;
mod snapshot_setting_not_there;
mod snapshots_moved;
mod store_needs;
mod tight_cpus;
mod unknown_setting;
mod unknown_version;
mod unmounted_file;
mod upgrade_path;
mod volume_changed;
mod volumes_elsewhere;
mod volumes_path;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::change::Change;
use crate::diagnostic::{At, Diagnostic, Rule, allow, reading};
use crate::facts::{self, Release, SettingStatus};
use crate::model::{Cluster, NodeEntry, Nodes, Resources, Role, Section};
use crate::schema::{self, Reading};
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
    /// What a cluster that holds data becomes.
    Change(fn(&Change) -> Vec<Diagnostic>),
}

/// Rules on changes of which a plan is the way out: its steps do what their findings ask for.
pub fn carried_out_by_a_plan() -> Vec<&'static Rule> {
    vec![
        &node_removed::RULE,
        &quorum_member_lost::RULE,
        &replication_changed::RULE,
    ]
}

/// The keys of the file that a rule draws on besides the place that it points at. When a fault of the
/// schema took something out of them, the rule would judge what nobody wrote, so it is silent.
pub type RestsOn = &'static [&'static str];

/// Every rule, by code.
pub static RULES: &[(&Rule, Check, RestsOn)] = &[
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
        &ephemeral_port::RULE,
        Check::Topology(ephemeral_port::check),
        &["ports", "nodes"],
    ),
    (
        &port_block::RULE,
        Check::Topology(port_block::check),
        &["ports"],
    ),
    (
        &base_and_scheme::RULE,
        Check::Cluster(base_and_scheme::check),
        &["ports"],
    ),
    (
        &nomad_dynamic_port::RULE,
        Check::Topology(nomad_dynamic_port::check),
        &["ports", "nomad"],
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
        &retention_rights::RULE,
        Check::Topology(retention_rights::check),
        &["object_store"],
    ),
    (
        &minio_archived::RULE,
        Check::Cluster(minio_archived::check),
        &[],
    ),
    (
        &registry_host::RULE,
        Check::Cluster(registry_host::check),
        &[],
    ),
    (
        &volumes_path::RULE,
        Check::Topology(volumes_path::check),
        &[],
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
        &rocksdb_share::RULE,
        Check::Topology(rocksdb_share::check),
        &["nodes", "resources"],
    ),
    (
        &end_of_life_version::RULE,
        Check::Cluster(end_of_life_version::check),
        &[],
    ),
    (&image_tag::RULE, Check::Cluster(image_tag::check), &[]),
    (
        &hidden_setting::RULE,
        Check::Settings(hidden_setting::check),
        &["version"],
    ),
    (&tight_cpus::RULE, Check::Topology(tight_cpus::check), &[]),
    (
        &setting_address::RULE,
        Check::Settings(setting_address::check),
        &["version"],
    ),
    (
        &unmounted_file::RULE,
        Check::Cluster(unmounted_file::check),
        &["version", "files"],
    ),
    (&file_source::RULE, Check::Cluster(file_source::check), &[]),
    (&file_path::RULE, Check::Cluster(file_path::check), &[]),
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
        &["kubernetes", "nodes", "replication", "version", "image"],
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
    (
        &kubernetes_form::RULE,
        Check::Cluster(kubernetes_form::check),
        &[],
    ),
    (
        &kubernetes_metrics::RULE,
        Check::Topology(kubernetes_metrics::check),
        &["kubernetes"],
    ),
    (
        &kubernetes_moved::RULE,
        Check::Change(kubernetes_moved::check),
        &["kubernetes", "nodes"],
    ),
    (
        &kubernetes_spread::RULE,
        Check::Topology(kubernetes_spread::check),
        &["kubernetes", "nodes"],
    ),
    (
        &nomad_static_port::RULE,
        Check::Topology(nomad_static_port::check),
        &["nomad", "nodes"],
    ),
    (
        &nomad_kill_timeout::RULE,
        Check::Topology(nomad_kill_timeout::check),
        &["nomad"],
    ),
    (
        &nomad_name::RULE,
        Check::Topology(nomad_name::check),
        &["nomad"],
    ),
    (
        &nomad_too_few_hosts::RULE,
        Check::Topology(nomad_too_few_hosts::check),
        &["nomad", "nodes"],
    ),
    (
        &nomad_missing_host::RULE,
        Check::Topology(nomad_missing_host::check),
        &["nomad", "nodes"],
    ),
    (
        &nomad_interpolation::RULE,
        Check::Cluster(nomad_interpolation::check),
        &["nomad"],
    ),
    (
        &nomad_volume_plugin::RULE,
        Check::Cluster(nomad_volume_plugin::check),
        &["nomad"],
    ),
    (
        &nomad_spread::RULE,
        Check::Topology(nomad_spread::check),
        &["nomad", "nodes"],
    ),
    (
        &nomad_vault::RULE,
        Check::Topology(nomad_vault::check),
        &["nomad", "object_store"],
    ),
    (
        &compose_unknown_key::RULE,
        Check::Cluster(compose_unknown_key::check),
        &["compose"],
    ),
    (
        &compose_owned_key::RULE,
        Check::Cluster(compose_owned_key::check),
        &["compose"],
    ),
    (
        &compose_owned_value::RULE,
        Check::Topology(compose_owned_value::check),
        &["compose", "nodes"],
    ),
    (
        &compose_wrong_kind::RULE,
        Check::Cluster(compose_wrong_kind::check),
        &["compose"],
    ),
    (
        &compose_undeclared::RULE,
        Check::Topology(compose_undeclared::check),
        &["compose", "nodes", "object_store"],
    ),
    (
        &cluster_name_changed::RULE,
        Check::Change(cluster_name_changed::check),
        &["name"],
    ),
    (
        &partitions_changed::RULE,
        Check::Change(partitions_changed::check),
        &["partitions"],
    ),
    (
        &identity_changed::RULE,
        Check::Change(identity_changed::check),
        &["nodes"],
    ),
    (
        &location_changed::RULE,
        Check::Change(location_changed::check),
        &["nodes"],
    ),
    (
        &replication_changed::RULE,
        Check::Change(replication_changed::check),
        &["replication", "nodes"],
    ),
    (
        &upgrade_path::RULE,
        Check::Change(upgrade_path::check),
        &["version"],
    ),
    (
        &removed_without_retiring::RULE,
        Check::Change(removed_without_retiring::check),
        &["nodes", "retired_ids"],
    ),
    (
        &retired_id_forgotten::RULE,
        Check::Change(retired_id_forgotten::check),
        &["retired_ids"],
    ),
    (
        &node_removed::RULE,
        Check::Change(node_removed::check),
        &["nodes"],
    ),
    (
        &role_taken_away::RULE,
        Check::Change(role_taken_away::check),
        &["nodes"],
    ),
    (
        &quorum_member_lost::RULE,
        Check::Change(quorum_member_lost::check),
        &["nodes", "metadata_servers"],
    ),
    (
        &snapshots_moved::RULE,
        Check::Change(snapshots_moved::check),
        &["object_store", "snapshots"],
    ),
    (
        &volume_changed::RULE,
        Check::Change(volume_changed::check),
        &["volumes"],
    ),
    (
        &several_changes::RULE,
        Check::Change(several_changes::check),
        &["version", "nodes", "replication"],
    ),
    (
        &rights_to_delete::RULE,
        Check::Change(rights_to_delete::check),
        &["version", "object_store"],
    ),
    (
        &digest_left_behind::RULE,
        Check::Change(digest_left_behind::check),
        &["version", "image", "object_store"],
    ),
    (
        &volumes_elsewhere::RULE,
        Check::Change(volumes_elsewhere::check),
        &["name", "compose", "kubernetes"],
    ),
];

/// Every rule there is, by code: those of reading and of the schema before those above.
pub fn catalogue() -> Vec<&'static Rule> {
    let of_reading = reading::RULES.iter().chain(allow::RULES).copied();
    let of_schema = of_reading.chain(schema::RULES.iter().copied());
    of_schema
        .chain(RULES.iter().map(|(rule, ..)| *rule))
        .collect()
}

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
    found_by(cluster, reading, topology, |check| match check {
        Check::Cluster(check) => check(cluster),
        Check::Topology(check) => check(cluster, topology),
        Check::Settings(check) => check(release, &settings),
        Check::Change(_) => Vec::new(),
    })
}

/// What is a thing to know only for who makes the files of that section's orchestrator.
pub fn run_for(section: Section, cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    match section {
        Section::Compose => ephemeral_port::unasked(cluster, topology),
        Section::Kubernetes | Section::Nomad => Vec::new(),
    }
}

/// What the rules on changes find; `reading` is that of the file as it shall be.
pub fn run_on_change(change: &Change, reading: &Reading) -> Vec<Diagnostic> {
    let mut found = found_by(
        change.files.after,
        reading,
        change.after,
        |check| match check {
            Check::Change(check) => check(change),
            Check::Cluster(_) | Check::Topology(_) | Check::Settings(_) => Vec::new(),
        },
    );
    // While it is open which node is which, nobody can say which of them went.
    if found.iter().any(|of| of.rule == &identity_changed::RULE) {
        let went = [
            &removed_without_retiring::RULE,
            &node_removed::RULE,
            &quorum_member_lost::RULE,
        ];
        found.retain(|of| !went.contains(&of.rule));
    }
    found
}

/// Whether the rule is one on changes, and so silent about a file alone.
pub fn is_on_changes(rule: &Rule) -> bool {
    let is_change = |check: &Check| matches!(check, Check::Change(_));
    RULES
        .iter()
        .any(|(row, check, _)| *row == rule && is_change(check))
}

/// What the checks find, less what rests on parts of the file that could not be read.
fn found_by(
    cluster: &Cluster,
    reading: &Reading,
    topology: &Topology,
    mut run: impl FnMut(&Check) -> Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    let has_facts = cluster
        .version
        .as_deref()
        .is_none_or(|named| named == topology.release.text());
    RULES
        .iter()
        .filter(|(_, _, rests_on)| {
            rests_on
                .iter()
                .all(|key| reading.knows(&DocPath::of([*key])) && (*key != "version" || has_facts))
        })
        .flat_map(|(_, check, _)| run(check))
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
    for (at, settings) in settings_tables(cluster) {
        collect(release, settings, &at, "", &mut given);
    }
    given.into_values().collect()
}

/// The raw settings of the cluster and of the entries of `nodes`, and where they stand.
fn settings_tables(cluster: &Cluster) -> impl Iterator<Item = (DocPath, &Map<String, Value>)> {
    let of_entries = entries(cluster).iter().enumerate().map(|(index, entry)| {
        let at = DocPath::of(["nodes"]).index(index).key("settings");
        (at, entry.settings())
    });
    std::iter::once((DocPath::of(["settings"]), &cluster.settings)).chain(of_entries)
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
    let own = entry_of(cluster, node).and_then(NodeEntry::resources);
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
