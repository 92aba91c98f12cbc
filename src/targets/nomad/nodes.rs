//! The view of `restate.nomad.hcl`: the job of the nodes.

use std::borrow::Cow;

use minijinja::Value;
use serde::Serialize;

use super::environment::{self, Variable, VariableView, filled_in, plain};
use super::passed::{self, PassedView};
use super::{ConstraintView, JobView, PARTS, PortView};
use super::{credential, credentials_source, discovers_peers, node_volume, reference};
use crate::facts::FABRIC_HEALTH_PATH;
use crate::model::nomad::NetworkMode;
use crate::model::{PortName, Role};
use crate::render::{self, hcl_list, template, verbatim};
use crate::server::credentials::{SETTINGS_OF_BUNDLED, bundled_keys, nodes_secrets};
use crate::server::environment as server;
use crate::server::{Address, Assignment, Configuration, SHUTDOWN_TIMEOUT, SettingValue};
use crate::topology::nomad::{Host, KILL_MARGIN_SECONDS, Spread, Vault};
use crate::topology::{Node, Topology, tls};

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    job: JobView<'a>,
    image: String,
    distinct_hosts: bool,
    finds_by_consul: bool,
    spread: Option<&'a Spread>,
    spread_reference: Option<Value>,
    vault: Option<&'a Vault>,
    discovers: bool,
    discovers_peers: bool,
    /// The scheme of the nodes' fabric ports.
    scheme: Value,
    /// A bundled store's key goes under the server's own setting: the AWS variables would reach the client of Lambda services
    /// too. It is in quotes, so that the server takes a secret of digits alone for the text that it is.
    bundled_store: bool,
    oversubscription: bool,
    start_script: Vec<Value>,
    credentials: Vec<CredentialView>,
    credentials_source: Value,
    /// The folder of the certificates and where it is mounted, where nodes have TLS.
    tls: Option<TlsView>,
    files: Vec<FileView>,
    /// What the file has for every group and task.
    passed: PassedView,
    groups: Vec<GroupView<'a>>,
}

/// A line of the file with credentials.
#[derive(Serialize)]
struct CredentialView {
    variable: Value,
    item: Value,
}

/// A file that a template writes, and that is mounted at a path of its own.
#[derive(Serialize)]
pub struct FileView {
    number: usize,
    /// Where it is mounted by itself; none where its folder is.
    path: Option<String>,
    comment: Value,
    source: Value,
    item: Value,
    written: String,
}

/// A folder in which templates write the certificates. As a whole it follows a renewed one, which a mounted file would not.
#[derive(Serialize)]
pub struct TlsView {
    written: &'static str,
    folder: &'static str,
}

/// That of every task.
pub const TLS: TlsView = TlsView {
    written: "secrets/tls",
    folder: tls::FOLDER,
};

#[derive(Serialize)]
struct GroupView<'a> {
    name: &'a str,
    constraints: Vec<ConstraintView<'a>>,
    volume: String,
    ports: Vec<PortView<'a>>,
    services: Vec<ServiceView>,
    environment: Vec<VariableView>,
    kill_timeout: String,
    cpu: u64,
    memory: u64,
    memory_max: u64,
}

#[derive(Serialize)]
struct ServiceView {
    name: String,
    port: &'static str,
    tags: Value,
    /// The path that is asked how the node is, on the port that tells best.
    check: Option<&'static str>,
    /// Whether it is asked by TLS.
    check_by_tls: bool,
    /// The path that shows whether the server answers at all: on the port that every node has.
    alive: Option<&'static str>,
    alive_by_tls: bool,
}

/// How every node finds the metadata servers.
enum Peers {
    /// At these URLs.
    Known(serde_json::Value),
    /// By service discovery, when it knows that many.
    Discovered(usize),
}

/// `restate.nomad.hcl`.
pub fn render(topology: &Topology, command: &str) -> String {
    render::render(
        template!("nomad/restate.nomad.hcl").including(&[PARTS]),
        &view(topology, command),
    )
}

fn view<'a>(topology: &'a Topology, command: &str) -> View<'a> {
    let nomad = &topology.nomad;
    let job = JobView::of(topology, command, nomad.job.clone(), "service");
    let bundled_store = topology.object_store.bundled().is_some();
    let discovers_peers = discovers_peers(topology);
    let discovers = discovers_peers || bundled_store;
    let peers = if discovers_peers {
        Peers::Discovered(topology.nodes_with(Role::MetadataServer).count())
    } else {
        Peers::Known(metadata_servers(topology).into())
    };
    let nodes = topology.nodes.iter().enumerate();
    let groups = nodes.map(|(index, node)| group(topology, node, nomad.hosts.get(index), &peers));
    let start_script = [
        template!("scripts/look.sh").text,
        template!("nomad/start-node.sh").text,
    ];
    View {
        image: topology.image.reference(),
        distinct_hosts: !nomad.one_host,
        finds_by_consul: job.consul && discovers && !passed::has_consul(topology),
        spread: nomad.spread.as_ref(),
        spread_reference: nomad
            .spread
            .as_ref()
            .map(|spread| reference(&spread.attribute)),
        vault: nomad.vault.as_ref(),
        discovers,
        discovers_peers,
        scheme: verbatim(topology.fabric_scheme()),
        bundled_store,
        oversubscription: nomad.memory_oversubscription,
        start_script: super::script(&start_script.concat()),
        credentials: credentials(topology),
        credentials_source: credentials_source(topology, "NOMAD_META_cluster"),
        tls: topology.tls.as_ref().map(|_| TLS),
        files: files(topology, "NOMAD_META_cluster"),
        passed: passed::view(topology),
        groups: groups.collect(),
        job,
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
        .map(|(node, host)| url(topology.fabric_scheme(), host, node.static_ports.fabric))
        .collect()
}

fn url(scheme: &str, host: &Host, port: u16) -> String {
    format!("{scheme}://{}:{port}", host.in_url())
}

/// The credentials that come into a node's environment.
fn credentials(topology: &Topology) -> Vec<CredentialView> {
    let names = nodes_secrets(&topology.object_store);
    let views = names.map(|name| CredentialView {
        variable: verbatim(name),
        item: credential(topology, name),
    });
    views.collect()
}

/// The files that templates write.
fn files(topology: &Topology, job: &str) -> Vec<FileView> {
    let files = topology.mounted_files().into_iter().zip(1..);
    files
        .filter_map(|(file, number)| {
            let nomad = file.nomad.as_ref()?;
            let (source, item) = match &nomad.variable {
                Some(path) => (
                    verbatim(format!("nomadVar \"{path}\"")),
                    verbatim(format!(".{}.Value", nomad.key)),
                ),
                None => (
                    credentials_source(topology, job),
                    credential(topology, &nomad.key),
                ),
            };
            let of_tls = file.path.strip_prefix(tls::FOLDER);
            Some(FileView {
                number,
                path: of_tls.is_none().then(|| file.path.clone()),
                comment: verbatim(file.path.as_str()),
                source,
                item,
                written: match of_tls {
                    Some(name) => format!("{}{name}", TLS.written),
                    None => format!("secrets/file-{number}"),
                },
            })
        })
        .collect()
}

fn group<'a>(
    topology: &'a Topology,
    node: &'a Node,
    host: Option<&'a Host>,
    peers: &Peers,
) -> GroupView<'a> {
    let mut server = Configuration::of(topology, node);
    let has_timeout = |setting: &Assignment<SettingValue>| setting.path == SHUTDOWN_TIMEOUT;
    if !server.settings.iter().any(has_timeout) {
        let seconds = topology.nomad.longest_shutdown_seconds();
        let timeout = Assignment::new(SHUTDOWN_TIMEOUT, format!("{seconds}s"));
        server.settings.push(timeout);
    }
    let kill_timeout = server.shutdown_seconds() + KILL_MARGIN_SECONDS;
    let resources = &node.resources;
    let constraints = place(topology, node, host);
    let constraints = constraints.map(|(attribute, value)| ConstraintView {
        attribute: reference(attribute),
        operator: None,
        value: Some(value),
    });
    GroupView {
        name: &node.name,
        constraints: constraints.collect(),
        volume: node_volume(topology, node),
        ports: ports(topology, node).collect(),
        services: services(topology, node),
        environment: environment::aligned(variables(topology, node, host, peers, &server)),
        kill_timeout: format!("{kill_timeout}s"),
        // What Nomad calls MHz: it counts them by the cores of each client, and a core of today's has more than 1000.
        cpu: (resources.reserved_cpus * 1000.0).ceil() as u64,
        memory: if topology.nomad.memory_oversubscription {
            resources.shared_memory().as_mebibytes()
        } else {
            resources.memory.as_mebibytes()
        },
        memory_max: resources.memory.as_mebibytes(),
    }
}

/// All variables of a node's task but its credentials.
fn variables(
    topology: &Topology,
    node: &Node,
    host: Option<&Host>,
    peers: &Peers,
    server: &Configuration,
) -> Vec<Variable> {
    let settings = server.settings.iter();
    let mut variables: Vec<Variable> = settings
        .filter_map(|setting| variable(topology, node, host, peers, setting))
        .collect();
    let keys = bundled_keys(&topology.object_store);
    if let Some(nodes_access) = keys.and_then(|keys| keys.nodes_access.default) {
        let [user, _] = SETTINGS_OF_BUNDLED;
        variables.push(plain(user, nodes_access));
        variables.push(plain("STORE", &super::store_job(topology)));
    }
    let account = server::account(&topology.object_store);
    variables.extend(account.map(|(name, account)| plain(name, account)));
    if let Peers::Discovered(count) = peers {
        variables.push(plain("PEERS", &count.to_string()));
    }
    variables.push(filled_in(
        "RESTATECTL_ADDRESS",
        &format!("{}://${{NOMAD_HOST_ADDR_fabric}}", topology.fabric_scheme()),
    ));
    variables.extend(client_variables(topology));
    if topology.nomad.network == NetworkMode::Host {
        variables.extend(bound(node));
    }
    variables.extend(passed::variables(topology));
    variables
}

/// What `restatectl` and `curl` in a task need to trust the nodes' certificates.
pub fn client_variables(topology: &Topology) -> Vec<Variable> {
    match topology.tls {
        Some(_) => vec![
            plain("RESTATECTL_TLS_CA", tls::CA),
            plain("CURL_CA_BUNDLE", tls::CA),
        ],
        None => Vec::new(),
    }
}

/// The template that writes the certificate of the authority in the job that provisions, where nodes have TLS. That job reads a
/// variable of its own: with access control it may not read the nodes'.
pub fn authority(topology: &Topology) -> Option<FileView> {
    topology.tls.as_ref()?;
    let name = tls::CA.strip_prefix(tls::FOLDER)?;
    let written = format!("{}{name}", TLS.written);
    let mut files = files(topology, "NOMAD_JOB_NAME").into_iter();
    files.find(|file| file.written == written)
}

/// The setting as a variable of the task; none where the start script finds the value, or another variable says it.
fn variable(
    topology: &Topology,
    node: &Node,
    host: Option<&Host>,
    peers: &Peers,
    setting: &Assignment<SettingValue>,
) -> Option<Variable> {
    let name = server::name(setting);
    let text = |value: &serde_json::Value| server::text(&setting.key, value);
    let scheme = |port: PortName| match port {
        PortName::Fabric => topology.fabric_scheme(),
        PortName::Ingress | PortName::Admin => "http",
    };
    // On another network of the client, the node is at another address than the client.
    let at_host = |port: PortName| host.filter(|_| topology.nomad.host_network(port).is_none());
    let advertised = |port: PortName| match at_host(port) {
        Some(host) => {
            let url = url(scheme(port), host, node.static_ports.port(port));
            plain(name.clone(), &format!("{url}/"))
        }
        None => {
            let label = port.name();
            filled_in(
                name.clone(),
                &format!("{}://${{NOMAD_HOST_ADDR_{label}}}/", scheme(port)),
            )
        }
    };
    match &setting.value {
        // Address and port in one, which every version reads, say the same; behind a bridge the server has its usual ports.
        SettingValue::Value(_)
            if setting.path == "bind-ip" && topology.nomad.network == NetworkMode::Host =>
        {
            None
        }
        SettingValue::Value(value) => Some(plain(name, &text(value))),
        SettingValue::Address(Address::Fabric) => Some(advertised(PortName::Fabric)),
        SettingValue::Address(Address::Ingress) => Some(advertised(PortName::Ingress)),
        SettingValue::Address(Address::Admin) => Some(advertised(PortName::Admin)),
        SettingValue::Address(Address::MetadataServers) => match peers {
            Peers::Known(urls) => Some(plain(name, &text(urls))),
            Peers::Discovered(_) => None,
        },
        // The start script looks the store up by its service.
        SettingValue::Address(Address::Store) => None,
    }
}

/// The addresses that the server listens on: those of the host that Nomad gives the node.
fn bound(node: &Node) -> impl Iterator<Item = Variable> {
    node.ports().map(|port| {
        let table = match port.name {
            PortName::Fabric => "",
            PortName::Ingress => "INGRESS__",
            PortName::Admin => "ADMIN__",
        };
        let (label, number) = (port.name.name(), node.static_ports.port(port.name));
        filled_in(
            format!("RESTATE_{table}BIND_ADDRESS"),
            &format!("${{NOMAD_IP_{label}}}:{number}"),
        )
    })
}

/// Attributes that a client must have to run the node, each with its value.
pub fn place<'a>(
    topology: &'a Topology,
    node: &'a Node,
    host: Option<&'a Host>,
) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> {
    let host = host.map(|host| match host {
        Host::Address(address) => (
            "attr.unique.network.ip-address",
            Cow::from(address.to_string()),
        ),
        Host::Name(name) => ("attr.unique.hostname", Cow::from(name)),
    });
    let attribute = topology.nomad.location_attribute.as_deref();
    let location = attribute.map(|attribute| (attribute, Cow::from(&node.location)));
    host.into_iter()
        .chain(location.filter(|_| !node.location.is_empty()))
}

/// The ports that the node serves.
fn ports<'a>(topology: &'a Topology, node: &'a Node) -> impl Iterator<Item = PortView<'a>> {
    node.ports().map(|port| PortView {
        label: port.name.name(),
        number: node.static_ports.port(port.name),
        target: port.target,
        host_network: topology.nomad.host_network(port.name),
    })
}

/// A service for each port.
fn services(topology: &Topology, node: &Node) -> Vec<ServiceView> {
    let probe = node.probe();
    let role = if node.has(Role::MetadataServer) {
        "metadata-server"
    } else {
        "other"
    };
    // With a prefix, so that no node's name can be taken for a role.
    let own = format!("node-{}", node.name);
    node.ports()
        .map(|port| ServiceView {
            name: format!("{}-{}", topology.nomad.job, port.name.name()),
            port: port.name.name(),
            tags: {
                let role = (port.name == PortName::Fabric).then_some(role);
                let own = std::iter::once(own.as_str()).chain(role);
                let given = topology.nomad.tags(port.name).iter().map(String::as_str);
                hcl_list(own.chain(given))
            },
            check: (port.target == probe.port).then_some(probe.path),
            check_by_tls: topology.is_probed_by_tls(node),
            alive: (port.name == PortName::Fabric).then_some(FABRIC_HEALTH_PATH),
            alive_by_tls: topology.fabric_scheme() == "https",
        })
        .collect()
}
