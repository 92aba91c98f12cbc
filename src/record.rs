//! What a folder of generated files was made from, and the cluster that they run: the file `restate-gen.lock`.
//!
//! It is written with the files and committed with them, and holds no secret. Who generates again compares with it, so
//! that the everyday command refuses what would lose data, a newer version of this tool changes no cluster that runs,
//! and a file that somebody edited is not overwritten.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use minijinja::Value as Line;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::model::Role;
use crate::render::{self, joined, template, yaml_string};
use crate::source::{DocPath, Document};
use crate::targets::Target;
use crate::topology::{ObjectStore, Topology};
use crate::tree::{Keeping, RenderedFile, RenderedTree, plain_ends};

/// The name of the file, next to the generated files.
pub const FILE: &str = "restate-gen.lock";

/// The version of the file's form that this tool writes and reads.
pub const FORMAT: u32 = 1;

/// The version of this tool.
pub const TOOL: &str = env!("CARGO_PKG_VERSION");

/// What was generated into a folder.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The version of its form, [`FORMAT`].
    pub format: u32,
    /// The version of the tool that wrote it.
    pub tool: String,
    /// The target's name.
    pub target: String,
    /// The command that makes the files again, in the folder of the cluster file.
    pub command: String,
    /// The cluster, resolved.
    pub cluster: Described,
    /// The cluster file.
    pub cluster_file: ClusterFile,
    /// Values that the cluster has and the cluster file leaves open, by dotted path: the next version of the tool, or an
    /// older name, would have it otherwise.
    #[serde(default)]
    pub kept: IndexMap<String, Value>,
    /// The plan whose files these are, where they are those of a step in the middle: nothing else generates them.
    #[serde(default)]
    pub plan: Option<String>,
    /// Path of every generated file but the user's own, and the SHA-256 of its bytes in hexadecimal digits.
    pub files: BTreeMap<String, String>,
}

/// What a cluster that holds data cannot change freely, resolved.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Described {
    /// Restate's cluster name.
    pub name: String,
    /// The server version.
    pub version: String,
    /// What the orchestrator knows it by: the Compose project, the Kubernetes namespace, the Nomad job.
    pub deployment: String,
    /// Number of partitions.
    pub partitions: u16,
    /// Copies of each log record, in Restate's notation.
    pub log_replication: Value,
    /// Copies of each partition, in Restate's notation.
    pub partition_replication: Value,
    /// The kind of the object store.
    pub object_store: String,
    /// Where snapshots are kept; none without an object store.
    #[serde(default)]
    pub snapshots: Option<String>,
    /// Ids that no node may have again.
    pub retired_ids: Vec<u32>,
    /// The nodes, by id.
    pub nodes: Vec<Member>,
}

/// A node of a described cluster.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its id.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// What it runs as: a service, a pod, a group; none where that has its name.
    #[serde(default)]
    pub place: Option<String>,
    /// `region` or `region.zone`, or empty.
    #[serde(default)]
    pub location: String,
    /// Its roles.
    pub roles: Vec<Role>,
}

/// What holds for a cluster besides its cluster file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Kept {
    /// Values that the cluster file leaves open, by dotted path.
    pub values: IndexMap<String, Value>,
    /// Ids that no node may have again.
    pub retired_ids: Vec<u32>,
}

/// The cluster file that files were made from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterFile {
    /// Its name without folders.
    pub name: String,
    /// Values from the command line, by dotted path.
    #[serde(default)]
    pub flags: IndexMap<String, Value>,
    /// Its text with plain line ends; empty where flags alone were given.
    pub text: String,
}

/// Why a record cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// A newer version of this tool wrote it.
    Newer,
    /// What is wrong with it, in a phrase.
    Wrong(String),
}

impl Record {
    /// The record of files that are about to be written.
    pub fn of(
        target: &Target,
        command: &str,
        topology: &Topology,
        kept: Kept,
        cluster_file: ClusterFile,
        tree: &RenderedTree,
    ) -> Self {
        let Kept {
            values,
            retired_ids,
        } = kept;
        Self {
            format: FORMAT,
            tool: TOOL.into(),
            target: target.name.into(),
            command: command.into(),
            cluster: Described::of(target, topology, retired_ids),
            cluster_file,
            kept: values,
            plan: None,
            files: hashes(tree),
        }
    }

    /// The same of the files of a step in the middle of a plan.
    #[must_use]
    pub fn with_files_of_plan(self, plan: &str, tree: &RenderedTree) -> Self {
        Self {
            plan: Some(plan.to_owned()),
            files: hashes(tree),
            ..self
        }
    }

    /// Reads the text of a record.
    ///
    /// # Errors
    /// When it is not YAML, has another form, or a newer tool wrote it.
    pub fn parse(text: &str) -> Result<Self, Unread> {
        let document = Document::parse(FILE, text);
        if !document.is_readable() {
            return Err(Unread::Wrong(match has_conflict(text) {
                true => "it has the marks of a merge conflict".into(),
                false => "it is not YAML".into(),
            }));
        }
        let format = document.value()["format"].as_u64();
        if format.is_some_and(|format| format > u64::from(FORMAT)) {
            return Err(Unread::Newer);
        }
        Self::deserialize(document.value()).map_err(|error| Unread::Wrong(error.to_string()))
    }

    /// The text of the record. The same record gives the same bytes.
    pub fn text(&self) -> String {
        render::render(
            template!("record/restate-gen.lock.yaml"),
            &RecordView::of(self),
        )
    }

    /// The file of the record, to be written with the others.
    pub fn file(&self) -> RenderedFile {
        RenderedFile {
            path: FILE,
            text: self.text(),
            keeping: Keeping::Replace,
        }
    }

    /// The document that the files were made from: the cluster file, with the flags over it, and what it leaves open.
    pub fn document(&self) -> Document {
        let mut document =
            Document::parse(&self.cluster_file.name, self.cluster_file.text.as_str());
        for (path, value) in self.cluster_file.flags.iter().chain(&self.kept) {
            document.set(DocPath::of(path.split('.')), value.clone(), FILE);
        }
        document
    }

    /// Whether the text of a file is what was generated, whatever its line ends; none where the record does not have the
    /// file.
    pub fn is_as_generated(&self, path: &str, text: &str) -> Option<bool> {
        let recorded = self.files.get(path)?;
        Some(*recorded == hash(plain_ends(text).as_bytes()))
    }
}

impl Described {
    /// What the topology is, for that target.
    pub fn of(target: &Target, topology: &Topology, retired_ids: Vec<u32>) -> Self {
        // Restate's notation is YAML, and a number or a mapping of numbers.
        let notation =
            |text: String| Document::parse("", format!("of: {text}")).value()["of"].clone();
        let orchestrator = target.orchestrator;
        Self {
            name: topology.cluster_name.clone(),
            version: topology.release.text().into(),
            deployment: (orchestrator.deployment)(topology).to_owned(),
            partitions: topology.partitions,
            log_replication: notation(topology.log_replication.notation()),
            partition_replication: notation(topology.partition_replication.notation()),
            object_store: kind(&topology.object_store).into(),
            snapshots: topology
                .snapshots
                .as_ref()
                .map(|snapshots| snapshots.destination.clone()),
            retired_ids,
            nodes: topology
                .nodes
                .iter()
                .map(|node| Member {
                    id: node.id.0,
                    name: node.name.clone(),
                    place: Some((orchestrator.place)(topology, node))
                        .filter(|place| *place != node.name),
                    location: node.location.clone(),
                    roles: node.roles.clone(),
                })
                .collect(),
        }
    }
}

/// Gives the document a value that it leaves open, and notes it.
pub fn keep(document: &mut Document, path: &str, value: Value, kept: &mut IndexMap<String, Value>) {
    let place = DocPath::of(path.split('.'));
    if document.is_readable() && document.get(&place).is_none_or(Value::is_null) {
        document.set(place, value.clone(), FILE);
        kept.insert(path.to_owned(), value);
    }
}

/// The word for the store in a cluster file.
fn kind(store: &ObjectStore) -> &'static str {
    match store {
        ObjectStore::Minio(_) => "minio",
        ObjectStore::Seaweedfs(_) => "seaweedfs",
        ObjectStore::S3 { .. } => "s3",
        ObjectStore::Gcs(_) => "gcs",
        ObjectStore::Azure { .. } => "azure",
        ObjectStore::None => "none",
    }
}

/// Whether the text has the marks of a merge that is not resolved.
pub fn has_conflict(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("<<<<<<<"))
}

/// The hash of each file that is not the user's own, by path.
fn hashes(tree: &RenderedTree) -> BTreeMap<String, String> {
    let ours = tree
        .files()
        .iter()
        .filter(|file| file.keeping != Keeping::Merge);
    ours.map(|file| (file.path.to_owned(), hash(file.text.as_bytes())))
        .collect()
}

/// The SHA-256 of what is in a file, in hexadecimal digits.
pub fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut digits = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        write!(digits, "{byte:02x}").expect("a string takes everything");
    }
    digits
}

#[derive(Serialize)]
struct RecordView<'r> {
    format: u32,
    tool: &'r str,
    target: &'r str,
    command: &'r str,
    cluster: DescribedView<'r>,
    file: ClusterFileView<'r>,
    kept: Vec<FlagView<'r>>,
    plan: Option<&'r str>,
    files: Vec<FileView<'r>>,
}

#[derive(Serialize)]
struct DescribedView<'r> {
    name: &'r str,
    version: &'r str,
    deployment: &'r str,
    partitions: u16,
    log_replication: Line,
    partition_replication: Line,
    object_store: &'r str,
    snapshots: Option<&'r str>,
    retired_ids: Line,
    nodes: Vec<MemberView<'r>>,
}

#[derive(Serialize)]
struct MemberView<'r> {
    id: u32,
    name: &'r str,
    place: Option<&'r str>,
    location: &'r str,
    roles: Line,
}

#[derive(Serialize)]
struct ClusterFileView<'r> {
    name: &'r str,
    flags: Vec<FlagView<'r>>,
    /// The text as a block, indented; none where a block could not hold it exactly.
    lines: Option<Vec<Line>>,
    text: &'r str,
}

#[derive(Serialize)]
struct FlagView<'r> {
    path: &'r str,
    value: Line,
}

#[derive(Serialize)]
struct FileView<'r> {
    path: &'r str,
    hash: Line,
}

impl<'r> RecordView<'r> {
    fn of(record: &'r Record) -> Self {
        // Destructured, so that what is new in a record is written.
        let Record {
            format,
            tool,
            target,
            command,
            cluster,
            cluster_file: ClusterFile { name, flags, text },
            kept,
            plan,
            files,
        } = record;
        let verbatim = Line::from_safe_string;
        Self {
            format: *format,
            tool,
            target,
            command,
            cluster: DescribedView::of(cluster),
            file: ClusterFileView {
                name,
                flags: flags.iter().map(FlagView::of).collect(),
                lines: block(text),
                text,
            },
            kept: kept.iter().map(FlagView::of).collect(),
            plan: plan.as_deref(),
            files: files
                .iter()
                .map(|(path, hash)| FileView {
                    path,
                    hash: verbatim(hash.clone()),
                })
                .collect(),
        }
    }
}

impl<'r> FlagView<'r> {
    fn of((path, value): (&'r String, &'r Value)) -> Self {
        let written = match value {
            Value::String(text) => yaml_string(text),
            // YAML reads JSON.
            other => other.to_string(),
        };
        Self {
            path,
            value: Line::from_safe_string(written),
        }
    }
}

impl<'r> DescribedView<'r> {
    fn of(cluster: &'r Described) -> Self {
        let Described {
            name,
            version,
            deployment,
            partitions,
            log_replication,
            partition_replication,
            object_store,
            snapshots,
            retired_ids,
            nodes,
        } = cluster;
        let verbatim = Line::from_safe_string;
        // As Restate writes it: JSON without quotes around the keys.
        let notation =
            |value: &Value| verbatim(value.to_string().replace('"', "").replace(':', ": "));
        Self {
            name,
            version,
            deployment,
            partitions: *partitions,
            log_replication: notation(log_replication),
            partition_replication: notation(partition_replication),
            object_store,
            snapshots: snapshots.as_deref(),
            retired_ids: verbatim(joined(retired_ids, ", ")),
            nodes: nodes
                .iter()
                .map(|node| MemberView {
                    id: node.id,
                    name: &node.name,
                    place: node.place.as_deref(),
                    location: &node.location,
                    roles: verbatim(joined(node.roles.iter().map(|role| role.name()), ", ")),
                })
                .collect(),
        }
    }
}

/// The text as the lines of a literal block; none where YAML would read another text.
fn block(text: &str) -> Option<Vec<Line>> {
    let is_kept = |c: char| match c {
        '\n' | '\t' | ' '..='~' => true,
        // Breaks of lines, and marks that readers drop.
        '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        c => c > '\u{a0}',
    };
    let body = text.strip_suffix('\n')?;
    let starts_plain = !body.starts_with([' ', '\t', '\n']) && !body.is_empty();
    let ends_plain = !body.ends_with('\n');
    (starts_plain && ends_plain && text.chars().all(is_kept)).then(|| {
        body.split('\n')
            .map(|line| match line {
                "" => Line::from_safe_string(String::new()),
                line => Line::from_safe_string(format!("    {line}")),
            })
            .collect()
    })
}
