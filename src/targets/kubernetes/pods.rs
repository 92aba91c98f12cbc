//! What the pods get from the cluster file, whether we, the Helm chart or the operator write them.

use minijinja::Value as Line;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::helm_and_operator::pod_annotations;
use super::units;
use crate::facts::PodPart;
use crate::model::kubernetes::Spread;
use crate::render::{verbatim, yaml_entry, yaml_flow};
use crate::server::credentials::{bundled_keys, nodes_secrets};
use crate::topology::compose::Handling;
use crate::topology::files::KubernetesSource;
use crate::topology::pods::{handling, is_of_every_pod};
use crate::topology::{ObjectStore, Resources, Topology};

/// What the nodes' pods have in common.
#[derive(Serialize)]
pub struct PodsView<'a> {
    service_account_annotations: &'a [(String, String)],
    /// Whether a pod rather waits than shares a machine while others have fewer.
    waits_for_machines: bool,
    asks_for_azure_identity: bool,
    pod_labels: &'a [(String, String)],
    files: Vec<FileView<'a>>,
    secret: &'a str,
    secret_keys: Vec<&'static str>,
    storage: String,
    storage_class: Option<&'a str>,
    /// What the file adds to the lists that the pods and their containers have.
    more: MoreView,
}

/// Items of lists, one each line.
#[derive(Serialize)]
struct MoreView {
    volumes: Vec<Line>,
    init_containers: Vec<Line>,
    containers: Vec<Line>,
    spread_constraints: Vec<Line>,
    env: Vec<Line>,
    ports: Vec<Line>,
    mounts: Vec<Line>,
    /// Other keys of the container.
    of_container: Vec<Line>,
}

/// A key of a Secret or of a ConfigMap, at a path of its own.
#[derive(Serialize)]
pub struct FileView<'a> {
    volume: String,
    path: &'a str,
    #[serde(flatten)]
    source: &'a KubernetesSource,
}

/// The files that the nodes read, a volume each.
pub fn files(topology: &Topology) -> Vec<FileView<'_>> {
    let files = topology.files.iter().zip(1..);
    let files = files.filter_map(|(file, number)| {
        Some(FileView {
            volume: format!("file-{number}"),
            path: &file.path,
            source: file.kubernetes.as_ref()?,
        })
    });
    files.collect()
}

impl<'a> PodsView<'a> {
    /// Those of the cluster.
    pub fn of(topology: &'a Topology) -> Self {
        let kubernetes = &topology.kubernetes;
        Self {
            service_account_annotations: &kubernetes.service_account_annotations,
            waits_for_machines: kubernetes.spread == Spread::Required,
            asks_for_azure_identity: asks_for_azure_identity(topology),
            pod_labels: &kubernetes.pod_labels,
            files: files(topology),
            secret: match bundled_keys(&topology.object_store) {
                Some(_) => kubernetes.nodes_secret(),
                None => kubernetes.secret(),
            },
            secret_keys: nodes_secrets(&topology.object_store).collect(),
            storage: units::memory(topology.volumes.size),
            storage_class: topology.volumes.class.as_deref(),
            more: MoreView::of(&kubernetes.pod, &kubernetes.container),
        }
    }
}

impl MoreView {
    fn of(pod: &Map<String, Value>, container: &Map<String, Value>) -> Self {
        let items = |keys: &Map<String, Value>, key: &str| -> Vec<Line> {
            let items = keys.get(key).and_then(Value::as_array);
            let items = items.into_iter().flatten();
            items.map(|item| verbatim(yaml_flow(item))).collect()
        };
        let others = passed(PodPart::Container, container);
        Self {
            volumes: items(pod, "volumes"),
            init_containers: items(pod, "initContainers"),
            containers: items(pod, "containers"),
            spread_constraints: items(pod, "topologySpreadConstraints"),
            env: items(container, "env"),
            ports: items(container, "ports"),
            mounts: items(container, "volumeMounts"),
            of_container: others
                .filter(|(key, _)| *key != "imagePullPolicy")
                .flat_map(|(key, value)| yaml_entry(key, value))
                .collect(),
        }
    }
}

/// The keys that the file gives, and nothing else does.
fn passed(part: PodPart, keys: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    keys.iter().filter(move |(key, _)| {
        matches!(handling(part, key), Handling::Passed | Handling::Replacing)
    })
}

/// When the nodes' image is pulled.
pub fn pull_policy(topology: &Topology) -> &str {
    let given = topology.kubernetes.container.get("imagePullPolicy");
    given.and_then(Value::as_str).unwrap_or("IfNotPresent")
}

/// What the `spec` of every pod has from the cluster file.
fn of_every_pod(topology: &Topology) -> Map<String, Value> {
    let kubernetes = &topology.kubernetes;
    let mut spec = Map::new();
    spec.insert("automountServiceAccountToken".into(), false.into());
    if let Some(class) = &kubernetes.priority_class {
        spec.insert("priorityClassName".into(), class.clone().into());
    }
    let secrets = kubernetes.image_pull_secrets.iter();
    let secrets: Vec<Value> = secrets.map(|name| json!({"name": name})).collect();
    if !secrets.is_empty() {
        spec.insert("imagePullSecrets".into(), secrets.into());
    }
    spec.insert("securityContext".into(), security(kubernetes.user));
    let selector = &kubernetes.node_selector;
    if !selector.is_empty() {
        spec.insert("nodeSelector".into(), mapping(selector));
    }
    let tolerations = tolerations(topology);
    if !tolerations.is_empty() {
        spec.insert("tolerations".into(), tolerations.into());
    }
    // Which machines a pod may have is said for all; which pods it avoids, for the nodes.
    if let Some(affinity) = kubernetes
        .pod
        .get("affinity")
        .and_then(|of| of.get("nodeAffinity"))
    {
        spec.insert("affinity".into(), json!({"nodeAffinity": affinity}));
    }
    let everywhere = kubernetes
        .pod
        .iter()
        .filter(|(key, _)| is_of_every_pod(key));
    spec.extend(everywhere.map(|(key, value)| (key.clone(), value.clone())));
    spec
}

/// Who the processes run as: never root, and the owner of the volumes.
fn security(user: Option<u32>) -> Value {
    let mut context = json!({"runAsNonRoot": true});
    if let Some(id) = user {
        context["runAsUser"] = id.into();
        context["runAsGroup"] = id.into();
        context["fsGroup"] = id.into();
        context["fsGroupChangePolicy"] = "OnRootMismatch".into();
    }
    context["seccompProfile"] = json!({"type": "RuntimeDefault"});
    context
}

/// Taints that the pods tolerate, as Kubernetes has them.
fn tolerations(topology: &Topology) -> Vec<Value> {
    let tolerations = topology.kubernetes.tolerations.iter();
    tolerations
        .map(|toleration| {
            let mut written = json!({"key": toleration.key, "operator": "Exists"});
            if let Some(value) = toleration.value.as_ref().filter(|value| !value.is_empty()) {
                written["operator"] = "Equal".into();
                written["value"] = value.clone().into();
            }
            if let Some(effect) = toleration.effect {
                written["effect"] = json!(effect);
            }
            written
        })
        .collect()
}

fn mapping(pairs: &[(String, String)]) -> Value {
    let pairs = pairs.iter();
    pairs
        .map(|(key, value)| (key.clone(), Value::from(value.clone())))
        .collect()
}

/// Lines of the `spec` of a pod next to the nodes: of a step, or of the store.
pub fn lines(topology: &Topology) -> Vec<Line> {
    written(&of_every_pod(topology))
}

/// Lines of the `spec` of the nodes' pods, in a zone where they have one.
pub fn lines_of_nodes(topology: &Topology, zone: Option<&str>) -> Vec<Line> {
    let mut spec = of_every_pod(topology);
    if let Some(zone) = zone {
        let selector = spec.entry("nodeSelector").or_insert_with(|| json!({}));
        selector["topology.kubernetes.io/zone"] = zone.into();
    }
    for (key, value) in passed(PodPart::Pod, &topology.kubernetes.pod) {
        spec.insert(key.clone(), value.clone());
    }
    written(&spec)
}

/// What the chart's values and the operator's resource have in the words of Kubernetes, with their own for labels and annotations.
pub fn of_flavor(topology: &Topology, [labels, annotations]: [&str; 2]) -> Map<String, Value> {
    let mut spec = of_every_pod(topology);
    spec.retain(|key, _| TAKEN_BY_FLAVORS.contains(&key.as_str()));
    let mut own = topology.kubernetes.pod_labels.clone();
    if asks_for_azure_identity(topology) {
        own.push(("azure.workload.identity/use".into(), "true".into()));
    }
    for (key, pairs) in [(labels, own), (annotations, pod_annotations(topology))] {
        if !pairs.is_empty() {
            spec.insert(key.into(), mapping(&pairs));
        }
    }
    spec
}

/// Keys of a pod that the chart and the operator have under the same name, where they have them.
const TAKEN_BY_FLAVORS: [&str; 4] = [
    "imagePullSecrets",
    "nodeSelector",
    "priorityClassName",
    "tolerations",
];

/// A mapping, with every key on a line of its own.
pub fn written(mapping: &Map<String, Value>) -> Vec<Line> {
    let entries = mapping.iter();
    entries
        .flat_map(|(key, value)| yaml_entry(key, value))
        .collect()
}

/// Whether pods have to ask for the identity that the ServiceAccount's annotations give: AKS gives it to pods with a label alone. Source:
/// learn.microsoft.com/azure/aks/workload-identity-overview, pod labels.
fn asks_for_azure_identity(topology: &Topology) -> bool {
    let is_azure = matches!(topology.object_store, ObjectStore::Azure { .. });
    let annotations = &topology.kubernetes.service_account_annotations;
    let says_so = |(key, _): &(String, String)| key == "azure.workload.identity/use";
    is_azure
        && !topology.kubernetes.pod_labels.iter().any(says_so)
        && topology.object_store.takes_ambient_credentials()
        // Where the machines' own identity is meant, there is none to ask for.
        && annotations
            .iter()
            .any(|(key, _)| key.starts_with("azure.workload.identity/"))
}

/// CPU and memory of a pod.
#[derive(Default, Serialize)]
pub struct ResourcesView {
    cpus: Option<String>,
    memory: String,
    reserved_cpus: String,
    reserved_memory: String,
}

impl ResourcesView {
    /// Those of a node. It gets all of its memory, unless the file says otherwise: its pools fill that in time, and the pod that
    /// has most above its request is the first to go where a machine runs out.
    pub fn of(resources: Resources) -> Self {
        Self {
            cpus: resources.cpus.map(units::cpus),
            memory: units::memory(resources.memory),
            reserved_cpus: units::cpus(resources.reserved_cpus),
            reserved_memory: units::memory(resources.reserved_memory.unwrap_or(resources.memory)),
        }
    }
}
