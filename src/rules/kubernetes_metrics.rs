//! RG610: metrics that nothing outside the namespace can read.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::model::kubernetes::{Flavor, Monitoring};
use crate::source::DocPath;
use crate::topology::Topology;

/// Metrics that nothing outside the namespace can read.
pub static RULE: Rule = Rule {
    code: "RG610",
    slug: "kubernetes-metrics",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

For Kubernetes: `monitoring` shows Prometheus where the metrics are, but the network policies let nobody read them.

## Why

Metrics are on the port that nodes use among themselves, which nobody else may reach. So the requests of Prometheus to
the nodes are dropped, and all that it shows are targets that are down ([Kubernetes, network
policies](https://kubernetes.io/docs/concepts/services-networking/network-policies/)). A network plugin that does not
enforce policies hides the fault until it is replaced.

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
    let message = "the network policies let nobody read the metrics, so Prometheus sees only targets that are down";
    vec![Diagnostic::new(&RULE, at, message).help(
        "allow it: `network: {metrics_from: [{namespace: monitoring}]}`, or `[{}]` if it runs in this namespace",
    )]
}
