//! Which cluster file is meant, and what it says.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::ClusterArguments;
use super::recorded::{self, Recorded};
use super::terminal::Terminal;
use crate::facts::Release;
use crate::import::kind::{self, Kind};
use crate::model::Section;
use crate::output;
use crate::record::{self, ClusterFile};
use crate::source::{self, DocPath, Document};
use crate::targets::operations::quoted;
use crate::targets::{self, Flag};
use crate::topology::NodeId;
use crate::tree::plain_ends;
use crate::validation;

/// Names of the cluster file, the first one there is taken.
pub const FILE_NAMES: [&str; 2] = ["restate-cluster.yaml", "restate-cluster.yml"];

/// The key with the nodes, which a flag may override.
pub const NODES: &str = "nodes";

/// A cluster file, or what stands for it on the command line.
pub struct Input {
    /// Its folder.
    pub folder: PathBuf,
    /// What is written in it, with the flags over it.
    pub document: Document,
    /// The part of the command line that leads to the file, and no path, so that it is the same on any machine.
    file_suffix: String,
    /// The part of the command line that leads to the folder of the generated files.
    folder_suffix: String,
    /// The values from the command line, by dotted path.
    flags: IndexMap<String, Value>,
    /// The name of the file without folders; empty where flags alone were given.
    name: String,
    /// The folder with files that were generated from it, where it was found by their record.
    files: Option<PathBuf>,
}

impl Input {
    /// What the files are made from, for their record.
    pub fn cluster_file(&self) -> ClusterFile {
        ClusterFile {
            name: self.name.clone(),
            flags: self.flags.clone(),
            text: plain_ends(self.document.text()).into_owned(),
        }
    }

    /// Whether nothing that is generated can differ from the files of the record: the same tool, file and flags.
    pub fn is_as_recorded(&self, Recorded { record, .. }: &Recorded) -> bool {
        record.tool == record::TOOL && record.cluster_file == self.cluster_file()
    }

    /// A cluster file, `-` for standard input.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of_file(path: &Path) -> Result<Self> {
        let document = source::load(path)?;
        // What the shell calls standard input or the output of a command has no folder for files.
        let path = match source::is_stream(path) {
            true => Path::new("-"),
            false => path,
        };
        let folder = path.parent().filter(|_| path != Path::new("-"));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self {
            document,
            folder: folder.unwrap_or(Path::new("")).to_path_buf(),
            file_suffix: file_suffix(path),
            folder_suffix: String::new(),
            flags: IndexMap::new(),
            name: name.into_owned(),
            files: None,
        })
    }

    /// A cluster file. Where the working directory has files that were generated from it, they are meant.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of_found(path: &Path) -> Result<Self> {
        let mut input = Self::of_file(path)?;
        let here = Path::new("");
        if let Some(recorded) = Recorded::read(here)?
            && recorded.record.cluster_file.name == input.name
            && recorded.leads(&input.folder, here)
        {
            input.files = Some(here.to_path_buf());
        }
        Ok(input)
    }

    /// Where generated files go by default.
    pub fn files_folder(&self) -> &Path {
        self.files.as_deref().unwrap_or(&self.folder)
    }

    /// Lays the flags that the files of a folder were made with over the file, but for those that are given already. Those
    /// of a folder without a cluster file say nothing of a file that came later. Returns those that were repeated, as they
    /// are typed.
    pub fn repeat_flags(&mut self, recorded: &Recorded) -> Vec<String> {
        let was_file = recorded.record.cluster_file.name == self.name;
        let mut repeated = Vec::new();
        for (path, value) in &recorded.record.cluster_file.flags {
            if was_file && !self.has_flag(path) {
                self.set_flag(path, value.clone());
                repeated.push(as_flag(path, value));
            }
        }
        repeated
    }

    /// What the files of a folder were made from, where that was no file.
    pub fn of_record(recorded: &Recorded, folder: &Path) -> Self {
        let ClusterFile { name, flags, text } = &recorded.record.cluster_file;
        let mut input = Self {
            folder: folder.to_path_buf(),
            document: Document::parse("the command line", text.as_str()),
            file_suffix: String::new(),
            folder_suffix: String::new(),
            flags: IndexMap::new(),
            name: name.clone(),
            files: None,
        };
        for (path, value) in flags {
            input.set_flag(path, value.clone());
        }
        input
    }

    /// The part of the command line that leads to this input, for the headers of generated files.
    pub fn command_suffix(&self) -> String {
        let chooses_target = |path: &str| {
            let mut known = targets::orchestrators().flat_map(|orchestrator| orchestrator.flags);
            known.any(|flag| flag.chooses_target && path.ends_with(flag.key))
        };
        let is_said = |path: &str| path != recorded::VERSION && !chooses_target(path);
        let mut suffix = self.file_suffix.clone();
        for (path, value) in self.flags.iter().filter(|(path, _)| is_said(path)) {
            suffix = format!("{suffix} {}", as_flag(path, value));
        }
        suffix + &self.folder_suffix
    }

    /// Its path, unless it comes from standard input or from flags.
    pub fn path(&self) -> Option<PathBuf> {
        let is_file = !self.name.is_empty() && self.name != "-";
        is_file.then(|| self.folder.join(&self.name))
    }

    /// Says of a file without a key what it stands for: it may have been emptied by mistake.
    fn note_if_empty(&self, terminal: &Terminal) {
        let value = self.document.value();
        let is_empty = value.is_null() || value.as_object().is_some_and(Map::is_empty);
        if is_empty && self.document.is_readable() && !self.is_of_flags() {
            terminal.say(format!(
                "note: {} is empty, so every key has its default: 3 nodes; `restate-gen init -o -` prints a file to start from",
                self.document.name()
            ));
        }
    }

    /// Whether it comes from flags alone.
    pub fn is_of_flags(&self) -> bool {
        self.name.is_empty()
    }

    /// The part of the command line that leads to the file.
    pub fn file_suffix(&self) -> &str {
        &self.file_suffix
    }

    /// Whether the command line has the value of that path.
    pub fn has_flag(&self, path: &str) -> bool {
        self.flags.contains_key(path)
    }

    /// Lays a value of the command line over the file. A document that cannot be read stays as it is: its fault is the
    /// news.
    pub fn set_flag(&mut self, path: &str, value: Value) {
        if self.document.is_readable() {
            let path_of = DocPath::of(path.split('.'));
            let source = match path {
                recorded::VERSION => record::FILE.to_owned(),
                _ => as_flag(path, &value),
            };
            self.document.set(path_of, value.clone(), source);
        }
        self.flags.insert(path.to_owned(), value);
    }

    /// Sets the server version where no file can say it. There is no flag for it: the record alone repeats it.
    pub fn set_version(&mut self, version: &Release) {
        self.set_flag(recorded::VERSION, version.text().into());
    }

    /// Gives the file another text; the flags stay.
    pub fn set_text(&mut self, text: String) {
        self.document = Document::parse(self.document.name(), text);
        for (path, value) in self.flags.clone() {
            self.set_flag(&path, value);
        }
    }

    /// Retires an id besides those of the file.
    pub fn retire(&mut self, id: NodeId) {
        recorded::retire(&mut self.document, &[id.0]);
    }

    /// Has the command lead to the folder of the generated files, where that is not the folder of the cluster file.
    pub fn lead_to(&mut self, folder: &Path) {
        if let Some(path) = way(&self.folder, folder)
            && is_said(&path)
        {
            self.folder_suffix = format!(" -o {}", quoted(&path));
        }
    }

    /// Gives the document the prefix that the record next to its file keeps, as [`keep_prefix`] does.
    pub fn keep_prefix(&mut self) {
        keep_prefix(&mut self.document, &self.folder.join(&self.name));
    }

    /// Gives the document a section that it lacks, as [`validation::give_section`] does.
    pub fn give_section(&mut self, section: Option<Section>) {
        validation::give_section(&mut self.document, section);
    }

    /// Lays the value of a flag over the section. Where the file has a table of the flag's key, it is the table's `name`,
    /// and the rest of the table holds.
    pub fn override_key(&mut self, section: Option<Section>, flag: &Flag, value: String) {
        let Some(section) = section else {
            return;
        };
        let mut path = format!("{}.{}", section.name(), flag.key);
        let given = self.document.get(&DocPath::of(path.split('.')));
        if given.is_some_and(Value::is_object) {
            path += ".name";
        }
        self.set_flag(&path, value.into());
    }
}

/// The key with what the names of the services next to the nodes begin with.
pub const PREFIX: &str = "compose.prefix";

/// Gives the document what the names of the services next to the nodes begin with, where it says nothing of it and the
/// record next to the cluster file keeps it: names that are taken under another prefix are not taken under this one.
pub fn keep_prefix(document: &mut Document, file: &Path) {
    let folder = file.parent().unwrap_or(Path::new(""));
    // A record that cannot be read is the concern of who generates.
    let Ok(Some(Recorded { record, .. })) = Recorded::read(folder) else {
        return;
    };
    let is_of_file = file
        .file_name()
        .is_some_and(|name| *name == *record.cluster_file.name);
    if let Some(prefix) = record.kept.get(PREFIX).filter(|_| is_of_file) {
        record::keep(document, PREFIX, prefix.clone(), &mut IndexMap::new());
    }
}

/// The part of the command line that leads to the file, for the headers of generated files: its name alone, so that it is
/// the same on any machine.
fn file_suffix(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if is_said(&name) && !FILE_NAMES.contains(&name.as_ref()) {
        format!(" -f {}", quoted(&name))
    } else {
        String::new()
    }
}

/// The value as it is given on the command line.
fn as_flag(path: &str, value: &Value) -> String {
    let key = path.rsplit('.').next().unwrap_or(path);
    match value {
        Value::String(text) => format!("--{key} {text}"),
        value => format!("--{key} {value}"),
    }
}

/// Whether the path can be in the header of a file, which is a line with the command between backticks.
fn is_said(path: &str) -> bool {
    !path.contains(|c: char| c.is_control() || c == '`')
}

/// The way from a folder to another, with `/`, the same on any machine where the folder is below; none where they are one.
fn way(from: &Path, to: &Path) -> Option<String> {
    let absolute = |path: &Path| {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        // A folder that is not there yet has no other name than the given one.
        std::fs::canonicalize(path)
            .or_else(|_| std::path::absolute(path))
            .unwrap_or_else(|_| path.to_path_buf())
    };
    let (start, end) = (absolute(from), absolute(to));
    if start == end {
        return None;
    }
    let ups = start
        .ancestors()
        .position(|above| end.starts_with(above))
        .unwrap_or(0);
    let above = start.ancestors().nth(ups).unwrap_or(&start);
    let below = end.strip_prefix(above).unwrap_or(&end);
    let steps = std::iter::repeat_n("..".to_owned(), ups);
    let names = below
        .components()
        .map(|name| name.as_os_str().to_string_lossy().into_owned());
    Some(steps.chain(names).collect::<Vec<_>>().join("/"))
}

/// The way from a folder to a file, as [`way`] has it.
pub fn way_to(folder: &Path, file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let way = file.parent().and_then(|parent| way(folder, parent));
    way.map_or_else(|| name.clone().into_owned(), |way| format!("{way}/{name}"))
}

/// The cluster file of the working directory, by its usual name or by the one that its record has.
fn found_here() -> Result<Option<PathBuf>> {
    let usual = FILE_NAMES.iter().map(PathBuf::from);
    if let Some(path) = usual.into_iter().find(|path| path.exists()) {
        return Ok(Some(path));
    }
    let Some(recorded) = Recorded::read(Path::new(""))? else {
        return Ok(None);
    };
    let name = &recorded.record.cluster_file.name;
    if name.is_empty() || name == "-" {
        return Ok(None);
    }
    match recorded.cluster_file(Path::new(""), &[]) {
        Some(path) => Ok(Some(path)),
        None => bail!(
            "{name} is not here, and {} says that the files of this folder were made from it\nname the cluster file with --file; its text is in {} too",
            record::FILE,
            record::FILE
        ),
    }
}

/// The cluster file of the folder or of the nearest folder above that has one, as git, cargo and Compose find theirs.
///
/// # Errors
/// When the working directory is gone.
pub fn found(terminal: &Terminal) -> Result<Option<PathBuf>> {
    if let Some(here) = found_here()? {
        return Ok(Some(here));
    }
    // Whoever has generated files here without a cluster file means those.
    if Path::new(record::FILE).exists() {
        return Ok(None);
    }
    let folder = std::env::current_dir().context("the working directory is gone")?;
    let above = folder.ancestors().skip(1).enumerate();
    Ok(above
        .flat_map(|(ups, folder)| FILE_NAMES.map(|name| (ups, folder.join(name), name)))
        .find(|(_, path, _)| path.exists())
        .map(|(ups, _, name)| {
            let path = Path::new(&"../".repeat(ups + 1)).join(name);
            terminal.say(format!("using {}", path.display()));
            path
        }))
}

/// Finds and reads the cluster file: the one that is named, or that of the working directory or a folder above. `--nodes`
/// alone needs none, and neither does a folder with generated files, whose record has it.
///
/// # Errors
/// When there is no cluster file, or it cannot be read.
pub fn load(terminal: &Terminal, arguments: &ClusterArguments) -> Result<Input> {
    let ClusterArguments { file, nodes } = arguments;
    let path = match (file, nodes) {
        (Some(path), _) => Some(path.clone()),
        // A number is enough, so no other folder has its say.
        (None, Some(_)) => found_here()?,
        (None, None) => found(terminal)?,
    };
    let mut input = match path {
        Some(path) => {
            let input = Input::of_found(&path)?;
            refuse_other_kinds(&input.document)?;
            input
        }
        None => match Recorded::read(Path::new(""))? {
            Some(recorded) => Input::of_record(&recorded, Path::new("")),
            None if nodes.is_some() => Input {
                document: Document::empty("the command line"),
                folder: PathBuf::new(),
                file_suffix: String::new(),
                folder_suffix: String::new(),
                flags: IndexMap::new(),
                name: String::new(),
                files: None,
            },
            None => bail!(
                "no cluster file: there is no {} here or in a folder above\nwrite one with `restate-gen init`, name one with --file, or pass the number of nodes with --nodes",
                FILE_NAMES[0]
            ),
        },
    };
    match nodes {
        Some(nodes) => input.set_flag(NODES, number(nodes)),
        None => input.note_if_empty(terminal),
    }
    Ok(input)
}

/// Refuses a file that is known to be something else: what is wrong with it as a cluster file would say nothing.
fn refuse_other_kinds(document: &Document) -> Result<()> {
    let (name, kind) = (document.name(), kind::of(document));
    let instead = match &kind {
        Kind::ClusterFile => return Ok(()),
        Kind::Compose if output::is_ours(document.text()) => format!(
            "restate-gen wrote it: name the cluster file that it was made from, which {} in its folder says",
            record::FILE
        ),
        kind if kind.is_read() => format!(
            "`restate-gen import {}` writes a cluster file for what runs by it; with --audit it only reports what is wrong",
            quoted(name)
        ),
        _ => "`restate-gen init` writes a cluster file with every key; `restate-gen import` makes one from a Compose file".into(),
    };
    bail!(
        "{name} is {}, not a cluster file\n{instead}",
        kind.in_words()
    )
}

/// A number as people write one; anything else stays the text that it is, for the schema to refuse.
pub fn number(text: &str) -> Value {
    text.parse::<i64>()
        .map_or_else(|_| text.into(), Value::from)
}
