//! Generated manifests, values of the Helm chart and resources of the operator, read back.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::{Files, Node, Standing, document, documents, key, names, notation};
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
    let mut standing = provisioned(files)?;
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
        sets.push((name, location.cloned().unwrap_or_default()));
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
            let of_pod = |(set, _): &&(&str, String)| set_of(pod) == Some(*set);
            let set = sets.iter().find(of_pod);
            let (_, location) =
                set.ok_or_else(|| format!("{NODES_FILE} has no StatefulSet of the pod {pod}"))?;
            standing.nodes.push(Node {
                name: name.to_owned(),
                id: settings["force-node-id"].as_u64(),
                place: pod.to_owned(),
                location: location.clone(),
                roles: listed(&settings["roles"]),
                ..Node::default()
            });
        }
    }
    standing.of(NODES_FILE)
}

/// The StatefulSet of a pod.
fn set_of(pod: &str) -> Option<&str> {
    pod.rsplit_once('-').map(|(set, _)| set)
}

fn helm(files: &Files) -> Result<Standing, String> {
    let chart = document(VALUES, files)?;
    let mut standing = provisioned(files)?;
    let variables = variables(&chart);
    standing.note_variables(&variables);
    let roles = variables.get("RESTATE_ROLES").map(|roles| names(roles));
    standing.add_pods(&chart["replicaCount"], &roles.unwrap_or_default());
    standing.of(VALUES)
}

fn operator(files: &Files) -> Result<Standing, String> {
    let resource = document(RESOURCE, files)?;
    let (name, spec) = (&resource["metadata"]["name"], &resource["spec"]);
    let mut standing = Standing::default();
    standing.note("kubernetes.namespace", Some(name.clone()));
    standing.note(key::NAME, Some(spec["clusterName"].clone()));
    standing.note(key::VERSION, version(&resource));
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
