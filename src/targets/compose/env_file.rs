//! The views of `.env` and `.env.example`: what differs from host to host, and the secrets.
//!
//! What the cluster file says stands there as a comment, so that a change of the file is never hidden by a value that
//! nobody set on purpose. An assignment without a value is a secret to be made when the file is written.

use serde::Serialize;

use super::interpolation::{is_default, literal};
use super::nodes::{Addresses, fabric_url};
use super::variables::{
    CLIENT_VERSION, CPUS, SERVER_VERSION, advertised_variable, all_keys, overriding, port_variable,
    store_variables,
};
use crate::facts::{LOG_FILTER, environment_variable};
use crate::render::{self, template};
use crate::server::Configuration;
use crate::topology::{Image, Node, ObjectStore, Topology};

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

    /// The tag of a store's image, which a digest would overrule.
    fn tag(&mut self, name: &str, image: &Image) {
        if image.digest.is_none() {
            self.open(name, &image.tag, "Image tag.");
        }
    }
}

/// `.env` or `.env.example`.
pub fn render(topology: &Topology, command: &str, file: For) -> String {
    // What the variables of all nodes stand for is what the first one has.
    let first = topology.nodes.first();
    let server = first.map(|node| Configuration::of(topology, node));
    let mut groups = vec![cluster(topology, server.as_ref())];
    groups.extend(
        topology
            .nodes
            .iter()
            .map(|node| ports(topology, node))
            .filter(|group| !group.lines.is_empty()),
    );
    groups.extend(snapshots(topology, server.as_ref()));
    groups.extend(store(topology, file));
    render::render(
        template!("compose/dot.env"),
        &View {
            command,
            example: file == For::Example,
            groups,
        },
    )
}

fn cluster(topology: &Topology, server: Option<&Configuration>) -> Group {
    let mut group = Group::new("Cluster");
    if topology.image.digest.is_none() {
        group.open(SERVER_VERSION, topology.release.text(), "Tag of the server image. The rest of the files is made for this version: better change it in the cluster file.");
    }
    let addresses = Addresses::of(topology);
    let said = |path: &str| {
        let of_server = server.iter().flat_map(|server| &server.settings);
        let mut of_path = of_server.filter(|setting| setting.path == path);
        of_path.next().and_then(|setting| addresses.text(setting))
    };
    let log_filter = said(LOG_FILTER).unwrap_or_else(|| "warn,restate=info".into());
    if is_default(&literal(&log_filter)) {
        group.open("RESTATE_LOG_FILTER", &log_filter, "What the servers log.");
    }
    group.open(
        "RESTATE_METADATA_CLIENT__ADDRESSES",
        &said("metadata-client.addresses").unwrap_or_default(),
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
            "CPU limit of every container. An engine refuses more than its host has. 0 means no limit.",
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
    group.open(&advertised_variable(node), &fabric_url(topology, node), "");
    group
}

fn snapshots(topology: &Topology, server: Option<&Configuration>) -> Option<Group> {
    let snapshots = topology.snapshots.as_ref()?;
    let mut group = Group::new("Snapshots");
    let addresses = Addresses::of(topology);
    for setting in server.iter().flat_map(|server| &server.settings) {
        if setting.path.starts_with("worker.snapshots.")
            && let Some(variable) = overriding(&setting.path)
            && let Some(text) = addresses.text(setting)
            && is_default(&literal(&text))
        {
            group.open(&variable, &text, "");
        }
    }
    if snapshots.interval_records.is_none() {
        let help = "Not set. With it a snapshot waits for that many records too.";
        group.open(&environment_variable(RECORDS), "1000", help);
    }
    Some(group)
}

fn store(topology: &Topology, file: For) -> Option<Group> {
    let store = &topology.object_store;
    let mut group = Group::new(match store {
        ObjectStore::Minio(_) => "MinIO",
        ObjectStore::Seaweedfs(_) => "SeaweedFS",
        ObjectStore::S3 { .. } | ObjectStore::Gcs(_) | ObjectStore::Azure { .. } => "Object store",
        ObjectStore::None => return None,
    });
    if let (Some((.., bundled)), Some(variables)) = (store.bundled(), store_variables(store)) {
        group.tag(variables.version, &bundled.image);
        if let Some(client) = &bundled.client {
            group.tag(CLIENT_VERSION, client);
        }
        group.open(variables.api_port, &bundled.api_port.to_string(), "");
        group.open(
            variables.console_port,
            &bundled.console_port.to_string(),
            "",
        );
    }
    for key in all_keys(store) {
        match key.default {
            None if key.is_made && file == For::Host => {
                let lines = [format!("# {}", key.help), format!("{}=", key.name)];
                group.lines.extend(lines);
            }
            default => group.open(key.name, default.unwrap_or_default(), key.help),
        }
    }
    (!group.lines.is_empty()).then_some(group)
}

/// The value as Compose reads it from `.env`: in quotes where it has anything special. In single ones nothing is replaced, but they
/// can hold neither a single quote nor a backslash at the end.
fn dotenv_value(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:,=@%+[]\"".contains(c);
    if value.chars().all(is_plain) && !value.starts_with('"') {
        return value.into();
    }
    let is_hard = |c: char| c == '\'' || c.is_control();
    if !value.contains(is_hard) && !value.ends_with('\\') {
        return format!("'{value}'");
    }
    let mut quoted = String::from("\"");
    for character in value.chars() {
        match character {
            '"' | '\\' | '$' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
