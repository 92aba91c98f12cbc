//! The view of `network.yaml`: the ServiceAccount, and who may talk to whom.

use std::collections::BTreeSet;

use minijinja::Value;
use serde::Serialize;
use serde_json::Map;

use super::nodes::{EntryView, entries};
use super::store::label_value;
use super::verbatim;
use crate::facts::{ADMIN_PORT, FABRIC_PORT, INGRESS_PORT};
use crate::model::kubernetes::Peer;
use crate::render;
use crate::server::{Assignment, flattened};
use crate::topology::{ObjectStore, Topology};

#[derive(Serialize)]
struct View<'a> {
    command: Value,
    namespace: &'a str,
    instance: &'a str,
    version: &'static str,
    service_account_annotations: Vec<EntryView>,
    has_service_account_annotations: bool,
    fabric_port: u16,
    ingress_port: u16,
    admin_port: u16,
    #[serde(flatten)]
    policies: PoliciesView<'a>,
    has_bundled_store: bool,
    store: &'static str,
    store_version: String,
    store_port: u16,
    has_external_store: bool,
    external_store_port: u16,
    has_store_console: bool,
    takes_ambient_credentials: bool,
    asks_for_tokens_apart: bool,
    asks_google_for_tokens: bool,
    has_tracing: bool,
    tracing_ports: Vec<u16>,
    has_kafka: bool,
    kafka_ports: Vec<u16>,
}

/// Who may talk to whom.
#[derive(Serialize)]
pub struct PoliciesView<'a> {
    has_policies: bool,
    ingress_is_open: bool,
    ingress_from: Vec<PeerView<'a>>,
    admin_from: Vec<PeerView<'a>>,
    metrics_from: Vec<PeerView<'a>>,
    services_are_open: bool,
    services_to: Vec<PeerView<'a>>,
}

/// One end of a connection.
#[derive(Serialize)]
struct PeerView<'a> {
    is_range: bool,
    range: &'a str,
    is_elsewhere: bool,
    namespace: &'a str,
    pods: Vec<EntryView>,
    is_any_pod: bool,
}

/// `network.yaml`.
pub fn render(topology: &Topology, command: &str) -> String {
    render::render(
        "network.yaml",
        include_str!("../../../templates/kubernetes/network.yaml"),
        &view(topology, command),
    )
}

fn view<'a>(topology: &'a Topology, command: &str) -> View<'a> {
    let kubernetes = &topology.kubernetes;
    let bundled = topology.object_store.bundled();
    let external_store_port = external_store_port(&topology.object_store);
    let takes_ambient_credentials = topology.object_store.takes_ambient_credentials();
    let policies = policies(topology);
    let tracing_ports = tracing_ports(topology);
    let kafka_ports = kafka_ports(topology);
    View {
        command: verbatim(command),
        namespace: &kubernetes.namespace,
        instance: &topology.cluster_name,
        version: topology.release.text(),
        service_account_annotations: entries(&kubernetes.service_account_annotations),
        has_service_account_annotations: !kubernetes.service_account_annotations.is_empty(),
        fabric_port: FABRIC_PORT,
        ingress_port: INGRESS_PORT,
        admin_port: ADMIN_PORT,
        has_store_console: matches!(topology.object_store, ObjectStore::Minio(_)),
        // Where one of the two lets nodes call that port anywhere already, it does for both.
        asks_for_tokens_apart: takes_ambient_credentials
            && external_store_port != Some(HTTPS)
            && !policies.services_are_open,
        asks_google_for_tokens: takes_ambient_credentials
            && matches!(topology.object_store, ObjectStore::Gcs(_)),
        policies,
        has_tracing: !tracing_ports.is_empty(),
        tracing_ports,
        has_kafka: !kafka_ports.is_empty(),
        kafka_ports,
        has_bundled_store: bundled.is_some(),
        store: bundled.map_or("", |(name, ..)| name),
        store_version: bundled
            .map_or_else(String::new, |(.., store)| label_value(&store.image.tag)),
        store_port: bundled.map_or(0, |(_, port, _)| port),
        has_external_store: external_store_port.is_some(),
        external_store_port: external_store_port.unwrap_or_default(),
        takes_ambient_credentials,
    }
}

/// Who may talk to whom, by the file.
pub fn policies(topology: &Topology) -> PoliciesView<'_> {
    let network = topology.kubernetes.network.as_ref();
    PoliciesView {
        has_policies: network.is_some(),
        ingress_is_open: network.is_some_and(|network| network.ingress_from.is_none()),
        ingress_from: peers(network.and_then(|network| network.ingress_from.as_deref())),
        admin_from: peers(network.map(|network| network.admin_from.as_slice())),
        metrics_from: peers(network.map(|network| network.metrics_from.as_slice())),
        services_are_open: network.is_some_and(|network| network.services_to.is_none()),
        services_to: peers(network.and_then(|network| network.services_to.as_deref())),
    }
}

/// Ends of connections; none where nothing is given.
fn peers(peers: Option<&[Peer]>) -> Vec<PeerView<'_>> {
    let peers = peers.unwrap_or_default();
    peers
        .iter()
        .map(|peer| PeerView {
            is_range: peer.cidr.is_some(),
            range: peer.cidr.as_deref().unwrap_or_default(),
            is_elsewhere: peer.namespace.is_some(),
            namespace: peer.namespace.as_deref().unwrap_or_default(),
            pods: peer
                .pods
                .iter()
                .map(|(name, value)| EntryView {
                    name: name.clone(),
                    value: value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned),
                })
                .collect(),
            is_any_pod: peer.pods.is_empty(),
        })
        .collect()
}

const HTTPS: u16 = 443;

/// The port of a store outside: that of its URL, else the one of HTTPS.
pub fn external_store_port(store: &ObjectStore) -> Option<u16> {
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
pub fn tracing_ports(topology: &Topology) -> Vec<u16> {
    ports_in_settings(topology, |setting| {
        let url = setting.value.as_str();
        let url = url.filter(|_| TRACING.contains(&setting.path.as_ref()));
        url.map(port).into_iter().collect()
    })
}

/// Where a broker listens when its address does not say. Source: the default of `bootstrap.servers` in librdkafka, which the server uses.
const KAFKA_PORT: u16 = 9092;

/// The ports of the Kafka brokers that the settings name. Source: restatedev/restate crates/types/src/config/kafka.rs@v1.7.6.
pub fn kafka_ports(topology: &Topology) -> Vec<u16> {
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
