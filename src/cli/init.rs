//! `init`: a commented cluster file to start from, with the schema that editors check it against.

use std::path::Path;

use anyhow::{Result, bail};
use serde_json::Value;

use super::terminal::Terminal;
use super::{InitArguments, Outcome, files, input};
use crate::diagnostic::allow::Policy;
use crate::facts;
use crate::output::{self, FileChange, FileChangeKind, Foreign};
use crate::schema;
use crate::source::{DocPath, Document};
use crate::tree::{Keeping, RenderedFile, RenderedTree};
use crate::validation::validate;

/// The file as it is for three nodes; the one line that says so is replaced.
const TEMPLATE: &str = include_str!("../../templates/init/restate-cluster.yaml");
const NODES_LINE: &str = "nodes: 3";
/// The schema next to the file, where the file's first line refers to it. So editors need no network, and use the
/// schema of this tool.
const SCHEMA_FILE: &str = ".restate-cluster.schema.json";
const VERSION: &str = "{{ version }}";

/// Writes the file. Where a cluster file exists already, it stays, and only an outdated schema next to it is written again.
///
/// # Errors
/// When a cluster file exists already and there is no schema to write again, or a file cannot be written.
pub fn run(terminal: &Terminal, arguments: InitArguments) -> Result<Outcome> {
    let InitArguments {
        nodes,
        output,
        force,
    } = arguments;
    let mut document = Document::empty("the command line");
    document.set(
        DocPath::of(["nodes"]),
        input::number(&nodes),
        format!("--nodes {nodes}"),
    );
    let report = validate(&document, &Policy::default()).report;
    if report.has_errors() {
        terminal.report(&report);
        return Ok(Outcome::Findings);
    }
    let text = TEMPLATE
        .replace(NODES_LINE, &format!("nodes: {nodes}"))
        .replace(VERSION, facts::latest().text());
    if output == Path::new("-") {
        terminal.print(&text)?;
        return Ok(Outcome::Well);
    }
    // Without the `.` in front, as the user would name it.
    let output = output.strip_prefix(".").unwrap_or(&output).to_path_buf();
    let present = input::FILE_NAMES
        .map(|name| output.join(name))
        .into_iter()
        .find(|path| path.exists());
    if let Some(present) = present.filter(|_| !force) {
        let Some(schema) = outdated_schema(&output)? else {
            bail!(
                "{} already exists; nothing was written\nedit it, choose another folder with --output, or overwrite it with --force",
                present.display()
            );
        };
        output::write(&[&output], std::slice::from_ref(&schema))?;
        terminal.done(files::what_became_of(&schema));
        terminal.say(format!("{} already exists; it stays", present.display()));
        return Ok(Outcome::Well);
    }
    let of = |is_ours: bool| match is_ours || force {
        true => Foreign::Replace,
        false => Foreign::Refuse,
    };
    let mut changes = output::changes(&tree(input::FILE_NAMES[0], text), &output, of(false))?;
    let schema = tree(SCHEMA_FILE, schema::text());
    changes.extend(output::changes(&schema, &output, of(has_schema(&output)))?);
    output::write(&[&output], &changes)?;
    for change in &changes {
        terminal.done(format!("wrote {}", change.path.display()));
    }
    let file = output.join(input::FILE_NAMES[0]);
    terminal.done(match output.as_os_str().is_empty() {
        true => "next: restate-gen compose".into(),
        false => format!("next: restate-gen compose -f {}", file.display()),
    });
    Ok(Outcome::Well)
}

/// The change of the schema in the folder of a cluster file, if `init` of another version of this tool wrote it. An editor
/// would report what the cluster file may say now.
///
/// # Errors
/// When the file cannot be read.
pub fn outdated_schema(folder: &Path) -> Result<Option<FileChange>> {
    if !has_schema(folder) {
        return Ok(None);
    }
    let changes = output::changes(&tree(SCHEMA_FILE, schema::text()), folder, Foreign::Replace)?;
    let is_outdated = |change: &FileChange| change.kind != FileChangeKind::Unchanged;
    Ok(changes.into_iter().find(is_outdated))
}

/// Whether the folder has a schema that `init` wrote: every version of it has this title.
fn has_schema(folder: &Path) -> bool {
    let bytes = std::fs::read(folder.join(SCHEMA_FILE)).unwrap_or_default();
    let schema: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    schema["title"] == input::FILE_NAMES[0]
}

fn tree(path: &'static str, text: String) -> RenderedTree {
    RenderedTree::new(vec![RenderedFile {
        path,
        text,
        keeping: Keeping::Found,
    }])
}
