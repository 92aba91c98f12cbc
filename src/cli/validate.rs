//! `validate`: everything that is wrong with a cluster file.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};

use super::input::{self, Input};
use super::terminal::Terminal;
use super::{ClusterArguments, Deny, Outcome, ValidateArguments, fix};
use crate::diagnostic::allow::{Policy, named_rule};
use crate::diagnostic::{Rule, Severity};
use crate::rules;
use crate::source::{self, Document};
use crate::validation::{Deployed, validate, validate_change};

/// Checks each file. Warnings alone are no reason to fail unless they are denied.
///
/// # Errors
/// When a file cannot be read or, with `--fix`, written; the others are checked all the same.
pub fn run(terminal: &Terminal, arguments: ValidateArguments) -> Result<Outcome> {
    let ValidateArguments {
        files,
        cluster,
        against,
        deny,
        allow,
        exit_zero,
        fix,
        diff,
    } = arguments;
    let policy = Policy {
        allowed: allow,
        denies_warnings: deny == Some(Deny::Warnings),
    };
    let each = each(files, cluster);
    if against.is_some() && each.len() > 1 {
        bail!("--against compares one cluster file with one");
    }
    let deployed = against.as_deref().map(deployed).transpose()?;
    let mut outcome = Outcome::Well;
    let mut failure = None;
    for arguments in each {
        let file = arguments.file.clone();
        let checked = input::load(&arguments).and_then(|input| {
            let (input, would_change) = if fix {
                mended(terminal, file.as_deref(), input, &policy, diff)?
            } else {
                (input, false)
            };
            let document = &input.document;
            let report = match &deployed {
                Some(deployed) => validate_change(document, deployed, &policy).report,
                None => validate(document, &policy).report,
            };
            terminal.report(&report);
            Ok(report.has_errors() || would_change)
        });
        match checked {
            Ok(true) => outcome = Outcome::Findings,
            Ok(false) => {}
            Err(error) => {
                if let Some(earlier) = failure.replace(error) {
                    terminal.failure(&earlier);
                }
            }
        }
    }
    match failure {
        Some(error) => Err(error),
        None if exit_zero => Ok(Outcome::Well),
        None => Ok(outcome),
    }
}

/// The arguments of each file: those given as such, or the one that stands for all.
fn each(files: Vec<PathBuf>, cluster: ClusterArguments) -> Vec<ClusterArguments> {
    if files.is_empty() {
        return vec![cluster];
    }
    let nodes = cluster.nodes;
    files
        .into_iter()
        .chain(cluster.file)
        .map(|file| ClusterArguments {
            file: Some(file),
            nodes: nodes.clone(),
        })
        .collect()
}

/// The cluster that runs by a file.
fn deployed(path: &Path) -> Result<Deployed> {
    let document = source::load(path)?;
    Deployed::of(&document).map_err(|report| {
        let name = report.document().name();
        let errors = match report.count(Severity::Error) {
            1 => "1 error".to_owned(),
            count => format!("{count} errors"),
        };
        anyhow!("{name} has {errors}, so no cluster runs by it; see `restate-gen validate {name}`")
    })
}

/// The input after its file was mended, and whether it would change where nothing may be written.
fn mended(
    terminal: &Terminal,
    file: Option<&Path>,
    input: Input,
    policy: &Policy,
    diff: bool,
) -> Result<(Input, bool)> {
    let name = input.document.name().to_owned();
    let path = match file {
        Some(path) if path == Path::new("-") => {
            bail!("--fix writes the file, so it does not go with standard input")
        }
        Some(path) => path.to_path_buf(),
        None if input.document.text().is_empty() => return Ok((input, false)),
        None => PathBuf::from(&name),
    };
    let before = input.document.text();
    let after = fix::mended(&name, before, policy);
    if after == before {
        return Ok((input, false));
    }
    if diff {
        let lines = similar::TextDiff::from_lines(before, &after);
        terminal.print(&lines.unified_diff().header(&name, &name).to_string())?;
        return Ok((input, true));
    }
    fix::write(&path, &after)?;
    terminal.say(format!("mended {name}"));
    let document = Document::parse(name, after);
    Ok((Input { document, ..input }, false))
}

/// The rule that `--allow` names.
///
/// # Errors
/// When there is none, or it cannot be allowed.
pub fn rule(text: &str) -> Result<&'static Rule, String> {
    named_rule(text, &rules::catalogue()).map_err(|(message, help)| format!("{message}; {help}"))
}
