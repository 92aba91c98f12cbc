//! A RestateCluster for Restate's operator, with what the operator does not run next to it: the bundled store and its
//! bucket.

use minijinja::Value;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::configuration::store_environment;
use super::helm_and_operator_guide as guide;
use super::network::{self, OutsideView};
use super::nodes::SHUTDOWN_MARGIN_SECONDS;
use super::pods::{self, PodsView, ResourcesView};
use super::{HeadView, LeftOut, folder, helm_and_operator, provision, store};
use crate::model::ReplicationProperty;
use crate::model::kubernetes::Flavor;
use crate::render::{self, template, verbatim};
use crate::server::credentials::nodes_secrets;
use crate::server::{Assignment, toml};
use crate::topology::Topology;
use crate::topology::kubernetes::Connections;
use crate::tree::{RenderedFile, RenderedTree};

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
    has_volumes: bool,
    has_mounts: bool,
    compute: Vec<Value>,
    service_annotations: &'a [(String, String)],
    grace_seconds: u64,
    policies: Option<&'a Connections>,
    istio: Option<&'a str>,
}

/// A RestateCluster for Restate's operator, and what the operator lacks.
pub fn render(topology: &Topology, command: &str) -> RenderedTree {
    let cluster = RenderedFile::replaced("restatecluster.yaml", resource(topology, command));
    let resources = vec![
        (
            "store.yaml",
            store::render(topology, command, LeftOut::Nothing),
        ),
        ("bucket.yaml", provision::render_bucket(topology, command)),
    ];
    let job = provision::bucket_job(topology);
    let guide = guide::render(topology, command, Flavor::Operator, &job);
    folder(
        topology,
        command,
        Flavor::Operator,
        Some(cluster),
        resources,
        |_| guide,
    )
}

fn resource(topology: &Topology, command: &str) -> String {
    let settings = helm_and_operator::settings(topology);
    let environment = store_environment(topology);
    let kubernetes = &topology.kubernetes;
    let view = View {
        head: HeadView::of(topology, command),
        pods: PodsView::of(topology),
        resources: helm_and_operator::resources(topology),
        outside: OutsideView::of(topology),
        configuration: configuration(topology, &settings),
        storage_bytes: topology.volumes.size.as_bytes(),
        image: topology.image.reference(),
        replicas: topology.nodes.len(),
        has_environment: !environment.is_empty()
            || kubernetes.container.contains_key("env")
            || nodes_secrets(&topology.object_store).next().is_some(),
        environment,
        has_volumes: !topology.files.is_empty() || kubernetes.pod.contains_key("volumes"),
        has_mounts: !topology.files.is_empty() || kubernetes.container.contains_key("volumeMounts"),
        compute: pods::written(&compute(topology)),
        service_annotations: &kubernetes.ingress_service.annotations,
        grace_seconds: helm_and_operator::shutdown_seconds(topology) + SHUTDOWN_MARGIN_SECONDS,
        policies: topology.kubernetes.network.as_ref(),
        istio: topology.kubernetes.istio.as_deref(),
    };
    let template = template!("kubernetes/restatecluster.yaml").including(&[network::PARTS]);
    render::render(template, &view)
}

/// What the operator takes of the pods in the words of Kubernetes, and the sidecars.
fn compute(topology: &Topology) -> Map<String, Json> {
    let pod = &topology.kubernetes.pod;
    let mut compute = pods::of_flavor(topology, ["labels", "annotations"]);
    if let Some(policy) = topology.kubernetes.container.get("imagePullPolicy") {
        compute.insert("imagePullPolicy".into(), policy.clone());
    }
    if let Some(sidecars) = pod.get("initContainers") {
        compute.insert("sidecars".into(), sidecars.clone());
    }
    for key in ["affinity", "dnsConfig", "dnsPolicy"] {
        if let Some(value) = pod.get(key) {
            compute.insert(key.into(), value.clone());
        }
    }
    compute
}

/// Restate's configuration file. What the operator gives as variables is left out, because they override the file; how
/// the cluster is provisioned is added, because the operator passes nothing on and the node's own defaults hold.
fn configuration(topology: &Topology, settings: &[Assignment]) -> Vec<Value> {
    let replication: Json = match &topology.log_replication {
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
        .map(|setting| verbatim(toml::line(setting)))
        .collect()
}
