//! The view of `network.yaml`: the ServiceAccount, and who may talk to whom.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Map;

use super::{HeadView, PORTS, PortsView};
use crate::render::{self, Template, template};
use crate::server::{Assignment, flattened};
use crate::topology::kubernetes::Connections;
use crate::topology::{ObjectStore, Topology};

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    head: HeadView<'a>,
    service_account_annotations: &'a [(String, String)],
    #[serde(flatten)]
    ports: PortsView,
    /// Who may talk to whom, where policies are written.
    policies: Option<&'a Connections>,
    #[serde(flatten)]
    outside: OutsideView,
    has_console: bool,
    asks_for_tokens_apart: bool,
    istio: Option<&'a str>,
}

/// What nodes call besides services.
#[derive(Serialize)]
pub struct OutsideView {
    /// The bundled store.
    store: Option<&'static str>,
    store_port: Option<u16>,
    external_store_port: Option<u16>,
    takes_ambient_credentials: bool,
    asks_google_for_tokens: bool,
    /// Whether pods have addresses of IPv6.
    has_ip_six: bool,
    tracing_ports: Vec<u16>,
    kafka_ports: Vec<u16>,
}

/// The parts of policies that stand in several of them.
pub const PARTS: &[Template] = &[template!("kubernetes/parts/peer.yaml")];

/// `network.yaml`.
pub fn render(topology: &Topology, command: &str) -> String {
    render::render(
        template!("kubernetes/network.yaml").including(&[PARTS]),
        &view(topology, command),
    )
}

fn view<'a>(topology: &'a Topology, command: &str) -> View<'a> {
    let kubernetes = &topology.kubernetes;
    let outside = OutsideView::of(topology);
    let calls_https_anywhere = outside.external_store_port == Some(HTTPS)
        || (kubernetes.network.as_ref()).is_some_and(|network| network.services_to.is_none());
    View {
        head: HeadView::of(topology, command),
        service_account_annotations: &kubernetes.service_account_annotations,
        ports: PORTS,
        has_console: matches!(topology.object_store, ObjectStore::Minio(_)),
        istio: kubernetes.istio.as_deref(),
        asks_for_tokens_apart: outside.takes_ambient_credentials && !calls_https_anywhere,
        policies: kubernetes.network.as_ref(),
        outside,
    }
}

impl OutsideView {
    /// By the store and the settings of the cluster.
    pub fn of(topology: &Topology) -> Self {
        let store = &topology.object_store;
        let bundled = store.bundled();
        let takes_ambient_credentials = store.takes_ambient_credentials();
        Self {
            store: bundled.map(|(name, ..)| name),
            store_port: bundled.map(|(_, port, _)| port),
            external_store_port: external_store_port(store),
            takes_ambient_credentials,
            asks_google_for_tokens: takes_ambient_credentials
                && matches!(store, ObjectStore::Gcs(_)),
            has_ip_six: topology.kubernetes.bind_ip() == "::",
            tracing_ports: tracing_ports(topology),
            kafka_ports: kafka_ports(topology),
        }
    }
}

const HTTPS: u16 = 443;

/// The port of a store outside: that of its URL, else the one of HTTPS.
fn external_store_port(store: &ObjectStore) -> Option<u16> {
    match store {
        ObjectStore::S3 {
            endpoint: Some(endpoint),
            ..
        } => Some(port(endpoint)),
        ObjectStore::S3 { .. } | ObjectStore::Gcs(_) | ObjectStore::Azure { .. } => Some(HTTPS),
        ObjectStore::Minio(_) | ObjectStore::Seaweedfs(_) | ObjectStore::None => None,
    }
}

/// The settings that say where traces go.
const TRACING: [&str; 3] = [
    "tracing-endpoint",
    "tracing-runtime-endpoint",
    "tracing-services-endpoint",
];

/// The ports of the collectors that traces go to.
fn tracing_ports(topology: &Topology) -> Vec<u16> {
    ports_in_settings(topology, |setting| {
        let url = setting.value.as_str();
        let url = url.filter(|_| TRACING.contains(&setting.path.as_ref()));
        url.map(port).into_iter().collect()
    })
}

/// Where a broker listens when its address does not say. Source: the default of `bootstrap.servers` in librdkafka, which the server uses.
const KAFKA_PORT: u16 = 9092;

/// The ports of the Kafka brokers that the settings name. Source: restatedev/restate crates/types/src/config/kafka.rs@v1.7.6.
fn kafka_ports(topology: &Topology) -> Vec<u16> {
    ports_in_settings(topology, |setting| {
        if setting.path != "ingress.kafka-clusters" {
            return Vec::new();
        }
        let clusters = setting.value.as_array().into_iter().flatten();
        let brokers = clusters.filter_map(|cluster| cluster.get("brokers")?.as_array());
        brokers
            .flatten()
            .filter_map(|broker| {
                let (_, named) = broker.as_str()?.rsplit_once(':').unwrap_or_default();
                Some(named.parse().unwrap_or(KAFKA_PORT))
            })
            .collect()
    })
}

/// What a reader finds in the settings of all nodes.
fn ports_in_settings(topology: &Topology, ports_of: impl Fn(&Assignment) -> Vec<u16>) -> Vec<u16> {
    let mut ports = BTreeSet::new();
    let mut seen: Vec<&Map<String, serde_json::Value>> = Vec::new();
    for node in &topology.nodes {
        // Nearly always they are the same for all nodes.
        if seen.contains(&&node.settings) {
            continue;
        }
        seen.push(&node.settings);
        for setting in flattened(&node.settings) {
            ports.extend(ports_of(&setting));
        }
    }
    ports.into_iter().collect()
}

/// The port of a URL: the one that it names, else that of its scheme.
fn port(url: &str) -> u16 {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let authority = rest.split('/').next().unwrap_or_default();
    let named = authority
        .rsplit_once(':')
        .and_then(|(_, port)| port.parse().ok());
    // Schemes such as `otlp+http` say how it is spoken to as well.
    named.unwrap_or(if scheme.ends_with("http") { 80 } else { HTTPS })
}
