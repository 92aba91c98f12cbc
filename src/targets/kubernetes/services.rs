//! The view of `services.yaml`: how nodes find each other, and how users find them.

use serde::Serialize;

use super::{HEADLESS_SERVICE, HeadView, PORTS, PortsView};
use crate::model::kubernetes::{Gateway, Ingress, Monitoring};
use crate::render;
use crate::topology::Topology;
use crate::topology::kubernetes::texts;

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    head: HeadView<'a>,
    headless_service: &'static str,
    #[serde(flatten)]
    ports: PortsView,
    monitors: bool,
    ingress: Option<&'a Ingress>,
    ingress_annotations: Vec<(String, String)>,
    gateway: Option<&'a Gateway>,
    gateway_namespace: &'a str,
}

/// `services.yaml`.
pub fn render(topology: &Topology, command: &str) -> String {
    let kubernetes = &topology.kubernetes;
    let (ingress, gateway) = (kubernetes.ingress.as_ref(), kubernetes.gateway.as_ref());
    let gateway_namespace = gateway.and_then(|gateway| gateway.namespace.as_ref());
    let view = View {
        head: HeadView::of(topology, command),
        headless_service: HEADLESS_SERVICE,
        ports: PORTS,
        monitors: kubernetes.monitoring == Monitoring::ServiceMonitor,
        ingress,
        ingress_annotations: ingress.map_or_else(Vec::new, |ingress| texts(&ingress.annotations)),
        gateway,
        gateway_namespace: gateway_namespace.unwrap_or(&kubernetes.namespace),
    };
    render::render(render::template!("kubernetes/services.yaml"), &view)
}
