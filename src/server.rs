//! The configuration of one server as a value: which settings a node has, by Restate's own keys, and what they say.
//!
//! It is made from the topology and a node, both taken apart field by field: a new property of either does not compile
//! until somebody has decided whether it configures the server. Targets choose the notation (variables, TOML) and fill
//! in what only they know: the addresses.
//!
//! A variable `RESTATE_A__B_C` in what is generated is the setting `a.b-c` here.

pub mod credentials;
pub mod environment;
pub mod keys;
pub mod memory;
pub mod owned;
pub mod toml;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::facts::{Release, server_duration};
use crate::model::Role;
use crate::topology::tls::{self, Tls};
use crate::topology::{Node, ObjectStore, Snapshots, Topology};

pub use memory::MemoryPool;
pub use owned::{Home, Owned};

/// Where the data volume is mounted. Source: restatedev/restate docker/Dockerfile: WORKDIR / and the server's default base-dir.
pub const DATA_FOLDER: &str = "/restate-data";
/// What the server listens on: every address of its container, also where the kernel has no IPv6. Source: restatedev/restate issue
/// 4533: `::`, the default since 1.7.0, stops the server there.
const BIND_IP: &str = "0.0.0.0";
/// Any region will do for a bundled store, but the server wants one.
pub const BUNDLED_REGION: &str = "local";
/// Where the snapshots are kept.
pub const DESTINATION: &str = "worker.snapshots.destination";
/// The region of their bucket.
pub const AWS_REGION: &str = "worker.snapshots.aws-region";
/// The store that the bucket is in.
pub const AWS_ENDPOINT: &str = "worker.snapshots.aws-endpoint-url";
/// What the server's shutdown takes at most when no setting says otherwise. Source: dump 1.5.3 to 1.7.12, `shutdown-timeout`.
const SHUTDOWN_SECONDS: u64 = 60;
/// The setting that says otherwise.
pub const SHUTDOWN_TIMEOUT: &str = "shutdown-timeout";

/// One setting of a server and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment<V = Value> {
    /// What the newest release calls it, dotted: `worker.snapshots.destination`. Code knows a setting by this.
    pub path: Cow<'static, str>,
    /// What the cluster's release calls it. Files say this.
    pub key: Cow<'static, str>,
    /// Its value.
    pub value: V,
}

impl<V> Assignment<V> {
    /// That setting with that value, under the newest release's key.
    pub fn new(path: impl Into<Cow<'static, str>>, value: impl Into<V>) -> Self {
        let path = path.into();
        Self {
            key: path.clone(),
            path,
            value: value.into(),
        }
    }
}

/// What a setting is set to.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingValue {
    /// To this, on every target.
    Value(Value),
    /// To an address, which each target knows in its own way.
    Address(Address),
}

impl<T: Into<Value>> From<T> for SettingValue {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}

/// An address in the server's configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// URL by which all other nodes reach its fabric port.
    Fabric,
    /// URL by which users reach its ingress.
    Ingress,
    /// URL by which users reach its admin API.
    Admin,
    /// Fabric URLs of all metadata servers, a list that is the same on all nodes.
    MetadataServers,
    /// URL of the bundled store's S3 API.
    Store,
}

/// The whole configuration of a server, in a fixed order: identity, addresses, memory, snapshots, then what the user sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// Its settings, each once, in the spelling of the cluster's release.
    pub settings: Vec<Assignment<SettingValue>>,
}

impl Configuration {
    /// That of a node.
    pub fn of(topology: &Topology, node: &Node) -> Self {
        let Topology {
            cluster_name,
            release,
            snapshots,
            object_store,
            server_keys,
            tls,
            // The server finds other nodes by the addresses of the metadata servers.
            nodes: _,
            // The provisioning step says these, once; a server reads them from nowhere else.
            partitions: _,
            log_replication: _,
            partition_replication: _,
            // What runs the server, and how it is reached from outside, is the target's to say.
            image: _,
            volumes: _,
            files: _,
            private_bind: _,
            ingress_bind: _,
            published: _,
            limits_cpus: _,
            compose: _,
            kubernetes: _,
            nomad: _,
        } = topology;
        let Node {
            id,
            name,
            roles,
            location,
            settings: own,
            // By the memory pools, which share its limit.
            resources: _,
            host_ports: _,
            static_ports: _,
            volume: _,
            entry: _,
        } = node;

        let mut settings = Settings::default();
        settings.set("cluster-name", cluster_name.clone());
        settings.set("node-name", name.clone());
        settings.set("force-node-id", id.0);
        let role_names: Vec<Value> = roles.iter().map(|role| role.name().into()).collect();
        settings.set("roles", role_names);
        if !location.is_empty() {
            settings.set("location", location.clone());
        }
        // Never true, not even on the first node: one that lost its disk would provision a second cluster.
        settings.set("auto-provision", false);
        settings.set("base-dir", DATA_FOLDER);
        settings.set("bind-ip", BIND_IP);
        settings.address("advertised-address", Address::Fabric);
        settings.address("metadata-client.addresses", Address::MetadataServers);
        if let Some(tls) = tls {
            settings.tls(tls);
        }
        if roles.contains(&Role::HttpIngress) {
            settings.address("ingress.advertised-address", Address::Ingress);
        }
        if roles.contains(&Role::Admin) {
            settings.address("admin.advertised-address", Address::Admin);
        }
        for pool in memory::pools(topology, node) {
            if let Some(path) = pool.setting {
                settings.set(path, pool.size.to_string());
            }
        }
        if let Some(snapshots) = snapshots {
            settings.snapshots(snapshots);
            settings.store(object_store);
        }
        for setting in keys::settings(server_keys) {
            if let Some(value) = setting.value {
                settings.set(setting.path, value);
            }
        }

        let mut settings = settings.0;
        // A setting that this release knows under another key is written so; one that it does not have is left out.
        settings.retain_mut(|setting| {
            let key = release.spelling(&setting.path);
            setting.key = key.unwrap_or_default().into();
            key.is_some()
        });
        for own in with_tables(release, flattened(own)) {
            settings.retain(|setting| setting.key != own.key);
            settings.push(Assignment {
                path: own.path,
                key: own.key,
                value: SettingValue::Value(own.value),
            });
        }
        Self { settings }
    }

    /// The settings with the addresses in place.
    pub fn with_addresses(self, of: impl Fn(Address) -> Value) -> Vec<Assignment> {
        let settings = self.settings.into_iter();
        settings
            .map(|Assignment { path, key, value }| Assignment {
                path,
                key,
                value: match value {
                    SettingValue::Value(value) => value,
                    SettingValue::Address(address) => of(address),
                },
            })
            .collect()
    }

    /// What the server's own shutdown takes at most, in seconds: it must not be killed before.
    pub fn shutdown_seconds(&self) -> u64 {
        let own = self
            .settings
            .iter()
            .find(|setting| setting.path == SHUTDOWN_TIMEOUT);
        match own.map(|setting| &setting.value) {
            Some(SettingValue::Value(value)) => timeout_seconds(value),
            Some(SettingValue::Address(_)) | None => SHUTDOWN_SECONDS,
        }
    }
}

/// Settings while they are collected.
#[derive(Default)]
struct Settings(Vec<Assignment<SettingValue>>);

impl Settings {
    fn set(&mut self, path: &'static str, value: impl Into<Value>) {
        self.0
            .push(Assignment::new(path, SettingValue::Value(value.into())));
    }

    fn address(&mut self, path: &'static str, address: Address) {
        self.0
            .push(Assignment::new(path, SettingValue::Address(address)));
    }

    fn tls(&mut self, tls: &Tls) {
        let Tls {
            mode,
            // Where each target takes the files from; in a node they are always at the same place.
            folder: _,
            secret: _,
            issuer: _,
            variable: _,
        } = tls;
        self.set("tls.mode", mode.name());
        self.set("tls.cert-file", tls::CERTIFICATE);
        self.set("tls.key-file", tls::KEY);
        self.set("tls.ca-files", vec![Value::from(tls::CA)]);
    }

    fn snapshots(&mut self, snapshots: &Snapshots) {
        let Snapshots {
            destination,
            interval,
            interval_records,
            retained,
        } = snapshots;
        self.set(DESTINATION, destination.clone());
        if let Some(interval) = interval {
            self.set("worker.snapshots.snapshot-interval", interval.to_string());
        }
        if let Some(records) = interval_records {
            self.set("worker.snapshots.snapshot-interval-num-records", *records);
        }
        if let Some(retained) = retained {
            self.set("worker.snapshots.num-retained", *retained);
        }
    }

    /// What the server needs to reach the store, without credentials, which are never in a generated file.
    fn store(&mut self, store: &ObjectStore) {
        let (region, endpoint, allow_http) = match store {
            ObjectStore::Minio(_) | ObjectStore::Seaweedfs(_) => (
                Some(BUNDLED_REGION.to_owned()),
                Some(SettingValue::Address(Address::Store)),
                true,
            ),
            ObjectStore::S3 {
                region,
                endpoint,
                allow_http,
                credentials: _,
            } => (
                region.clone(),
                endpoint.clone().map(SettingValue::from),
                *allow_http,
            ),
            ObjectStore::Gcs(_) | ObjectStore::Azure { .. } | ObjectStore::None => {
                (None, None, false)
            }
        };
        if let Some(region) = region {
            self.set(AWS_REGION, region);
        }
        if let Some(endpoint) = endpoint {
            self.0.push(Assignment::new(AWS_ENDPOINT, endpoint));
        }
        if allow_http {
            self.set("worker.snapshots.aws-allow-http", true);
        }
    }
}

/// The seconds of a `shutdown-timeout`; those of the server's default where it cannot be read.
pub fn timeout_seconds(timeout: &Value) -> u64 {
    let timeout = timeout.as_str().and_then(server_duration);
    // Rounded up: a wait that is cut short is not a wait.
    timeout.map_or(SHUTDOWN_SECONDS, |timeout| {
        timeout.as_millis().div_ceil(1000) as u64
    })
}

/// The settings with what belongs to a table of free keys as one setting: such keys, of headers and the like, have dots and
/// underscores, and no variable can say which.
fn with_tables(release: &Release, leaves: Vec<Assignment>) -> Vec<Assignment> {
    let mut settings: Vec<Assignment> = Vec::new();
    for leaf in leaves {
        let entry = release.table_of(&leaf.path).and_then(|table| {
            let key = leaf.path.strip_prefix(table)?.strip_prefix('.')?;
            Some((table, key.to_owned()))
        });
        let Some((table, key)) = entry else {
            settings.push(leaf);
            continue;
        };
        let known = settings.iter_mut().find(|known| known.path == table);
        match known.map(|known| &mut known.value) {
            Some(Value::Object(entries)) => {
                entries.insert(key, leaf.value);
            }
            _ => settings.push(Assignment::new(table, json!({ key: leaf.value }))),
        }
    }
    settings
}

/// What a setting is on the nodes, by its newest name: as the file sets it, else the release's default. Where nodes
/// differ, each of them once; none where the release has neither.
pub fn on_nodes(topology: &Topology, path: &str) -> Option<String> {
    let key = topology.release.spelling(path)?;
    let of_node = |node: &Node| {
        let mut own = flattened(&node.settings).into_iter();
        match own.find(|own| own.key == key) {
            None => topology.release.default(key).map(str::to_owned),
            Some(own) => Some(
                own.value
                    .as_str()
                    .map_or_else(|| own.value.to_string(), str::to_owned),
            ),
        }
    };
    let values: BTreeSet<String> = topology.nodes.iter().filter_map(of_node).collect();
    let values = Vec::from_iter(values);
    (!values.is_empty()).then(|| values.join(" or "))
}

/// The leaves of nested tables, each under its dotted path. A key that is dotted already is taken as written.
pub fn flattened(settings: &Map<String, Value>) -> Vec<Assignment> {
    settings
        .iter()
        .flat_map(|(key, value)| match value {
            Value::Object(table) => flattened(table)
                .into_iter()
                .map(|inner| Assignment::new(format!("{key}.{}", inner.path), inner.value))
                .collect(),
            leaf => vec![Assignment::new(key.clone(), leaf.clone())],
        })
        .collect()
}
