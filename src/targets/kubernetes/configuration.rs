//! What the nodes of a StatefulSet have in common, and therefore stands in its pod template, and who each of them is, which stands in
//! a file for its place.
//!
//! The template says nothing of a single node, and the files say nothing but who a node is. So no setting ever moves from one to the
//! other, which would leave a node that restarts half-way with a part of each; and a node that is added or replaced leaves the
//! template of the others as it was.

use serde_json::Value;

use crate::facts::{ADMIN_PORT, FABRIC_PORT, INGRESS_PORT};
use crate::model::Role;
use crate::server::environment::{self, EnvironmentVariable};
use crate::server::{Address, Assignment, Configuration as Server, Setting, toml};
use crate::topology::kubernetes::NodeSet;
use crate::topology::{Node, Topology};

use super::{HEADLESS_SERVICE, store_url};

/// The settings of a StatefulSet's nodes.
pub struct Configuration {
    /// Those of all of them, as variables.
    pub environment: Vec<EnvironmentVariable>,
    /// What they do besides keeping metadata. The addresses of the metadata servers show which nodes keep metadata.
    pub roles: String,
    /// Who each node is, by place.
    pub identities: Vec<Identity>,
    /// What the server's shutdown takes at most, in seconds.
    pub shutdown_seconds: u64,
}

/// What stands in a node's own file.
pub struct Identity {
    /// The pod that reads it.
    pub pod: String,
    /// The node's name, id and roles.
    pub lines: Vec<String>,
}

/// The settings of the nodes of the set, which are alike but for their part in the metadata quorum: they are of one entry of the file.
pub fn of(
    topology: &Topology,
    set: &NodeSet,
    nodes: &[&Node],
    metadata_servers: &[String],
) -> Configuration {
    let first = nodes.first();
    let server = first.map(|node| Server::of(topology, node));
    let settings = server.iter().flat_map(|server| &server.settings);
    let environment = settings
        .filter(|setting| !IDENTITY.contains(&setting.path.as_ref()))
        .map(|setting| variable(topology, setting, metadata_servers));
    let roles: Vec<&str> = first
        .iter()
        .flat_map(|node| &node.roles)
        .filter(|role| **role != Role::MetadataServer)
        .map(|role| role.name())
        .collect();
    Configuration {
        environment: environment.collect(),
        shutdown_seconds: server.as_ref().map_or(0, Server::shutdown_seconds),
        roles: roles.join(","),
        identities: set
            .pods
            .iter()
            .zip(nodes)
            .map(|(pod, node)| Identity {
                pod: set.pod_name(pod),
                lines: identity(node),
            })
            .collect(),
    }
}

/// The settings that say who a node is.
const IDENTITY: [&str; 3] = ["node-name", "force-node-id", "roles"];

fn identity(node: &Node) -> Vec<String> {
    let roles: Vec<Value> = node.roles.iter().map(|role| role.name().into()).collect();
    let [name, id, does] = IDENTITY;
    vec![
        toml::line(&Assignment::new(name, node.name.clone())),
        toml::line(&Assignment::new(id, node.id.0)),
        toml::line(&Assignment::new(does, roles)),
    ]
}

/// By which users outside reach the ingress, where there is a way in.
fn user_url(topology: &Topology) -> Option<String> {
    let kubernetes = &topology.kubernetes;
    match (&kubernetes.ingress, &kubernetes.gateway) {
        (Some(ingress), _) => {
            let scheme = if ingress.tls_secret.is_some() {
                "https"
            } else {
                "http"
            };
            Some(format!("{scheme}://{}/", ingress.host))
        }
        // Whether a Gateway speaks TLS is written in the Gateway; one that leads outside does.
        (None, Some(gateway)) => Some(format!("https://{}/", gateway.host)),
        (None, None) => None,
    }
}

/// A value as Kubernetes takes it for itself: `$$` is its `$`, and what stands in `$(NAME)` would be replaced.
pub(super) fn literal(value: &str) -> String {
    value.replace('$', "$$")
}

/// The setting as a variable of the container. Kubernetes puts variables in for `$(NAME)`, which only the node's own address is
/// meant to have.
fn variable(
    topology: &Topology,
    setting: &Assignment<Setting>,
    metadata_servers: &[String],
) -> EnvironmentVariable {
    let text = |value: &Value| literal(&environment::text(&setting.key, value));
    let namespace = &topology.kubernetes.namespace;
    let value = match &setting.value {
        Setting::Value(value) => text(value),
        Setting::Address(Address::Fabric) => {
            format!("http://$(POD_NAME).{HEADLESS_SERVICE}:{FABRIC_PORT}")
        }
        Setting::Address(Address::Ingress) => {
            text(&Value::from(user_url(topology).unwrap_or_else(|| {
                format!("http://restate-ingress.{namespace}:{INGRESS_PORT}/")
            })))
        }
        Setting::Address(Address::Admin) => text(&Value::from(format!(
            "http://restate-admin.{namespace}:{ADMIN_PORT}/"
        ))),
        Setting::Address(Address::MetadataServers) => text(&Value::from(metadata_servers)),
        Setting::Address(Address::Store) => text(&Value::from(store_url(topology))),
    };
    EnvironmentVariable {
        name: environment::name(setting),
        value,
    }
}
