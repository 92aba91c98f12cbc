//! The view of `provision.yaml`: the Job that provisions the cluster, once, and the volume of its marker.

use minijinja::Value;
use serde::Serialize;

use super::configuration::literal;
use super::{HeadView, StoreKeys, fabric_urls, hash, pods, script, store_url};
use crate::model::Role;
use crate::render::{self, Template};
use crate::server::BUNDLED_REGION;
use crate::targets::store::bucket_script;
use crate::topology::{Topology, tls};

/// How long one attempt of the Job waits for nodes and for its own result: images may have to be pulled first.
const TIMEOUT_SECONDS: u32 = 240;

/// How long a Job stays after its end: time enough to read its log.
const SECONDS_TO_LIVE: u32 = 7 * 24 * 60 * 60;

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    head: HeadView<'a>,
    job: String,
    steps: StepsView<'a>,
    /// How long the Job is kept after its end, where nobody else looks after it.
    seconds_to_live: Option<u32>,
    storage_class: &'a str,
    has_storage_class: bool,
}

/// Everything that the pod's template says, and that template: what the Job is named after. A Job that exists must keep its name,
/// so fields and template only change when the Job does.
#[derive(Serialize)]
struct StepsView<'a> {
    template: &'static str,
    image: String,
    pod: Vec<Value>,
    pod_labels: &'a [(String, String)],
    pod_annotations: Vec<(String, String)>,
    has_bucket: bool,
    bucket_image: String,
    bucket_script: Vec<Value>,
    makes_key: bool,
    destination: String,
    endpoint: String,
    region: &'static str,
    #[serde(flatten)]
    keys: StoreKeys<'a>,
    script: Vec<Value>,
    metadata_servers: String,
    has_other_nodes: bool,
    other_nodes: String,
    restatectl_address: String,
    partitions: String,
    log_replication: String,
    partition_replication: String,
    timeout: String,
    limits_cpus: bool,
    status: String,
    /// The Secret with the certificate, where nodes have TLS.
    tls_secret: Option<&'a str>,
    tls_folder: &'static str,
    authority: &'static str,
}

const TEMPLATE: Template = render::template!("kubernetes/provision.yaml");

const BUCKET_TEMPLATE: Template = render::template!("kubernetes/bucket.yaml");

/// The nodes that the Job asks, by their addresses.
#[derive(Default)]
pub struct Provisioned {
    /// Those that form the metadata quorum.
    pub metadata_servers: Vec<String>,
    /// All others.
    pub other_nodes: Vec<String>,
}

impl Provisioned {
    /// The nodes of the manifests.
    pub fn of(topology: &Topology) -> Self {
        Self {
            metadata_servers: fabric_urls(topology, |node| node.has(Role::MetadataServer)),
            other_nodes: fabric_urls(topology, |node| !node.has(Role::MetadataServer)),
        }
    }
}

/// `provision.yaml` for those nodes.
pub fn render(topology: &Topology, command: &str, nodes: &Provisioned) -> String {
    render::render(TEMPLATE, &provision_view(topology, command, nodes))
}

/// The name of the Job of `provision.yaml`.
pub fn job(topology: &Topology, nodes: &Provisioned) -> String {
    provision_view(topology, "", nodes).job
}

fn provision_view<'a>(topology: &'a Topology, command: &str, nodes: &Provisioned) -> View<'a> {
    let steps = steps(topology, TEMPLATE.text, nodes);
    view(topology, command, "provision", steps)
}

/// `bucket.yaml`: the bucket of a bundled store alone, where somebody else provisions the cluster.
pub fn render_bucket(topology: &Topology, command: &str) -> Option<String> {
    topology.object_store.bundled()?;
    let view = bucket_view(topology, command);
    Some(render::render(BUCKET_TEMPLATE, &view))
}

/// The name of the Job of `bucket.yaml`.
pub fn bucket_job(topology: &Topology) -> String {
    bucket_view(topology, "").job
}

fn bucket_view<'a>(topology: &'a Topology, command: &str) -> View<'a> {
    let steps = steps(topology, BUCKET_TEMPLATE.text, &Provisioned::default());
    view(topology, command, "bucket", steps)
}

fn view<'a>(topology: &'a Topology, command: &str, name: &str, steps: StepsView<'a>) -> View<'a> {
    View {
        head: HeadView::of(topology, command),
        // A Job cannot be changed, so one that does something else is another one. The same does nothing when it is applied again.
        job: format!("{name}-{}", &hash::of(&steps)[..8]),
        steps,
        // A GitOps controller would create it again and again.
        seconds_to_live: (!topology.kubernetes.gitops).then_some(SECONDS_TO_LIVE),
        storage_class: topology.volumes.class.as_deref().unwrap_or_default(),
        has_storage_class: topology.volumes.class.is_some(),
    }
}

/// Where the snapshots go, as a container's variable.
pub fn destination(topology: &Topology) -> String {
    let snapshots = topology.snapshots.as_ref();
    let destination = snapshots.map(|snapshots| literal(&snapshots.destination));
    destination.unwrap_or_default()
}

fn steps<'a>(topology: &'a Topology, template: &'static str, nodes: &Provisioned) -> StepsView<'a> {
    let Provisioned {
        metadata_servers,
        other_nodes,
    } = nodes;
    let bundled = topology.object_store.bundled();
    let client = bundled.and_then(|(.., store)| store.client.as_ref());
    StepsView {
        template,
        image: topology.image.reference(),
        pod: pods::lines(topology),
        pod_labels: &topology.kubernetes.pod_labels,
        pod_annotations: pod_annotations(topology),
        has_bucket: topology.object_store.bundled().is_some(),
        bucket_image: client.unwrap_or(&topology.image).reference(),
        bucket_script: script(bucket_script(&topology.object_store)),
        makes_key: client.is_some(),
        destination: destination(topology),
        endpoint: store_url(topology),
        region: BUNDLED_REGION,
        keys: StoreKeys::of(topology),
        script: script(include_str!("../../../templates/scripts/provision.sh")),
        restatectl_address: metadata_servers.join(","),
        metadata_servers: metadata_servers.join(" "),
        has_other_nodes: !other_nodes.is_empty(),
        other_nodes: other_nodes.join(" "),
        partitions: topology.partitions.to_string(),
        log_replication: topology.log_replication.notation(),
        partition_replication: topology.partition_replication.notation(),
        timeout: TIMEOUT_SECONDS.to_string(),
        limits_cpus: topology.limits_cpus,
        tls_secret: topology.tls.as_ref().map(|tls| tls.secret.as_str()),
        tls_folder: tls::FOLDER,
        authority: tls::CA,
        status: format!(
            "kubectl -n {} exec <node> -c restate -- restatectl status",
            topology.kubernetes.namespace
        ),
    }
}

/// The annotations of the steps' pods. With a sidecar that is a container like others, a Job would never end. Source:
/// istio.io/latest/docs/reference/config/annotations, `sidecar.istio.io/nativeSidecar`.
fn pod_annotations(topology: &Topology) -> Vec<(String, String)> {
    const NATIVE: &str = "sidecar.istio.io/nativeSidecar";
    let mut annotations = topology.kubernetes.pod_annotations.clone();
    if topology.kubernetes.istio.is_some() && annotations.iter().all(|(key, _)| key != NATIVE) {
        annotations.push((NATIVE.into(), "true".into()));
    }
    annotations
}
