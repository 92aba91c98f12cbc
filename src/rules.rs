//! What must hold in a sound cluster: one rule a file, one row here.
//!
//! A rule sees the model and the topology, never bytes, and says what it found; printing, sorting
//! and suppressing are others' business. Codes are grouped by hundreds: 1 names and ids, 2 network, 3 replication and
//! quorum, 4 storage and snapshots, 5 version, settings and memory, 6 one target (601 to 639 Kubernetes, 641 to 679
//! Nomad), 7 changes of a cluster that holds data.

mod base_and_scheme;
mod bucket_name;
mod cluster_name_changed;
mod compose_owned_key;
mod compose_owned_value;
mod compose_undeclared;
mod compose_unknown_key;
mod compose_wrong_kind;
mod destination_scheme;
mod digest_left_behind;
mod downgrade;
mod duplicate_id;
mod duplicate_name;
mod end_of_life_version;
mod environment_fixed;
mod environment_secret;
mod environment_tls;
mod environment_unread;
mod ephemeral_port;
mod fewer_losses_survived;
mod file_path;
mod file_source;
mod hidden_setting;
mod id_by_position;
mod identity_changed;
mod image_tag;
mod invalid_name;
mod kubernetes_claims;
mod kubernetes_flavor;
mod kubernetes_form;
mod kubernetes_gitops;
mod kubernetes_ip_family;
mod kubernetes_label;
mod kubernetes_metrics;
mod kubernetes_moved;
mod kubernetes_namespace;
mod kubernetes_owned_key;
mod kubernetes_place;
mod kubernetes_pod_form;
mod kubernetes_secret;
mod kubernetes_set_name;
mod kubernetes_spread;
mod kubernetes_unplaced;
mod kubernetes_volume;
mod kubernetes_zone;
mod location_changed;
mod log_filter_form;
mod lost_for_good;
mod memory_over_limit;
mod metadata_quorum;
mod minio_archived;
mod newer_patch;
mod no_member_remains;
mod no_node_to_spare;
mod no_snapshots;
mod node_removed;
mod nodes_exchanged;
mod nodes_without_snapshots;
mod nomad_constraint;
mod nomad_dynamic_port;
mod nomad_form;
mod nomad_host_network;
mod nomad_interpolation;
mod nomad_kill_timeout;
mod nomad_missing_host;
mod nomad_moved;
mod nomad_name;
mod nomad_owned_key;
mod nomad_spread;
mod nomad_static_port;
mod nomad_too_few_hosts;
mod nomad_vault;
mod nomad_volume_plugin;
mod one_way_setting;
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
mod roles_exchanged;
mod security_fix;
mod setting_address;
mod setting_alone;
mod setting_at_risk;
mod setting_not_in_version;
mod setting_value;
mod setting_without_effect;
mod several_changes;
mod shared_volume;
mod single_role_holder;
mod snapshot_setting_not_there;
mod snapshots_moved;
mod store_needs;
mod tight_cpus;
mod tls_source;
mod tls_step_skipped;
mod tls_version;
mod unknown_patch;
mod unknown_setting;
mod unknown_version;
mod unmounted_file;
mod upgrade_path;
mod volume_changed;
mod volumes_elsewhere;
mod volumes_path;
mod worker_role_lost;

use serde_json::Value;

use crate::change::Change;
use crate::diagnostic::{At, Diagnostic, Rule, allow, reading};
use crate::facts::Release;
use crate::model::environment::EnvironmentFile;
use crate::model::{Cluster, Section};
use crate::places::settings::{GivenSetting, given_settings};
use crate::schema::{self, Reading};
use crate::source::DocPath;
use crate::topology::{self, Topology};

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
    /// What the file resolves to, and the variables that `.env` sets next to it.
    Environment(fn(&Topology, &EnvironmentFile) -> Vec<Diagnostic>),
}

/// Rules on changes that a plan fixes: its steps do what their findings require.
pub fn carried_out_by_a_plan() -> Vec<&'static Rule> {
    vec![
        &kubernetes_claims::RULE,
        &node_removed::RULE,
        &quorum_member_lost::RULE,
        &replication_changed::RULE,
        &worker_role_lost::RULE,
    ]
}

/// Rules on changes for which no order of steps is safe. There is no plan for what they find, so for one it is an error
/// whatever people allow. Without a plan, some of it can be done by hand.
pub fn refused_by_a_plan() -> Vec<&'static Rule> {
    vec![
        &nomad_moved::RULE,
        &upgrade_path::RULE,
        &role_taken_away::RULE,
        &volume_changed::RULE,
        &several_changes::RULE,
        &tls_step_skipped::RULE,
        &lost_for_good::RULE,
        &nodes_exchanged::RULE,
        &nodes_without_snapshots::RULE,
        &no_member_remains::RULE,
        &roles_exchanged::RULE,
    ]
}

/// The keys of the file that a rule draws on besides the place that it points at. When a fault of the
/// schema took something out of them, the rule would judge what nobody wrote, so it is silent.
pub type RestsOn = &'static [&'static str];

/// A row of the table: the rule's module, what its `check` looks at, and the keys that it rests on.
macro_rules! row {
    ($rule:ident, $looks_at:ident, [$($key:literal),*]) => {
        (&$rule::RULE, Check::$looks_at($rule::check), &[$($key),*])
    };
}

/// Every rule, by code.
pub static RULES: &[(&Rule, Check, RestsOn)] = &[
    row!(duplicate_id, Topology, []),
    row!(retired_id, Cluster, []),
    row!(duplicate_name, Topology, []),
    row!(invalid_name, Cluster, []),
    row!(reserved_name, Topology, ["nodes"]),
    row!(id_by_position, Topology, []),
    row!(port_collision, Topology, ["ports"]),
    row!(port_out_of_range, Topology, []),
    row!(privileged_port, Topology, []),
    row!(private_port_open, Topology, []),
    row!(ephemeral_port, Topology, ["ports", "nodes"]),
    row!(port_block, Topology, ["ports"]),
    row!(base_and_scheme, Cluster, ["ports"]),
    row!(nomad_dynamic_port, Topology, ["ports", "nomad"]),
    row!(replication_over_nodes, Topology, ["nodes", "replication"]),
    row!(role_nobody_has, Topology, ["nodes"]),
    row!(
        metadata_quorum,
        Topology,
        ["nodes", "metadata_servers", "replication"]
    ),
    row!(
        replication_unsatisfiable,
        Topology,
        ["nodes", "replication"]
    ),
    row!(
        no_node_to_spare,
        Topology,
        ["nodes", "replication", "metadata_servers"]
    ),
    row!(
        quorum_in_one_zone,
        Topology,
        ["nodes", "replication", "metadata_servers"]
    ),
    row!(single_role_holder, Topology, ["nodes"]),
    row!(
        no_snapshots,
        Topology,
        ["nodes", "object_store", "snapshots"]
    ),
    row!(store_needs, Topology, ["settings", "nodes"]),
    row!(destination_scheme, Topology, ["object_store", "version"]),
    row!(snapshot_setting_not_there, Topology, ["version"]),
    row!(retention_rights, Topology, ["object_store"]),
    row!(minio_archived, Cluster, []),
    row!(registry_host, Cluster, []),
    row!(bucket_name, Topology, ["object_store", "version"]),
    row!(volumes_path, Topology, []),
    row!(shared_volume, Topology, ["nodes"]),
    row!(unknown_version, Cluster, []),
    row!(unknown_setting, Settings, []),
    row!(setting_not_in_version, Settings, ["version"]),
    row!(owned_setting, Settings, []),
    row!(setting_value, Settings, []),
    row!(
        memory_over_limit,
        Topology,
        ["nodes", "resources", "partitions"]
    ),
    row!(reservation_over_limit, Topology, []),
    row!(rocksdb_share, Topology, ["nodes", "resources"]),
    row!(end_of_life_version, Cluster, []),
    row!(image_tag, Cluster, []),
    row!(hidden_setting, Settings, ["version"]),
    row!(tight_cpus, Topology, []),
    row!(setting_address, Settings, ["version"]),
    row!(unknown_patch, Cluster, []),
    row!(security_fix, Cluster, []),
    row!(newer_patch, Cluster, []),
    row!(unmounted_file, Cluster, ["version", "files"]),
    row!(file_source, Cluster, []),
    row!(file_path, Cluster, []),
    row!(setting_alone, Topology, ["version", "nodes"]),
    row!(setting_without_effect, Topology, ["version", "nodes"]),
    row!(setting_at_risk, Settings, ["version"]),
    row!(log_filter_form, Settings, []),
    row!(tls_version, Cluster, ["version"]),
    row!(tls_source, Cluster, []),
    row!(kubernetes_namespace, Topology, ["kubernetes", "name"]),
    row!(kubernetes_set_name, Topology, ["kubernetes", "nodes"]),
    row!(kubernetes_label, Cluster, []),
    row!(
        kubernetes_place,
        Topology,
        ["kubernetes", "nodes", "retired_ids"]
    ),
    row!(
        kubernetes_flavor,
        Topology,
        ["kubernetes", "nodes", "replication", "version", "image"]
    ),
    row!(kubernetes_zone, Topology, ["kubernetes", "nodes"]),
    row!(kubernetes_secret, Topology, ["kubernetes", "object_store"]),
    row!(kubernetes_volume, Topology, ["volumes"]),
    row!(kubernetes_form, Cluster, []),
    row!(kubernetes_metrics, Topology, ["kubernetes"]),
    row!(kubernetes_moved, Change, ["kubernetes", "nodes"]),
    row!(kubernetes_spread, Topology, ["kubernetes", "nodes"]),
    row!(kubernetes_gitops, Topology, ["kubernetes", "object_store"]),
    row!(kubernetes_claims, Change, ["kubernetes", "volumes"]),
    row!(
        kubernetes_pod_form,
        Topology,
        ["kubernetes", "files", "tls"]
    ),
    row!(
        kubernetes_owned_key,
        Topology,
        ["kubernetes", "files", "object_store"]
    ),
    row!(
        kubernetes_unplaced,
        Topology,
        ["kubernetes", "nodes", "replication"]
    ),
    row!(kubernetes_ip_family, Topology, ["kubernetes", "version"]),
    row!(nomad_static_port, Topology, ["nomad", "nodes"]),
    row!(nomad_kill_timeout, Topology, ["nomad"]),
    row!(nomad_name, Topology, ["nomad"]),
    row!(nomad_too_few_hosts, Topology, ["nomad", "nodes"]),
    row!(nomad_missing_host, Topology, ["nomad", "nodes"]),
    row!(nomad_interpolation, Cluster, ["nomad"]),
    row!(nomad_volume_plugin, Cluster, ["nomad"]),
    row!(nomad_spread, Topology, ["nomad", "nodes"]),
    row!(nomad_vault, Topology, ["nomad", "object_store"]),
    row!(nomad_moved, Change, ["nomad", "nodes"]),
    row!(nomad_form, Cluster, ["nomad"]),
    row!(
        nomad_owned_key,
        Topology,
        ["nomad", "object_store", "files", "tls"]
    ),
    row!(nomad_constraint, Cluster, ["nomad"]),
    row!(nomad_host_network, Topology, ["nomad"]),
    row!(compose_unknown_key, Cluster, ["compose"]),
    row!(compose_owned_key, Cluster, ["compose"]),
    row!(compose_owned_value, Topology, ["compose", "nodes"]),
    row!(compose_wrong_kind, Cluster, ["compose"]),
    row!(
        compose_undeclared,
        Topology,
        ["compose", "nodes", "object_store"]
    ),
    row!(environment_fixed, Environment, []),
    row!(environment_unread, Environment, []),
    row!(environment_secret, Environment, []),
    row!(environment_tls, Environment, []),
    row!(cluster_name_changed, Change, ["name"]),
    row!(partitions_changed, Change, ["partitions"]),
    row!(identity_changed, Change, ["nodes"]),
    row!(location_changed, Change, ["nodes"]),
    row!(replication_changed, Change, ["replication", "nodes"]),
    row!(upgrade_path, Change, ["version"]),
    row!(removed_without_retiring, Change, ["nodes", "retired_ids"]),
    row!(retired_id_forgotten, Change, ["retired_ids"]),
    row!(node_removed, Change, ["nodes"]),
    row!(role_taken_away, Change, ["nodes"]),
    row!(quorum_member_lost, Change, ["nodes", "metadata_servers"]),
    row!(snapshots_moved, Change, ["object_store", "snapshots"]),
    row!(volume_changed, Change, ["volumes"]),
    row!(
        several_changes,
        Change,
        [
            "version",
            "nodes",
            "replication",
            "object_store",
            "snapshots",
            "volumes",
            "tls"
        ]
    ),
    row!(rights_to_delete, Change, ["version", "object_store"]),
    row!(
        digest_left_behind,
        Change,
        ["version", "image", "object_store"]
    ),
    row!(
        volumes_elsewhere,
        Change,
        ["name", "compose", "kubernetes", "nodes"]
    ),
    row!(tls_step_skipped, Change, ["tls"]),
    row!(one_way_setting, Change, ["settings", "version"]),
    row!(
        lost_for_good,
        Change,
        ["nodes", "replication", "metadata_servers"]
    ),
    row!(nodes_exchanged, Change, ["nodes"]),
    row!(
        nodes_without_snapshots,
        Change,
        ["nodes", "object_store", "snapshots"]
    ),
    row!(no_member_remains, Change, ["nodes", "metadata_servers"]),
    row!(roles_exchanged, Change, ["nodes"]),
    row!(worker_role_lost, Change, ["nodes"]),
    row!(downgrade, Change, ["version"]),
    row!(
        fewer_losses_survived,
        Change,
        ["nodes", "replication", "metadata_servers"]
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

/// Everything that the rules find in what could be read of the file.
pub fn run(reading: &Reading) -> Vec<Diagnostic> {
    let Some(cluster) = &reading.cluster else {
        return Vec::new();
    };
    run_on(
        cluster,
        reading,
        &topology::resolve(cluster, topology::release(cluster)),
    )
}

/// As [`run`], with the topology that the cluster resolves to, for those who have it already.
pub fn run_on(cluster: &Cluster, reading: &Reading, topology: &Topology) -> Vec<Diagnostic> {
    let release = &topology.release;
    let settings = given_settings(cluster, release);
    found_by(cluster, reading, topology, |check| match check {
        Check::Cluster(check) => check(cluster),
        Check::Topology(check) => check(cluster, topology),
        Check::Settings(check) => check(release, &settings),
        Check::Change(_) | Check::Environment(_) => Vec::new(),
    })
}

/// What the rules on `.env` find in its variables, next to a file that resolves to the topology.
pub fn run_on_environment(topology: &Topology, file: &EnvironmentFile) -> Vec<Diagnostic> {
    let checks = RULES.iter().map(|(_, check, _)| check);
    checks
        .flat_map(|check| match check {
            Check::Environment(check) => check(topology, file),
            _ => Vec::new(),
        })
        .collect()
}

/// What is wrong with the value of a setting that `.env` sets.
pub fn run_on_setting(release: &Release, path: &str, value: &Value) -> Vec<Diagnostic> {
    let at = DocPath::of(["settings", path]);
    let status = release.setting(path);
    let of_kind = setting_value::of_value(release, path, &status, &at, value);
    let setting = GivenSetting {
        path: path.to_owned(),
        status,
        uses: vec![(at, value)],
    };
    let given = [setting];
    let of_form = setting_address::check(release, &given);
    let of_filter = log_filter_form::check(release, &given);
    of_kind
        .into_iter()
        .chain(of_form)
        .chain(of_filter)
        .collect()
}

/// What is a thing to know only for who makes the files of that section's orchestrator.
pub fn run_for(section: Section, cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    match section {
        Section::Compose => ephemeral_port::unasked(cluster, topology),
        Section::Kubernetes | Section::Nomad => Vec::new(),
    }
}

/// Whether the rule says anything of the files of that section's orchestrator. What counts on where Kubernetes runs pods does
/// not stop who makes the files of another one from the same cluster file.
pub fn concerns(section: Section, rule: &Rule) -> bool {
    section == Section::Kubernetes || rule != &kubernetes_unplaced::RULE
}

/// What the rules on changes find; `reading` is that of the new file.
pub fn run_on_change(change: &Change, reading: &Reading) -> Vec<Diagnostic> {
    let mut found = found_by(
        change.files.after,
        reading,
        change.after,
        |check| match check {
            Check::Change(check) => check(change),
            Check::Cluster(_) | Check::Topology(_) | Check::Settings(_) | Check::Environment(_) => {
                Vec::new()
            }
        },
    );
    // While it is open which node is which, nobody can say which of them went.
    if found.iter().any(|of| of.rule == &identity_changed::RULE) {
        let went = [
            &removed_without_retiring::RULE,
            &node_removed::RULE,
            &quorum_member_lost::RULE,
            &nodes_exchanged::RULE,
            &nodes_without_snapshots::RULE,
            &no_member_remains::RULE,
            &fewer_losses_survived::RULE,
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
        // What is missing from the model because of a schema fault is not reported again.
        .filter(|found| match &found.at {
            At::Place(place) => reading.knows(&place.path),
            _ => true,
        })
        .collect()
}
