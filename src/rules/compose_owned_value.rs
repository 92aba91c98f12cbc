//! RG683: a value of a service that is not for the file to give.

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::facts::OutsideVariable;
use crate::model::Cluster;
use crate::places::compose_keys;
use crate::source::{DocPath, Segment};
use crate::topology::Topology;
use crate::topology::compose::{Of, mount, names, variables};

/// A value of a service that is not for the file to give.
pub static RULE: Rule = Rule {
    code: "RG683",
    slug: "compose-owned-value",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A value under `compose.node` or `compose.store` conflicts with what this tool sets: a variable that configures the
server or the store, a mount over the data folder, limits or the number of containers under `deploy`, a dependency on a
step that waits for this service. Or it gives several nodes the same host port or address.

## Why

Variables that start with `RESTATE_` are settings of the server. Under `settings` they are checked, and the memory pools
and the other nodes follow from them. A mount over the data folder hides the data. A node that waits for
`restate-provision` waits forever, because that step waits for the nodes. Docker gives a host port to one container
only ([Compose specification, ports](https://docs.docker.com/reference/compose-file/services/#ports)).

## Fails

```yaml
compose:
  node: {environment: {RESTATE_NODE_NAME: alpha}}
```

## Passes

```yaml
compose:
  node: {environment: {AWS_PROFILE: orders}}
```
"#,
};

/// Finds values that stand against what the service has.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    compose_keys(cluster)
        .flat_map(|(of, at, key, value)| {
            let faults = match key {
                "environment" => of_variables(of, value),
                "volumes" | "tmpfs" => of_mounts(of, value),
                "deploy" => of_deploy(of, value),
                "depends_on" => of_dependencies(of, value, topology),
                "ports" if of == Of::Node && topology.nodes.len() > 1 => of_ports(value),
                "networks" if of == Of::Node && topology.nodes.len() > 1 => of_networks(value),
                _ => Vec::new(),
            };
            faults.into_iter().map(move |fault| {
                let place = fault
                    .segments
                    .into_iter()
                    .fold(at.clone(), DocPath::segment);
                Diagnostic::new(&RULE, place, fault.message).help(fault.help)
            })
        })
        .collect()
}

/// Something that cannot be said, with the segments to it from the key.
struct Fault {
    segments: Vec<Segment>,
    message: String,
    help: String,
}

fn of_variables(of: Of, value: &Value) -> Vec<Fault> {
    let places: Vec<Segment> = match value {
        Value::Object(entries) => entries.keys().cloned().map(Segment::Key).collect(),
        Value::Array(items) => (0..items.len()).map(Segment::Index).collect(),
        _ => Vec::new(),
    };
    let owned = |name: &str| -> Option<String> {
        let outside = OutsideVariable::all()
            .iter()
            .find(|variable| variable.name == name);
        match (of, name) {
            (_, "TZ") => Some("set it in `.env`, for all services".into()),
            (Of::Node, _) if name.starts_with("RESTATE_") => {
                Some("put the setting under `settings`, where it is checked".into())
            }
            (Of::Node, _) if outside.is_some() => outside.map(|variable| {
                format!(
                    "set `{}` under `settings`, where it is checked",
                    variable.setting
                )
            }),
            (Of::Store, _)
                if ["MINIO_ROOT_", "AWS_"]
                    .iter()
                    .any(|prefix| name.starts_with(prefix))
                    || name.ends_with("ACCESS_KEY")
                    || name.ends_with("SECRET_KEY") =>
            {
                Some("set the credentials in `.env`".into())
            }
            (Of::Store, "DESTINATION") => Some("set `destination` under `snapshots`".into()),
            _ => None,
        }
    };
    variables(value)
        .into_iter()
        .zip(places)
        .filter_map(|((name, _), item)| {
            Some(Fault {
                help: owned(&name)?,
                message: format!(
                    "{} is a variable of this service that is set elsewhere",
                    quoted(&name)
                ),
                segments: vec![item],
            })
        })
        .collect()
}

fn of_mounts(of: Of, value: &Value) -> Vec<Fault> {
    let data = match of {
        Of::Node => "/restate-data",
        Of::Store => "/data",
    };
    let is_over = |target: &str| {
        let inside = target.strip_prefix(data);
        target.is_empty() || inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let items = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    items
        .iter()
        .enumerate()
        .filter(|(_, item)| mount(item).is_some_and(|mount| is_over(mount.target)))
        .map(|(index, _)| Fault {
            segments: value
                .is_array()
                .then_some(Segment::Index(index))
                .into_iter()
                .collect(),
            message: format!("this mount would hide the data in {data}"),
            help: "mount it elsewhere; `compose.volumes` sets options of the data volumes".into(),
        })
        .collect()
}

fn of_deploy(of: Of, value: &Value) -> Vec<Fault> {
    let owned = ["resources", "replicas", "mode"];
    let entries = value.as_object();
    let keys = entries.into_iter().flat_map(|entries| entries.keys());
    keys.filter(|key| owned.contains(&key.as_str()))
        .map(|key| Fault {
            segments: vec![Segment::Key(key.clone())],
            message: format!(
                "{} of `deploy` follows from the rest of the file",
                quoted(key)
            ),
            help: match (key.as_str(), of) {
                ("resources", Of::Node) => "use `resources` of the cluster file".into(),
                (_, Of::Node) => "use `nodes` of the cluster file".into(),
                (_, Of::Store) => "remove it".into(),
            },
        })
        .collect()
}

fn of_dependencies(of: Of, value: &Value, topology: &Topology) -> Vec<Fault> {
    let prefix = &topology.compose.prefix;
    let waits = |name: &str| match name.strip_prefix(prefix.as_str()) {
        Some("cluster" | "provision") => true,
        Some("bucket") => of == Of::Store,
        _ => false,
    };
    let places = names(value).into_iter().enumerate();
    places
        .filter(|(_, name)| waits(name))
        .map(|(index, name)| Fault {
            segments: vec![match value {
                Value::Array(_) => Segment::Index(index),
                _ => Segment::Key(name.to_owned()),
            }],
            message: format!(
                "{} waits for this service, so neither would ever start",
                quoted(name)
            ),
            help: "remove it".into(),
        })
        .collect()
}

fn of_ports(value: &Value) -> Vec<Fault> {
    let items = value.as_array().into_iter().flatten().enumerate();
    items
        .filter_map(|(index, item)| {
            let published = match item {
                Value::String(text) => published(text)?.to_owned(),
                Value::Object(entry) => match entry.get("published")? {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                },
                _ => return None,
            };
            // Of a range Docker takes one that is free; 0 is any.
            let is_one = published.parse::<u16>().is_ok_and(|port| port > 0);
            is_one.then(|| Fault {
                segments: vec![Segment::Index(index)],
                message: format!("only the first node would get the host port {published}"),
                help: "write a range with a port for each node, or the container's port alone"
                    .into(),
            })
        })
        .collect()
}

/// The host port of a short form: `8080:80`, `127.0.0.1:8080:80/tcp`.
fn published(text: &str) -> Option<&str> {
    let (rest, _) = text.rsplit_once(':')?;
    rest.rsplit(':').next()
}

fn of_networks(value: &Value) -> Vec<Fault> {
    let mut found = Vec::new();
    for (network, options) in value.as_object().into_iter().flatten() {
        for key in ["ipv4_address", "ipv6_address", "mac_address"] {
            if options.get(key).is_some() {
                found.push(Fault {
                    segments: vec![Segment::Key(network.clone()), Segment::Key(key.into())],
                    message: "several containers cannot have the same address".into(),
                    help: "remove it: nodes are reached by name".into(),
                });
            }
        }
    }
    found
}
