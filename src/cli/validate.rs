//! `validate`: everything that is wrong with a cluster file.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};

use super::input::{self, Input};
use super::terminal::Terminal;
use super::{ClusterArguments, Deny, Format, Outcome, ValidateArguments, environment, fix};
use crate::diagnostic::allow::{Policy, named_rule};
use crate::diagnostic::{Report, Rule, Severity};
use crate::output;
use crate::rules;
use crate::source::{self, Document};
use crate::validation::{Deployed, Running, validate, validate_change};

/// Checks each file. Warnings alone are not a reason to fail, unless they are denied.
///
/// # Errors
/// When a file cannot be read or, with `--fix`, written; the others are checked all the same.
pub fn run(terminal: &Terminal, arguments: ValidateArguments) -> Result<Outcome> {
    let ValidateArguments {
        files,
        cluster,
        format,
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
        ..Policy::default()
    };
    terminal.write_findings_as(format);
    if diff && format != Format::Human {
        bail!("--diff and --format both write to standard output; use only one of them");
    }
    let from_environment = std::env::var_os("RESTATE_GEN_FILE").map(PathBuf::from);
    // The variable stands for a file that is not given; it adds none to those that are.
    let cluster = match cluster.file.is_some() && cluster.file == from_environment {
        true if !files.is_empty() => ClusterArguments {
            file: None,
            ..cluster
        },
        _ => cluster,
    };
    let each = each(files, cluster);
    if against.is_some() && each.len() > 1 {
        bail!("--against compares exactly two cluster files");
    }
    let is_stdin = |path: &Path| path == Path::new("-");
    if against.as_deref().is_some_and(is_stdin)
        && each
            .iter()
            .any(|of| of.file.as_deref().is_some_and(is_stdin))
    {
        bail!("only one of the two files can be standard input");
    }
    let deployed = match &against {
        Some(path) => Some(deployed(path, each.first(), &policy)?),
        None => None,
    };
    let mut inputs = Vec::new();
    let mut unread = Vec::new();
    let mut would_change = false;
    for arguments in each {
        let file = arguments.file.clone();
        let read = input::load(terminal, &arguments).and_then(|input| match fix {
            true => fixed(terminal, file.as_deref(), input, &policy, diff),
            false => Ok((input, false)),
        });
        match read {
            Ok((mut input, changes)) => {
                input.keep_prefix();
                would_change |= changes;
                inputs.push(input);
            }
            Err(error) => unread.push(error),
        }
    }
    let reports: Vec<Report<'_>> = inputs
        .iter()
        .map(
            |Input {
                 document, folder, ..
             }| {
                let report = match &deployed {
                    Some(deployed) => validate_change(document, deployed, &policy).report,
                    None => validate(document, &policy).report,
                };
                let running = deployed.as_ref().map_or(Running::Nothing, Running::Planned);
                report.with(environment::findings(document, &policy, running, folder))
            },
        )
        .collect();
    reports.iter().for_each(|report| terminal.report(report));
    let last = unread.pop();
    for error in &unread {
        terminal.failure(error);
    }
    let has_findings = would_change || reports.iter().any(Report::has_errors);
    let is_sound = reports.iter().all(|report| report.findings().is_empty());
    if is_sound && last.is_none() && !would_change {
        let files = inputs.iter().filter(|input| !input.is_of_flags()).count();
        terminal.done(match files {
            0 => "no findings".to_owned(),
            1 => "no findings in 1 file".to_owned(),
            files => format!("no findings in {files} files"),
        });
    }
    match last {
        Some(error) => Err(error),
        None if has_findings && !exit_zero => Ok(Outcome::Findings),
        None => Ok(Outcome::Well),
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
fn deployed(path: &Path, new: Option<&ClusterArguments>, policy: &Policy) -> Result<Deployed> {
    let mut document = source::load(path)?;
    if document.text().trim().is_empty() {
        bail!(
            "{} is empty, so there is nothing to compare with",
            document.name()
        );
    }
    // The old file may be a copy from anywhere; what is generated lies next to the new one.
    if let Some(new) = new.and_then(|new| new.file.as_deref()) {
        input::keep_prefix(&mut document, new);
    }
    Deployed::of(&document, policy).map_err(|report| {
        let name = report.document().name();
        let errors = match report.count(Severity::Error) {
            1 => "1 error".to_owned(),
            count => format!("{count} errors"),
        };
        anyhow!(
            "{name} has {errors}, so it cannot be the deployed file; see `restate-gen validate {}`",
            path.display()
        )
    })
}

/// The input after its file was fixed, and whether it would change where nothing may be written.
fn fixed(
    terminal: &Terminal,
    file: Option<&Path>,
    mut input: Input,
    policy: &Policy,
    diff: bool,
) -> Result<(Input, bool)> {
    let name = input.document.name().to_owned();
    let path = match file {
        Some(path) if path == Path::new("-") && !diff => {
            bail!(
                "--fix writes the file, so it cannot be used with standard input; --fix --diff can"
            )
        }
        Some(path) => path.to_path_buf(),
        None if input.document.text().is_empty() => return Ok((input, false)),
        None => PathBuf::from(&name),
    };
    // What is not UTF-8 was read with other characters in its place, and would be written with them.
    if !input.document.is_readable() {
        return Ok((input, false));
    }
    let before = input.document.text();
    let after = fix::fixed(&name, before, policy);
    if after == before {
        return Ok((input, false));
    }
    if diff {
        let lines = similar::TextDiff::from_lines(before, &after);
        terminal.print(&lines.unified_diff().header(&name, &name).to_string())?;
        return Ok((input, true));
    }
    output::rewrite(&path, &after)?;
    terminal.done(format!("fixed {name}"));
    let document = Document::parse(name, after);
    input.document = document;
    Ok((input, false))
}

/// The rule that `--allow` names.
///
/// # Errors
/// When there is none, or it cannot be allowed.
pub fn rule(text: &str) -> Result<&'static Rule, String> {
    named_rule(text, &rules::catalogue()).map_err(|(message, help)| format!("{message}; {help}"))
}
