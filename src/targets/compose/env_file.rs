//! The views of `.env` and `.env.example`: what differs from host to host, and the secrets.
//!
//! What the cluster file says stands there as a comment, so that a change of the file is never hidden by a value that
//! nobody set on purpose. An assignment without a value is a secret to be made when the file is written.

use serde::Serialize;

use super::names::Names;
use super::nodes::fabric_url;
use super::variables::{CPUS, OVERRIDABLE, port_variable, store_keys};
use crate::model::Role;
use crate::render;
use crate::targets::environment;
use crate::topology::settings::{self, Assignment};
use crate::topology::{Node, ObjectStore, Topology};

/// Which of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// `.env`, where secrets are made.
    Host,
    /// `.env.example`, which may be committed.
    Example,
}

/// The interval that users of older templates set in `.env`.
const RECORDS: &str = "worker.snapshots.snapshot-interval-num-records";

#[derive(Serialize)]
struct View<'a> {
    command: &'a str,
    example: bool,
    groups: Vec<Group>,
}

#[derive(Serialize)]
struct Group {
    title: String,
    lines: Vec<String>,
}

impl Group {
    fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            lines: Vec::new(),
        }
    }

    /// A variable that is the user's to set, with what holds as long as they do not.
    fn open(&mut self, name: &str, default: &str, help: &str) {
        if !help.is_empty() {
            self.lines.push(format!("# {help}"));
        }
        let default = dotenv_value(default);
        self.lines.push(format!("#{name}={default}"));
    }
}

/// `.env` or `.env.example`.
pub fn render(topology: &Topology, command: &str, file: For) -> String {
    let mut groups = vec![cluster(topology)];
    groups.extend(
        topology
            .nodes
            .iter()
            .map(|node| ports(topology, node))
            .filter(|group| !group.lines.is_empty()),
    );
    groups.extend(snapshots(topology));
    groups.extend(store(topology, file));
    render::render(
        "dot.env",
        include_str!("../../../templates/compose/dot.env"),
        &View {
            command,
            example: file == For::Example,
            groups,
        },
    )
}

fn cluster(topology: &Topology) -> Group {
    let mut group = Group::new("Cluster");
    if topology.image.digest.is_none() {
        group.open("RESTATE_VERSION", topology.release.text(), "Tag of the server image. The rest of the files is made for this version: better change it in the cluster file.");
    }
    group.open(
        "RESTATE_CLUSTER_NAME",
        &topology.cluster_name,
        "Fixed once the cluster is provisioned.",
    );
    let later = format!(
        "Read once, by the provisioning step. Later: docker compose exec {} restatectl config set --replication N",
        Names::of(topology).cluster()
    );
    group.open(
        "RESTATE_DEFAULT_REPLICATION",
        &topology.log_replication.notation(),
        &later,
    );
    let own = topology
        .nodes
        .first()
        .map(|node| settings::flattened(&node.settings))
        .unwrap_or_default();
    let log_filter = own
        .iter()
        .find(|setting| setting.path == "log-filter")
        .and_then(|setting| setting.value.as_str());
    group.open(
        "RESTATE_LOG_FILTER",
        log_filter.unwrap_or("warn,restate=info"),
        "What the servers log.",
    );
    let metadata_servers: Vec<String> = topology
        .nodes_with(Role::MetadataServer)
        .map(|node| format!("\"{}\"", fabric_url(node)))
        .collect();
    group.open(
        "RESTATE_METADATA_CLIENT__ADDRESSES",
        &format!("[{}]", metadata_servers.join(",")),
        "Where nodes find the metadata quorum: container addresses, the same on all nodes.",
    );
    group.open(
        "PROVISION_TIMEOUT",
        "120",
        "How long the provisioning step waits for nodes and for its own result, in seconds.",
    );
    if let Some(limit) = topology.nodes.iter().find_map(|node| node.resources.cpus) {
        group.open(
            CPUS,
            &format!("{limit:?}"),
            "CPU limit of every container. An engine refuses more than its host has; 0 is no limit.",
        );
    }
    group.open("TZ", "UTC", "Time zone of the containers.");
    group
}

fn ports(topology: &Topology, node: &Node) -> Group {
    let mut group = Group::new(format!("Node {} ({})", node.id, node.name));
    for port in topology.published_ports(node) {
        group.open(
            &port_variable(node, port.name),
            &node.host_ports.port(port.name).to_string(),
            "",
        );
    }
    group.open(
        &format!("RESTATE_NODE{}_ADVERTISED_ADDRESS", node.id),
        &fabric_url(node),
        "",
    );
    group
}

fn snapshots(topology: &Topology) -> Option<Group> {
    let snapshots = topology.snapshots.as_ref()?;
    let mut group = Group::new("Snapshots");
    let mut settings = vec![Assignment::new(
        "worker.snapshots.destination",
        snapshots.destination.clone(),
    )];
    settings.extend(snapshots.interval.map(|interval| {
        Assignment::new("worker.snapshots.snapshot-interval", interval.to_string())
    }));
    settings.extend(
        snapshots
            .interval_records
            .map(|records| Assignment::new(RECORDS, records)),
    );
    let names = Names::of(topology);
    let of_store = topology.object_store.settings().into_iter();
    settings.extend(of_store.map(|setting| names.localized(setting)));
    for setting in settings {
        let variable = OVERRIDABLE.iter().find(|(path, _)| *path == setting.path);
        if let Some((_, variable)) = variable {
            group.open(variable, &environment::variable(&setting).value, "");
        }
    }
    if snapshots.interval_records.is_none() {
        let variable = OVERRIDABLE
            .iter()
            .find(|(path, _)| *path == RECORDS)
            .map_or("", |(_, variable)| variable);
        group.open(
            variable,
            "1000",
            "Not set. With it a snapshot waits for that many records too.",
        );
    }
    Some(group)
}

fn store(topology: &Topology, file: For) -> Option<Group> {
    let mut group = match &topology.object_store {
        ObjectStore::Minio(store) => {
            let mut group = Group::new("MinIO");
            group.open("MINIO_VERSION", &store.version, "Image tag.");
            group.open("MINIO_API_PORT_OVERRIDE", &store.api_port.to_string(), "");
            group.open(
                "MINIO_CONSOLE_PORT_OVERRIDE",
                &store.console_port.to_string(),
                "",
            );
            group
        }
        ObjectStore::Seaweedfs(store) => {
            let mut group = Group::new("SeaweedFS");
            group.open("SEAWEEDFS_VERSION", &store.version, "Image tag.");
            group.open(
                "SEAWEEDFS_API_PORT_OVERRIDE",
                &store.api_port.to_string(),
                "",
            );
            group.open(
                "SEAWEEDFS_CONSOLE_PORT_OVERRIDE",
                &store.console_port.to_string(),
                "",
            );
            group
        }
        ObjectStore::S3 { .. } | ObjectStore::Gcs(_) | ObjectStore::Azure { .. } => {
            Group::new("Object store")
        }
        ObjectStore::None => return None,
    };
    for key in store_keys(&topology.object_store) {
        match key.default {
            Some(default) => group.open(key.name, default, key.help),
            None => {
                group.lines.push(format!("# {}", key.help));
                let made = key.is_made && file == For::Host;
                group
                    .lines
                    .push(format!("{}{}=", if made { "" } else { "#" }, key.name));
            }
        }
    }
    (!group.lines.is_empty()).then_some(group)
}

/// The value as Compose reads it from `.env`: in single quotes where it has anything special.
fn dotenv_value(value: &str) -> String {
    let plain = value
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-./:,=@%+[]\"".contains(c))
        && !value.starts_with('"');
    if plain {
        value.into()
    } else {
        format!("'{}'", value.replace('\'', "\\'"))
    }
}
