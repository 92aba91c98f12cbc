//! Which cluster file is meant, and what it says.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde_json::{Map, Value};

use super::ClusterArguments;
use super::terminal::Terminal;
use crate::diagnostic::allow::Policy;
use crate::source::{self, DocPath, Document};
use crate::topology::Topology;
use crate::validation::validate;

/// Names of the cluster file, the first one there is taken.
pub const FILE_NAMES: [&str; 2] = ["restate-cluster.yaml", "restate-cluster.yml"];

/// A cluster file, or what stands for it on the command line.
pub struct Input {
    /// Its folder, where generated files go unless told otherwise.
    pub folder: PathBuf,
    /// What is written in it, with the flags over it.
    pub document: Document,
    /// The part of the command line that leads to this input, for the headers of generated files: no path, so that it
    /// is the same on any machine.
    pub command_suffix: String,
}

impl Input {
    /// Gives the document a section that it lacks, so that the rules of a target hold for those who generate for it; an
    /// empty one says nothing. A document that cannot be read stays as it is: its fault is the news.
    pub fn give_section(&mut self, name: &'static str) {
        if self.document.is_readable() && self.document.value().get(name).is_none() {
            let section = Map::new().into();
            self.document.set(DocPath::of([name]), section, name);
        }
    }
}

/// Finds and reads the cluster file. `--nodes` alone needs none.
///
/// # Errors
/// When there is no cluster file, or it cannot be read.
pub fn load(arguments: &ClusterArguments) -> Result<Input> {
    let ClusterArguments { file, nodes } = arguments;
    let found = FILE_NAMES
        .iter()
        .map(PathBuf::from)
        .find(|path| path.exists());
    let mut command_suffix = String::new();
    let (mut document, folder) = match (file, found) {
        (Some(path), _) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            // A name that a shell or a comment could take for more than a name is not repeated.
            let plain = name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
            if plain && !FILE_NAMES.contains(&name.as_ref()) {
                command_suffix = format!(" -f {name}");
            }
            let folder = path
                .parent()
                .filter(|_| path != Path::new("-"))
                .unwrap_or(Path::new(""));
            (source::load(path)?, folder.to_path_buf())
        }
        (None, Some(path)) => (source::load(&path)?, PathBuf::new()),
        (None, None) if nodes.is_some() => (Document::empty("the command line"), PathBuf::new()),
        (None, None) => bail!(
            "no cluster file: there is no {} here\nwrite one with `restate-gen init`, name one with --file, or say how many nodes with --nodes",
            FILE_NAMES[0]
        ),
    };
    if let Some(nodes) = nodes {
        let flag = format!("--nodes {nodes}");
        // A document that cannot be read stays as it is: its fault is the news.
        if document.is_readable() {
            document.set(DocPath::of(["nodes"]), number(nodes), flag.clone());
        }
        command_suffix = format!("{command_suffix} {flag}");
    }
    Ok(Input {
        folder,
        document,
        command_suffix,
    })
}

/// A number as people write one; anything else stays the text that it is, for the schema to refuse.
pub fn number(text: &str) -> Value {
    text.parse::<i64>()
        .map_or_else(|_| text.into(), Value::from)
}

/// The topology of a file without errors; with errors they are reported and there is none.
pub fn topology(terminal: &Terminal, document: &Document) -> Option<Topology> {
    let validation = validate(document, &Policy::default());
    terminal.report(&validation.report);
    validation.topology()
}
