//! The view of `services.yaml`: how nodes find each other, and how users find them.

use serde::Serialize;

use super::{HEADLESS_SERVICE, HeadView};
use crate::facts::{ADMIN_PORT, FABRIC_PORT, INGRESS_PORT, METRICS_PATH};
use crate::model::kubernetes::Monitoring;
use crate::render;
use crate::topology::Topology;
use crate::topology::kubernetes::texts;

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    head: HeadView<'a>,
    headless_service: &'static str,
    fabric_port: u16,
    ingress_port: u16,
    admin_port: u16,
    metrics_path: &'static str,
    monitors: bool,
    ingress: Option<IngressView<'a>>,
    gateway: Option<GatewayView<'a>>,
}

#[derive(Serialize)]
struct IngressView<'a> {
    host: &'a str,
    class: Option<&'a str>,
    tls_secret: Option<&'a str>,
    annotations: Vec<(String, String)>,
}

#[derive(Serialize)]
struct GatewayView<'a> {
    host: &'a str,
    name: &'a str,
    namespace: &'a str,
}

/// `services.yaml`.
pub fn render(topology: &Topology, command: &str) -> String {
    let kubernetes = &topology.kubernetes;
    let view = View {
        head: HeadView::of(topology, command),
        headless_service: HEADLESS_SERVICE,
        fabric_port: FABRIC_PORT,
        ingress_port: INGRESS_PORT,
        admin_port: ADMIN_PORT,
        metrics_path: METRICS_PATH,
        monitors: kubernetes.monitoring == Monitoring::ServiceMonitor,
        ingress: kubernetes.ingress.as_ref().map(|ingress| IngressView {
            host: &ingress.host,
            class: ingress.class.as_deref(),
            tls_secret: ingress.tls_secret.as_deref(),
            annotations: texts(&ingress.annotations),
        }),
        gateway: kubernetes.gateway.as_ref().map(|gateway| GatewayView {
            host: &gateway.host,
            name: &gateway.name,
            namespace: (gateway.namespace.as_deref()).unwrap_or(&kubernetes.namespace),
        }),
    };
    render::render(render::template!("kubernetes/services.yaml"), &view)
}
