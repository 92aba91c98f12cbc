//! The record of a folder: what was generated there, and what follows from it for who generates again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use indexmap::IndexMap;
use serde_json::Value;

use crate::diagnostic::Report;
use crate::diagnostic::allow::Policy;
use crate::output::{self, FileChange, FileChangeKind};
use crate::record::{self, Described, Kept, Record, Unread, keep};
use crate::refusal::Refusal;
use crate::source::{DocPath, Document};
use crate::targets::operations::unquoted;
use crate::targets::{Orchestrator, TARGETS, Target};
use crate::topology::Topology;
use crate::tree::{RenderedTree, plain_ends};
use crate::validation::{self, Deployed, validate};

/// A key of the cluster file that keeps its value where the file leaves it open, and the value that the cluster has.
type Pin = (&'static str, fn(&Described) -> Value);

/// The server version is pinned always: the next release of this tool knows a newer one.
pub const VERSION: &str = "version";

/// Keys that are pinned where this version of the tool would decide otherwise than the one that made the files.
const DECIDED: &[Pin] = &[
    ("name", |cluster| cluster.name.clone().into()),
    ("partitions", |cluster| cluster.partitions.into()),
    ("replication", |cluster| {
        serde_json::json!({
            "logs": cluster.log_replication,
            "partitions": cluster.partition_replication,
        })
    }),
    ("metadata_servers", |cluster| {
        let is_member =
            |node: &&record::Member| node.roles.contains(&crate::model::Role::MetadataServer);
        cluster.nodes.iter().filter(is_member).count().into()
    }),
];

/// A folder's record.
pub struct Recorded {
    /// What it says.
    pub record: Record,
    /// Its text, as it is on the disk.
    pub text: String,
    /// The target that the files are of.
    pub target: &'static Target,
}

impl Recorded {
    /// The record of the folder; none where it has none.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(record::FILE);
        let text = output::read_text(&path);
        let Some(text) = text.with_context(|| format!("cannot read {}", path.display()))? else {
            return Ok(None);
        };
        let unread = |why: &str| {
            let way = match record::has_conflict(&text) {
                true => {
                    "take the side that was applied, with `git checkout --ours` or `--theirs`, and generate again: the change of the other side is then judged like any other"
                }
                false => "restore the file from version control",
            };
            format!(
                "{}: {why}\n{way}; if no cluster runs from the files of this folder, delete it",
                path.display()
            )
        };
        let record = match Record::parse(&text) {
            Ok(record) => record,
            Err(Unread::Newer) => bail!(
                "{}: a newer version of restate-gen wrote it\ninstall that version, or a later one",
                path.display()
            ),
            Err(Unread::Wrong(why)) => bail!(unread(&why)),
        };
        let Some(target) = TARGETS.iter().find(|target| target.name == record.target) else {
            bail!(unread(&format!("there is no target `{}`", record.target)));
        };
        Ok(Some(Self {
            record,
            text,
            target,
        }))
    }

    /// A record that is not on the disk yet.
    pub fn of(record: Record, target: &'static Target) -> Self {
        Self {
            text: record.text(),
            record,
            target,
        }
    }

    /// The cluster file that the files were made from, with what it left open as the cluster has it.
    pub fn document(&self) -> Document {
        let mut document = self.record.document();
        validation::give_section(&mut document, self.target.orchestrator.section);
        self.pin(&mut document);
        document
    }

    /// The cluster that runs from the files.
    ///
    /// # Errors
    /// When this version of the tool makes no cluster of it, or another one: then nothing can be said about a change.
    pub fn deployed(&self, document: &Document) -> Result<Deployed> {
        let of = |report: &Report<'_>| {
            let found = report.findings().iter();
            found
                .map(|finding| finding.sentence())
                .collect::<Vec<_>>()
                .join("; ")
        };
        let deployed = Deployed::of(document, &Policy::default()).map_err(|report| {
            anyhow::anyhow!(
                "the cluster file in {} cannot be read by this version of restate-gen, {}: {}",
                record::FILE,
                record::TOOL,
                of(&report)
            )
        })?;
        let described = self.described(deployed.topology());
        if described.nodes != self.record.cluster.nodes {
            bail!(
                "restate-gen {} makes other nodes of the cluster file in {} than restate-gen {}, which wrote it; nothing was written",
                record::TOOL,
                record::FILE,
                self.record.tool
            );
        }
        Ok(deployed)
    }

    /// Whether the command that made the files, run in the one folder, writes into the other.
    pub fn leads(&self, from: &Path, to: &Path) -> bool {
        let real = |folder: &Path| std::fs::canonicalize(Path::new(".").join(folder)).ok();
        let to = real(to);
        to.is_some() && real(&from.join(self.way())) == to
    }

    /// The way from the folder of the cluster file to that of the files.
    fn way(&self) -> String {
        let way = self.record.command.rsplit_once(" -o ");
        way.map_or_else(String::new, |(_, way)| unquoted(way))
    }

    /// Where the cluster file is that the files of the folder were made from: in the folder from which its command leads
    /// here, which is known but for links; else in one of `others`. Where several have a file of that name, the one that
    /// says what the record has, or else of the cluster that it has.
    pub fn cluster_file(&self, folder: &Path, others: &[PathBuf]) -> Option<PathBuf> {
        let name = &self.record.cluster_file.name;
        let steps = Path::new(&self.way()).components().count();
        let above = folder.join("../".repeat(steps));
        let others = others.iter().map(PathBuf::as_path);
        let plain = folder.ancestors().nth(steps);
        let folders = plain.into_iter().chain([above.as_path()]).chain(others);
        let mut files: Vec<PathBuf> = folders
            .filter(|from| from.join(name).exists() && self.leads(from, folder))
            .map(|from| from.join(name))
            .collect();
        let says = |path: &PathBuf| std::fs::read_to_string(path).unwrap_or_default();
        let is_same = |path: &PathBuf| plain_ends(&says(path)) == self.record.cluster_file.text;
        let is_of_cluster = |path: &PathBuf| {
            Document::parse("", says(path)).value()["name"] == self.record.cluster.name.as_str()
        };
        let best = files.iter().position(is_same);
        let best = best.or_else(|| files.iter().position(is_of_cluster));
        (!files.is_empty()).then(|| files.swap_remove(best.unwrap_or(0)))
    }

    /// Whether the files were made with a flag for the key.
    pub fn has_flag(&self, path: &str) -> bool {
        self.record.cluster_file.flags.contains_key(path)
    }

    /// Gives the document the values that the record keeps besides the cluster file, where it leaves them open.
    pub fn keep_values(&self, document: &mut Document) -> IndexMap<String, Value> {
        let mut values = IndexMap::new();
        for (path, value) in &self.record.kept {
            keep(document, path, value.clone(), &mut values);
        }
        values
    }

    /// Gives the document the values that the running cluster has, where it leaves them open, and returns them.
    pub fn pin(&self, document: &mut Document) -> Kept {
        let cluster = &self.record.cluster;
        let mut values = self.keep_values(document);
        keep(
            document,
            VERSION,
            cluster.version.clone().into(),
            &mut values,
        );
        retire(document, &cluster.retired_ids);
        // Only another tool decides otherwise.
        if self.record.tool != record::TOOL {
            for (path, value) in self.decided_otherwise() {
                keep(document, path, value, &mut values);
            }
        }
        Kept {
            values,
            retired_ids: listed(document).collect(),
        }
    }

    /// What this version of the tool would decide otherwise than the one that made the files.
    fn decided_otherwise(&self) -> Vec<(&'static str, Value)> {
        let cluster = &self.record.cluster;
        let mut recorded = self.record.document();
        keep(
            &mut recorded,
            VERSION,
            cluster.version.clone().into(),
            &mut IndexMap::new(),
        );
        retire(&mut recorded, &cluster.retired_ids);
        let Some(topology) = validate(&recorded, &Policy::default()).topology() else {
            return Vec::new();
        };
        let now = self.described(&topology);
        // They depend on one another, so it is all or none of them.
        match DECIDED
            .iter()
            .all(|(_, value)| value(&now) == value(cluster))
        {
            true => Vec::new(),
            false => DECIDED
                .iter()
                .map(|(path, value)| (*path, value(cluster)))
                .collect(),
        }
    }

    fn described(&self, topology: &Topology) -> Described {
        Described::of(
            self.target,
            topology,
            self.record.cluster.retired_ids.clone(),
        )
    }

    /// Retires the ids of nodes that the document no longer has: by the record no node gets one again, whatever the
    /// file says.
    pub fn retire_removed(
        &self,
        document: &mut Document,
        after: Option<&Topology>,
        kept: &mut Kept,
    ) {
        let mut retired: BTreeSet<u32> = listed(document).collect();
        if let Some(after) = after {
            let remains = |id: u32| after.nodes.iter().any(|node| node.id.0 == id);
            let members = self.record.cluster.nodes.iter().map(|node| node.id);
            retired.extend(members.filter(|id| !remains(*id)));
        }
        kept.retired_ids = retired.into_iter().collect();
        retire(document, &kept.retired_ids);
    }

    /// The record after the files of a tree were made again, and no others.
    pub fn with_files_of(&self, new: &Record, tree: &RenderedTree) -> Record {
        let mut record = self.record.clone();
        for file in tree.files() {
            if let Some(hash) = new.files.get(file.path) {
                record.files.insert(file.path.to_owned(), hash.clone());
            }
        }
        record
    }

    /// Why files of the orchestrator do not go into the folder, where they do not.
    pub fn refusal(&self, target: &Target, folder: &Path) -> Option<Refusal> {
        (self.target.name != target.name)
            .then(|| refusal_of_two(self.target.verb, target.name, folder))
    }

    /// Why a plan does not start from these files, where it does not: it is not the change of the cluster that they run,
    /// or they are not as they were generated.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn refusal_of_plan(
        &self,
        before: &Topology,
        after: &Topology,
        folder: &Path,
    ) -> Result<Option<Refusal>> {
        let document = self.document();
        let recorded = self.deployed(&document)?;
        // A plan that was written already has its files in place.
        if ![before, after].contains(&recorded.topology()) {
            return Ok(Some(Refusal::new(
                format!(
                    "the deployed cluster file is not the one that the files in {} were generated from",
                    shown(folder)
                ),
                "run `restate-gen plan` without the old file: it starts from what was generated",
            )));
        }
        for path in self.record.files.keys().filter(|path| is_plain(path)) {
            let place = folder.join(path);
            let Some(text) = output::read_lossy(&place)? else {
                return Ok(Some(Refusal::new(
                    format!("{} is missing, so it is unknown what runs", place.display()),
                    format!(
                        "restore it from version control; or run `{}`, and apply that as its `next:` says",
                        self.record.command
                    ),
                )));
            };
            if self.record.is_as_generated(path, &text) == Some(false) {
                return Ok(Some(Refusal::new(
                    format!(
                        "{} was edited after restate-gen wrote it, so it is unknown what runs",
                        place.display()
                    ),
                    format!(
                        "put your change into {}, run `{} --force`, apply that as its `next:` says, and plan again",
                        self.target.orchestrator.own_changes, self.record.command
                    ),
                )));
            }
        }
        Ok(None)
    }

    /// What differs from the record, where nothing else says what is to be in the files: those that are missing, and those
    /// that somebody edited.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn differences(&self, folder: &Path) -> Result<Vec<FileChange>> {
        let mut changes = Vec::new();
        for path in self.record.files.keys().filter(|path| is_plain(path)) {
            let place = folder.join(path);
            let text = output::read_lossy(&place)?;
            let kind = match &text {
                None => FileChangeKind::Created,
                Some(text) if self.record.is_as_generated(path, text) == Some(true) => {
                    FileChangeKind::Unchanged
                }
                Some(_) => FileChangeKind::Updated,
            };
            let text = text.unwrap_or_default();
            changes.push(FileChange {
                kind,
                ..output::edit(&place, &text, &text)
            });
        }
        Ok(changes)
    }

    /// The files that somebody edited after they were generated and that would be overwritten. A file of the `new` record
    /// that this one does not have was left over once, because somebody had edited it.
    pub fn edited<'c>(
        &self,
        folder: &Path,
        changes: &'c [FileChange],
        new: Option<&Record>,
    ) -> Vec<&'c FileChange> {
        let is_edited = |change: &&FileChange| {
            // Nearly all files stay as they are, and hashing them is the most that a record costs.
            if change.kind != FileChangeKind::Updated {
                return false;
            }
            let path = change.path.strip_prefix(folder).unwrap_or(&change.path);
            let path = path.to_string_lossy();
            let is_as_generated = self.record.is_as_generated(&path, &change.before);
            let is_new = || new.is_some_and(|new| new.files.contains_key(&*path));
            is_as_generated.map_or_else(is_new, |is_as_generated| !is_as_generated)
        };
        changes.iter().filter(is_edited).collect()
    }

    /// The files that were generated and are no longer: those to remove, and those that somebody edited, which stay.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn left_over(
        &self,
        folder: &Path,
        kept: &Record,
    ) -> Result<(Vec<FileChange>, Vec<PathBuf>)> {
        let (mut removed, mut edited) = (Vec::new(), Vec::new());
        for path in self.record.files.keys() {
            if kept.files.contains_key(path) || !is_plain(path) {
                continue;
            }
            let place = folder.join(path);
            let Some(text) = output::read_lossy(&place)? else {
                continue;
            };
            if self.record.is_as_generated(path, &text) == Some(true) {
                removed.push(output::removal(&place, text));
            } else {
                edited.push(place);
            }
        }
        Ok((removed, edited))
    }
}

/// Why files of the target of that name do not go into a folder with those of another verb.
pub fn refusal_of_two(verb: &str, name: &str, folder: &Path) -> Refusal {
    Refusal::new(
        format!(
            "{} was generated by `restate-gen {verb}`; files of two targets in one folder overwrite each other",
            shown(folder)
        ),
        format!(
            "pass another folder: `--output {}`; if no cluster runs from the files, pass `--new-cluster`",
            folder.join(name).display()
        ),
    )
}

/// Why edited files are not overwritten, and what to do.
pub fn refusal_of_edited(orchestrator: &Orchestrator, edited: &[&FileChange]) -> Option<Refusal> {
    let (first, others) = edited.split_first()?;
    let mut paths = first.path.display().to_string();
    for other in others {
        paths = format!("{paths}, {}", other.path.display());
    }
    let were = if others.is_empty() { "was" } else { "were" };
    Some(Refusal::new(
        format!("{paths} {were} edited after restate-gen wrote it; nothing was written"),
        format!(
            "`--diff` shows the difference; put your change into {}, or overwrite it with `--force`",
            orchestrator.own_changes
        ),
    ))
}

/// The folder as people call it.
pub fn shown(folder: &Path) -> String {
    match folder.as_os_str().is_empty() {
        true => "this folder".into(),
        false => folder.display().to_string(),
    }
}

/// Whether a path stays in its folder: a record is a file that anybody may have changed.
fn is_plain(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    parts.all(|part| matches!(part, std::path::Component::Normal(_)))
}

/// The retired ids that the document lists.
fn listed(document: &Document) -> impl Iterator<Item = u32> {
    let ids = document
        .value()
        .get("retired_ids")
        .and_then(Value::as_array);
    ids.into_iter()
        .flatten()
        .filter_map(|id| u32::try_from(id.as_u64()?).ok())
}

/// Lists these ids as retired, besides those that the document lists.
pub fn retire(document: &mut Document, ids: &[u32]) {
    let written: BTreeSet<u32> = listed(document).collect();
    let all: BTreeSet<u32> = written.iter().copied().chain(ids.iter().copied()).collect();
    if document.is_readable() && all != written {
        let all: Vec<u32> = all.into_iter().collect();
        document.set(DocPath::of(["retired_ids"]), all.into(), record::FILE);
    }
}
