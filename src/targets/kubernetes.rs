//! Kubernetes: manifests with a `kustomization.yaml`, values for Restate's Helm chart, or a resource for its operator.
//!
//! Decides what only Kubernetes has: names of objects, probes, policies, units. Which node stands at which place is the
//! topology's to say.

mod configuration;
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

use crate::facts::{ADMIN_PORT, FABRIC_PORT, INGRESS_PORT, METRICS_PATH};
use crate::model::kubernetes::{Flavor, IpFamily};
use crate::render::{self, verbatim};
use crate::server::credentials::{bundled_keys, secret_keys};
use crate::targets::certificates;
use crate::topology::kubernetes::NodeSet;
use crate::topology::{Node, NodeId, Topology};
use crate::tree::{RenderedFile, RenderedTree};
pub use helm::render as render_helm;
pub use operations::operations;
pub use operator::render as render_operator;
use provision::Provisioned;

use minijinja::Value;
use serde::Serialize;

/// The headless Service by which nodes find each other.
const HEADLESS_SERVICE: &str = "restate-nodes";
/// The variables that the Secret is made from.
const ENV_FILE: &str = ".env";
/// The file that lists the others, in each flavor.
pub const KUSTOMIZATION: &str = "kustomization.yaml";
/// The file with the nodes and their pods, in manifests.
pub const NODES_FILE: &str = "nodes.yaml";
/// The files that are not resources.
const NOT_APPLIED: &[&str] = &[KUSTOMIZATION, ENV_FILE, "OPERATIONS.md", certificates::FILE];

/// What keeps Argo CD and Flux from deleting an object: when it is no longer in the repository, and when the
/// application is.
const KEPT: &[(&str, &str)] = &[
    (
        "argocd.argoproj.io/sync-options",
        "Prune=false,Delete=false",
    ),
    ("kustomize.toolkit.fluxcd.io/prune", "disabled"),
];

/// The ports of a node's pod, and where its metrics are.
#[derive(Serialize)]
struct PortsView {
    fabric_port: u16,
    ingress_port: u16,
    admin_port: u16,
    metrics_path: &'static str,
}

const PORTS: PortsView = PortsView {
    fabric_port: FABRIC_PORT,
    ingress_port: INGRESS_PORT,
    admin_port: ADMIN_PORT,
    metrics_path: METRICS_PATH,
};

/// What every file says of itself and of its objects.
#[derive(Serialize)]
struct HeadView<'a> {
    command: Value,
    namespace: &'a str,
    /// The folder that is applied, in comments.
    applied_folder: Value,
    instance: &'a str,
    version: &'a str,
    /// The annotations of what no GitOps controller may delete; none where no such controller applies the files.
    kept: &'static [(&'static str, &'static str)],
}

impl<'a> HeadView<'a> {
    fn of(topology: &'a Topology, command: &str) -> Self {
        Self {
            command: verbatim(command),
            namespace: &topology.kubernetes.namespace,
            applied_folder: verbatim(topology.kubernetes.applied_folder.as_str()),
            instance: &topology.cluster_name,
            version: topology.release.text(),
            kept: match topology.kubernetes.gitops {
                true => KEPT,
                false => &[],
            },
        }
    }
}

#[derive(Serialize)]
struct KustomizationView<'a> {
    #[serde(flatten)]
    head: HeadView<'a>,
    deletes_namespace: bool,
    resources: Vec<&'static str>,
    /// A hash of the resources, where a GitOps controller applies them.
    files_hash: Option<&'a str>,
    /// The Secret to make.
    secret: Option<&'a str>,
    /// One that the nodes get a part of it by.
    nodes_secret: Option<&'a str>,
    /// Its key without a value, and the field that the value is copied from and to.
    nodes_secret_literal: String,
    nodes_secret_field: String,
}

#[derive(Serialize)]
struct CertificateView<'a> {
    #[serde(flatten)]
    head: HeadView<'a>,
    secret: &'a str,
    issuer: &'a str,
    issuer_kind: &'static str,
    names: Vec<String>,
}

#[derive(Serialize)]
struct NamespaceView<'a> {
    #[serde(flatten)]
    head: HeadView<'a>,
    /// The Pod Security Standard that all pods in it meet.
    standard: Option<&'static str>,
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
#[derive(Default, Serialize)]
struct StoreKeys<'a> {
    /// The store's own access key.
    access_key: &'static str,
    /// The Secret with the secrets.
    secret: &'a str,
    /// The item with that of the store's own key.
    secret_key: &'static str,
    /// The nodes' access key.
    nodes_access_key: &'static str,
    /// The item with the secret of that.
    nodes_secret_key: &'static str,
}

impl<'a> StoreKeys<'a> {
    fn of(topology: &'a Topology) -> Self {
        let secret = topology.kubernetes.secret();
        let Some(keys) = bundled_keys(&topology.object_store) else {
            return Self {
                secret,
                ..Self::default()
            };
        };
        Self {
            access_key: keys.own_access.default.unwrap_or_default(),
            secret,
            secret_key: keys.own_secret.name,
            nodes_access_key: keys.nodes_access.default.unwrap_or_default(),
            nodes_secret_key: keys.nodes_secret.name,
        }
    }
}

/// The IP families of Services, where the file names some.
#[derive(Serialize)]
struct FamiliesView {
    ip_family_policy: Option<&'static str>,
    ip_families: Value,
}

impl FamiliesView {
    fn of(topology: &Topology) -> Self {
        let (policy, families) = match topology.kubernetes.ip_family {
            None => (None, ""),
            Some(IpFamily::Ipv4) => (Some("SingleStack"), "[IPv4]"),
            Some(IpFamily::Ipv6) => (Some("SingleStack"), "[IPv6]"),
            // Not `PreferDualStack`, with which Services of one family would go unnoticed.
            Some(IpFamily::DualStack) => (Some("RequireDualStack"), "[IPv4, IPv6]"),
        };
        Self {
            ip_family_policy: policy,
            ip_families: verbatim(families),
        }
    }
}

/// URL of the bundled store's S3 API in the namespace; empty without a bundled store.
fn store_url(topology: &Topology) -> String {
    let bundled = topology.object_store.bundled();
    bundled.map_or_else(String::new, |(service, port, _)| {
        format!("http://{service}:{port}")
    })
}

/// What is left out of the manifests for a while, because it must not come back.
#[derive(Clone, Copy)]
enum LeftOut<'a> {
    Nothing,
    /// What a node that lost its disk starts with; and its StatefulSet, unless that is one of these and stays.
    Node {
        lost: NodeId,
        sets: &'a [NodeSet],
    },
    StatefulSets,
}

impl LeftOut<'_> {
    /// Whether the StatefulSet is not written.
    fn is_gone(self, set: &NodeSet) -> bool {
        match self {
            Self::Nothing => false,
            Self::Node { lost, sets } => {
                let is_of = set.pods.iter().any(|pod| pod.node == lost);
                is_of && sets.iter().all(|other| other.name != set.name)
            }
            Self::StatefulSets => true,
        }
    }
}

/// The command that brings the files to the cluster.
pub fn apply(topology: &Topology) -> String {
    format!("kubectl apply -k {}", topology.kubernetes.applied_folder)
}

/// Manifests and their kustomization. `command` is how to make them again.
pub fn render(topology: &Topology, command: &str) -> RenderedTree {
    render_without(topology, command, LeftOut::Nothing)
}

fn render_without(topology: &Topology, command: &str, left_out: LeftOut) -> RenderedTree {
    let provision = provision::render(topology, command, &Provisioned::of(topology));
    let resources = vec![
        ("network.yaml", Some(network::render(topology, command))),
        ("services.yaml", Some(services::render(topology, command))),
        ("store.yaml", store::render(topology, command, left_out)),
        (NODES_FILE, Some(nodes::render(topology, command, left_out))),
        ("provision.yaml", Some(provision)),
        ("certificate.yaml", certificate(topology, command)),
    ];
    let guide = |files_hash: Option<&str>| guide::render(topology, command, files_hash);
    folder(topology, command, Flavor::Raw, None, resources, guide)
}

/// The files of a flavor: the main file of somebody else's tool, where there is one, the resources, and what lists and explains
/// them. The operator's main file is a resource too.
fn folder(
    topology: &Topology,
    command: &str,
    flavor: Flavor,
    main: Option<RenderedFile>,
    resources: Vec<(&'static str, Option<String>)>,
    guide: impl FnOnce(Option<&str>) -> String,
) -> RenderedTree {
    let namespace = ("namespace.yaml", namespace(topology, command, flavor));
    let resources = [namespace].into_iter().chain(resources);
    let resources: Vec<RenderedFile> = resources
        .filter_map(|(path, text)| Some(RenderedFile::replaced(path, text?)))
        .collect();
    let applied_main = main.iter().filter(|_| flavor == Flavor::Operator);
    let applied: Vec<&RenderedFile> = resources.iter().chain(applied_main).collect();
    let files_hash = topology.kubernetes.gitops.then(|| {
        let texts: Vec<&str> = applied.iter().map(|file| file.text.as_str()).collect();
        hash::of(&texts)
    });
    let files_hash = files_hash.as_deref();
    let paths = applied.iter().map(|file| file.path).collect();
    let kustomization = kustomization(topology, command, paths, files_hash);
    let guide = guide(files_hash);
    let mut files: Vec<RenderedFile> = main.into_iter().collect();
    files.push(RenderedFile::replaced(KUSTOMIZATION, kustomization));
    files.extend(resources);
    if makes_secret(topology) {
        files.push(RenderedFile::merged(ENV_FILE, env_file(topology, command)));
    }
    files.push(RenderedFile::replaced("OPERATIONS.md", guide));
    if let Some(tls) = topology.tls.as_ref().filter(|tls| tls.issuer.is_none()) {
        files.push(certificates::script(
            tls,
            command,
            certificate_names(topology),
        ));
    }
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

fn kustomization(
    topology: &Topology,
    command: &str,
    resources: Vec<&'static str>,
    files_hash: Option<&str>,
) -> String {
    let keys = bundled_keys(&topology.object_store);
    let key = keys.map_or("", |keys| keys.nodes_secret.name);
    render::render(
        render::template!("kubernetes/kustomization.yaml"),
        &KustomizationView {
            head: HeadView::of(topology, command),
            deletes_namespace: topology.kubernetes.creates_namespace,
            resources,
            files_hash,
            secret: makes_secret(topology).then(|| topology.kubernetes.secret()),
            nodes_secret: nodes_secret(topology),
            nodes_secret_literal: format!("{key}="),
            nodes_secret_field: format!("data.{key}"),
        },
    )
}

/// The namespace, where it has to be made before what is in it. The operator makes its own.
fn namespace(topology: &Topology, command: &str, flavor: Flavor) -> Option<String> {
    let is_operator = flavor == Flavor::Operator;
    let is_needed =
        !is_operator || topology.object_store.bundled().is_some() || makes_secret(topology);
    if !is_needed || !topology.kubernetes.creates_namespace {
        return None;
    }
    let view = NamespaceView {
        head: HeadView::of(topology, command),
        // The operator's own pods do not meet the strictest standard up to 2.9.
        standard: (!is_operator).then_some("restricted"),
    };
    let template = render::template!("kubernetes/namespace.yaml");
    Some(render::render(template, &view))
}

/// The certificate of the nodes, where an issuer of cert-manager makes it.
fn certificate(topology: &Topology, command: &str) -> Option<String> {
    let tls = topology.tls.as_ref()?;
    let issuer = tls.issuer.as_ref()?;
    let view = CertificateView {
        head: HeadView::of(topology, command),
        secret: &tls.secret,
        issuer: &issuer.name,
        issuer_kind: issuer.kind_name(),
        names: certificate_names(topology),
    };
    let template = render::template!("kubernetes/certificate.yaml");
    Some(render::render(template, &view))
}

fn env_file(topology: &Topology, command: &str) -> String {
    let keys = secret_keys(&topology.object_store);
    render::render(
        render::template!("kubernetes/dot.env"),
        &EnvView {
            command,
            secret: topology.kubernetes.secret(),
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

/// Whether `kubectl apply -k` makes the Secret.
fn makes_secret(topology: &Topology) -> bool {
    topology.kubernetes.secret.is_none() && secret_keys(&topology.object_store).next().is_some()
}

/// The Secret of the nodes, where it is made next to one that also has what administers the store.
fn nodes_secret(topology: &Topology) -> Option<&str> {
    let is_made = makes_secret(topology) && bundled_keys(&topology.object_store).is_some();
    is_made.then(|| topology.kubernetes.nodes_secret())
}

/// The pod of a node.
pub fn pod(topology: &Topology, node: NodeId) -> String {
    let found = topology.kubernetes.pod(node);
    found.map_or_else(String::new, |(set, pod)| set.pod_name(&pod))
}

/// The addresses by which all other pods of the namespace reach these nodes: each pod's own name under the headless
/// Service, the first that the resolver tries, whatever the domain of the Kubernetes cluster is. In the order of
/// places, so that a node in the place of a lost one changes nothing.
fn fabric_urls(topology: &Topology, is_asked_for: impl Fn(&Node) -> bool) -> Vec<String> {
    let places = topology.kubernetes.places();
    places
        .filter(|(_, pod)| topology.node(pod.node).is_some_and(&is_asked_for))
        .map(|(set, pod)| {
            let pod = set.pod_name(pod);
            fabric_url(topology, &pod)
        })
        .collect()
}

/// The address of a pod's fabric port. With the namespace where its name has to be in a certificate: so one with a star is for all
/// pods, and no new pod needs another.
fn fabric_url(topology: &Topology, pod: &str) -> String {
    let (scheme, host) = (topology.fabric_scheme(), fabric_host(topology, pod));
    format!("{scheme}://{host}:{FABRIC_PORT}")
}

/// The name in that address.
fn fabric_host(topology: &Topology, pod: &str) -> String {
    let namespace = &topology.kubernetes.namespace;
    match topology.fabric_scheme() {
        "https" => format!("{pod}.{HEADLESS_SERVICE}.{namespace}"),
        _ => format!("{pod}.{HEADLESS_SERVICE}"),
    }
}

/// The names of those addresses, as a certificate has them.
fn certificate_names(topology: &Topology) -> Vec<String> {
    let service = format!("{HEADLESS_SERVICE}.{}", topology.kubernetes.namespace);
    vec![format!("*.{service}"), format!("*.{service}.svc")]
}

/// A script's lines for a block scalar.
fn script(text: &str) -> Vec<Value> {
    text.lines().map(verbatim).collect()
}
