//! Nomad: a job of the nodes, one that provisions, one of the bundled store, and the scripts and the guide that go with them.
//!
//! Decides what only Nomad has: groups, ports, volumes, templates, what may be interpolated and what must not.

mod environment;
mod guide;
mod nodes;
mod operations;
mod passed;
mod provision;
mod scripts;
mod store;

use std::borrow::Cow;

use minijinja::Value;
use serde::Serialize;

use crate::model::nomad::{NetworkMode, ServiceProvider, VolumeKind};
use crate::render::{Template, hcl_heredoc_line, hcl_list, template, verbatim};
use crate::targets::certificates;
use crate::topology::nomad::Host;
use crate::topology::{Node, Topology};
use crate::tree::{RenderedFile, RenderedTree};
pub use operations::operations;

/// The name of the main file.
pub const MAIN_FILE: &str = "restate.nomad.hcl";

/// All files of the target. `command` is how to make them again.
pub fn render(topology: &Topology, command: &str) -> RenderedTree {
    let files = [
        (MAIN_FILE, Some(nodes::render(topology, command))),
        (
            "provision.nomad.hcl",
            Some(provision::render(topology, command)),
        ),
        ("store.nomad.hcl", store::render(topology, command)),
        ("volume.hcl", scripts::volume(topology, command)),
        ("policy.hcl", Some(scripts::policy(topology, command))),
        ("prepare.sh", Some(scripts::prepare(topology, command))),
        ("rollout.sh", Some(scripts::rollout(topology, command))),
        (
            "restatectl.sh",
            Some(scripts::restatectl(topology, command)),
        ),
        ("OPERATIONS.md", Some(guide::render(topology, command))),
    ];
    let files = files.into_iter();
    let files = files.filter_map(|(path, text)| Some(RenderedFile::replaced(path, text?)));
    // The addresses of the clients, as far as they are known.
    let hosts = topology.nomad.hosts.iter();
    let names = hosts.map(|host| match host {
        Host::Address(address) => address.to_string(),
        Host::Name(name) => name.clone(),
    });
    let script = topology
        .tls
        .as_ref()
        .map(|tls| certificates::script(tls, command, names));
    RenderedTree::new(files.chain(script).collect())
}

/// The job of the bundled store.
fn store_job(topology: &Topology) -> String {
    format!("{}-store", topology.nomad.job)
}

/// The job that provisions, and the volume of its marker.
fn provision_job(topology: &Topology) -> String {
    format!("{}-provision", topology.nomad.job)
}

/// The data volume of a node.
fn node_volume(topology: &Topology, node: &Node) -> String {
    format!("{}-{}-data", topology.nomad.job, node.name)
}

/// The items with files that are where the credentials are.
fn file_items(topology: &Topology) -> impl Iterator<Item = String> {
    let files = topology.mounted_files().into_iter();
    let sources = files.filter_map(|file| file.into_owned().nomad);
    sources
        .filter(|source| source.variable.is_none())
        .map(|source| source.key)
}

/// Whether the nodes find each other by service discovery.
fn discovers_peers(topology: &Topology) -> bool {
    topology.nomad.hosts.is_empty()
}

/// What all jobs say of themselves, and of their groups.
#[derive(Serialize)]
struct JobView<'a> {
    command: Value,
    job: String,
    job_type: &'static str,
    /// The nodes' job, by which the others find it.
    cluster: &'a str,
    namespace: &'a str,
    datacenters: Value,
    node_pool: Option<&'a str>,
    priority: Option<u16>,
    constraints: Vec<ConstraintView<'a>>,
    provider: &'static str,
    consul: bool,
    network_mode: &'static str,
    host_network: bool,
    bridge: bool,
    #[serde(flatten)]
    volumes: VolumeView,
}

impl<'a> JobView<'a> {
    fn of(topology: &'a Topology, command: &str, job: String, job_type: &'static str) -> Self {
        let nomad = &topology.nomad;
        let consul = nomad.provider == ServiceProvider::Consul;
        let bridge = nomad.network == NetworkMode::Bridge;
        Self {
            command: verbatim(command),
            job,
            job_type,
            cluster: &nomad.job,
            namespace: &nomad.namespace,
            datacenters: hcl_list(nomad.datacenters.iter().map(String::as_str)),
            node_pool: nomad.node_pool.as_deref(),
            priority: nomad.priority,
            constraints: constraints(topology),
            provider: if consul { "consul" } else { "nomad" },
            consul,
            network_mode: if bridge { "bridge" } else { "host" },
            host_network: !bridge,
            bridge,
            volumes: VolumeView::of(topology),
        }
    }
}

/// The parts of jobs that stand in several of them.
const PARTS: &[Template] = &[
    template!("nomad/parts/asks-by-tls.hcl"),
    template!("nomad/parts/certificates.hcl"),
    template!("nomad/parts/constraint.hcl"),
    template!("nomad/parts/container.hcl"),
    template!("nomad/parts/credentials.hcl"),
    template!("nomad/parts/job.hcl"),
    template!("nomad/parts/metadata-servers.hcl"),
    template!("nomad/parts/network.hcl"),
    template!("nomad/parts/restart.hcl"),
    template!("nomad/parts/vault.hcl"),
    template!("nomad/parts/volume.hcl"),
];

/// What the volumes are.
#[derive(Serialize)]
struct VolumeView {
    volume_type: &'static str,
    dynamic_volumes: bool,
    csi_volumes: bool,
    made_volumes: bool,
}

impl VolumeView {
    fn of(topology: &Topology) -> Self {
        let kind = topology.nomad.volume;
        let csi_volumes = kind == VolumeKind::Csi;
        Self {
            volume_type: if csi_volumes { "csi" } else { "host" },
            dynamic_volumes: kind == VolumeKind::Dynamic,
            csi_volumes,
            made_volumes: kind != VolumeKind::Static,
        }
    }
}

/// What a client must have.
#[derive(Serialize)]
struct ConstraintView<'a> {
    attribute: Value,
    operator: Option<&'static str>,
    value: Option<Cow<'a, str>>,
}

/// What all clients must have.
fn constraints(topology: &Topology) -> Vec<ConstraintView<'_>> {
    let constraints = topology.nomad.constraints.iter();
    constraints
        .map(|constraint| ConstraintView {
            attribute: reference(&constraint.attribute),
            operator: constraint.operator,
            value: constraint.value.as_deref().map(Cow::from),
        })
        .collect()
}

/// An attribute of a client as HCL has the scheduler read it.
fn reference(attribute: &str) -> Value {
    verbatim(format!("\"${{{attribute}}}\""))
}

/// Where a job's templates read the credentials. `job` is how a template says whose Nomad variable it is.
fn credentials_source(topology: &Topology, job: &str) -> Value {
    verbatim(match &topology.nomad.vault {
        Some(vault) => format!("secret \"{}\"", vault.api_path()),
        None => format!("nomadVar (printf \"nomad/jobs/%s\" (env \"{job}\"))"),
    })
}

/// How a template reads an item there.
fn credential(topology: &Topology, name: &str) -> Value {
    verbatim(match topology.nomad.vault {
        Some(_) => format!(".Data.data.{name}"),
        None => format!(".{name}.Value"),
    })
}

/// A script's lines in a heredoc.
fn script(text: &str) -> Vec<Value> {
    text.lines().map(hcl_heredoc_line).collect()
}

/// A port of a group.
#[derive(Serialize)]
struct PortView<'a> {
    label: &'static str,
    number: u16,
    target: u16,
    /// The network of the client, where it is not the default one.
    host_network: Option<&'a str>,
}
