//! RG610: metrics that nobody outside the namespace may read.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::model::kubernetes::{Flavor, Monitoring};
use crate::source::DocPath;
use crate::topology::Topology;

/// Metrics that nobody outside the namespace may read.
pub static RULE: Rule = Rule {
    code: "RG610",
    slug: "kubernetes-metrics",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

For Kubernetes: `monitoring` tells Prometheus where metrics are, and the network policies let only pods of the namespace read them.

## Why

Prometheus mostly runs in a namespace of its own, such as `monitoring`. Its attempts to reach the nodes are dropped there, and all that is seen of it are targets that are down ([Kubernetes, network policies](https://kubernetes.io/docs/concepts/services-networking/network-policies/)). A network plugin that enforces nothing hides the fault until it is replaced.

## Fails

```yaml
nodes: 3
kubernetes: {monitoring: service_monitor}
```

## Passes

```yaml
nodes: 3
kubernetes:
  monitoring: service_monitor
  network: {metrics_from: [{namespace: monitoring}]}
```
"#,
};

/// Finds monitoring that the policies keep out.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let Some(kubernetes) = &cluster.kubernetes else {
        return Vec::new();
    };
    let resolved = &topology.kubernetes;
    let network = kubernetes.network.as_ref();
    let is_opened = network.is_some_and(|network| network.metrics_from.is_some());
    // The chart writes no policies.
    let is_closed = resolved.network.is_some() && resolved.flavor != Flavor::Helm && !is_opened;
    if resolved.monitoring == Monitoring::None || !is_closed {
        return Vec::new();
    }
    let at = DocPath::of(["kubernetes", "monitoring"]);
    let message = "only pods of the namespace may read the metrics, and Prometheus mostly runs in another one";
    vec![Diagnostic::new(&RULE, at, message).help(
        "name who may: `network: {metrics_from: [{namespace: monitoring}]}`, or `[{}]` where it runs in this namespace",
    )]
}
