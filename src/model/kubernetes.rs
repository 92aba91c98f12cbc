//! Options of the Kubernetes output.

use serde_json::{Map, Value};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MOST_ID;

/// Options of the Kubernetes output.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Kubernetes {
    /// What is generated: `raw` manifests, values for Restate's `helm` chart, or a resource for its `operator`.
    #[schemars(extend("default" = "raw"))]
    pub flavor: Option<Flavor>,
    /// Namespace of all objects: its name, or `{name: restate, create: false}` for one that exists already. One cluster per
    /// namespace. Default: the cluster's name.
    #[schemars(extend("examples" = ["restate", {"name": "team-orders", "create": false}]))]
    pub namespace: Option<Namespace>,
    /// The folder of a kustomization of yours that includes the generated folder, from the generated folder. `run.sh` of a plan
    /// and the guide apply it in place of the generated folder. It must not change names or the namespace.
    #[schemars(length(max = 255), regex(pattern = r"^[A-Za-z0-9._/][A-Za-z0-9._/-]*$"), extend("examples" = ["../prod"]))]
    pub overlay: Option<String>,
    /// An existing Secret in the namespace, with the object store's credentials under the same names as in `.env`.
    /// Default: one that `kubectl apply -k` creates from `.env`.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"), extend("examples" = ["restate-store"]))]
    pub secret: Option<String>,
    /// Whether a GitOps controller such as Argo CD or Flux applies the manifests from a Git repository. Then the `run.sh` of
    /// a plan applies nothing: it puts files in place, says when to commit and push them, and waits until the cluster has them.
    /// Namespace and volume claims are marked so that no controller deletes them. Needs `secret` if the object store has
    /// credentials.
    #[schemars(extend("default" = false))]
    pub gitops: Option<bool>,
    /// Annotations of the nodes' ServiceAccount, such as those of workload identity, for `object_store: {credentials: ambient}`.
    #[schemars(extend("default" = {}, "examples" = [{"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/restate"}]))]
    pub service_account_annotations: Map<String, Value>,
    /// Labels of all pods: those of the nodes, of the provisioning step and of a bundled store.
    #[schemars(extend("default" = {}, "examples" = [{"team": "orders"}]))]
    pub pod_labels: Map<String, Value>,
    /// Annotations of all pods.
    #[schemars(extend("default" = {}))]
    pub pod_annotations: Map<String, Value>,
    /// Namespace of Istio's control plane, where Istio gives the pods sidecars. Then the provisioning step gets a native
    /// sidecar, next to which it ends, and the network policies let all pods call istiod, on port 15012. Default: no Istio.
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"),
        extend("examples" = ["istio-system"])
    )]
    pub istio: Option<String>,
    /// Secrets in the namespace for pulling images.
    #[schemars(length(max = 16), extend("default" = []), inner(length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")))]
    pub image_pull_secrets: Vec<String>,
    /// Priority class of all pods.
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")
    )]
    pub priority_class: Option<String>,
    /// Labels of the machines that all pods may run on.
    #[schemars(extend("default" = {}, "examples" = [{"node-pool": "restate"}]))]
    pub node_selector: Map<String, Value>,
    /// Taints that all pods tolerate.
    #[schemars(length(max = 32), extend("default" = []))]
    pub tolerations: Vec<Toleration>,
    /// Whether pods of nodes may share a machine while others have fewer: `preferred` avoids it; with `required` a pod
    /// waits instead, even for a machine that is being drained, but not for one whose taints it does not tolerate (only
    /// the Helm chart counts those). Both spread nodes evenly over zones where possible, and no pod waits for a zone.
    /// `zones` binds nodes to theirs.
    #[schemars(extend("default" = "preferred"))]
    pub spread: Option<Spread>,
    /// The zone of each location of nodes: the value of the machines' label `topology.kubernetes.io/zone`.
    /// Nodes of a location that is not listed run anywhere.
    #[schemars(extend("default" = {}, "examples" = [{"eu-central.a": "eu-central-1a"}]))]
    pub zones: Map<String, Value>,
    /// Keys of a pod's `spec` for the nodes' pods, as in a manifest: `affinity`, `volumes`, `initContainers`, `dnsConfig` and so on.
    /// What follows from the rest of this file is refused. Every pod gets `affinity.nodeAffinity`, `dnsConfig`, `dnsPolicy`,
    /// `hostAliases`, `runtimeClassName` and `schedulerName`.
    #[schemars(extend("default" = {}, "examples" = [{"dnsConfig": {"options": [{"name": "ndots", "value": "1"}]}}]))]
    pub pod: Map<String, Value>,
    /// Keys of a container for the nodes' container `restate`, as in a manifest: `env`, `volumeMounts` and so on.
    #[schemars(extend("default" = {}, "examples" = [{"env": [{"name": "SSL_CERT_FILE", "value": "/ca/ca.crt"}]}]))]
    pub container: Map<String, Value>,
    /// Who the processes in the pods run as.
    pub security: Option<Security>,
    /// IP families that the nodes listen on: `ipv4`, also where the kernel has no IPv6; `ipv6`; or `dual_stack`. The
    /// Services get the same. Default: nodes listen on IPv4, and the Services have the family of the Kubernetes cluster.
    pub ip_family: Option<IpFamily>,
    /// Type and annotations of the Services.
    pub services: Option<Services>,
    /// Network policies: who may connect to whom. They have no effect without a network plugin that enforces them.
    pub network: Option<Network>,
    /// How Prometheus finds the nodes' metrics: `annotations` if it reads them, `service_monitor` for its operator. If that
    /// selects monitors by a label, as kube-prometheus-stack does by `release: <name>`, a patch of kustomize adds it.
    #[schemars(extend("default" = "none"))]
    pub monitoring: Option<Monitoring>,
    /// An Ingress in front of the nodes' ingress.
    pub ingress: Option<Ingress>,
    /// An HTTPRoute to the nodes' ingress, on an existing Gateway.
    pub gateway: Option<Gateway>,
    /// Nodes that replaced a lost one and took over its pod and volume claim. Entries stay here for good.
    #[schemars(length(max = 10000), extend("default" = [], "examples" = [[{"id": 4, "in_place_of": 2}]]))]
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

impl Flavor {
    /// The name as the cluster file has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Helm => "helm",
            Self::Operator => "operator",
        }
    }
}

/// A namespace: its name, or with whether it is created.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Namespace {
    /// Its name.
    Name(
        #[schemars(
            length(min = 1, max = 63),
            regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
        )]
        String,
    ),
    /// Its name and whether it is created.
    Options(NamespaceOptions),
}

/// A namespace, and whether it is created.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NamespaceOptions {
    /// Its name. Default: the cluster's name.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"), extend("examples" = ["restate"]))]
    pub name: Option<String>,
    /// Whether the namespace is among the generated objects. If not, somebody else creates it, and nothing here changes or
    /// deletes it.
    #[schemars(extend("default" = true))]
    pub create: Option<bool>,
}

/// Who the processes in the pods run as.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Security {
    /// User and group id of the processes, and the group that owns the volumes. `none` leaves all of them out, for platforms
    /// that assign them, such as OpenShift.
    #[schemars(extend("default" = 1000, "examples" = ["none", 1001]))]
    pub run_as_user: Option<RunAsUser>,
}

/// A user id, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RunAsUser {
    /// That id.
    Id(#[schemars(range(min = 1, max = 2147483647))] u32),
    /// The platform's.
    None(NoUser),
}

/// The word `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NoUser {
    /// The platform assigns it.
    None,
}

/// IP families.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IpFamily {
    /// IPv4 alone.
    Ipv4,
    /// IPv6 alone.
    Ipv6,
    /// Both.
    DualStack,
}

/// The Services that users find the cluster by.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Services {
    /// `restate-ingress`, for requests to services.
    pub ingress: Option<Service>,
    /// `restate-admin`, for the admin API and the web UI, which have no authentication.
    pub admin: Option<Service>,
}

/// A Service.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    /// Where it is reached: only in the Kubernetes cluster, at a port of every machine, or at an address of a load balancer.
    #[serde(rename = "type")]
    #[schemars(extend("default" = "ClusterIP"))]
    pub kind: Option<ServiceType>,
    /// Annotations, for the controller of the load balancer.
    #[schemars(extend("default" = {}))]
    pub annotations: Map<String, Value>,
}

/// Where a Service is reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ServiceType {
    /// Only in the Kubernetes cluster.
    #[default]
    ClusterIP,
    /// At a port of every machine.
    NodePort,
    /// At an address of a load balancer.
    LoadBalancer,
}

impl ServiceType {
    /// The name as Kubernetes has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClusterIP => "ClusterIP",
            Self::NodePort => "NodePort",
            Self::LoadBalancer => "LoadBalancer",
        }
    }
}

/// A taint that is tolerated.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Toleration {
    /// Key of the taint.
    #[schemars(length(min = 1, max = 317))]
    pub key: String,
    /// Its value. Default: any.
    #[serde(default)]
    #[schemars(length(max = 63))]
    pub value: Option<String>,
    /// Its effect. Default: any.
    #[serde(default)]
    pub effect: Option<TaintEffect>,
}

/// What a taint does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
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
    /// They share one only if that cannot be avoided.
    #[default]
    Preferred,
    /// They never share one: a pod waits instead.
    Required,
}

/// Network policies: who may connect to whom.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// Whether network policies are written: they deny everything but DNS, traffic between the nodes, the store and what is listed here.
    #[schemars(extend("default" = true))]
    pub policies: Option<bool>,
    /// Who may call services, on port 8080. Default: everybody.
    #[schemars(length(min = 1, max = 64))]
    pub ingress_from: Option<Vec<Peer>>,
    /// Who may use the admin API and the web UI, on port 9070, which have no authentication, besides the cluster's own pods.
    /// Default: nobody.
    #[schemars(length(min = 1, max = 64))]
    pub admin_from: Option<Vec<Peer>>,
    /// Who may read metrics, on port 5122, which nodes also use among themselves, besides the cluster's own pods. Default: nobody.
    #[schemars(length(min = 1, max = 64))]
    pub metrics_from: Option<Vec<Peer>>,
    /// Where the services run that the nodes call. Default: all pods of the Kubernetes cluster, and port 443 of any address.
    #[schemars(length(min = 1, max = 64))]
    pub services_to: Option<Vec<Peer>>,
}

/// One end of a connection. All given labels must match.
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
    /// A CIDR range, instead of pods.
    #[schemars(length(max = 49), regex(pattern = r"^[0-9a-fA-F.:]+/[0-9]{1,3}$"), extend("examples" = ["10.0.0.0/8"]))]
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
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ingress {
    /// Host name.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"), extend("examples" = ["restate.example.com"]))]
    pub host: String,
    /// Ingress class. Default: that of the Kubernetes cluster.
    #[serde(default)]
    #[schemars(length(min = 1, max = 253))]
    pub class: Option<String>,
    /// Secret with the certificate. Default: none, so no TLS.
    #[serde(default)]
    #[schemars(length(min = 1, max = 253))]
    pub tls_secret: Option<String>,
    /// Annotations, for its controller.
    #[serde(default)]
    #[schemars(extend("default" = {}))]
    pub annotations: Map<String, Value>,
}

/// An HTTPRoute to the nodes' ingress.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
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

/// A node that replaced a lost one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// Id of the new node.
    #[schemars(range(min = 1, max = MOST_ID))]
    pub id: u32,
    /// Id of the node that it replaced, one of `retired_ids`.
    #[schemars(range(min = 1, max = MOST_ID))]
    pub in_place_of: u32,
}
