//! What only the Kubernetes output has.

use serde_json::{Map, Value};

use schemars::JsonSchema;
use serde::Deserialize;

/// What only the Kubernetes output has.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Kubernetes {
    /// What is generated: `raw` manifests, values for Restate's `helm` chart, or a resource for its `operator`.
    #[schemars(extend("default" = "raw"))]
    pub flavor: Option<Flavor>,
    /// Namespace of all objects. One cluster to a namespace. Default: the cluster's name.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"), extend("examples" = ["restate"]))]
    pub namespace: Option<String>,
    /// A Secret that exists in the namespace, with the object store's credentials under the names that `.env` has. Default: one that
    /// `kubectl apply -k` makes from `.env`.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"), extend("examples" = ["restate-store"]))]
    pub secret: Option<String>,
    /// Annotations of the nodes' ServiceAccount, such as those of workload identity, for `object_store: {credentials: ambient}`.
    #[schemars(extend("default" = {}, "examples" = [{"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/restate"}]))]
    pub service_account_annotations: Map<String, Value>,
    /// Annotations of the nodes' pods.
    #[schemars(extend("default" = {}))]
    pub pod_annotations: Map<String, Value>,
    /// Secrets in the namespace that images are pulled with.
    #[schemars(extend("default" = []), inner(length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")))]
    pub image_pull_secrets: Vec<String>,
    /// Priority class of the nodes' pods.
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")
    )]
    pub priority_class: Option<String>,
    /// Labels of the machines that nodes may run on.
    #[schemars(extend("default" = {}, "examples" = [{"node-pool": "restate"}]))]
    pub node_selector: Map<String, Value>,
    /// Taints of machines that nodes may run on all the same.
    #[schemars(extend("default" = []))]
    pub tolerations: Vec<Toleration>,
    /// Whether pods of nodes may share a machine while others have fewer: `preferred` avoids it, with `required` a pod rather waits,
    /// also for a machine that is being emptied; not for one whose taints it does not tolerate, which only the Helm chart has to count.
    /// Zones are evened out where that is possible, by both: no pod waits for one. `zones` binds nodes to theirs.
    #[schemars(extend("default" = "preferred"))]
    pub spread: Option<Spread>,
    /// Which machines are in a location: the value of their label `topology.kubernetes.io/zone` by the location of the nodes.
    /// Nodes of a location that is not here run anywhere.
    #[schemars(extend("default" = {}, "examples" = [{"eu-central.a": "eu-central-1a"}]))]
    pub zones: Map<String, Value>,
    /// Who may talk to whom. Without a network plugin that enforces it, it is but a statement.
    pub network: Option<Network>,
    /// How the nodes' metrics are found: `annotations` for a Prometheus that reads them, `service_monitor` for its operator. Where that
    /// selects monitors by a label, as kube-prometheus-stack does by `release: <name>`, a patch of kustomize adds it.
    #[schemars(extend("default" = "none"))]
    pub monitoring: Option<Monitoring>,
    /// An Ingress in front of the nodes' ingress.
    pub ingress: Option<Ingress>,
    /// An HTTPRoute to the nodes' ingress, at a Gateway that exists.
    pub gateway: Option<Gateway>,
    /// Nodes that stand in the place of a lost one, whose pod and volume claim they take over. What is written here stays.
    #[schemars(extend("default" = [], "examples" = [[{"id": 4, "in_place_of": 2}]]))]
    pub replacements: Vec<Replacement>,
}

/// What is generated for Kubernetes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Flavor {
    /// Manifests, for `kubectl apply -k`.
    #[default]
    Raw,
    /// Values for Restate's Helm chart.
    Helm,
    /// A RestateCluster, for Restate's operator.
    Operator,
}

/// A taint that is tolerated.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Toleration {
    /// Key of the taint.
    #[schemars(length(min = 1, max = 317))]
    pub key: String,
    /// Its value. Default: any.
    #[serde(default)]
    pub value: Option<String>,
    /// Its effect. Default: any.
    #[serde(default)]
    pub effect: Option<TaintEffect>,
}

/// What a taint does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum TaintEffect {
    /// No new pods.
    NoSchedule,
    /// No new pods where it can be avoided.
    PreferNoSchedule,
    /// No pods at all.
    NoExecute,
}

/// Whether pods of nodes may share a machine while others have fewer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Spread {
    /// Where it can be avoided, they do not.
    #[default]
    Preferred,
    /// They do not: a pod rather waits.
    Required,
}

/// Who may talk to whom.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// Whether network policies are written: everything is denied but DNS, the nodes among themselves, the store and what is here.
    #[schemars(extend("default" = true))]
    pub policies: Option<bool>,
    /// Who may call services, on port 8080. Default: everybody.
    #[schemars(length(min = 1))]
    pub ingress_from: Option<Vec<Peer>>,
    /// Who may use the admin API and the web UI, on port 9070, which ask for no password. Default: pods of the namespace.
    #[schemars(length(min = 1))]
    pub admin_from: Option<Vec<Peer>>,
    /// Who may read metrics, on port 5122, which is also the nodes' own. Default: pods of the namespace.
    #[schemars(length(min = 1))]
    pub metrics_from: Option<Vec<Peer>>,
    /// Where the services are that the nodes call. Default: in all pods of the cluster, and behind port 443 of any address.
    #[schemars(length(min = 1))]
    pub services_to: Option<Vec<Peer>>,
}

/// One end of a connection. Labels that are given together must all be there.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Peer {
    /// Name of a namespace. Default: the cluster's own.
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
    )]
    pub namespace: Option<String>,
    /// Labels of pods. Default: all pods of the namespace.
    #[schemars(extend("default" = {}))]
    pub pods: Map<String, Value>,
    /// A range of addresses, in place of pods.
    #[schemars(regex(pattern = r"^[0-9a-fA-F.:]+/[0-9]{1,3}$"), extend("examples" = ["10.0.0.0/8"]))]
    pub cidr: Option<String>,
}

/// How metrics are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Monitoring {
    /// Nothing is written.
    None,
    /// Annotations `prometheus.io/...` of the pods.
    Annotations,
    /// A ServiceMonitor of the Prometheus operator.
    ServiceMonitor,
}

/// An Ingress in front of the nodes' ingress.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ingress {
    /// Host name.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"), extend("examples" = ["restate.example.com"]))]
    pub host: String,
    /// Ingress class. Default: that of the Kubernetes cluster.
    #[serde(default)]
    pub class: Option<String>,
    /// Secret with the certificate. Default: none, so no TLS.
    #[serde(default)]
    pub tls_secret: Option<String>,
    /// Annotations, for its controller.
    #[serde(default)]
    #[schemars(extend("default" = {}))]
    pub annotations: Map<String, Value>,
}

/// An HTTPRoute to the nodes' ingress.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// Host name.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"), extend("examples" = ["restate.example.com"]))]
    pub host: String,
    /// Name of the Gateway.
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")
    )]
    pub name: String,
    /// Its namespace. Default: the cluster's own.
    #[serde(default)]
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
    )]
    pub namespace: Option<String>,
}

/// A node in the place of a lost one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// Id of the node that stands there now.
    #[schemars(range(min = 1))]
    pub id: u32,
    /// Id of the node that stood there before, one of `retired_ids`.
    #[schemars(range(min = 1))]
    pub in_place_of: u32,
}
