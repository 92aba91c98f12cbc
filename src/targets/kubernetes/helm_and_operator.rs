//! What Restate's Helm chart and its operator have in common: one StatefulSet `restate` of identical nodes, numbered
//! from 0 and named after their pods. What they cannot express is refused by a rule.

use crate::facts::{ADMIN_PORT, FABRIC_PORT, INGRESS_PORT, METRICS_PATH, METRICS_PORT};
use crate::model::Role;
use crate::model::kubernetes::Monitoring;
use crate::server::{Address, Assignment, Configuration, SettingValue};
use crate::topology::{Node, Topology};

use serde_json::Value;

use super::pods::ResourcesView;
use super::store_url;

/// The peers that a node asks first: as many as the quorum of this cluster would have. All nodes join the quorum, because none can
/// be told apart.
pub fn peers(topology: &Topology) -> Vec<String> {
    urls(topology.nodes_with(Role::MetadataServer).count())
}

/// The nodes' addresses under the headless Service of both.
pub fn urls(count: usize) -> Vec<String> {
    (0..count)
        .map(|ordinal| format!("http://{}.restate-cluster:{FABRIC_PORT}", pod(ordinal)))
        .collect()
}

/// The pod of a number.
pub fn pod(ordinal: usize) -> String {
    format!("restate-{ordinal}")
}

/// The annotations of the pods: the user's, and those by which Prometheus finds metrics.
pub fn pod_annotations(topology: &Topology) -> Vec<(String, String)> {
    let mut annotations = topology.kubernetes.pod_annotations.clone();
    if topology.kubernetes.monitoring == Monitoring::Annotations {
        let found_by = [
            ("prometheus.io/scrape", "true".to_owned()),
            ("prometheus.io/port", METRICS_PORT.to_string()),
            ("prometheus.io/path", METRICS_PATH.to_owned()),
        ];
        for (name, value) in found_by {
            // What the user says of the same holds, and no key may stand there twice.
            if annotations.iter().all(|(key, _)| key != name) {
                annotations.push((name.to_owned(), value));
            }
        }
    }
    annotations
}

/// The node that all are like.
fn node(topology: &Topology) -> Option<&Node> {
    topology.nodes_with(Role::MetadataServer).next()
}

/// CPU and memory of each node.
pub fn resources(topology: &Topology) -> ResourcesView {
    let node = node(topology);
    node.map_or_else(ResourcesView::default, |node| {
        ResourcesView::of(node.resources)
    })
}

/// What the shutdown of a node takes at most, in seconds.
pub fn shutdown_seconds(topology: &Topology) -> u64 {
    let server = node(topology).map(|node| Configuration::of(topology, node));
    server.map_or(0, |server| server.shutdown_seconds())
}

/// The settings that are not the chart's or the operator's own to give.
pub fn settings(topology: &Topology) -> Vec<Assignment> {
    let Some(node) = node(topology) else {
        return Vec::new();
    };
    let namespace = &topology.kubernetes.namespace;
    let mut server = Configuration::of(topology, node);
    server.settings.retain(|setting| {
        !matches!(
            setting.path.as_ref(),
            "node-name" | "force-node-id" | "advertised-address" | "location"
        )
    });
    for setting in &mut server.settings {
        if setting.path == "bind-ip" {
            setting.value = SettingValue::Value(topology.kubernetes.bind_ip().into());
        }
    }
    server.with_addresses(|address| match address {
        // Left out above: the chart and the operator give it.
        Address::Fabric => Value::Null,
        Address::Ingress => format!("http://restate.{namespace}:{INGRESS_PORT}/").into(),
        Address::Admin => format!("http://restate.{namespace}:{ADMIN_PORT}/").into(),
        Address::MetadataServers => peers(topology).into(),
        Address::Store => store_url(topology).into(),
    })
}
