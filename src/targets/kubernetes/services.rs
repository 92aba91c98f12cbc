//! The view of `services.yaml`: how nodes find each other, and how users find them.

use serde::Serialize;

use super::{FamiliesView, HEADLESS_SERVICE, HeadView, PORTS, PortsView};
use super::{fabric_host, pod};
use crate::model::kubernetes::{Gateway, Ingress, Monitoring};
use crate::render;
use crate::topology::Topology;
use crate::topology::kubernetes::{Service, texts};

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    head: HeadView<'a>,
    headless_service: &'static str,
    #[serde(flatten)]
    ports: PortsView,
    #[serde(flatten)]
    families: FamiliesView,
    ingress_service: ServiceView<'a>,
    admin_service: ServiceView<'a>,
    monitors: bool,
    /// A name in the certificate of the nodes, where their metrics are read by TLS.
    monitored_name: Option<String>,
    tls_secret: Option<&'a str>,
    ingress: Option<&'a Ingress>,
    ingress_annotations: Vec<(String, String)>,
    gateway: Option<&'a Gateway>,
    gateway_namespace: &'a str,
}

#[derive(Serialize)]
struct ServiceView<'a> {
    kind: &'static str,
    annotations: &'a [(String, String)],
}

impl<'a> From<&'a Service> for ServiceView<'a> {
    fn from(service: &'a Service) -> Self {
        Self {
            kind: service.kind.name(),
            annotations: &service.annotations,
        }
    }
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
        families: FamiliesView::of(topology),
        ingress_service: (&kubernetes.ingress_service).into(),
        admin_service: (&kubernetes.admin_service).into(),
        monitors: kubernetes.monitoring == Monitoring::ServiceMonitor,
        monitored_name: (topology.fabric_scheme() == "https")
            .then(|| topology.nodes.first())
            .flatten()
            .map(|node| fabric_host(topology, &pod(topology, node.id))),
        tls_secret: topology.tls.as_ref().map(|tls| tls.secret.as_str()),
        ingress,
        ingress_annotations: ingress.map_or_else(Vec::new, |ingress| texts(&ingress.annotations)),
        gateway,
        gateway_namespace: gateway_namespace.unwrap_or(&kubernetes.namespace),
    };
    render::render(render::template!("kubernetes/services.yaml"), &view)
}
