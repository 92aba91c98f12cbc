//! Kubernetes: manifests with a `kustomization.yaml`, values for Restate's Helm chart, or a resource for its operator.
//!
//! Decides what only Kubernetes has: names of objects, probes, policies, units. Which node stands at which place is the
//! topology's to say.

mod configuration;
mod files;
mod guide;
mod hash;
mod helm;
mod helm_and_operator;
mod helm_and_operator_guide;
mod network;
mod nodes;
mod operations;
mod operator;
mod pods;
mod provision;
mod services;
mod store;
mod units;

use crate::facts::FABRIC_PORT;
use crate::render;
use crate::server::credentials::{SecretKey, all_keys, bundled_keys, nodes_keys};
use crate::topology::{Node, NodeId, Topology};
use crate::tree::{Keeping, RenderedFile, RenderedTree};
pub use operations::operations;

use std::collections::BTreeMap;

use minijinja::Value;
use serde::Serialize;

/// The headless Service by which nodes find each other.
const HEADLESS_SERVICE: &str = "restate-nodes";
/// The Secret that is made from `.env` where the file names none.
const STORE_SECRET: &str = "restate-store";
/// The variables that the Secret is made from.
const ENV_FILE: &str = ".env";
/// The namespace that is everybody's and there already, so none is written and nothing deletes it.
const SHARED_NAMESPACE: &str = "default";
/// The file that lists the others, in each flavor.
pub const KUSTOMIZATION: &str = "kustomization.yaml";
/// The file with the nodes and their pods, in manifests.
pub const NODES_FILE: &str = "nodes.yaml";
/// The files that are not resources.
const NOT_APPLIED: &[&str] = &[KUSTOMIZATION, ENV_FILE, "OPERATIONS.md"];

/// What every file says of itself and of its objects.
#[derive(Serialize)]
struct HeadView<'a> {
    command: Value,
    namespace: &'a str,
    instance: &'a str,
    version: &'static str,
}

impl<'a> HeadView<'a> {
    fn of(topology: &'a Topology, command: &str) -> Self {
        Self {
            command: verbatim(command),
            namespace: &topology.kubernetes.namespace,
            instance: &topology.cluster_name,
            version: topology.release.text(),
        }
    }
}

#[derive(Serialize)]
struct KustomizationView<'a> {
    #[serde(flatten)]
    head: HeadView<'a>,
    deletes_namespace: bool,
    resources: Vec<&'static str>,
    /// The Secret to make.
    secret: Option<&'a str>,
}

#[derive(Serialize)]
struct NamespaceView<'a> {
    #[serde(flatten)]
    head: HeadView<'a>,
    is_restricted: bool,
}

#[derive(Serialize)]
struct EnvView<'a> {
    command: &'a str,
    secret: &'a str,
    keys: Vec<KeyView>,
}

#[derive(Serialize)]
struct KeyView {
    name: &'static str,
    help: &'static str,
    is_made: bool,
}

/// The keys of the bundled store as its containers are given them; empty where there is no such store.
#[derive(Default)]
struct StoreKeys {
    /// The store's own access key.
    access: &'static str,
    /// The item of the Secret with the secret of that.
    secret: &'static str,
    /// The nodes' access key.
    nodes_access: &'static str,
    /// The item of the Secret with the secret of that.
    nodes_secret: &'static str,
}

impl StoreKeys {
    fn of(topology: &Topology) -> Self {
        let keys = bundled_keys(&topology.object_store);
        keys.map_or_else(Self::default, |keys| Self {
            access: keys.own_access.default.unwrap_or_default(),
            secret: keys.own_secret.name,
            nodes_access: keys.nodes_access.default.unwrap_or_default(),
            nodes_secret: keys.nodes_secret.name,
        })
    }
}

/// URL of the bundled store's S3 API in the namespace; empty without a bundled store.
fn store_url(topology: &Topology) -> String {
    let bundled = topology.object_store.bundled();
    bundled.map_or_else(String::new, |(service, port, _)| {
        format!("http://{service}:{port}")
    })
}

/// Manifests and their kustomization. `command` is how to make them again.
pub fn render(topology: &Topology, command: &str) -> RenderedTree {
    let mut files = Vec::new();
    if topology.kubernetes.namespace != SHARED_NAMESPACE {
        files.push(replaced(
            "namespace.yaml",
            namespace(topology, command, true),
        ));
    }
    files.push(replaced("network.yaml", network::render(topology, command)));
    files.push(replaced(
        "services.yaml",
        services::render(topology, command),
    ));
    if topology.object_store.bundled().is_some() {
        files.push(replaced("store.yaml", store::render(topology, command)));
    }
    files.push(replaced(NODES_FILE, nodes::render(topology, command)));
    files.push(replaced(
        "provision.yaml",
        provision::render(topology, command, provision::Asked::of(topology)),
    ));
    let resources = files.iter().map(|file| file.path).collect();
    files.insert(
        0,
        replaced(KUSTOMIZATION, kustomization(topology, command, resources)),
    );
    if makes_secret(topology) {
        files.push(RenderedFile {
            path: ENV_FILE,
            text: env_file(topology, command),
            keeping: Keeping::Merge,
        });
    }
    files.push(replaced("OPERATIONS.md", guide::render(topology, command)));
    RenderedTree::new(files)
}

fn replaced(path: &'static str, text: String) -> RenderedFile {
    RenderedFile {
        path,
        text,
        keeping: Keeping::Replace,
    }
}

/// A main file for somebody else's tool, with a kustomization of what the tool lacks. The operator's is a resource itself and among them.
fn companions(
    topology: &Topology,
    command: &str,
    (main_path, main_text): (&'static str, String),
    others: Vec<(&'static str, String)>,
    of: &helm_and_operator_guide::Of,
    job: &str,
) -> RenderedTree {
    let is_chart = matches!(of, helm_and_operator_guide::Of::Chart);
    let mut files = vec![replaced(main_path, main_text)];
    let mut resources = Vec::new();
    let needs_namespace =
        topology.object_store.bundled().is_some() || makes_secret(topology) || is_chart;
    if needs_namespace && topology.kubernetes.namespace != SHARED_NAMESPACE {
        // The operator's own pods do not meet the strictest standard up to 2.9.
        resources.push(("namespace.yaml", namespace(topology, command, is_chart)));
    }
    if topology.object_store.bundled().is_some() {
        resources.push(("store.yaml", store::render(topology, command)));
    }
    resources.extend(others);
    let mut paths: Vec<&'static str> = resources.iter().map(|(path, _)| *path).collect();
    if !is_chart {
        paths.push(main_path);
    }
    files.push(replaced(
        KUSTOMIZATION,
        kustomization(topology, command, paths),
    ));
    files.extend(
        resources
            .into_iter()
            .map(|(path, text)| replaced(path, text)),
    );
    if makes_secret(topology) {
        files.push(RenderedFile {
            path: ENV_FILE,
            text: env_file(topology, command),
            keeping: Keeping::Merge,
        });
    }
    files.push(replaced(
        "OPERATIONS.md",
        helm_and_operator_guide::render(topology, command, of, job),
    ));
    RenderedTree::new(files)
}

/// All resources of the manifests as one stream of documents, for `kubectl apply -f -`.
pub fn stream(tree: &RenderedTree) -> String {
    let texts: Vec<&str> = tree
        .files()
        .iter()
        .filter(|file| !NOT_APPLIED.contains(&file.path))
        .map(|file| file.text.as_str())
        .collect();
    texts.join("---\n")
}

/// Values for Restate's Helm chart, and what the chart lacks.
pub fn render_helm(topology: &Topology, command: &str) -> RenderedTree {
    helm::render(topology, command)
}

/// A RestateCluster for Restate's operator.
pub fn render_operator(topology: &Topology, command: &str) -> RenderedTree {
    operator::render(topology, command)
}

fn kustomization(topology: &Topology, command: &str, resources: Vec<&'static str>) -> String {
    render::render(
        render::template!("kubernetes/kustomization.yaml"),
        &KustomizationView {
            head: HeadView::of(topology, command),
            deletes_namespace: topology.kubernetes.namespace != SHARED_NAMESPACE,
            resources,
            secret: makes_secret(topology).then(|| secret(topology)),
        },
    )
}

fn namespace(topology: &Topology, command: &str, is_restricted: bool) -> String {
    render::render(
        render::template!("kubernetes/namespace.yaml"),
        &NamespaceView {
            head: HeadView::of(topology, command),
            is_restricted,
        },
    )
}

fn env_file(topology: &Topology, command: &str) -> String {
    let keys = secret_keys(topology);
    render::render(
        render::template!("kubernetes/dot.env"),
        &EnvView {
            command,
            secret: secret(topology),
            keys: keys
                .map(|key| KeyView {
                    name: key.name,
                    // Compose's `.env` takes quotes; kustomize would make them part of the value.
                    help: key.help.trim_end_matches(" in single quotes."),
                    is_made: key.is_made,
                })
                .collect(),
        },
    )
}

/// The credentials that come from a Secret. A user name with a default is not a secret and stands in the manifest.
fn secret_keys(topology: &Topology) -> impl Iterator<Item = &'static SecretKey> {
    all_keys(&topology.object_store).filter(|key| key.default.is_none())
}

/// Those of them that the nodes are given.
fn nodes_secret_keys(topology: &Topology) -> Vec<&'static str> {
    nodes_keys(&topology.object_store)
        .iter()
        .filter(|key| key.default.is_none())
        .map(|key| key.name)
        .collect()
}

/// Whether `kubectl apply -k` makes the Secret.
fn makes_secret(topology: &Topology) -> bool {
    topology.kubernetes.secret.is_none() && secret_keys(topology).next().is_some()
}

/// The Secret with the credentials.
fn secret(topology: &Topology) -> &str {
    topology
        .kubernetes
        .secret
        .as_deref()
        .unwrap_or(STORE_SECRET)
}

/// The pod of a node.
fn pod(topology: &Topology, node: NodeId) -> String {
    topology
        .kubernetes
        .pod(node)
        .map(|(set, pod)| set.pod_name(&pod))
        .unwrap_or_default()
}

/// The addresses by which all other pods of the namespace reach these nodes: each pod's own name under the headless
/// Service, the first that the resolver tries, whatever the domain of the Kubernetes cluster is. In the order of
/// places, so that a node in the place of a lost one changes nothing.
fn fabric_urls(topology: &Topology, is_asked_for: impl Fn(&Node) -> bool) -> Vec<String> {
    let nodes: BTreeMap<NodeId, &Node> =
        topology.nodes.iter().map(|node| (node.id, node)).collect();
    let mut urls = Vec::new();
    for set in &topology.kubernetes.sets {
        for pod in &set.pods {
            if nodes.get(&pod.node).is_some_and(|node| is_asked_for(node)) {
                urls.push(format!(
                    "http://{}.{HEADLESS_SERVICE}:{FABRIC_PORT}",
                    set.pod_name(pod)
                ));
            }
        }
    }
    urls
}

/// Text that is not a YAML scalar: in a comment, or a line of a block.
fn verbatim(text: &str) -> Value {
    Value::from_safe_string(text.into())
}

/// A script's lines for a block scalar.
fn script(text: &str) -> Vec<Value> {
    text.lines().map(verbatim).collect()
}
