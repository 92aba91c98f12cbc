//! The view of `restate.nomad.hcl`: the job of the nodes.

use minijinja::Value;
use serde::Serialize;

use super::environment::{self, VariableView, filled_in, plain};
use super::{CredentialsView, NetworkView, PoolView, PortView, VolumeView};
use crate::model::nomad::{NetworkMode, ServiceProvider};
use crate::model::{PortName, Role};
use crate::render::{self, hcl_heredoc_line, hcl_list};
use crate::server::credentials::{bundled_keys, nodes_keys};
use crate::server::environment as server;
use crate::server::{Address, Assignment, Configuration, SHUTDOWN_TIMEOUT, Setting};
use crate::topology::nomad::{Host, KILL_MARGIN_SECONDS};
use crate::topology::{Node, Topology};

#[derive(Serialize)]
struct View<'a> {
    command: Value,
    job: &'a str,
    namespace: &'a str,
    datacenters: Value,
    image: String,
    provider: &'static str,
    consul: bool,
    distinct_hosts: bool,
    finds_by_consul: bool,
    has_spread: bool,
    spread_attribute: Value,
    spread_most: String,
    needs_vault: bool,
    discovers: bool,
    discovers_peers: bool,
    bundled_store: bool,
    oversubscription: bool,
    start_script: Vec<Value>,
    has_credentials: bool,
    credentials: Vec<CredentialView>,
    files: Vec<FileView>,
    nodes: Vec<NodeView>,
    #[serde(flatten)]
    source: CredentialsView,
    #[serde(flatten)]
    pool: PoolView,
    #[serde(flatten)]
    volumes: VolumeView,
    #[serde(flatten)]
    network: NetworkView,
}

/// A line of the file with credentials.
#[derive(Serialize)]
struct CredentialView {
    variable: Value,
    item: Value,
    before: Value,
    after: Value,
    filter: Value,
}

/// A file that a template writes, and that is mounted at a path of its own.
#[derive(Serialize)]
struct FileView {
    number: usize,
    path: String,
    comment: Value,
    source: Value,
    item: Value,
    written: String,
}

#[derive(Serialize)]
struct NodeView {
    name: String,
    constraints: Vec<ConstraintView>,
    volume: String,
    ports: Vec<PortView>,
    services: Vec<ServiceView>,
    environment: Vec<VariableView>,
    kill_timeout: String,
    cpu: u64,
    memory: u64,
    memory_max: u64,
}

#[derive(Serialize)]
struct ConstraintView {
    attribute: Value,
    value: String,
}

#[derive(Serialize)]
struct ServiceView {
    name: String,
    port: &'static str,
    tags: Value,
    checks: Vec<CheckView>,
}

#[derive(Serialize)]
struct CheckView {
    path: &'static str,
}

/// `restate.nomad.hcl`.
pub fn render(topology: &Topology, command: &str) -> String {
    render::render(
        "restate.nomad.hcl",
        include_str!("../../../templates/nomad/restate.nomad.hcl"),
        &view(topology, command),
    )
}

fn view<'a>(topology: &'a Topology, command: &str) -> View<'a> {
    let nomad = &topology.nomad;
    let bundled_store = topology.object_store.bundled().is_some();
    let discovers_peers = super::discovers_peers(topology);
    let credentials = credentials(topology);
    let peers = metadata_servers(topology);
    let nodes = topology.nodes.iter().enumerate();
    let nodes = nodes
        .map(|(index, node)| node_view(topology, node, nomad.hosts.get(index), &peers))
        .collect();
    let spread = nomad.spread.as_ref();
    let start_script = concat!(
        include_str!("../../../templates/scripts/look.sh"),
        include_str!("../../../templates/nomad/start-node.sh")
    );
    View {
        command: super::verbatim(command),
        job: &nomad.job,
        namespace: &nomad.namespace,
        datacenters: hcl_list(nomad.datacenters.iter().map(String::as_str)),
        image: topology.image.reference(),
        provider: provider(topology),
        consul: nomad.provider == ServiceProvider::Consul,
        distinct_hosts: !nomad.one_host,
        finds_by_consul: nomad.provider == ServiceProvider::Consul
            && (discovers_peers || bundled_store),
        has_spread: spread.is_some(),
        spread_attribute: spread.map_or_else(Value::default, |spread| reference(&spread.attribute)),
        spread_most: spread
            .map(|spread| spread.most.to_string())
            .unwrap_or_default(),
        needs_vault: nomad.vault.is_some()
            && (!credentials.is_empty() || super::file_items(topology).next().is_some()),
        discovers: discovers_peers || bundled_store,
        discovers_peers,
        bundled_store,
        oversubscription: nomad.memory_oversubscription,
        start_script: start_script.lines().map(hcl_heredoc_line).collect(),
        has_credentials: !credentials.is_empty(),
        credentials,
        files: files(topology),
        nodes,
        source: CredentialsView::of(topology, "NOMAD_META_cluster"),
        pool: PoolView::of(topology),
        volumes: VolumeView::of(topology),
        network: NetworkView::of(topology),
    }
}

/// The provider of services by Nomad's name.
pub fn provider(topology: &Topology) -> &'static str {
    match topology.nomad.provider {
        ServiceProvider::Nomad => "nomad",
        ServiceProvider::Consul => "consul",
    }
}

/// Fabric URLs of the metadata servers, where the hosts are known.
pub fn metadata_servers(topology: &Topology) -> Vec<String> {
    fabric_urls(topology, |node| node.has(Role::MetadataServer))
}

/// Fabric URLs of those nodes, where the hosts are known.
pub fn fabric_urls(topology: &Topology, which: impl Fn(&Node) -> bool) -> Vec<String> {
    topology
        .nodes
        .iter()
        .zip(&topology.nomad.hosts)
        .filter(|(node, _)| which(node))
        .map(|(node, host)| url(host, node.static_ports.fabric))
        .collect()
}

fn url(host: &Host, port: u16) -> String {
    format!("http://{}:{port}", host.in_url())
}

/// The lines that bring the credentials into a node's environment.
fn credentials(topology: &Topology) -> Vec<CredentialView> {
    let text = |text: &str| super::verbatim(text);
    let is_bundled = topology.object_store.bundled().is_some();
    nodes_keys(&topology.object_store)
        .iter()
        .filter(|key| key.default.is_none())
        .map(|key| {
            // The bundled store's go under the server's own keys: the AWS variables would reach the client of Lambda services too.
            // In quotes, so that the server takes a secret of digits alone for the text that it is.
            let (variable, before, after, filter) = if is_bundled {
                (
                    "RESTATE_WORKER__SNAPSHOTS__AWS_SECRET_ACCESS_KEY",
                    "'\"",
                    "\"'",
                    "",
                )
            } else {
                (key.name, "", "", " | toJSON")
            };
            CredentialView {
                variable: text(variable),
                item: super::credential(topology, key),
                before: text(before),
                after: text(after),
                filter: text(filter),
            }
        })
        .collect()
}

/// The files that templates write.
fn files(topology: &Topology) -> Vec<FileView> {
    let of_credentials = CredentialsView::of(topology, "NOMAD_META_cluster").credentials_source;
    let files = topology.files.iter().zip(1..);
    files
        .filter_map(|(file, number)| {
            let nomad = file.nomad.as_ref()?;
            let in_vault = nomad.variable.is_none() && topology.nomad.vault.is_some();
            Some(FileView {
                number,
                path: file.path.clone(),
                comment: super::verbatim(&file.path),
                source: match &nomad.variable {
                    Some(path) => super::verbatim(&format!("nomadVar \"{path}\"")),
                    None => of_credentials.clone(),
                },
                item: super::verbatim(&if in_vault {
                    format!(".Data.data.{}", nomad.key)
                } else {
                    format!(".{}.Value", nomad.key)
                }),
                written: format!("secrets/file-{number}"),
            })
        })
        .collect()
}

fn node_view(topology: &Topology, node: &Node, host: Option<&Host>, peers: &[String]) -> NodeView {
    let mut server = Configuration::of(topology, node);
    let has_timeout = |setting: &Assignment<Setting>| setting.path == SHUTDOWN_TIMEOUT;
    if !server.settings.iter().any(has_timeout) {
        let seconds = topology.nomad.shutdown_seconds();
        let timeout = Assignment::new(SHUTDOWN_TIMEOUT, format!("{seconds}s"));
        server.settings.push(timeout);
    }
    let kill_timeout = server.shutdown_seconds() + KILL_MARGIN_SECONDS;
    let resources = &node.resources;
    let set_aside = if topology.nomad.memory_oversubscription {
        resources.reserved_memory
    } else {
        resources.memory
    };
    NodeView {
        name: node.name.clone(),
        constraints: constraints(topology, node, host),
        volume: super::node_volume(topology, node),
        ports: ports(node),
        services: services(topology, node),
        environment: environment::aligned(variables(topology, node, host, peers, &server)),
        kill_timeout: format!("{kill_timeout}s"),
        // What Nomad calls MHz: it counts them by the cores of each client, and a core of today's has more than 1000.
        cpu: (resources.reserved_cpus * 1000.0).ceil() as u64,
        memory: set_aside.as_mebibytes(),
        memory_max: resources.memory.as_mebibytes(),
    }
}

/// All variables of a node's task but its credentials.
fn variables(
    topology: &Topology,
    node: &Node,
    host: Option<&Host>,
    peers: &[String],
    server: &Configuration,
) -> Vec<VariableView> {
    let settings = server.settings.iter();
    let mut variables: Vec<VariableView> = settings
        .filter_map(|setting| variable(topology, node, host, peers, setting))
        .collect();
    let keys = bundled_keys(&topology.object_store);
    if let Some(nodes_access) = keys.and_then(|keys| keys.nodes_access.default) {
        let user = "RESTATE_WORKER__SNAPSHOTS__AWS_ACCESS_KEY_ID";
        variables.push(plain(user, nodes_access));
        variables.push(plain("STORE", &super::store_job(topology)));
    }
    let of_store = server::store_variables(&topology.object_store).into_iter();
    variables.extend(of_store.map(|variable| plain(variable.name, &variable.value)));
    if super::discovers_peers(topology) {
        let count = topology.nodes_with(Role::MetadataServer).count();
        variables.push(plain("PEERS", &count.to_string()));
    }
    variables.push(filled_in(
        "RESTATECTL_ADDRESS",
        "http://${NOMAD_HOST_ADDR_fabric}",
    ));
    if topology.nomad.network == NetworkMode::Host {
        variables.extend(bound(node));
    }
    variables
}

/// The setting as a variable of the task; none where the start script finds the value, or another variable says it.
fn variable(
    topology: &Topology,
    node: &Node,
    host: Option<&Host>,
    peers: &[String],
    setting: &Assignment<Setting>,
) -> Option<VariableView> {
    let name = server::name(setting);
    let text = |value: &serde_json::Value| server::text(&setting.key, value);
    let advertised = |name: String, label: &str, port: PortName| match host {
        Some(host) => plain(
            name,
            &format!("{}/", url(host, node.static_ports.port(port))),
        ),
        None => filled_in(name, &format!("http://${{NOMAD_HOST_ADDR_{label}}}/")),
    };
    match &setting.value {
        // Address and port in one, which every version reads, say the same; behind a bridge the server has its usual ports.
        Setting::Value(_)
            if setting.path == "bind-ip" && topology.nomad.network == NetworkMode::Host =>
        {
            None
        }
        Setting::Value(value) => Some(plain(name, &text(value))),
        Setting::Address(Address::Fabric) => Some(advertised(name, "fabric", PortName::Fabric)),
        Setting::Address(Address::Ingress) => Some(advertised(name, "ingress", PortName::Ingress)),
        Setting::Address(Address::Admin) => Some(advertised(name, "admin", PortName::Admin)),
        Setting::Address(Address::MetadataServers) => {
            (!super::discovers_peers(topology)).then(|| plain(name, &text(&peers.into())))
        }
        // The start script looks the store up by its service.
        Setting::Address(Address::Store) => None,
    }
}

/// The addresses that the server listens on: those of the host that Nomad gives the node.
fn bound(node: &Node) -> Vec<VariableView> {
    ports(node)
        .iter()
        .map(|port| {
            let table = match port.label {
                "fabric" => "",
                "ingress" => "INGRESS__",
                _ => "ADMIN__",
            };
            filled_in(
                format!("RESTATE_{table}BIND_ADDRESS"),
                &format!("${{NOMAD_IP_{label}}}:{}", port.number, label = port.label),
            )
        })
        .collect()
}

fn constraints(topology: &Topology, node: &Node, host: Option<&Host>) -> Vec<ConstraintView> {
    place(topology, node, host)
        .into_iter()
        .map(|(attribute, value)| ConstraintView {
            attribute: reference(&attribute),
            value,
        })
        .collect()
}

/// An attribute of a client as HCL has the scheduler read it.
fn reference(attribute: &str) -> Value {
    Value::from_safe_string(format!("\"${{{attribute}}}\""))
}

/// Attributes that a client must have to run the node, each with its value.
pub fn place(topology: &Topology, node: &Node, host: Option<&Host>) -> Vec<(String, String)> {
    let host = host.map(|host| match host {
        Host::Address(address) => (
            "attr.unique.network.ip-address".to_owned(),
            address.to_string(),
        ),
        Host::Name(name) => ("attr.unique.hostname".to_owned(), name.clone()),
    });
    let location = topology
        .nomad
        .location_attribute
        .as_ref()
        .filter(|_| !node.location.is_empty())
        .map(|attribute| (attribute.clone(), node.location.clone()));
    host.into_iter().chain(location).collect()
}

/// The ports that the node serves.
fn ports(node: &Node) -> Vec<PortView> {
    node.ports()
        .map(|port| PortView {
            label: port.name.name(),
            number: node.static_ports.port(port.name),
            target: port.target,
        })
        .collect()
}

/// A service for each port; the port that tells best how the node is has the check.
fn services(topology: &Topology, node: &Node) -> Vec<ServiceView> {
    let probe = node.probe();
    let role = if node.has(Role::MetadataServer) {
        "metadata-server"
    } else {
        "other"
    };
    // With a prefix, so that no node's name can be taken for a role.
    let own = format!("node-{}", node.name);
    ports(node)
        .into_iter()
        .map(|port| ServiceView {
            name: format!("{}-{}", topology.nomad.job, port.label),
            port: port.label,
            tags: match port.label {
                "fabric" => hcl_list([own.as_str(), role]),
                _ => hcl_list([own.as_str()]),
            },
            checks: if port.target == probe.port {
                vec![CheckView { path: probe.path }]
            } else {
                Vec::new()
            },
        })
        .collect()
}
