//! RG615: keys of a pod or container that Kubernetes does not accept.

use serde_json::Value;

use crate::diagnostic::suggest::closest;
use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::facts::PodPart;
use crate::model::Cluster;
use crate::places::pod_keys;
use crate::source::DocPath;
use crate::topology::{Topology, pods};

/// Keys of a pod or container that Kubernetes does not accept.
pub static RULE: Rule = Rule {
    code: "RG615",
    slug: "kubernetes-pod-form",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

A key under `kubernetes.pod` or `kubernetes.container` is not one of a pod's `spec` or of a container, its value is of
another kind than Kubernetes takes, or an item of a list has no name. Or a mount names a volume that the pod does not
have.

## Why

`kubectl apply` refuses the StatefulSet for one such key: `unknown field "spec.template.spec.dnsConfigs"`. The other
objects exist then, and no node runs. The keys are those of Kubernetes 1.34 ([Kubernetes,
pod](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/)).

## Fails

```yaml
nodes: 3
kubernetes:
  pod: {dnsConfigs: {options: [{name: ndots, value: '1'}]}}
```

## Passes

```yaml
nodes: 3
kubernetes:
  pod: {dnsConfig: {options: [{name: ndots, value: '1'}]}}
```
"#,
};

/// Finds what the API server would refuse.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let volumes = volumes(cluster, topology);
    let mut found = Vec::new();
    for (part, at, key, value) in pod_keys(cluster) {
        let Some(kind) = part.kind(key) else {
            found.push(unknown(part, at, key));
            continue;
        };
        if !is_of(value, kind) {
            let message = format!(
                "{} is not {}, as Kubernetes takes it",
                quoted(key),
                words(kind)
            );
            found.push(Diagnostic::new(&RULE, at, message).help("write it as in a manifest"));
            continue;
        }
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            let place = at.clone().index(index);
            let name = item.get("name").and_then(Value::as_str);
            if NAMED.contains(&key) && name.is_none() {
                let message = format!("an item of {} has no `name`", quoted(key));
                found.push(Diagnostic::new(&RULE, place, message).help("give it a name"));
            } else if let ("volumeMounts", Some(name)) = (key, name)
                && !volumes.iter().any(|volume| volume == name)
            {
                let message = format!("the pod has no volume {}", quoted(name));
                found.push(
                    Diagnostic::new(&RULE, place.key("name"), message)
                        .help("add it to `kubernetes.pod.volumes`"),
                );
            }
        }
    }
    found
}

/// Lists whose items Kubernetes knows by their names.
const NAMED: [&str; 5] = [
    "containers",
    "env",
    "initContainers",
    "volumeMounts",
    "volumes",
];

fn unknown(part: PodPart, at: DocPath, key: &str) -> Diagnostic {
    let message = format!("a {} has no key {}", part.name(), quoted(key));
    let found = Diagnostic::new(&RULE, at.clone().as_key(), message);
    let names = part.keys().map(|(name, _)| name);
    match closest(key, names) {
        Some(right) => found
            .help(format!("write `{right}`"))
            .fix(at.as_key(), right),
        None => found.help("remove it"),
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "object" => value.is_object(),
        _ => value.is_string(),
    }
}

fn words(kind: &str) -> &'static str {
    match kind {
        "array" => "a list",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "object" => "a mapping",
        _ => "a string",
    }
}

/// The volumes of the pod: ours, and those of the file.
fn volumes(cluster: &Cluster, topology: &Topology) -> Vec<String> {
    let mut volumes = pods::volumes(topology);
    let given = cluster.kubernetes.as_ref();
    let given = given.and_then(|kubernetes| kubernetes.pod.get("volumes")?.as_array());
    let names = given
        .into_iter()
        .flatten()
        .filter_map(|volume| volume.get("name")?.as_str());
    volumes.extend(names.map(str::to_owned));
    volumes
}
