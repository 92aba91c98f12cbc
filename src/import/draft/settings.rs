//! What the servers are set to besides all that a key of the cluster file says.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::Drafting;
use crate::diagnostic::quoted;
use crate::import::server::Server;
use crate::import::settings::Given;
use crate::server::{Configuration, Home, Owned, SettingValue};
use crate::topology::Topology;

impl Drafting<'_> {
    /// What the servers are set to besides all that has a key of its own.
    pub(super) fn settings(&mut self, servers: &[Server]) {
        if servers
            .iter()
            .all(|server| server.text("disable-telemetry").as_deref() == Some("true"))
        {
            self.root.insert("telemetry".into(), false.into());
        }
        let derived = self.topology();
        let mut own: Vec<IndexMap<String, Value>> = Vec::new();
        for (index, server) in servers.iter().enumerate() {
            let mut settings = IndexMap::new();
            for given in &server.settings {
                if self.has_key(given) || !given.is_read {
                    continue;
                }
                if let Some(owned) = Owned::of(&given.path) {
                    let text = match owned.home {
                        Home::Key(key) => format!(
                            "{} is not carried over; `{key}` says it",
                            quoted(&given.written)
                        ),
                        Home::Nowhere(reason) => {
                            format!("{} is not carried over: {reason}", quoted(&given.written))
                        }
                    };
                    self.left(&given.spot, text);
                    continue;
                }
                if is_derived(derived.as_ref(), index, given) {
                    continue;
                }
                if settings
                    .insert(given.path.clone(), given.value.clone())
                    .is_none()
                {
                    self.carried(
                        &given.spot,
                        format!("{} is the setting `{}`", quoted(&given.written), given.path),
                    );
                }
            }
            for (path, spot, why) in &server.unread {
                self.left(
                    spot,
                    format!(
                        "{} is not read: {why}; put what it sets under `settings`",
                        quoted(path)
                    ),
                );
            }
            own.push(settings);
        }
        let common: IndexMap<String, Value> = own[0]
            .iter()
            .filter(|(path, value)| own.iter().all(|other| other.get(*path) == Some(*value)))
            .map(|(path, value)| (path.clone(), value.clone()))
            .collect();
        if !common.is_empty() {
            self.root.insert("settings".into(), nested(&common));
        }
        for (index, mut settings) in own.into_iter().enumerate() {
            settings.retain(|path, _| !common.contains_key(path));
            if !settings.is_empty() {
                self.set_of_node(index, "settings", nested(&settings));
            }
        }
    }

    /// Whether a key of the cluster file, or what every node has, says what the setting does.
    pub(super) fn has_key(&self, given: &Given) -> bool {
        let path = given.path.as_str();
        let is_of_snapshots = path.starts_with("worker.snapshots.") && Owned::of(path).is_some();
        is_of_snapshots
            || [
                "cluster-name",
                "node-name",
                "force-node-id",
                "roles",
                "location",
                "base-dir",
                "auto-provision",
                "default-replication",
                "default-num-partitions",
                "disable-telemetry",
                "metadata-client.addresses",
                "metadata-client.type",
                "advertised-address",
                "ingress.advertised-address",
                "ingress.advertised-ingress-endpoint",
                "admin.advertised-address",
                "admin.advertised-admin-endpoint",
                "bind-ip",
                "bind-port",
                "bind-address",
                "ingress.bind-port",
                "ingress.bind-address",
                "admin.bind-port",
                "admin.bind-address",
            ]
            .contains(&path)
    }
}

/// Whether the node has the setting with that value already, by what the rest of the cluster file says.
fn is_derived(topology: Option<&Topology>, index: usize, given: &Given) -> bool {
    let Some(topology) = topology else {
        return false;
    };
    let Some(node) = topology.nodes.iter().find(|node| node.entry == Some(index)) else {
        return false;
    };
    let configuration = Configuration::of(topology, node);
    let own = configuration
        .settings
        .iter()
        .find(|own| own.path == given.path || own.key == given.path);
    own.is_some_and(|own| match &own.value {
        SettingValue::Value(value) => *value == given.value,
        SettingValue::Address(_) => true,
    })
}

/// Dotted paths as nested tables.
fn nested(settings: &IndexMap<String, Value>) -> Value {
    let mut root = Map::new();
    for (path, value) in settings {
        insert(&mut root, path, value);
    }
    Value::Object(root)
}

/// Puts a value at its dotted path.
fn insert(table: &mut Map<String, Value>, path: &str, value: &Value) {
    let Some((key, rest)) = path.split_once('.') else {
        table.insert(path.to_owned(), value.clone());
        return;
    };
    let below = table.entry(key).or_insert_with(|| Map::new().into());
    match below {
        Value::Object(below) => insert(below, rest, value),
        // A value where others have a table: the setting with the longer path is the real one.
        other => {
            let mut below = Map::new();
            insert(&mut below, rest, value);
            *other = below.into();
        }
    }
}
