//! Which cluster file is meant, and what it says.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde_json::{Map, Value};

use super::terminal::Terminal;
use super::{ClusterArguments, files};
use crate::diagnostic::allow::Policy;
use crate::model::Section;
use crate::output;
use crate::source::{self, DocPath, Document};
use crate::targets::{Flag, compose};
use crate::topology::Topology;
use crate::validation::validate_for;

/// Names of the cluster file, the first one there is taken.
pub const FILE_NAMES: [&str; 2] = ["restate-cluster.yaml", "restate-cluster.yml"];

/// A cluster file, or what stands for it on the command line.
pub struct Input {
    /// Its folder, where generated files go by default.
    pub folder: PathBuf,
    /// What is written in it, with the flags over it.
    pub document: Document,
    /// The part of the command line that leads to this input, for the headers of generated files: no path, so that it
    /// is the same on any machine.
    pub command_suffix: String,
}

impl Input {
    /// Keeps the names that the Compose files of the folder have, as [`keep_names`] does, and says so.
    pub fn keep_names(&mut self, terminal: &Terminal, folder: &Path) {
        if keep_names(&mut self.document, folder) {
            terminal.say(NAMES_KEPT);
        }
    }

    /// Gives the document a section that it lacks, as [`give_section`] does.
    pub fn give_section(&mut self, section: Option<Section>) {
        give_section(&mut self.document, section);
    }

    /// Lays the value of a flag over the section. A document that cannot be read stays as it is: its fault is the news.
    pub fn override_key(&mut self, section: Option<Section>, flag: &Flag, value: String) {
        let Some(section) = section.filter(|_| self.document.is_readable()) else {
            return;
        };
        let text = format!("--{} {value}", flag.key);
        if !flag.chooses_target {
            self.command_suffix = format!("{} {text}", self.command_suffix);
        }
        let path = DocPath::of([section.name(), flag.key]);
        self.document.set(path, value.into(), text);
    }
}

/// Gives the document a section that it lacks, so that the rules of a target hold for those who generate for it; an
/// empty one says nothing. A document that cannot be read stays as it is: its fault is the news.
pub fn give_section(document: &mut Document, section: Option<Section>) {
    let Some(name) = section.map(Section::name) else {
        return;
    };
    if document.is_readable() && document.value().get(name).is_none() {
        document.set(DocPath::of([name]), Map::new().into(), name);
    }
}

/// What is said where names are kept.
pub const NAMES_KEPT: &str = "note: the other services keep their names without a prefix, as in docker-compose.yaml; write `compose: {prefix: ''}` to make that explicit";

/// Where the folder has a Compose file of ours whose services next to the nodes have no prefix, as all had in 0.1.0, and
/// the document says nothing of a prefix: none is kept, for under other names their volumes would be others. Whether it did.
pub fn keep_names(document: &mut Document, folder: &Path) -> bool {
    let compose = document.value().get("compose");
    let says_nothing = match compose {
        None | Some(Value::Null) => true,
        Some(Value::Object(section)) => !section.contains_key("prefix"),
        Some(_) => false,
    };
    if !document.is_readable() || !says_nothing {
        return false;
    }
    let path = folder.join(compose::MAIN_FILE);
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    if !output::is_ours(&text) || files::prefix(&text) != Some("") {
        return false;
    }
    let path = path.display().to_string();
    document.set(DocPath::of(["compose", "prefix"]), "".into(), path);
    true
}

/// The cluster file of a cluster that runs.
pub struct DeployedFile {
    /// What is written in it.
    pub document: Document,
    /// Where it is.
    pub path: PathBuf,
    /// Its folder, where the generated files are.
    pub folder: PathBuf,
    /// The part of the command line that leads to it, for the headers of generated files.
    pub command_suffix: String,
}

/// The cluster file that is named, or the one here.
///
/// # Errors
/// When there is none, or it cannot be read. Standard input does not count: the deployed cluster file has to be a file
/// that can be rewritten.
pub fn deployed(file: Option<&Path>) -> Result<DeployedFile> {
    let found = || {
        FILE_NAMES
            .iter()
            .map(PathBuf::from)
            .find(|path| path.exists())
    };
    let Some(path) = file.map(Path::to_path_buf).or_else(found) else {
        bail!(
            "no cluster file: there is no {} here\nif the cluster was generated with `--nodes` alone, write its file with `restate-gen init --nodes` and that number",
            FILE_NAMES[0]
        );
    };
    if path == Path::new("-") {
        bail!("a change is written into the cluster file, so it cannot come from standard input");
    }
    Ok(DeployedFile {
        document: source::load(&path)?,
        folder: path.parent().unwrap_or(Path::new("")).to_path_buf(),
        command_suffix: command_suffix(&path),
        path,
    })
}

/// The part of the command line that leads to the file, for the headers of generated files: its name alone, so that it is
/// the same on any machine.
pub fn command_suffix(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // A name that a shell or a comment could take for more than a name is not repeated.
    let plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if plain && !FILE_NAMES.contains(&name.as_ref()) {
        format!(" -f {name}")
    } else {
        String::new()
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
            command_suffix = self::command_suffix(path);
            let folder = path
                .parent()
                .filter(|_| path != Path::new("-"))
                .unwrap_or(Path::new(""));
            (source::load(path)?, folder.to_path_buf())
        }
        (None, Some(path)) => (source::load(&path)?, PathBuf::new()),
        (None, None) if nodes.is_some() => (Document::empty("the command line"), PathBuf::new()),
        (None, None) => bail!(
            "no cluster file: there is no {} here\nwrite one with `restate-gen init`, name one with --file, or pass the number of nodes with --nodes",
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
pub fn topology(
    terminal: &Terminal,
    document: &Document,
    section: Option<Section>,
) -> Option<Topology> {
    let validation = validate_for(document, &Policy::default(), section);
    terminal.report(&validation.report);
    validation.topology()
}
