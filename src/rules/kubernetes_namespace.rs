//! RG601: a namespace or a name that Kubernetes reserves or does not accept.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology::Topology;

/// A namespace or a name that Kubernetes reserves or does not accept.
pub static RULE: Rule = Rule {
    code: "RG601",
    slug: "kubernetes-namespace",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

For Kubernetes: the namespace is reserved, or the cluster's name cannot be the value of a label.

## Why

Namespaces that begin with `kube-` are reserved for the system ([Kubernetes,
namespaces](https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/)). A namespace that this tool
creates is also labelled to refuse pods that are not restricted. All objects carry the cluster's name in the label
`app.kubernetes.io/instance`, by which they are selected. A label's value starts and ends with a letter or digit
([Kubernetes,
labels](https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set)).

## Fails

```yaml
nodes: 3
kubernetes: {namespace: kube-system}
```

## Passes

```yaml
nodes: 3
kubernetes: {namespace: restate}
```
"#,
};

/// Finds the namespace or cluster name that Kubernetes does not accept.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    if cluster.kubernetes.is_none() {
        return Vec::new();
    }
    let namespace = &topology.kubernetes.namespace;
    let reserved = namespace.starts_with("kube-").then(|| {
        let message = format!(
            "the namespace {} is reserved for Kubernetes",
            quoted(namespace)
        );
        Diagnostic::new(&RULE, DocPath::of(["kubernetes", "namespace"]), message)
            .help("choose a namespace only for this cluster, such as `restate`")
    });
    let name = &topology.cluster_name;
    let is_label = name.ends_with(|c: char| c.is_ascii_alphanumeric());
    let unlabelled = (!is_label).then(|| {
        let message = format!(
            "{} is not a valid label value, and on Kubernetes every object is labelled with the cluster's name",
            quoted(name)
        );
        Diagnostic::new(&RULE, DocPath::of(["name"]), message)
            .help("end the name with a letter or digit")
    });
    reserved.into_iter().chain(unlabelled).collect()
}
