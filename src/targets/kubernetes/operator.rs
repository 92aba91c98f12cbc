//! A RestateCluster for Restate's operator, with what the operator does not run next to it: the bundled store and its
//! bucket.

use minijinja::Value;
use serde::Serialize;

use super::helm_and_operator_guide::Of;
use super::network::{OutsideView, PoliciesView};
use super::nodes::{SHUTDOWN_MARGIN_SECONDS, store_environment};
use super::pods::{PodsView, ResourcesView};
use super::{HeadView, companions, helm_and_operator, nodes_secret_keys, provision, verbatim};
use crate::model::ReplicationProperty;
use crate::render;
use crate::server::{Assignment, toml};
use crate::topology::Topology;
use crate::tree::RenderedTree;

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    head: HeadView<'a>,
    #[serde(flatten)]
    pods: PodsView<'a>,
    #[serde(flatten)]
    resources: ResourcesView,
    #[serde(flatten)]
    outside: OutsideView,
    configuration: Vec<Value>,
    storage_bytes: u64,
    image: String,
    replicas: usize,
    has_environment: bool,
    environment: Vec<(String, String)>,
    pod_annotations: Vec<(String, String)>,
    node_selector: &'a [(String, String)],
    grace_seconds: u64,
    policies: Option<PoliciesView<'a>>,
}

/// `restatecluster.yaml` and its companions.
pub fn render(topology: &Topology, command: &str) -> RenderedTree {
    let mut resources = Vec::new();
    if topology.object_store.bundled().is_some() {
        resources.push(("bucket.yaml", provision::render_bucket(topology, command)));
    }
    companions(
        topology,
        command,
        ("restatecluster.yaml", resource(topology, command)),
        resources,
        &Of::Operator,
        &provision::bucket_job(topology),
    )
}

fn resource(topology: &Topology, command: &str) -> String {
    let settings = helm_and_operator::settings(topology);
    let environment = store_environment(topology);
    let view = View {
        head: HeadView::of(topology, command),
        pods: PodsView::of(topology),
        resources: helm_and_operator::resources(topology),
        outside: OutsideView::of(topology),
        configuration: configuration(topology, &settings),
        storage_bytes: topology.volumes.size.as_bytes(),
        image: topology.image.reference(),
        replicas: topology.nodes.len(),
        has_environment: !environment.is_empty() || !nodes_secret_keys(topology).is_empty(),
        environment,
        pod_annotations: helm_and_operator::pod_annotations(topology),
        node_selector: &topology.kubernetes.node_selector,
        grace_seconds: helm_and_operator::shutdown_seconds(topology) + SHUTDOWN_MARGIN_SECONDS,
        policies: PoliciesView::of(topology),
    };
    render::render(render::template!("kubernetes/restatecluster.yaml"), &view)
}

/// Restate's configuration file. What the operator gives as variables is left out, because they override the file; how
/// the cluster is provisioned is added, because the operator passes nothing on and the node's own defaults hold.
fn configuration(topology: &Topology, settings: &[Assignment]) -> Vec<Value> {
    let replication: serde_json::Value = match &topology.log_replication {
        ReplicationProperty::Nodes(nodes) => (*nodes).into(),
        scoped @ ReplicationProperty::Scoped(_) => scoped.notation().into(),
    };
    let founding = [
        Assignment::new("default-num-partitions", topology.partitions),
        Assignment::new("default-replication", replication),
    ];
    founding
        .iter()
        .chain(settings)
        .filter(|setting| !matches!(setting.path.as_ref(), "cluster-name" | "base-dir"))
        .map(|setting| verbatim(&toml::line(setting)))
        .collect()
}
