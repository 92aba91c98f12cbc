//! What the Nomad jobs need besides the nodes.

use std::net::IpAddr;

use serde::Serialize;

use crate::jobspec::{self, Body};
use crate::model::nomad::{
    Constraint as GivenConstraint, HostNetwork, HostNetworks, NetworkMode, Nomad as Given,
    ServiceProvider, Tags, VolumeKind,
};
use crate::model::{Duration, PortName};

/// What a client allows at most when its configuration says nothing. Source: Nomad, client configuration, `max_kill_timeout`.
const DEFAULT_KILL_TIMEOUT: Duration = Duration::seconds(30);
/// How much longer Nomad waits than the server's own shutdown, so that it is never killed in the middle of one.
pub const KILL_MARGIN_SECONDS: u64 = 5;

/// What Nomad needs to know, with nothing left to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nomad {
    /// Name of the nodes' job, which those of the other jobs begin with.
    pub job: String,
    /// Namespace of everything.
    pub namespace: String,
    /// Datacenters in which the jobs may run.
    pub datacenters: Vec<String>,
    /// Node pool, where it is not Nomad's default.
    pub node_pool: Option<String>,
    /// The host of each node by position; empty where any will do.
    pub hosts: Vec<Host>,
    /// Number of clients, where it is known.
    pub clients: Option<u32>,
    /// Whether nodes may share a host.
    pub one_host: bool,
    /// Network of the nodes.
    pub network: NetworkMode,
    /// Networks of the clients on which ports are published, where they are not on the default one.
    pub host_networks: HostNetworks,
    /// Who knows the services.
    pub provider: ServiceProvider,
    /// More tags of the nodes' services.
    pub tags: Tags,
    /// Priority of the jobs, where it is not Nomad's default.
    pub priority: Option<u16>,
    /// What all clients must have.
    pub constraints: Vec<Constraint>,
    /// What the volumes are.
    pub volume: VolumeKind,
    /// The plugin that makes them.
    pub volume_plugin: String,
    /// Attribute of the clients with their location.
    pub location_attribute: Option<String>,
    /// How many nodes at most may be on clients with the same value of an attribute.
    pub spread: Option<Spread>,
    /// Where in Vault the credentials are; else they are in a Nomad variable.
    pub vault: Option<Vault>,
    /// What the clients allow a node's shutdown at most.
    pub max_kill_timeout: Duration,
    /// Whether a node may use more memory than is set aside for it.
    pub memory_oversubscription: bool,
    /// What the file has for the group of each node.
    pub group: Body,
    /// What the file has for the task of each node.
    pub task: Body,
}

/// What a client must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Constraint {
    /// Its attribute.
    pub attribute: String,
    /// How it is compared, where it is not with `=`.
    pub operator: Option<&'static str>,
    /// With what, if with anything.
    pub value: Option<String>,
}

/// How many nodes at most may be on clients with the same value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// The attribute.
    pub attribute: String,
    /// Nodes at most with one value.
    pub most: u32,
}

/// A secret of Vault's key-value store, version 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Vault {
    /// Where the store is mounted.
    pub mount: String,
    /// Its path below the mount.
    pub path: String,
    /// Role of the tasks, where it is not that of Nomad's configuration.
    pub role: Option<String>,
}

impl Vault {
    /// Its path in Vault's API.
    pub fn api_path(&self) -> String {
        format!("{}/data/{}", self.mount, self.path)
    }
}

/// A host of one node.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Host {
    /// By the address that its client announces.
    Address(IpAddr),
    /// By its name.
    Name(String),
}

impl Host {
    /// The host as part of a URL.
    pub fn in_url(&self) -> String {
        match self {
            Self::Address(IpAddr::V6(address)) => format!("[{address}]"),
            Self::Address(address) => address.to_string(),
            Self::Name(name) => name.clone(),
        }
    }
}

impl Nomad {
    /// The network on which a port of the nodes is published, where it is not the default one.
    pub fn host_network(&self, port: PortName) -> Option<&str> {
        let networks = &self.host_networks;
        let network = match port {
            PortName::Ingress => &networks.ingress,
            PortName::Admin => &networks.admin,
            PortName::Fabric => &networks.fabric,
        };
        network.as_deref()
    }

    /// The tags that the file gives the service of a port.
    pub fn tags(&self, port: PortName) -> &[String] {
        match port {
            PortName::Ingress => &self.tags.ingress,
            PortName::Admin => &self.tags.admin,
            PortName::Fabric => &self.tags.fabric,
        }
    }

    /// Seconds that a node's shutdown may take where the file sets no `shutdown-timeout`.
    pub fn longest_shutdown_seconds(&self) -> u64 {
        self.max_kill_timeout
            .as_seconds()
            .saturating_sub(KILL_MARGIN_SECONDS)
            .max(1)
    }
}

/// Decides what the file leaves open. `default_job` names the job of a cluster whose file names none.
pub fn resolve(given: Option<&Given>, default_job: impl FnOnce() -> String) -> Nomad {
    // Destructured, so that a new key of the file cannot be forgotten here.
    let Given {
        job,
        namespace,
        datacenters,
        node_pool,
        hosts,
        clients,
        one_host,
        network,
        host_network,
        provider,
        tags,
        priority,
        constraints,
        volume,
        volume_plugin,
        location_attribute,
        spread,
        vault,
        max_kill_timeout,
        memory_oversubscription,
        group,
        task,
    } = given.cloned().unwrap_or_default();
    let host = |text: String| match text.parse() {
        Ok(address) => Host::Address(address),
        Err(_) => Host::Name(text),
    };
    Nomad {
        job: job.unwrap_or_else(default_job),
        namespace: namespace.unwrap_or_else(|| "default".into()),
        datacenters: datacenters.unwrap_or_else(|| vec!["*".into()]),
        node_pool,
        hosts: hosts.into_iter().flatten().map(host).collect(),
        clients,
        one_host: one_host.unwrap_or(false),
        network: network.unwrap_or_default(),
        host_networks: match host_network {
            Some(HostNetwork::Each(networks)) => networks,
            Some(HostNetwork::All(name)) => HostNetworks {
                ingress: Some(name.clone()),
                admin: Some(name.clone()),
                fabric: Some(name.clone()),
                store: Some(name),
            },
            None => HostNetworks::default(),
        },
        provider: provider.unwrap_or_default(),
        tags: tags.unwrap_or_default(),
        priority,
        constraints: constraints.into_iter().map(constraint).collect(),
        volume: volume.unwrap_or_default(),
        volume_plugin: volume_plugin.unwrap_or_else(|| "mkdir".into()),
        location_attribute,
        spread: spread.map(|spread| Spread {
            attribute: spread.attribute,
            most: spread.most.unwrap_or(1),
        }),
        vault: vault.map(|vault| Vault {
            mount: vault.mount.unwrap_or_else(|| "secret".into()),
            path: vault.path,
            role: vault.role,
        }),
        max_kill_timeout: max_kill_timeout.unwrap_or(DEFAULT_KILL_TIMEOUT),
        memory_oversubscription: memory_oversubscription.unwrap_or(false),
        group: part(group),
        task: part(task),
    }
}

fn constraint(given: GivenConstraint) -> Constraint {
    let operator = given.operator.unwrap_or_default();
    Constraint {
        attribute: given.attribute,
        operator: (operator != Default::default()).then(|| operator.name()),
        value: given.value.filter(|_| operator.takes_value()),
    }
}

/// The user's HCL. A rule reports what is wrong with it.
fn part(text: Option<String>) -> Body {
    let text = text.unwrap_or_default();
    jobspec::read(&text).unwrap_or_default()
}
