//! RG605: what the Helm chart or the operator cannot express.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::facts::PodPart;
use crate::model::kubernetes::{Flavor, IpFamily, Kubernetes, Monitoring};
use crate::model::{Cluster, Role};
use crate::source::DocPath;
use crate::topology::{Node, Topology};

use serde_json::Value;

/// What the Helm chart or the operator cannot express.
pub static RULE: Rule = Rule {
    code: "RG605",
    slug: "kubernetes-flavor",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

For Kubernetes: the flavor is `helm` or `operator`, and the file uses what that flavor cannot express: nodes that
differ, replacements, keys of a pod that it does not pass on. The same holds for what only the raw manifests have, or
what the chart of that version is too old for.

## Why

Both make one StatefulSet of identical nodes with one configuration, numbered from 0
([chart](https://github.com/restatedev/restate/tree/main/charts/restate-helm),
[operator](https://github.com/restatedev/restate-operator)). A node's own location, roles or resources would be silently
dropped, and so would an Ingress. The operator provisions the cluster and passes on a single replication, for log and
partitions alike.

## Fails

```yaml
nodes:
  - {group: base, count: 3, first_id: 1}
  - {group: work, count: 2, first_id: 11, roles: [worker]}
kubernetes: {flavor: operator}
```

## Passes

```yaml
nodes: 5
kubernetes: {flavor: operator}
```
"#,
};

/// Finds what would be dropped.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let Some(kubernetes) = &cluster.kubernetes else {
        return Vec::new();
    };
    let who = match topology.kubernetes.flavor {
        Flavor::Raw => return Vec::new(),
        Flavor::Helm => "the Helm chart",
        Flavor::Operator => "the operator",
    };
    let mut found = Vec::new();
    let mut say = |path: DocPath, what: &str| {
        let message = format!("{who} cannot express {what}");
        found.push(
            Diagnostic::new(&RULE, path, message)
                .help("use `flavor: raw`, which generates manifests, or leave it out"),
        );
    };
    let like_first = |node: &Node| {
        topology
            .nodes
            .first()
            .is_none_or(|first| is_like(first, node))
    };
    if !topology.nodes.iter().all(like_first) {
        say(DocPath::of(["nodes"]), "nodes that differ from each other");
    } else if topology.nodes.iter().any(|node| !node.location.is_empty()) {
        say(DocPath::of(["nodes"]), "the location of a node");
    }
    let at = |key: &str| DocPath::of(["kubernetes", key]);
    if !kubernetes.replacements.is_empty() {
        say(at("replacements"), "nodes that replace others");
    }
    if cluster.tls.is_some() {
        say(DocPath::of(["tls"]), "TLS between the nodes");
    }
    if kubernetes.ip_family == Some(IpFamily::DualStack) {
        say(at("ip_family"), "Services of two IP families");
    }
    for (part, keys) in [
        (PodPart::Pod, &kubernetes.pod),
        (PodPart::Container, &kubernetes.container),
    ] {
        let taken = taken(topology.kubernetes.flavor, part);
        for key in keys.keys().filter(|key| !taken.contains(&key.as_str())) {
            let place = at(part.name()).key(key.as_str());
            say(place, &format!("`{key}` of a {}", part.name()));
        }
    }
    if kubernetes.ingress.is_some() {
        say(at("ingress"), "an Ingress");
    }
    if kubernetes.gateway.is_some() {
        say(at("gateway"), "an HTTPRoute");
    }
    if topology.kubernetes.flavor == Flavor::Operator
        && topology.log_replication != topology.partition_replication
    {
        say(
            DocPath::of(["replication"]),
            "a partition replication that differs from the log's",
        );
    }
    let services = kubernetes.services.as_ref();
    if services.is_some_and(|services| services.admin.is_some()) {
        say(
            at("services").key("admin"),
            "a Service of its own for the admin API",
        );
    }
    if topology.kubernetes.flavor == Flavor::Operator {
        let ingress = services.and_then(|services| services.ingress.as_ref());
        if ingress.is_some_and(|ingress| ingress.kind.is_some()) {
            let place = at("services").key("ingress").key("type");
            say(place, "the type of the Service");
        }
        if kubernetes.security.is_some() {
            say(at("security"), "who processes run as");
        }
        // It runs what the file calls init containers next to the node, and nothing before it.
        let before = kubernetes
            .pod
            .get("initContainers")
            .and_then(Value::as_array);
        for (index, container) in before.into_iter().flatten().enumerate() {
            if container.get("restartPolicy").is_none() {
                let place = at("pod").key("initContainers").index(index);
                say(place, "an init container without `restartPolicy: Always`");
            }
        }
    }
    if topology.kubernetes.flavor == Flavor::Operator
        && topology.kubernetes.monitoring == Monitoring::ServiceMonitor
    {
        say(at("monitoring"), "a ServiceMonitor");
    }
    if topology.kubernetes.flavor == Flavor::Helm {
        if kubernetes.priority_class.is_some() {
            say(at("priority_class"), "a priority class");
        }
        if kubernetes.network.is_some() {
            say(at("network"), "network policies");
        }
        found.extend(too_new_for_the_chart(kubernetes, topology));
    }
    found
}

/// The keys of a pod and of a container that the chart and the operator have.
fn taken(flavor: Flavor, part: PodPart) -> &'static [&'static str] {
    match (flavor, part) {
        (Flavor::Raw, _) => &[],
        (Flavor::Helm, PodPart::Pod) => &["initContainers", "volumes"],
        (Flavor::Operator, PodPart::Pod) => &[
            "affinity",
            "dnsConfig",
            "dnsPolicy",
            "initContainers",
            "topologySpreadConstraints",
            "volumes",
        ],
        (Flavor::Helm | Flavor::Operator, PodPart::Container) => {
            &["env", "imagePullPolicy", "volumeMounts"]
        }
    }
}

/// What only later versions of the chart know; this one silently drops it.
fn too_new_for_the_chart(kubernetes: &Kubernetes, topology: &Topology) -> Vec<Diagnostic> {
    let tolerations = DocPath::of(["kubernetes", "tolerations"]);
    let digest = DocPath::of(["image", "digest"]);
    let release = &topology.release;
    let labels = DocPath::of(["kubernetes", "pod_labels"]);
    [
        (
            !kubernetes.pod_labels.is_empty(),
            "podLabels",
            labels,
            "labels of pods",
        ),
        (
            !kubernetes.tolerations.is_empty(),
            "tolerations",
            tolerations,
            "tolerations",
        ),
        (
            topology.image.digest.is_some(),
            "image.digest",
            digest,
            "the digest of an image",
        ),
        (
            release.text() != release.version().to_string(),
            "image.tag",
            DocPath::of(["version"]),
            "the day of an image's build",
        ),
    ]
    .into_iter()
    .filter(|(is_used, value, ..)| *is_used && !release.chart_takes(value))
    .map(|(.., at, what)| {
        let version = release.version();
        let message = format!("the Helm chart of {version} cannot express {what}");
        Diagnostic::new(&RULE, at, message).help(
            "write a newer `version`, use `flavor: raw`, which generates manifests, or leave it out",
        )
    })
    .collect()
}

/// Whether both could have one configuration. That all nodes join the metadata quorum there is known and said.
fn is_like(one: &Node, other: &Node) -> bool {
    let roles = |node: &Node| -> Vec<Role> {
        let roles = node.roles.iter().copied();
        roles.filter(|role| *role != Role::MetadataServer).collect()
    };
    roles(one) == roles(other)
        && one.location == other.location
        && one.resources == other.resources
        && one.settings == other.settings
}
