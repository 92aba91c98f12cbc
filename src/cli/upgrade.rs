//! `upgrade`: another server version.

use anyhow::Result;

use super::change::{self, Asked};
use super::deployed::DeployedFile;
use super::terminal::Terminal;
use super::{Outcome, UpgradeArguments};
use crate::diagnostic::allow::Policy;
use crate::edit;
use crate::facts::{self, Release};
use crate::source::Document;
use crate::validation::Deployed;

/// Plans it, and with `--write` makes the files.
///
/// # Errors
/// When files cannot be read or written.
pub fn run(terminal: &Terminal, arguments: &UpgradeArguments) -> Result<Outcome> {
    let UpgradeArguments {
        version,
        file,
        change,
    } = arguments;
    let mut deployed = DeployedFile::find(terminal, file.as_deref(), change.output.as_deref())?;
    let before = deployed.before();
    let Ok(running) =
        Deployed::of(&before, &Policy::default()).inspect_err(|report| terminal.report(report))
    else {
        return Ok(Outcome::Findings);
    };
    let from = &running.topology().release;
    let to = match version.as_ref().or_else(|| facts::next(from)) {
        Some(to) if to == from => {
            terminal.refusal(
                format!("the cluster already has version {}", from.text()),
                "name another version, or none for the next one",
            );
            return Ok(Outcome::Findings);
        }
        Some(to) => to,
        None => {
            terminal.refusal(
                format!(
                    "the cluster has version {}, and this restate-gen knows none that is newer",
                    from.text()
                ),
                "install a newer restate-gen if there is one, or name a version",
            );
            return Ok(Outcome::Findings);
        }
    };
    if version.is_none() {
        for line in choice(from, to) {
            terminal.say(format!("note: {line}"));
        }
    }
    let file_suffix = deployed.input.file_suffix().to_owned();
    let path = deployed.path.clone();
    let after = match &path {
        Some(_) => match edited(terminal, &deployed, to) {
            Some(text) => deployed.with_text(text),
            None => return Ok(Outcome::Findings),
        },
        None => {
            deployed.input.set_version(to);
            deployed.input
        }
    };
    let asked = Asked {
        before,
        after,
        repeated: Vec::new(),
        edited: path,
        lost: None,
        command: format!("restate-gen upgrade {}{file_suffix} --write", to.text()),
    };
    change::run(terminal, asked, change)
}

/// The text of the cluster file with the version; why there is none is said.
fn edited(terminal: &Terminal, deployed: &DeployedFile, to: &Release) -> Option<String> {
    // Flags stay on the command line: the version is the file's, whatever lies over it.
    let document = &deployed.input.document;
    let written = Document::parse(document.name(), document.text());
    let cluster = Deployed::of(&written, &Policy::default())
        .inspect_err(|report| terminal.report(report))
        .ok()?;
    edit::upgraded(&written, cluster.cluster(), to)
        .inspect_err(|refusal| {
            let name = written.name();
            terminal.refusal(format!("{name}: {}", refusal.message), &refusal.help);
        })
        .ok()
}

/// Which version was chosen and why, and what remains.
fn choice(from: &Release, to: &Release) -> Vec<String> {
    let (start, end) = (from.text(), to.text());
    let minor = to.minor().name;
    let mut lines = vec![match from.minor() == to.minor() {
        true => format!("upgrading from {start} to {end}, the newest patch of {minor}"),
        false => format!(
            "upgrading from {start} to {end}, the newest patch of {minor}, the next minor; no minor can be skipped"
        ),
    }];
    if let Some(next) = facts::next(to) {
        lines.push(format!(
            "when all nodes run {end}, run `restate-gen upgrade` again: it continues to {}",
            next.text()
        ));
    }
    lines
}

/// The release that the argument names.
///
/// # Errors
/// When it is not a version of a minor that this tool knows.
pub fn release(text: &str) -> Result<Release, String> {
    facts::release(text).ok_or_else(|| {
        let known: Vec<&str> = facts::newest_patches()
            .map(|newest| newest.minor().name)
            .collect();
        format!(
            "it is not a version of {}, which are all that this restate-gen knows; a newer restate-gen may know more",
            known.join(", ")
        )
    })
}
