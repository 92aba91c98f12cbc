//! Which settings the nodes of a StatefulSet have in common, so that they can stand in its pod template, and which are a node's own
//! and stand in a file for its place.

use crate::facts::{ADMIN_PORT, FABRIC_PORT, INGRESS_PORT};
use crate::targets::environment::{self, EnvironmentVariable};
use crate::targets::toml;
use crate::topology::kubernetes::NodeSet;
use crate::topology::settings::{self, Addresses, Assignment};
use crate::topology::{Node, Topology};

use super::HEADLESS_SERVICE;

/// Where the image expects its data. Source: restatedev/restate docker/Dockerfile: WORKDIR / and the server's default base-dir.
pub const DATA_FOLDER: &str = "/restate-data";

/// The settings of a StatefulSet's nodes.
pub struct Configuration {
    /// Those of all of them, as variables.
    pub environment: Vec<EnvironmentVariable>,
    /// The lines of each node's own file, by place.
    pub own: Vec<Own>,
    /// What the server's shutdown takes at most, in seconds.
    pub shutdown_seconds: u64,
}

/// What stands in a node's own file.
pub struct Own {
    /// The pod that reads it.
    pub pod: String,
    /// Who the node is. A node that takes the place of a lost one changes it, and no other node need know.
    pub identity: Vec<String>,
    /// What else it does not share with the other nodes.
    pub differing: Vec<String>,
}

/// The settings of the nodes of the set.
pub fn of(
    topology: &Topology,
    set: &NodeSet,
    nodes: &[&Node],
    metadata_servers: &[String],
) -> Configuration {
    // Worked out once for nodes that differ in nothing but who they are.
    let mut kinds: Vec<(&Node, Vec<Assignment>)> = Vec::new();
    let mut kind_of = Vec::with_capacity(nodes.len());
    for &node in nodes {
        let known = kinds.iter().position(|(first, _)| first.is_like(node));
        kind_of.push(known.unwrap_or(kinds.len()));
        if known.is_none() {
            let settings = server_settings(topology, node, metadata_servers);
            kinds.push((node, settings));
        }
    }
    let is_common =
        |setting: &Assignment| kinds.iter().all(|(_, settings)| settings.contains(setting));
    let first: &[Assignment] = kinds.first().map_or(&[], |(_, settings)| settings);
    let environment = first
        .iter()
        .filter(|setting| is_common(setting))
        .map(variable)
        .collect();
    let differing: Vec<Vec<String>> = kinds
        .iter()
        .map(|(_, settings)| {
            let own = settings.iter().filter(|setting| !is_common(setting));
            own.map(toml::line).collect()
        })
        .collect();
    let own = set.places.iter().zip(nodes).zip(kind_of);
    Configuration {
        shutdown_seconds: settings::shutdown_seconds(first),
        environment,
        own: own
            .map(|((place, node), kind)| Own {
                pod: set.pod(place),
                identity: vec![
                    toml::line(&Assignment::new("node-name", node.name.clone())),
                    toml::line(&Assignment::new("force-node-id", node.id.0)),
                ],
                differing: differing.get(kind).cloned().unwrap_or_default(),
            })
            .collect(),
    }
}

/// The settings of a node, without who it is.
fn server_settings(
    topology: &Topology,
    node: &Node,
    metadata_servers: &[String],
) -> Vec<Assignment> {
    let namespace = &topology.kubernetes.namespace;
    let addresses = Addresses {
        advertised: format!("http://$(POD_NAME).{HEADLESS_SERVICE}:{FABRIC_PORT}"),
        ingress: user_url(topology)
            .unwrap_or_else(|| format!("http://restate-ingress.{namespace}:{INGRESS_PORT}/")),
        admin: format!("http://restate-admin.{namespace}:{ADMIN_PORT}/"),
        metadata_servers: metadata_servers.to_vec(),
        bind_ip: "0.0.0.0",
        base_dir: DATA_FOLDER,
    };
    let mut settings = settings::server_settings(topology, node, addresses);
    settings.retain(|setting| !matches!(setting.path.as_ref(), "node-name" | "force-node-id"));
    settings
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

/// The setting as a variable of the container. Kubernetes puts variables in for `$(NAME)`, which only the address is meant to have.
fn variable(setting: &Assignment) -> EnvironmentVariable {
    let mut variable = environment::variable(setting);
    if setting.path != "advertised-address" {
        variable.value = literal(&variable.value);
    }
    variable
}
