//! `init`: a commented cluster file to start from, with the schema that editors check it against.

use std::path::Path;

use anyhow::{Result, bail};

use super::terminal::Terminal;
use super::{InitArguments, Outcome, input};
use crate::diagnostic::allow::Policy;
use crate::facts;
use crate::output::{self, Foreign};
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

/// Writes the file.
///
/// # Errors
/// When a cluster file exists already, or it cannot be written.
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
    let file = |path, text| RenderedFile {
        path,
        text,
        keeping: Keeping::Found,
    };
    let other = output.join(input::FILE_NAMES[1]);
    if other.exists() && !force {
        bail!("{} already exists; nothing was written", other.display());
    }
    let tree = RenderedTree::new(vec![
        file(input::FILE_NAMES[0], text),
        file(SCHEMA_FILE, schema::text()),
    ]);
    let foreign = if force {
        Foreign::Replace
    } else {
        Foreign::Refuse
    };
    // Without the `.` in front, as the user would name it.
    let output = output.strip_prefix(".").unwrap_or(&output).to_path_buf();
    let changes = output::changes(&tree, &output, foreign)?;
    output::write(&[&output], &changes)?;
    for change in &changes {
        terminal.say(format!("wrote {}", change.path.display()));
    }
    let file = output.join(input::FILE_NAMES[0]);
    terminal.say(match output.as_os_str().is_empty() {
        true => "next: restate-gen compose".into(),
        false => format!("next: restate-gen compose -f {}", file.display()),
    });
    Ok(Outcome::Well)
}
