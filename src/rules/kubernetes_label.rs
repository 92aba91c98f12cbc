//! RG603: labels and annotations that Kubernetes does not accept.

use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::model::names::{is_key, is_name};
use crate::source::DocPath;

/// Labels and annotations that Kubernetes does not accept.
pub static RULE: Rule = Rule {
    code: "RG603",
    slug: "kubernetes-label",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

For Kubernetes: a label or annotation key is invalid, a value is not a string, or a label's value has characters that
labels do not allow.

## Why

A key is a name of at most 63 letters, digits, `-`, `_` and `.`, with a domain and a slash in front if it is not your
own. A label's value is such a name too, or empty ([Kubernetes,
labels](https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set)). The values
of both are strings. The API server refuses a number or `true`, and YAML turns an unquoted `1.10` into the number 1.1.

## Fails

```yaml
nodes: 3
kubernetes: {node_selector: {generation: 1.10}}
```

## Passes

```yaml
nodes: 3
kubernetes: {node_selector: {generation: '1.10'}}
```
"#,
};

/// Whether values are held to the syntax of labels.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    Labels,
    Annotations,
}

/// Finds the labels and annotations that are invalid.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let Some(kubernetes) = &cluster.kubernetes else {
        return Vec::new();
    };
    let path = |keys: &[&str]| {
        keys.iter()
            .fold(DocPath::of(["kubernetes"]), |path, key| path.key(*key))
    };
    let mut maps: Vec<(DocPath, &Map<String, Value>, Of)> = vec![
        (
            path(&["service_account_annotations"]),
            &kubernetes.service_account_annotations,
            Of::Annotations,
        ),
        (path(&["pod_labels"]), &kubernetes.pod_labels, Of::Labels),
        (
            path(&["pod_annotations"]),
            &kubernetes.pod_annotations,
            Of::Annotations,
        ),
        (
            path(&["node_selector"]),
            &kubernetes.node_selector,
            Of::Labels,
        ),
    ];
    if let Some(ingress) = &kubernetes.ingress {
        maps.push((
            path(&["ingress", "annotations"]),
            &ingress.annotations,
            Of::Annotations,
        ));
    }
    if let Some(services) = &kubernetes.services {
        for (key, service) in [("ingress", &services.ingress), ("admin", &services.admin)] {
            let Some(service) = service else { continue };
            let at = path(&["services", key, "annotations"]);
            maps.push((at, &service.annotations, Of::Annotations));
        }
    }
    if let Some(network) = &kubernetes.network {
        for (key, peers) in [
            ("ingress_from", &network.ingress_from),
            ("admin_from", &network.admin_from),
            ("metrics_from", &network.metrics_from),
            ("services_to", &network.services_to),
        ] {
            for (index, peer) in peers.iter().flatten().enumerate() {
                let at = path(&["network", key]).index(index).key("pods");
                maps.push((at, &peer.pods, Of::Labels));
            }
        }
    }
    let mut found: Vec<Diagnostic> = maps
        .into_iter()
        .flat_map(|(at, map, of)| faults(&at, map, of))
        .collect();
    // The keys are locations; the values are labels of machines.
    for (location, zone) in &kubernetes.zones {
        found.extend(fault_of_value(
            path(&["zones", location.as_str()]),
            zone,
            Of::Labels,
        ));
    }
    found
}

fn faults(at: &DocPath, map: &Map<String, Value>, of: Of) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (key, value) in map {
        let place = at.clone().key(key.as_str());
        if is_ours(at, key) {
            let message = format!(
                "{} is set by this tool, and a second one is refused",
                quoted(key)
            );
            found.push(Diagnostic::new(&RULE, place.as_key(), message).help("delete it"));
        } else if is_key(key) {
            found.extend(fault_of_value(place, value, of));
        } else {
            let message = format!("{} is not a valid label or annotation key", quoted(key));
            found.push(Diagnostic::new(&RULE, place.as_key(), message).help(
                "use letters, digits, `-`, `_` and `.`, with `domain/` in front if it is not your own",
            ));
        }
    }
    found
}

fn fault_of_value(at: DocPath, value: &Value, of: Of) -> Option<Diagnostic> {
    let Value::String(text) = value else {
        let message = format!("{value} is not a string, and labels and annotations must be");
        return Some(Diagnostic::new(&RULE, at, message).help("put it in quotes"));
    };
    if of == Of::Annotations || text.is_empty() || is_name(text) {
        return None;
    }
    let message = format!("{} is not a valid label value", quoted(text));
    Some(Diagnostic::new(&RULE, at, message).help(
        "use at most 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit",
    ))
}

/// Whether the manifests have the key of that map already: `kubectl apply -k` refuses a second one.
fn is_ours(at: &DocPath, key: &str) -> bool {
    match at.last_key() {
        Some("pod_annotations") => {
            let ours = [
                "restate.dev/roles",
                "kubectl.kubernetes.io/default-container",
            ];
            ours.contains(&key) || key.starts_with("prometheus.io/")
        }
        Some("pod_labels") => {
            let ours = ["name", "instance", "component", "part-of", "managed-by"];
            let name = key.strip_prefix("app.kubernetes.io/");
            name.is_some_and(|name| ours.contains(&name)) || key.starts_with("restate.dev/")
        }
        Some("node_selector") => key == "topology.kubernetes.io/zone",
        _ => false,
    }
}
