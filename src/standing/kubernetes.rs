//! Generated manifests, values of the Helm chart and resources of the operator, read back.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::{Files, Node, Standing, document, documents, key, names, notation};
use crate::model::ByteSize;
use crate::model::kubernetes::Flavor;
use crate::targets::kubernetes::{KUSTOMIZATION, NODES_FILE};

const PROVISION: &str = "provision.yaml";
const VALUES: &str = "values.yaml";
const RESOURCE: &str = "restatecluster.yaml";

/// The flavor whose resources the text of a kustomization lists; the values of the chart are none of them.
pub fn flavor(kustomization: &str) -> Option<Flavor> {
    let documents = documents(KUSTOMIZATION, kustomization).ok()?;
    let resources = documents.first()?["resources"].as_array()?;
    let has = |name: &str| resources.iter().any(|resource| resource == name);
    Some(match (has(NODES_FILE), has(RESOURCE)) {
        (true, _) => Flavor::Raw,
        (_, true) => Flavor::Operator,
        _ => Flavor::Helm,
    })
}

/// Reads the files of the flavor.
pub fn read(flavor: Option<Flavor>, files: &Files) -> Result<Standing, String> {
    match flavor.unwrap_or(Flavor::Raw) {
        Flavor::Raw => raw(files),
        Flavor::Helm => helm(files),
        Flavor::Operator => operator(files),
    }
}

fn raw(files: &Files) -> Result<Standing, String> {
    let text = files(NODES_FILE).ok_or_else(|| format!("{NODES_FILE} is missing"))?;
    let objects = documents(NODES_FILE, &text)?;
    let mut standing = Standing::default();
    let mut sets = Vec::new();
    for object in objects
        .iter()
        .filter(|object| object["kind"] == "StatefulSet")
    {
        let container = container(&object["spec"]["template"]["spec"])?;
        let variables = variables(container);
        standing.note_variables(&variables);
        let location = variables.get("RESTATE_LOCATION");
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let image = container["image"].as_str().unwrap_or_default();
        standing.note_image(NODES_FILE, name, image)?;
        let claims = object["spec"]["volumeClaimTemplates"].as_array();
        for claim in claims.into_iter().flatten() {
            standing.note(
                key::SIZE,
                size(&claim["spec"]["resources"]["requests"]["storage"]),
            );
        }
        let replicas = object["spec"]["replicas"].as_u64();
        sets.push(Set {
            name,
            location: location.cloned().unwrap_or_default(),
            replicas,
        });
    }
    standing.note_all(provisioned(files)?);
    let kustomization = document(KUSTOMIZATION, files)?;
    let labels = kustomization["labels"].as_array().into_iter().flatten();
    if labels
        .into_iter()
        .any(|of| !of["pairs"]["restate.dev/files"].is_null())
    {
        standing.note("kubernetes.gitops", Some(true.into()));
    }
    let is_configuration = |object: &&Value| object["kind"] == "ConfigMap";
    for configuration in objects.iter().filter(is_configuration) {
        let namespace = configuration["metadata"]["namespace"].clone();
        standing.note("kubernetes.namespace", Some(namespace));
        let parts = configuration["data"].as_object().into_iter().flatten();
        for (file, text) in parts {
            let (Some(pod), Some(text)) = (file.strip_suffix(".toml"), text.as_str()) else {
                continue;
            };
            let settings = settings(NODES_FILE, text)?;
            let Some(name) = settings["node-name"].as_str() else {
                continue;
            };
            let of_pod = |set: &&Set| set_of(pod) == Some(set.name);
            let set = sets.iter().find(of_pod);
            let set =
                set.ok_or_else(|| format!("{NODES_FILE} has no StatefulSet of the pod {pod}"))?;
            standing.nodes.push(Node {
                name: name.to_owned(),
                id: settings["force-node-id"].as_u64(),
                place: pod.to_owned(),
                location: set.location.clone(),
                roles: listed(&settings["roles"]),
                ..Node::default()
            });
        }
    }
    for Set { name, replicas, .. } in &sets {
        let nodes = standing.nodes.iter();
        let nodes = nodes
            .filter(|node| set_of(&node.place) == Some(name))
            .count();
        if replicas.is_some_and(|replicas| replicas != nodes as u64) {
            return Err(format!(
                "{NODES_FILE} has {nodes} nodes in the StatefulSet {name}, and {} replicas",
                replicas.unwrap_or_default()
            ));
        }
    }
    standing.of(NODES_FILE)
}

/// A StatefulSet.
struct Set<'o> {
    name: &'o str,
    location: String,
    replicas: Option<u64>,
}

/// A size of Kubernetes as the cluster file has it; one that it cannot have stays as it is.
fn size(of: &Value) -> Option<Value> {
    let size = match of {
        Value::Number(bytes) => bytes.as_u64().map(ByteSize::bytes),
        Value::String(text) => {
            let bytes = text.parse().map(ByteSize::bytes);
            bytes.ok().or_else(|| text.parse().ok())
        }
        _ => return None,
    };
    Some(size.map_or_else(|| of.clone(), |size| size.to_string().into()))
}

/// The StatefulSet of a pod.
fn set_of(pod: &str) -> Option<&str> {
    pod.rsplit_once('-').map(|(set, _)| set)
}

fn helm(files: &Files) -> Result<Standing, String> {
    let chart = document(VALUES, files)?;
    let mut standing = Standing::default();
    let image = |key: &str| chart["image"][key].as_str();
    standing.note_image(VALUES, VALUES, &reference(&image))?;
    standing.note(key::SIZE, size(&chart["storage"]["size"]));
    standing.note_all(provisioned(files)?);
    let variables = variables(&chart);
    standing.note_variables(&variables);
    let roles = variables.get("RESTATE_ROLES").map(|roles| names(roles));
    standing.add_pods(&chart["replicaCount"], &roles.unwrap_or_default());
    standing.of(VALUES)
}

/// The image in the values of the chart.
fn reference<'v>(part: &dyn Fn(&str) -> Option<&'v str>) -> String {
    let mut reference = part("repository").unwrap_or_default().to_owned();
    for (key, sign) in [("tag", ':'), ("digest", '@')] {
        if let Some(part) = part(key) {
            reference.push(sign);
            reference += part;
        }
    }
    reference
}

fn operator(files: &Files) -> Result<Standing, String> {
    let resource = document(RESOURCE, files)?;
    let (name, spec) = (&resource["metadata"]["name"], &resource["spec"]);
    let mut standing = Standing::default();
    standing.note("kubernetes.namespace", Some(name.clone()));
    standing.note(key::NAME, Some(spec["clusterName"].clone()));
    let image = spec["compute"]["image"].as_str().unwrap_or_default();
    standing.note_image(RESOURCE, RESOURCE, image)?;
    standing.note(key::VERSION, version(&resource));
    standing.note(key::SIZE, size(&spec["storage"]["storageRequestBytes"]));
    let settings = settings(RESOURCE, spec["config"].as_str().unwrap_or_default())?;
    standing.note(
        key::PARTITIONS,
        settings.get("default-num-partitions").cloned(),
    );
    let copies = match &settings["default-replication"] {
        Value::String(scoped) => notation(scoped),
        number => number.clone(),
    };
    standing.note(key::LOGS, Some(copies.clone()));
    standing.note(key::COPIES, Some(copies));
    let snapshots = &settings["worker"]["snapshots"];
    standing.note(key::DESTINATION, snapshots.get("destination").cloned());
    standing.note(key::STORE, snapshots.get("aws-endpoint-url").cloned());
    standing.add_pods(&spec["compute"]["replicas"], &listed(&settings["roles"]));
    standing.of(RESOURCE)
}

impl Standing {
    /// Notes what another file says, unless it is said already.
    fn note_all(&mut self, other: Self) {
        for (key, value) in other.values {
            self.note(key, Some(value));
        }
    }

    /// What the variables of a node say of all of them.
    fn note_variables(&mut self, variables: &IndexMap<&str, String>) {
        let text = |name: &str| variables.get(name).map(|text| text.as_str().into());
        self.note(key::NAME, text("RESTATE_CLUSTER_NAME"));
        self.note(
            key::DESTINATION,
            text("RESTATE_WORKER__SNAPSHOTS__DESTINATION"),
        );
        self.note(
            key::STORE,
            text("RESTATE_WORKER__SNAPSHOTS__AWS_ENDPOINT_URL"),
        );
    }

    /// Nodes that are named after their pods, by those who run them.
    fn add_pods(&mut self, count: &Value, roles: &[String]) {
        let pods = 0..count.as_u64().unwrap_or_default();
        self.nodes.extend(pods.map(|pod| Node {
            name: format!("restate-{pod}"),
            place: format!("restate-{pod}"),
            roles: roles.to_vec(),
            ..Node::default()
        }));
    }

    fn of(self, path: &str) -> Result<Self, String> {
        match self.nodes.is_empty() {
            true => Err(format!("{path} lacks its nodes")),
            false => Ok(self),
        }
    }
}

/// What the provisioning Job says.
fn provisioned(files: &Files) -> Result<Standing, String> {
    let mut standing = Standing::default();
    let text = files(PROVISION).ok_or_else(|| format!("{PROVISION} is missing"))?;
    let objects = documents(PROVISION, &text)?;
    let job = objects.iter().find(|object| object["kind"] == "Job");
    let job = job.ok_or_else(|| format!("{PROVISION} has no Job"))?;
    standing.note(
        "kubernetes.namespace",
        Some(job["metadata"]["namespace"].clone()),
    );
    standing.note(key::VERSION, version(job));
    let variables = variables(container(&job["spec"]["template"]["spec"])?);
    let number = |name: &str| variables.get(name).map(|text| notation(text));
    standing.note(key::PARTITIONS, number("PARTITIONS"));
    standing.note(key::LOGS, number("LOG_REPLICATION"));
    standing.note(key::COPIES, number("PARTITION_REPLICATION"));
    Ok(standing)
}

/// The server version that an object is of: images may have a digest, or the tag of the chart.
fn version(object: &Value) -> Option<Value> {
    object["metadata"]["labels"]
        .get("app.kubernetes.io/version")
        .cloned()
}

/// The container of a pod that is not one of those before it.
fn container(pod: &Value) -> Result<&Value, String> {
    pod["containers"]
        .get(0)
        .ok_or_else(|| "a pod has no container".to_owned())
}

/// The variables of a container that have values.
fn variables(container: &Value) -> IndexMap<&str, String> {
    let list = container["env"].as_array().into_iter().flatten();
    list.filter_map(|entry| Some((entry["name"].as_str()?, entry["value"].as_str()?.to_owned())))
        .collect()
}

/// The settings of a server in TOML.
fn settings(path: &str, text: &str) -> Result<Value, String> {
    let table: Map<String, Value> =
        toml::from_str(text).map_err(|_| format!("{path} has a configuration that is not TOML"))?;
    Ok(table.into())
}

fn listed(value: &Value) -> Vec<String> {
    let values = value.as_array().into_iter().flatten();
    values
        .filter_map(|value| Some(value.as_str()?.to_owned()))
        .collect()
}
