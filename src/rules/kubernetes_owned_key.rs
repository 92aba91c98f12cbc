//! RG616: keys and values of a pod that follow from the rest of the file.

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::facts::{ADMIN_PORT, FABRIC_PORT, INGRESS_PORT, OutsideVariable};
use crate::model::Cluster;
use crate::places::pod_keys;
use crate::server::credentials::nodes_secrets;
use crate::topology::Topology;
use crate::topology::compose::Handling;
use crate::topology::pods::{self, handling};

/// Keys and values of a pod that follow from the rest of the file.
pub static RULE: Rule = Rule {
    code: "RG616",
    slug: "kubernetes-owned-key",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

A key under `kubernetes.pod` or `kubernetes.container` sets what this tool decides: the image, probes, limits,
tolerations and so on. Or a value conflicts with what the pod has: a variable that configures the server, a mount over a
folder of the server, a volume, container or port of the same name.

## Why

Each of them follows from other keys of the file, or the provisioning step and the scripts rely on it. Variables that
start with `RESTATE_` are settings of the server. Under `settings` they are checked, and the memory pools and the other
nodes follow from them. A mount over the data folder hides the data, and Kubernetes accepts a name once only
([Kubernetes, pod](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/)).

## Fails

```yaml
nodes: 3
kubernetes:
  pod: {tolerations: [{operator: Exists}]}
```

## Passes

```yaml
nodes: 3
kubernetes:
  tolerations: [{key: dedicated}]
```
"#,
};

/// Finds what is this tool's.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (part, at, key, value) in pod_keys(cluster) {
        if let Handling::Refused(reason) = handling(part, key) {
            let message = format!("{} cannot be set: {reason}", quoted(key));
            found.push(Diagnostic::new(&RULE, at.as_key(), message).help("remove it"));
            continue;
        }
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            let Some((inner, message, help)) = fault(key, item, topology) else {
                continue;
            };
            let place = at.clone().index(index).key(inner);
            found.push(Diagnostic::new(&RULE, place, message).help(help));
        }
    }
    found
}

/// What is wrong with an item of a list: its key, why, and what to do.
fn fault(
    list: &str,
    item: &Value,
    topology: &Topology,
) -> Option<(&'static str, String, &'static str)> {
    let name = item.get("name").and_then(Value::as_str).unwrap_or_default();
    let taken = |what: &str| {
        Some((
            "name",
            format!("the pod has {what} {}", quoted(name)),
            "choose another name",
        ))
    };
    match list {
        "volumes" if pods::volumes(topology).iter().any(|own| own == name) => taken("a volume"),
        "containers" | "initContainers" if pods::CONTAINERS.contains(&name) => taken("a container"),
        "env" => of_variable(name, topology),
        "volumeMounts" => {
            let path = item.get("mountPath").and_then(Value::as_str)?;
            let path = path.trim_end_matches('/');
            let hidden = FOLDERS.iter().find(|folder| {
                let inside = path.strip_prefix(**folder);
                path.is_empty()
                    || inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })?;
            // What is inside of the folder in memory hides nothing.
            (*hidden != "/tmp" || path == "/tmp" || path.is_empty()).then(|| {
                let message = format!("this mount would hide what the server has in {hidden}");
                ("mountPath", message, "mount it elsewhere")
            })
        }
        "ports" => {
            let port = item.get("containerPort").and_then(Value::as_u64);
            let port = port.filter(|port| PORTS.iter().any(|(_, own)| u64::from(*own) == *port));
            if let Some(port) = port {
                let message = format!("the container has the port {port} already");
                return Some(("containerPort", message, "remove it"));
            }
            let is_taken = PORTS.iter().any(|(own, _)| *own == name);
            is_taken.then(|| taken("a port"))?
        }
        _ => None,
    }
}

/// Folders of the node's container.
const FOLDERS: [&str; 3] = ["/restate-data", "/config", "/tmp"];

/// Ports of the node's container.
const PORTS: [(&str, u16); 3] = [
    ("fabric", FABRIC_PORT),
    ("ingress", INGRESS_PORT),
    ("admin", ADMIN_PORT),
];

fn of_variable(name: &str, topology: &Topology) -> Option<(&'static str, String, &'static str)> {
    let is_outside = OutsideVariable::all().iter().any(|one| one.name == name);
    let is_secret = nodes_secrets(&topology.object_store).any(|own| own == name);
    let help = match name {
        _ if name.starts_with("RESTATE_") || is_outside => {
            "put the setting under `settings`, where it is checked"
        }
        _ if is_secret => "it is in the Secret; see `kubernetes.secret`",
        "POD_NAME" | "SERVICE_NAME" => "remove it",
        _ => return None,
    };
    let message = format!(
        "{} is a variable of this container that is set elsewhere",
        quoted(name)
    );
    Some(("name", message, help))
}
