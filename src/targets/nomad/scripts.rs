//! The views of `volume.hcl`, `prepare.sh`, `rollout.sh` and `restatectl.sh`: what people run besides the jobs.
//!
//! Names in the scripts are those of jobs, nodes, hosts and locations, whose letters the schema and the rules bound.

use std::collections::BTreeSet;

use minijinja::Value;
use serde::Serialize;

use super::{ConstraintView, VolumeView, node_volume, nodes, passed, provision_job, store_job};
use crate::model::nomad::VolumeKind;
use crate::render::{self, joined, template, verbatim};
use crate::server::credentials::{bundled_keys, secret_keys};
use crate::targets::operations;
use crate::topology::Topology;
use crate::topology::nomad::Spread;

#[derive(Serialize)]
struct VolumeFileView<'a> {
    command: Value,
    plugin: &'a str,
    size: String,
    node_pool: Option<&'a str>,
    constraints: Vec<ConstraintView<'a>>,
    #[serde(flatten)]
    volumes: VolumeView,
}

#[derive(Serialize)]
struct PrepareView<'a> {
    #[serde(flatten)]
    script: ScriptView<'a>,
    #[serde(flatten)]
    kind: VolumeView,
    store_job: String,
    distinct_hosts: bool,
    node_volumes: String,
    volumes: Vec<String>,
    spread: Option<&'a Spread>,
    spread_filter: Option<String>,
    /// Whether the keys of a bundled store are made.
    makes_secret: bool,
    own_item: Option<&'static str>,
    nodes_item: Option<&'static str>,
    /// What the user has to put into the variable of the job.
    secret_items: String,
}

/// What all scripts are told.
#[derive(Serialize)]
struct ScriptView<'a> {
    command: &'a str,
    namespace: &'a str,
    job: &'a str,
    /// The server version of the files, for an image whose tag is another.
    version: &'a str,
}

impl<'a> ScriptView<'a> {
    fn of(topology: &'a Topology, command: &'a str) -> Self {
        Self {
            command,
            namespace: &topology.nomad.namespace,
            job: &topology.nomad.job,
            version: topology.release.text(),
        }
    }
}

/// `volume.hcl`, where this tool makes the volumes.
pub fn volume(topology: &Topology, command: &str) -> Option<String> {
    let nomad = &topology.nomad;
    let view = VolumeFileView {
        command: verbatim(command),
        plugin: &nomad.volume_plugin,
        size: topology.volumes.size.to_string(),
        node_pool: match nomad.volume {
            VolumeKind::Dynamic => nomad.node_pool.as_deref(),
            // A CSI plugin knows nothing of pools.
            VolumeKind::Csi => None,
            VolumeKind::Static => return None,
        },
        constraints: match nomad.volume {
            VolumeKind::Dynamic => super::constraints(topology),
            VolumeKind::Csi | VolumeKind::Static => Vec::new(),
        },
        volumes: VolumeView::of(topology),
    };
    Some(render::render(template!("nomad/volume.hcl"), &view))
}

/// `prepare.sh`.
pub fn prepare(topology: &Topology, command: &str) -> String {
    let nomad = &topology.nomad;
    let in_vault = nomad.vault.is_some();
    let is_bundled = topology.object_store.bundled().is_some();
    let keys = bundled_keys(&topology.object_store);
    // This script checks neither what is in Vault nor what it makes itself.
    let secrets = secret_keys(&topology.object_store).map(|key| key.name.to_owned());
    let wanted = secrets
        .filter(|_| !is_bundled)
        .chain(super::file_items(topology));
    let node_volumes = topology
        .nodes
        .iter()
        .map(|node| node_volume(topology, node));
    let spread = nomad.spread.as_ref();
    let view = PrepareView {
        script: ScriptView::of(topology, command),
        kind: VolumeView::of(topology),
        store_job: store_job(topology),
        distinct_hosts: !nomad.one_host,
        node_volumes: joined(node_volumes, " "),
        volumes: volumes(topology),
        spread,
        spread_filter: spread.map(|spread| filter(&spread.attribute)),
        makes_secret: is_bundled && !in_vault,
        own_item: keys.as_ref().map(|keys| keys.own_secret.name),
        nodes_item: keys.as_ref().map(|keys| keys.nodes_secret.name),
        secret_items: joined(wanted.filter(|_| !in_vault), " "),
    };
    render::render(template!("nomad/prepare.sh"), &view)
}

/// How jq finds an attribute in what `nomad node status -json` says of a client.
fn filter(attribute: &str) -> String {
    match attribute.split_once('.') {
        Some(("attr", name)) => format!(".Attributes[\"{name}\"]"),
        Some(("meta", name)) => format!(".Meta[\"{name}\"]"),
        Some(("node", "class")) => ".NodeClass".into(),
        Some(("node", "pool")) => ".NodePool".into(),
        _ => ".Datacenter".into(),
    }
}

/// The volumes that are made, each with the attributes that its client must have.
fn volumes(topology: &Topology) -> Vec<String> {
    // A CSI plugin knows nothing of clients.
    let is_on_a_client = topology.nomad.volume == VolumeKind::Dynamic;
    let of_nodes = topology.nodes.iter().enumerate().map(|(index, node)| {
        let mut volume = node_volume(topology, node);
        let place = nodes::place(topology, node, topology.nomad.hosts.get(index));
        for (attribute, value) in place.filter(|_| is_on_a_client) {
            volume.push_str(&format!(" {attribute} '{value}'"));
        }
        volume
    });
    let store = topology.object_store.bundled().map(|_| store_job(topology));
    of_nodes
        .chain(store)
        .chain([provision_job(topology)])
        .collect()
}

#[derive(Serialize)]
struct PolicyView<'a> {
    /// In comments.
    command: Value,
    job: Value,
    namespace: &'a str,
    host_volumes: String,
    /// Host volumes that the file has for the groups.
    passed_volumes: BTreeSet<&'a str>,
    /// The Nomad variables that the guide's commands write.
    variables: BTreeSet<String>,
    /// Those with the progress and the lock of a plan.
    plan: String,
    node_pool: Option<&'a str>,
    #[serde(flatten)]
    volumes: VolumeView,
}

/// `policy.hcl`.
pub fn policy(topology: &Topology, command: &str) -> String {
    let of_job = |job: &str| format!("nomad/jobs/{job}");
    let nomad = &topology.nomad;
    let mut variables = BTreeSet::new();
    if nomad.vault.is_none() {
        variables.insert(of_job(&nomad.job));
        variables.extend(
            topology
                .object_store
                .bundled()
                .map(|_| of_job(&store_job(topology))),
        );
        let provision = topology
            .tls
            .as_ref()
            .map(|_| of_job(&provision_job(topology)));
        variables.extend(provision);
    }
    let files = topology.mounted_files().into_iter();
    variables.extend(files.filter_map(|file| file.into_owned().nomad?.variable));
    let view = PolicyView {
        command: verbatim(command),
        job: verbatim(nomad.job.as_str()),
        namespace: &nomad.namespace,
        host_volumes: format!("{}-*", nomad.job),
        passed_volumes: passed::host_volumes(topology).collect(),
        variables,
        plan: format!("{}*", super::operations::plan_variable(nomad)),
        node_pool: nomad.node_pool.as_deref(),
        volumes: VolumeView::of(topology),
    };
    render::render(template!("nomad/policy.hcl"), &view)
}

/// `rollout.sh`.
pub fn rollout(topology: &Topology, command: &str) -> String {
    let view = ScriptView::of(topology, command);
    let script = template!("nomad/rollout.sh").including(&[operations::PARTS]);
    render::render(script, &view)
}

/// `restatectl.sh`.
pub fn restatectl(topology: &Topology, command: &str) -> String {
    let view = ScriptView::of(topology, command);
    render::render(template!("nomad/restatectl.sh"), &view)
}
