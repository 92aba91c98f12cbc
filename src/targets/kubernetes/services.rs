//! The view of `services.yaml`: how nodes find each other, and how users find them.

use minijinja::Value;
use serde::Serialize;

use super::nodes::EntryView;
use super::{HEADLESS_SERVICE, verbatim};
use crate::facts::{ADMIN_PORT, FABRIC_PORT, INGRESS_PORT, METRICS_PATH};
use crate::model::kubernetes::Monitoring;
use crate::render;
use crate::topology::Topology;

#[derive(Serialize)]
struct View<'a> {
    command: Value,
    namespace: &'a str,
    instance: &'a str,
    version: &'static str,
    headless_service: &'static str,
    fabric_port: u16,
    ingress_port: u16,
    admin_port: u16,
    metrics_path: &'static str,
    monitors: bool,
    has_ingress: bool,
    ingress_host: &'a str,
    ingress_class: &'a str,
    has_ingress_class: bool,
    ingress_tls_secret: &'a str,
    has_ingress_tls: bool,
    ingress_annotations: Vec<EntryView>,
    has_ingress_annotations: bool,
    has_gateway: bool,
    gateway_host: &'a str,
    gateway_name: &'a str,
    gateway_namespace: &'a str,
}

/// `services.yaml`.
pub fn render(topology: &Topology, command: &str) -> String {
    let kubernetes = &topology.kubernetes;
    let ingress = kubernetes.ingress.as_ref();
    let gateway = kubernetes.gateway.as_ref();
    let ingress_annotations: Vec<EntryView> = ingress
        .iter()
        .flat_map(|ingress| &ingress.annotations)
        .map(|(name, value)| EntryView {
            name: name.clone(),
            value: value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned),
        })
        .collect();
    let view = View {
        command: verbatim(command),
        namespace: &kubernetes.namespace,
        instance: &topology.cluster_name,
        version: topology.release.text(),
        headless_service: HEADLESS_SERVICE,
        fabric_port: FABRIC_PORT,
        ingress_port: INGRESS_PORT,
        admin_port: ADMIN_PORT,
        metrics_path: METRICS_PATH,
        monitors: kubernetes.monitoring == Monitoring::ServiceMonitor,
        has_ingress: ingress.is_some(),
        ingress_host: ingress.map_or("", |ingress| &ingress.host),
        ingress_class: ingress
            .and_then(|one| one.class.as_deref())
            .unwrap_or_default(),
        has_ingress_class: ingress.is_some_and(|ingress| ingress.class.is_some()),
        ingress_tls_secret: ingress
            .and_then(|one| one.tls_secret.as_deref())
            .unwrap_or_default(),
        has_ingress_tls: ingress.is_some_and(|ingress| ingress.tls_secret.is_some()),
        has_ingress_annotations: !ingress_annotations.is_empty(),
        ingress_annotations,
        has_gateway: gateway.is_some(),
        gateway_host: gateway.map_or("", |gateway| &gateway.host),
        gateway_name: gateway.map_or("", |gateway| &gateway.name),
        gateway_namespace: gateway
            .and_then(|gateway| gateway.namespace.as_deref())
            .unwrap_or(&kubernetes.namespace),
    };
    render::render(
        "services.yaml",
        include_str!("../../../templates/kubernetes/services.yaml"),
        &view,
    )
}
