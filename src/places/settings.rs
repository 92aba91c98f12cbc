//! The server's settings as the file gives them, for the cluster and for nodes, and where.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{entries, entry_of, node_path};
use crate::facts::{Release, SettingStatus, server_bytes};
use crate::model::{Cluster, NodeEntry};
use crate::source::DocPath;
use crate::topology::Node;

/// A raw setting of the file, wherever it is given.
pub struct GivenSetting<'a> {
    /// The dotted path, such as `worker.invoker.memory-limit`.
    pub path: String,
    /// What the release makes of it.
    pub status: SettingStatus,
    /// Where it is given: once for the cluster and once for each entry of `nodes` that has it.
    pub uses: Vec<(DocPath, &'a Value)>,
}

/// The settings of the cluster and of the entries of `nodes`, by path: what many entries give is looked up once.
pub fn given_settings<'a>(cluster: &'a Cluster, release: &Release) -> Vec<GivenSetting<'a>> {
    let mut given = BTreeMap::new();
    for (at, settings) in settings_tables(cluster) {
        collect(release, settings, &at, "", &mut given);
    }
    given.into_values().collect()
}

/// The raw settings of the cluster and of the entries of `nodes`, and where they stand.
pub fn settings_tables(cluster: &Cluster) -> impl Iterator<Item = (DocPath, &Map<String, Value>)> {
    let of_entries = entries(cluster).iter().enumerate().map(|(index, entry)| {
        let at = DocPath::of(["nodes"]).index(index).key("settings");
        (at, entry.settings())
    });
    std::iter::once((DocPath::of(["settings"]), &cluster.settings)).chain(of_entries)
}

/// The settings that one node has, of its own and of the cluster.
pub struct Settings<'a> {
    tables: Vec<(DocPath, &'a Map<String, Value>)>,
}

impl<'a> Settings<'a> {
    /// Where a setting is given, and its value; of a table, where the table is.
    pub fn get(&self, path: &str) -> Option<(DocPath, &'a Value)> {
        self.tables
            .iter()
            .find_map(|(at, table)| written(table, at, path))
    }
}

/// The settings of nodes: each combination that the file has, once.
pub fn settings_of_nodes(cluster: &Cluster) -> impl Iterator<Item = Settings<'_>> {
    let of_all = (DocPath::of(["settings"]), &cluster.settings);
    let of_entries = settings_tables(cluster)
        .skip(1)
        .filter(|(_, own)| !own.is_empty());
    let of_cluster = Settings {
        tables: vec![of_all.clone()],
    };
    let of_entries = of_entries.map(move |own| Settings {
        tables: vec![own, of_all.clone()],
    });
    std::iter::once(of_cluster)
        .chain(of_entries)
        .filter(|settings| settings.tables.iter().any(|(_, table)| !table.is_empty()))
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
pub fn written<'a>(
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

/// Where the file sets the size of a setting for a node, and how many bytes it says.
pub fn given_bytes(cluster: &Cluster, node: &Node, path: &str) -> Option<(DocPath, u64)> {
    let (at, value) = given_value(cluster, node, path)?;
    Some((at, bytes(value)?))
}

/// Where the file sets a setting for a node, in its entry or for the cluster, and its value.
pub fn given_value<'a>(
    cluster: &'a Cluster,
    node: &Node,
    path: &str,
) -> Option<(DocPath, &'a Value)> {
    let own = entry_of(cluster, node).map(NodeEntry::settings);
    let of_node = own.and_then(|table| written(table, &node_path(node).key("settings"), path));
    of_node.or_else(|| written(&cluster.settings, &DocPath::of(["settings"]), path))
}

/// How many bytes a value says, as the server reads it.
pub fn bytes(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| server_bytes(value.as_str()?))
}
