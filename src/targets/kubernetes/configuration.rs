//! What the nodes of a StatefulSet have in common, and therefore stands in its pod template, and who each of them is, which stands in
//! a file for its place.
//!
//! The template says nothing of a single node, and the files say nothing but who a node is. So no setting ever moves from one to the
//! other, which would leave a node that restarts half-way with a part of each; and a node that is added or replaced leaves the
//! template of the others as it was.

use serde_json::Value;

use crate::facts::{ADMIN_PORT, INGRESS_PORT};
use crate::server::credentials::{SETTINGS_OF_BUNDLED, nodes_keys};
use crate::server::{Address, Assignment, Configuration, SettingValue, environment, toml};
use crate::topology::tls::CA;
use crate::topology::{Node, Topology};

use super::{fabric_url, store_url};

/// What all nodes of a StatefulSet have as variables: what a node of it has, but for who that is. They are of one entry of the file,
/// and so alike but for their part in the metadata quorum.
pub fn environment(
    topology: &Topology,
    server: &Configuration,
    metadata_servers: &[String],
) -> Vec<(String, String)> {
    let settings = server.settings.iter();
    let is_told = settings.clone().any(|setting| setting.path == LOG_FORMAT);
    let log_format = (!is_told).then(log_format);
    let log_format = log_format.map(|format| {
        let text = environment::text(&format.key, &format.value);
        (environment::name(&format), text)
    });
    settings
        .filter(|setting| !IDENTITY.contains(&setting.path.as_ref()))
        .map(|setting| variable(topology, setting, metadata_servers))
        .chain(log_format)
        .chain(client_environment(topology))
        .chain(store_environment(topology))
        .collect()
}

/// The setting of the notation of logs.
pub const LOG_FORMAT: &str = "log-format";

/// What collects the logs of pods takes a line for a record, and knows no colours.
pub fn log_format() -> Assignment {
    Assignment::new(LOG_FORMAT, "json")
}

/// The settings that say who a node is.
const IDENTITY: [&str; 3] = ["node-name", "force-node-id", "roles"];

/// Who a node is, as lines of its own file.
pub fn identity(node: &Node) -> Vec<String> {
    let roles: Vec<Value> = node.roles.iter().map(|role| role.name().into()).collect();
    let [name, id, does] = IDENTITY;
    let lines = [
        Assignment::new(name, node.name.clone()),
        Assignment::new(id, node.id.0),
        Assignment::new(does, roles),
    ];
    lines.iter().map(toml::line).collect()
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
pub fn literal(value: &str) -> String {
    value.replace('$', "$$")
}

/// The setting as a variable of the container. Kubernetes puts variables in for `$(NAME)`, which only the node's own address is
/// meant to have.
fn variable(
    topology: &Topology,
    setting: &Assignment<SettingValue>,
    metadata_servers: &[String],
) -> (String, String) {
    let text = |value: &Value| literal(&environment::text(&setting.key, value));
    let namespace = &topology.kubernetes.namespace;
    let value = match &setting.value {
        SettingValue::Value(_) if setting.path == "bind-ip" => topology.kubernetes.bind_ip().into(),
        SettingValue::Value(value) => text(value),
        SettingValue::Address(Address::Fabric) => fabric_url(topology, "$(POD_NAME)"),
        SettingValue::Address(Address::Ingress) => {
            text(&Value::from(user_url(topology).unwrap_or_else(|| {
                format!("http://restate-ingress.{namespace}:{INGRESS_PORT}/")
            })))
        }
        SettingValue::Address(Address::Admin) => text(&Value::from(format!(
            "http://restate-admin.{namespace}:{ADMIN_PORT}/"
        ))),
        SettingValue::Address(Address::MetadataServers) => text(&Value::from(metadata_servers)),
        SettingValue::Address(Address::Store) => text(&Value::from(store_url(topology))),
    };
    (environment::name(setting), value)
}

/// What `restatectl` and `curl` in a pod need to trust the nodes' certificates.
fn client_environment(topology: &Topology) -> Vec<(String, String)> {
    if topology.tls.is_none() {
        return Vec::new();
    }
    let own = fabric_url(topology, "$(POD_NAME)");
    [
        ("RESTATECTL_ADDRESS", own.as_str()),
        ("RESTATECTL_TLS_CA", CA),
        ("CURL_CA_BUNDLE", CA),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// What the nodes need to reach the store, besides settings: its account, or the credentials of the bundled one.
pub fn store_environment(topology: &Topology) -> Vec<(String, String)> {
    let store = &topology.object_store;
    let account = environment::account(store).into_iter();
    let account = account.map(|(name, account)| (name.to_owned(), literal(account)));
    let bundled = store.bundled().map(|_| SETTINGS_OF_BUNDLED);
    let keys = bundled.into_iter().flatten().zip(nodes_keys(store));
    let credentials = keys.map(|(name, key)| {
        let value = match key.default {
            Some(default) => format!("\"{default}\""),
            None => format!("\"$({})\"", key.name),
        };
        (name.to_owned(), value)
    });
    account.chain(credentials).collect()
}
