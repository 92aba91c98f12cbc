//! What generated files say of the cluster that they run, read back from them: for a folder that has no record.
//!
//! The files that this version generates are read in the same way, so that what it says of two folders can be compared.

mod compose;
mod kubernetes;
mod nomad;

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::Value;

use crate::facts::SERVER_IMAGE;
use crate::model::Section;
use crate::source::Document;
use crate::targets::{Orchestrator, TARGETS, Target};

/// The text of a file of the folder, by its path in it; none where it is missing.
pub type Files<'f> = dyn Fn(&str) -> Option<String> + 'f;

/// The value of a variable that is set for the files; none where it is not set.
pub type Variables<'v> = dyn Fn(&str) -> Option<String> + 'v;

/// What generated files say of the cluster that they run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// What holds for all of it, by the key of the cluster file that decides it.
    pub values: IndexMap<&'static str, Value>,
    /// The nodes, in the order of the files.
    pub nodes: Vec<Node>,
    /// The image that the nodes before have.
    images: Option<String>,
}

/// A node as generated files have it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Node {
    /// Its name; the chart and the operator name it after its pod.
    pub name: String,
    /// Its id; none where the server takes it from the pod.
    pub id: Option<u64>,
    /// What it runs as: a service, a pod, a group.
    pub place: String,
    /// `region` or `region.zone`, or empty.
    pub location: String,
    /// Its roles, by Restate's names.
    pub roles: Vec<String>,
    /// Its volume, where the files name one.
    pub volume: String,
    /// Its ports on the host. They may change, so they say nothing of which node it is.
    pub ports: Vec<String>,
}

/// Keys of the cluster file that decide what is read.
mod key {
    pub const NAME: &str = "name";
    pub const VERSION: &str = "version";
    pub const PARTITIONS: &str = "partitions";
    pub const LOGS: &str = "replication.logs";
    pub const COPIES: &str = "replication.partitions";
    pub const DESTINATION: &str = "snapshots.destination";
    pub const STORE: &str = "object_store";
    pub const SIZE: &str = "volumes.size";
    pub const REGISTRY: &str = "registry";
    pub const REPOSITORY: &str = "image.repository";
    pub const DIGEST: &str = "image.digest";
}

/// The target whose files stand in the folder; none where the orchestrator's main file is missing or names none.
pub fn target(orchestrator: &Orchestrator, files: &Files) -> Option<&'static Target> {
    let main = files(orchestrator.main_file)?;
    let mut own = TARGETS
        .iter()
        .filter(|target| target.orchestrator.verb == orchestrator.verb);
    match orchestrator.section {
        Some(Section::Kubernetes) => {
            let flavor = kubernetes::flavor(&main)?;
            own.find(|target| target.flavor == Some(flavor))
        }
        _ => own.next(),
    }
}

/// What the files of the target say. `variables` are those of `.env`.
///
/// # Errors
/// What is wrong with them, one phrase: they were edited, or some are missing.
///
/// ```
/// use restate_gen::source::Document;
/// use restate_gen::standing;
/// use restate_gen::targets::TARGETS;
/// use restate_gen::validation::validate;
///
/// let document = Document::parse("restate-cluster.yaml", "name: orders\nnodes: 3\n");
/// let topology = validate(&document, &Default::default()).topology().expect("sound");
/// for target in TARGETS {
///     let tree = (target.render)(&topology, target.verb);
///     let files = |path: &str| Some(tree.file(path)?.text.clone());
///     let read = standing::read(target, &files, &|_| None).expect("generated");
///     assert_eq!(read.values["name"], "orders");
///     assert_eq!(read.nodes.len(), 3);
/// }
/// ```
pub fn read(target: &Target, files: &Files, variables: &Variables) -> Result<Standing, String> {
    match target.orchestrator.section {
        Some(Section::Compose) => compose::read(files, variables),
        Some(Section::Kubernetes) => kubernetes::read(target.flavor, files),
        Some(Section::Nomad) => nomad::read(files),
        None => Err(format!("`{}` is not read back", target.name)),
    }
}

impl Standing {
    /// Notes what a file says of the key, unless it is said already.
    fn note(&mut self, key: &'static str, value: Option<Value>) {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            self.values.entry(key).or_insert(value);
        }
    }

    /// Notes the image that all nodes run. The first that is noted decides; one that differs from it is an error.
    fn note_image(&mut self, path: &str, place: &str, image: &str) -> Result<(), String> {
        let of_others = self.images.get_or_insert_with(|| image.to_owned());
        if of_others != image {
            return Err(format!(
                "{path} has nodes of several images: {place} has `{image}`, those before it `{of_others}`"
            ));
        }
        let (named, digest) = match image.split_once('@') {
            Some((named, digest)) => (named, Some(digest)),
            None => (image, None),
        };
        let name = named.rfind('/').map_or(0, |slash| slash + 1);
        let (repository, tag) = match named[name..].split_once(':') {
            Some((last, tag)) => (&named[..name + last.len()], Some(tag)),
            None => (named, None),
        };
        self.note(key::VERSION, tag.map(Value::from));
        self.note(key::DIGEST, digest.map(Value::from));
        let own = SERVER_IMAGE.name(None);
        if repository != own {
            let (_, without_host) = own.split_once('/').unwrap_or(("", &own));
            match repository.strip_suffix(without_host) {
                Some(registry) => {
                    self.note(key::REGISTRY, Some(registry.trim_end_matches('/').into()))
                }
                None => self.note(key::REPOSITORY, Some(repository.into())),
            }
        }
        Ok(())
    }

    /// Whether both are the same cluster.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.differences(other, "", "").is_empty()
    }

    /// Whether the nodes have the same ports on the host.
    pub fn has_ports_of(&self, other: &Self) -> bool {
        let ports = |standing: &Self| -> BTreeSet<(String, Vec<String>)> {
            let nodes = standing.nodes.iter();
            nodes
                .map(|node| (node.name.clone(), node.ports.clone()))
                .collect()
        };
        ports(self) == ports(other)
    }

    /// What is said, a line for each value and each node.
    pub fn lines(&self) -> Vec<String> {
        let values = self.values.iter();
        let values = values.map(|(key, value)| line(key, value));
        let nodes = self.nodes.iter().map(|node| format!("node {node}"));
        values.chain(nodes).collect()
    }

    /// What the other says otherwise, a line each. `here` and `there` are where each of both is from: `in the files`.
    pub fn differences(&self, other: &Self, here: &str, there: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut compare = |what: &str, one: Option<&Value>, two: Option<&Value>| {
            if one != two {
                let (one, two) = (shown(one), shown(two));
                found.push(format!("{what}: {one} {here}, {two} {there}"));
            }
        };
        let more = other.values.iter();
        let more = more.filter(|(key, _)| !self.values.contains_key(*key));
        for (key, _) in self.values.iter().chain(more) {
            compare(key, self.values.get(key), other.values.get(key));
        }
        for node in &self.nodes {
            let Some(is) = other.node(&node.name) else {
                continue;
            };
            for ((what, one), (_, two)) in node.identity().iter().zip(&is.identity()) {
                compare(&format!("{what} of {}", node.name), Some(one), Some(two));
            }
        }
        for (one, two, place) in [(self, other, here), (other, self, there)] {
            let alone = one.nodes.iter();
            let alone = alone.filter(|node| two.node(&node.name).is_none());
            found.extend(alone.map(|node| format!("node {node}: only {place}")));
        }
        found
    }

    /// The node of that name.
    fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == name)
    }
}

impl Node {
    /// What makes it this node and no other, besides its name.
    fn identity(&self) -> [(&'static str, Value); 5] {
        let Self {
            name: _,
            id,
            place,
            location,
            roles,
            volume,
            ports: _,
        } = self;
        [
            ("id", (*id).into()),
            ("place", place.as_str().into()),
            ("location", location.as_str().into()),
            ("roles", roles.join(", ").into()),
            ("volume", volume.as_str().into()),
        ]
    }
}

impl std::fmt::Display for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            name,
            id,
            place,
            location,
            roles,
            volume,
            ports: _,
        } = self;
        match id {
            Some(id) => write!(f, "{id} {name}")?,
            None => write!(f, "{name}")?,
        }
        if place != name {
            write!(f, " in {place}")?;
        }
        if !location.is_empty() {
            write!(f, " at {location}")?;
        }
        if !volume.is_empty() {
            write!(f, " on {volume}")?;
        }
        write!(f, ": {}", roles.join(", "))
    }
}

/// A key and its value in a message.
pub fn line(key: &str, value: &Value) -> String {
    let shown = shown(Some(value));
    format!("`{key}: {}`", shown.trim_matches('`'))
}

/// A value in a message.
fn shown(value: Option<&Value>) -> String {
    match value {
        None => "nothing".into(),
        Some(Value::String(text)) if text.is_empty() => "`''`".into(),
        Some(Value::String(text)) => format!("`{text}`"),
        Some(other) => format!("`{}`", other.to_string().replace('"', "")),
    }
}

/// The YAML documents of a generated file.
fn documents(path: &str, text: &str) -> Result<Vec<Value>, String> {
    let parts = text.split("\n---\n");
    parts
        .map(|part| {
            let document = Document::parse(path, part);
            match document.is_readable() {
                true => Ok(document.value().clone()),
                false => Err(format!("{path} is not YAML")),
            }
        })
        .collect()
}

/// The one document of a generated file.
fn document(path: &str, files: &Files) -> Result<Value, String> {
    let text = files(path).ok_or_else(|| format!("{path} is missing"))?;
    documents(path, &text).map(|mut documents| documents.swap_remove(0))
}

/// A number or a mapping, in YAML's notation.
fn notation(text: &str) -> Value {
    Document::parse("", format!("of: {text}")).value()["of"].clone()
}

/// The names in a list as a variable holds it.
fn names(list: &str) -> Vec<String> {
    serde_json::from_str(list).unwrap_or_default()
}
