//! Which cluster file the generated files of a folder without a record are of, and the record that they get.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::diagnostic::allow::Policy;
use crate::model::{Cluster, Role, Section};
use crate::record::{self, ClusterFile, Kept, Record};
use crate::source::{DocPath, Document};
use crate::standing::{self, Files, Node, Standing};
use crate::targets::{Orchestrator, Target};
use crate::topology::{self, Topology};
use crate::tree::{Keeping, RenderedTree, plain_ends};
use crate::validation::{Deployed, validate_for};

/// The key with the server version.
const VERSION: &str = "version";
/// The key with what the names of the services next to the nodes begin with.
const PREFIX: &str = "compose.prefix";
/// Keys that files have another value of than this version of the tool gives, or that `.env` decided, in this order: one
/// is the default of the next.
const DECIDED: [&str; 11] = [
    "name",
    "compose.project",
    "replication",
    MEMBERS,
    "registry",
    "image.repository",
    "image.digest",
    "volumes.size",
    "kubernetes.gitops",
    "nomad.volume",
    "nomad.volume_plugin",
];
/// The key with how many nodes are in the metadata quorum.
const MEMBERS: &str = "metadata_servers";
/// The key with the numbering of ports on the host, and that of 0.1.0.
const NUMBERING: (&str, &str) = ("ports.scheme", "decimal");

/// A cluster file with what it resolves to, and what its files would say.
#[derive(Clone)]
pub struct Candidate {
    /// What the cluster file leaves open and the files in the folder say, by dotted path.
    pub kept: IndexMap<String, Value>,
    /// The target that its files would be of.
    pub target: &'static Target,
    /// What they would say.
    pub standing: Standing,
    document: Document,
    cluster: Cluster,
    topology: Topology,
    tree: RenderedTree,
}

impl Candidate {
    /// The cluster file, with what it leaves open as it was `found` in the files of the folder.
    ///
    /// # Errors
    /// The document in which errors are found.
    pub fn of(
        mut document: Document,
        found: &Standing,
        orchestrator: &Orchestrator,
        policy: &Policy,
    ) -> Result<Self, Box<Document>> {
        let mut kept = IndexMap::new();
        if let Some(version) = found.values.get(VERSION) {
            record::keep(&mut document, VERSION, version.clone(), &mut kept);
        }
        let prefix = found.values.get(PREFIX);
        let default = topology::compose::DEFAULT_PREFIX;
        if let Some(prefix) = prefix.filter(|prefix| *prefix != default) {
            record::keep(&mut document, PREFIX, prefix.clone(), &mut kept);
        }
        let validation = validate_for(&document, policy, orchestrator.section);
        let Some(resolved) = validation.resolved() else {
            return Err(Box::new(document));
        };
        let mut candidate = Self::resolved(document, kept, resolved, orchestrator);
        for key in DECIDED {
            // Of other nodes, another number is due.
            if key == MEMBERS && found.nodes.len() != candidate.standing.nodes.len() {
                continue;
            }
            let was = value(found, key);
            let is = value(&candidate.standing, key);
            if let Some(was) = was.filter(|was| Some(was) != is.as_ref()) {
                candidate = candidate.with(key, was, orchestrator);
            }
        }
        Ok(candidate.with_ports_of(found, orchestrator))
    }

    fn resolved(
        document: Document,
        kept: IndexMap<String, Value>,
        (cluster, topology): (Cluster, Topology),
        orchestrator: &Orchestrator,
    ) -> Self {
        let target = orchestrator.target(&topology);
        let tree = (target.render)(&topology, target.verb);
        let files = |path: &str| tree.file(path).map(|file| file.text.clone());
        // What was just rendered can be read: a test reads every example on every target.
        let standing = standing::read(target, &files, &|_| None).unwrap_or_default();
        Self {
            kept,
            target,
            standing,
            document,
            cluster,
            topology,
            tree,
        }
    }

    /// The same with a value that it leaves open, where a cluster can have it.
    fn with(self, key: &str, value: Value, orchestrator: &Orchestrator) -> Self {
        let (mut document, mut kept) = (self.document.clone(), self.kept.clone());
        record::keep(&mut document, key, value, &mut kept);
        match deployed(&document) {
            Some(resolved) if kept != self.kept => {
                Self::resolved(document, kept, resolved, orchestrator)
            }
            _ => self,
        }
    }

    /// The same with ports that are numbered as in 0.1.0, where the nodes have those.
    fn with_ports_of(self, found: &Standing, orchestrator: &Orchestrator) -> Self {
        let ports = self.document.value().get("ports");
        let has_base = ports.is_some_and(|ports| ports.get("base").is_some());
        if has_base || found.has_ports_of(&self.standing) {
            return self;
        }
        let (key, scheme) = NUMBERING;
        let numbered = self.clone().with(key, scheme.into(), orchestrator);
        match found.has_ports_of(&numbered.standing) {
            true => numbered,
            false => self,
        }
    }

    /// The text of a cluster file that gives what was `found` in the files of the folder, and otherwise says what this
    /// one says; none where there is none.
    pub fn taken(&self, found: &Standing, orchestrator: &Orchestrator) -> Option<(String, Self)> {
        let mut document = self.document.clone();
        let mut set = |path: &str, value: Value| {
            document.set(DocPath::of(path.split('.')), value, record::FILE);
        };
        for key in found.values.keys().copied().chain(["replication"]) {
            let (was, is) = (value(found, key), value(&self.standing, key));
            let decides = !key.starts_with("replication.") && key != "object_store";
            if let Some(was) = was.filter(|was| decides && Some(was) != is.as_ref()) {
                set(key, was);
            }
        }
        for key in self.standing.values.keys() {
            if !found.values.contains_key(key) && DECIDED.contains(key) {
                set(key, Value::Null);
            }
        }
        let is_there = |id: &u32| {
            let mut nodes = found.nodes.iter();
            nodes.any(|node| node.id == Some(u64::from(*id)))
        };
        let mut retired = self.cluster.retired_ids.clone();
        retired.retain(|id| !is_there(id));
        set("retired_ids", retired.into());
        let [mut counted, mut listed] = [document.clone(), document.clone()];
        count(&mut counted, &found.nodes);
        self.list(&mut listed, &found.nodes);
        let candidates = [document, counted, listed].into_iter();
        let mut candidates = candidates.filter_map(|document| {
            let text = written(&document);
            let document = Document::parse(self.document.name(), text.as_str());
            let resolved = deployed(&document)?;
            let candidate = Self::resolved(document, self.kept.clone(), resolved, orchestrator);
            let is_it =
                candidate.target.name == self.target.name && found.is_same_as(&candidate.standing);
            is_it.then(|| (text, candidate.with_ports_of(found, orchestrator)))
        });
        candidates.next()
    }

    /// The entry of the file for the node that was found, and its place in the list.
    fn entry(&self, found: &Node) -> Option<(usize, &Map<String, Value>)> {
        let mut nodes = self.topology.nodes.iter();
        let node = nodes.find(|node| Some(u64::from(node.id.0)) == found.id)?;
        let entry = self.document.value()["nodes"].get(node.entry?)?;
        Some((node.entry?, entry.as_object()?))
    }

    /// Whether a node of Compose has its data in a volume or folder that does not follow from its name.
    fn is_in_existing_volume(&self, node: &Node) -> bool {
        let is_of_compose = self.target.orchestrator.section == Some(Section::Compose);
        let is_own = node.volume == format!("{}-data", node.name)
            || node.volume.ends_with(&format!("/{}", node.name));
        is_of_compose && !node.volume.is_empty() && !is_own
    }

    /// Gives the document the nodes that were found one by one, and those of one StatefulSet, or of one group of the file,
    /// as a group; with what else the file says of each.
    fn list(&self, document: &mut Document, nodes: &[Node]) {
        let group_of = |node: &Node| {
            let of_set = set_of(node).map(str::to_owned);
            let entry = self
                .entry(node)
                .filter(|(_, entry)| entry.contains_key("count"));
            let of_entry = entry.map(|(number, _)| number);
            (of_set.is_some() || of_entry.is_some()).then_some((of_set, of_entry))
        };
        let are_one = |one: &Node, next: &Node| {
            let group = group_of(one);
            group.is_some() && group == group_of(next)
        };
        let entries = nodes.chunk_by(are_one).map(|nodes| {
            let first = &nodes[0];
            let said = self.entry(first).map(|(_, entry)| entry.clone());
            let mut entry = said.unwrap_or_default();
            entry.remove("location");
            entry.remove("roles");
            match group_of(first) {
                None => {
                    entry.insert("id".into(), first.id.into());
                    entry.insert("name".into(), first.name.as_str().into());
                    entry.remove("volume");
                    if self.is_in_existing_volume(first) {
                        entry.insert("volume".into(), first.volume.as_str().into());
                    }
                }
                Some((set, _)) => {
                    if let Some(set) = set {
                        let group = set.strip_prefix("restate-").unwrap_or(&set);
                        entry.insert("group".into(), group.into());
                    }
                    entry.insert("count".into(), nodes.len().into());
                    entry.insert("first_id".into(), first.id.into());
                }
            }
            if !first.location.is_empty() {
                entry.insert("location".into(), first.location.as_str().into());
            }
            // Those of a group differ in the metadata quorum at most, and its size is set below.
            if nodes.iter().all(|node| node.roles == first.roles) {
                entry.insert("roles".into(), first.roles.clone().into());
            }
            Value::Object(entry)
        });
        set(document, "nodes", entries.collect::<Vec<_>>().into());
        set(document, MEMBERS, members(nodes).into());
    }

    /// The record of the files as they stand in the folder.
    pub fn record(self, command: &str, cluster_file: ClusterFile, files: &Files) -> Record {
        let Self {
            kept,
            target,
            standing: _,
            document: _,
            cluster,
            topology,
            tree,
        } = self;
        let kept = Kept {
            values: kept,
            retired_ids: cluster.retired_ids,
        };
        let mut record = Record::of(target, command, &topology, kept, cluster_file, &tree);
        let ours = tree.files().iter();
        let ours = ours.filter(|file| file.keeping != Keeping::Merge);
        record.files = ours
            .filter_map(|file| {
                let text = files(file.path)?;
                Some((
                    file.path.to_owned(),
                    record::hash(plain_ends(&text).as_bytes()),
                ))
            })
            .collect::<BTreeMap<_, _>>();
        record
    }
}

/// What the files say of a key of the cluster file.
fn value(standing: &Standing, key: &str) -> Option<Value> {
    let get = |key: &str| standing.values.get(key).cloned();
    match key {
        "replication" => {
            let (logs, partitions) = (get("replication.logs")?, get("replication.partitions")?);
            Some(json!({"logs": logs, "partitions": partitions}))
        }
        MEMBERS => Some(members(&standing.nodes).into()),
        key => get(key),
    }
}

/// What a document resolves to where a cluster can run from it.
fn deployed(document: &Document) -> Option<(Cluster, Topology)> {
    let deployed = Deployed::of(document, &Policy::default()).ok()?;
    Some((deployed.cluster().clone(), deployed.topology().clone()))
}

/// Gives the document the nodes as a count, with the ids between them retired.
fn count(document: &mut Document, nodes: &[Node]) {
    let ids: Vec<u64> = nodes.iter().filter_map(|node| node.id).collect();
    let last = ids.iter().copied().max().unwrap_or_default();
    let gaps: Vec<u64> = (1..last).filter(|id| !ids.contains(id)).collect();
    set(document, "nodes", nodes.len().into());
    // The chart and the operator number nodes and have all of them in the quorum, whatever the file says.
    if !ids.is_empty() {
        set(document, "retired_ids", gaps.into());
        set(document, MEMBERS, members(nodes).into());
    }
}

/// The StatefulSet of a node that shares it with others.
fn set_of(node: &Node) -> Option<&str> {
    let (set, _) = node.place.rsplit_once('-')?;
    (node.place != node.name && set != node.name).then_some(set)
}

fn set(document: &mut Document, key: &str, value: Value) {
    document.set(DocPath::of([key]), value, record::FILE);
}

/// How many nodes are in the metadata quorum.
fn members(nodes: &[Node]) -> usize {
    let member = Role::MetadataServer.name();
    let nodes = nodes.iter();
    nodes
        .filter(|node| node.roles.iter().any(|role| role == member))
        .count()
}

/// The document as the text of a cluster file: YAML reads JSON.
fn written(document: &Document) -> String {
    let mut text = String::from("# What restate-gen understood of the files in this folder.\n");
    for (key, value) in document.value().as_object().into_iter().flatten() {
        text += &format!("{key}: {value}\n");
    }
    text
}
