//! What `scale`, `replace`, `upgrade` and `plan` have in common: two files, the plan between them, and what is written.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::input::Input;
use super::recorded::{self, Recorded};
use super::terminal::Terminal;
use super::{ChangeArguments, Outcome, PlanFormat, files, ignored, input, overrides, validate};
use crate::change::{Change, Files};
use crate::diagnostic::Rule;
use crate::diagnostic::allow::Policy;
use crate::model::Section;
use crate::output::{self, FileChange, FileChangeKind, Foreign};
use crate::plan::{self, Plan, Purpose};
use crate::record::{Kept, Record};
use crate::rules;
use crate::runbook::{self, Runbook};
use crate::source::Document;
use crate::targets::{self, Orchestrator, TARGETS, Target};
use crate::topology::{NodeId, Topology};
use crate::tree::RenderedTree;
use crate::validation::{self, Deployed, validate_change};

/// Where the folders of plans are, next to the generated files.
pub const OPERATIONS: &str = "operations";
/// The cluster file as it was, in the folder of a plan.
const BEFORE: &str = "before.yaml";
/// The cluster file as it will be, where the plan changes it.
const AFTER: &str = "after.yaml";
/// The folder with the generated files as they will be, until run.sh puts them in place.
const STAGED: &str = "files";
/// The record as it was, next to it.
const BEFORE_LOCK: &str = "before.lock";

/// What becomes of a cluster.
pub struct Asked {
    /// The deployed file.
    pub before: Document,
    /// The new file, with the flags over it.
    pub after: Input,
    /// The file that is written with the text of the latter; none where it says so already.
    pub edited: Option<PathBuf>,
    /// The id of a node that lost its disk.
    pub lost: Option<NodeId>,
    /// How the plan is made again, for its headers.
    pub command: String,
}

/// Plans the change, and prints it or writes all that it takes.
///
/// # Errors
/// When files cannot be read or written.
pub fn run(terminal: &Terminal, mut asked: Asked, arguments: &ChangeArguments) -> Result<Outcome> {
    let folder = arguments.output.as_ref().unwrap_or(&asked.after.folder);
    let folder = folder.clone();
    asked.after.lead_to(&folder);
    let recorded = Recorded::read(&folder)?;
    let orchestrator = found(&folder, arguments.target)?;
    let section = orchestrator.section;
    for document in [&mut asked.before, &mut asked.after.document] {
        input::give_section(document, section);
    }
    let kept = match &recorded {
        Some(recorded) => {
            recorded.pin(&mut asked.before);
            let mut kept = recorded.pin(&mut asked.after.document);
            let looked_at =
                validation::validate(&asked.after.document, &Policy::default()).topology();
            recorded.retire_removed(&mut asked.after.document, looked_at.as_ref(), &mut kept);
            kept
        }
        None => without_record(terminal, &mut asked, section, &folder),
    };
    for rule in &arguments.allow {
        asked.command += &format!(" --allow {}", rule.code);
    }
    let deployed = match Deployed::of(&asked.before, &Policy::default()) {
        Ok(deployed) => deployed.that_lost(asked.lost),
        Err(report) => {
            terminal.report(&report);
            return Ok(Outcome::Findings);
        }
    };
    let allowed = rules::carried_out_by_a_plan().into_iter();
    let policy = Policy {
        allowed: allowed.chain(arguments.allow.iter().copied()).collect(),
        refused: rules::refused_by_a_plan(),
        ..Policy::default()
    };
    let validation = validate_change(&asked.after.document, &deployed, &policy);
    terminal.report(&validation.report);
    let Some((file, after)) = validation.resolved() else {
        return Ok(Outcome::Findings);
    };
    // What is said to other orchestrators changes nothing here.
    let mut here = after.clone();
    if section != Some(Section::Compose) {
        here.compose.clone_from(&deployed.topology().compose);
    }
    if section != Some(Section::Kubernetes) {
        here.kubernetes.clone_from(&deployed.topology().kubernetes);
    }
    if section != Some(Section::Nomad) {
        here.nomad.clone_from(&deployed.topology().nomad);
    }
    let change = Change {
        before: deployed.topology(),
        after: &here,
        lost: asked.lost,
        files: Files {
            before: deployed.cluster(),
            after: &file,
        },
    };
    if change.before == change.after {
        terminal.refusal(
            "nothing changes",
            "change the file, or pass another number of nodes",
        );
        return Ok(Outcome::Findings);
    }
    let target = orchestrator.target(&after);
    let Some(operations) = target.operations else {
        bail!(
            "there is no plan for this flavor: its controller carries out changes by itself; see OPERATIONS.md"
        );
    };
    if let Some(recorded) = &recorded
        && let Some(refusal) = recorded.refusal_of_plan(change.before, &after, &folder)?
    {
        terminal.refusal(&refusal.message, &refusal.help);
        return Ok(Outcome::Findings);
    }
    let drifted = match &recorded {
        Some(_) => Vec::new(),
        None => drift(&asked, target, change.before, &after, &folder)?,
    };
    if !drifted.is_empty() {
        for path in &drifted {
            terminal.say(format!(
                "error: {path} does not match what the deployed cluster file generates"
            ));
        }
        terminal.say(format!(
            "help: run `restate-gen {}{}` and apply that to the cluster first; a plan starts from what runs",
            target.verb, asked.after.command_suffix()
        ));
        return Ok(Outcome::Findings);
    }
    let merged = overrides::read(orchestrator, &folder);
    if !merged.is_empty() {
        let text = |topology: &Topology| {
            (target.render)(topology, &asked.command)
                .main()
                .text
                .clone()
        };
        let (old, new) = (text(change.before), text(&after));
        overrides::warn_of_new_nodes(terminal, &merged, &old, &new);
        if let Some(refusal) = overrides::refusal(&merged, &new) {
            terminal.refusal(&refusal.message, &refusal.help);
            return Ok(Outcome::Findings);
        }
    }
    let plan = plan::of(&change);
    let operations = operations(&change);
    if operations.applies_all_at_once
        && let Some(refusal) = plan::refusal_at_once(&plan, target.verb)
    {
        terminal.refusal(&refusal.message, &refusal.help);
        return Ok(Outcome::Findings);
    }
    let runbook = runbook::of(&plan, &change, &operations);
    let generate = format!(
        "restate-gen {}{}",
        target.verb,
        asked.after.command_suffix()
    );
    let edited = asked
        .edited
        .as_ref()
        .map(|path| input::way_to(&folder, path));
    let tree = runbook::render(&runbook, &asked.command, &generate, edited.as_deref());
    if arguments.write {
        let generated = generated(&asked.after, target, &after, kept);
        let ignored = ignored::change(&folder, target, &generated)?;
        return write(
            terminal,
            &asked,
            &folder,
            (&generated, ignored),
            &plan,
            &runbook,
            &tree,
        );
    }
    match arguments.format {
        PlanFormat::Text if arguments.verbose => terminal.print(&tree.main().text)?,
        PlanFormat::Text => terminal.print(&runbook::summary::print(&runbook))?,
        PlanFormat::Json => terminal.print(&runbook::json::print(&runbook))?,
    }
    Ok(Outcome::Well)
}

/// The rule that `--allow` names.
///
/// # Errors
/// When there is none, or no plan is made in spite of what it finds.
pub fn rule(text: &str) -> Result<&'static Rule, String> {
    let rule = validate::rule(text)?;
    if rules::refused_by_a_plan().contains(&rule) {
        return Err(format!(
            "{} ({}) cannot be allowed here: there is no safe order of steps for what it finds; make another change",
            rule.code, rule.slug
        ));
    }
    Ok(rule)
}

/// Keeps the names of a folder that has no record yet, and returns what its record is to hold besides the cluster file.
fn without_record(
    terminal: &Terminal,
    asked: &mut Asked,
    section: Option<Section>,
    folder: &Path,
) -> Kept {
    let mut kept = Kept::default();
    if section == Some(Section::Compose) {
        let [before, after] = [&mut asked.before, &mut asked.after.document]
            .map(|document| input::keep_names(document, folder));
        if before || after {
            terminal.say(input::NAMES_KEPT);
        }
        if after {
            kept.values.insert(input::PREFIX.to_owned(), "".into());
        }
    }
    let after = validation::validate(&asked.after.document, &Policy::default()).resolved();
    if let Some((cluster, topology)) = after {
        let version = topology.release.text().into();
        recorded::keep(
            &mut asked.after.document,
            recorded::VERSION,
            version,
            &mut kept.values,
        );
        kept.retired_ids = cluster.retired_ids;
    }
    kept
}

/// The orchestrators that `--target` takes: those that plans have commands for.
pub fn orchestrator() -> impl TypedValueParser<Value = &'static Orchestrator> {
    let has_plans = |orchestrator: &&Orchestrator| {
        let mut rows = TARGETS.iter();
        rows.any(|row| row.orchestrator.verb == orchestrator.verb && row.operations.is_some())
    };
    let values = targets::orchestrators()
        .filter(has_plans)
        .map(|orchestrator| PossibleValue::new(orchestrator.verb).help(orchestrator.title));
    PossibleValuesParser::new(values).map(|name| {
        targets::orchestrators()
            .find(|orchestrator| orchestrator.verb == name)
            .expect("a possible value")
    })
}

/// The orchestrator that the folder has files of, unless one is named; Compose where there are none.
///
/// # Errors
/// When there are files of several, or of another than the named one.
pub fn found(folder: &Path, named: Option<&'static Orchestrator>) -> Result<&'static Orchestrator> {
    let recorded = Recorded::read(folder)?.map(|recorded| recorded.target.orchestrator);
    match (named, recorded) {
        (Some(named), Some(recorded)) if named.verb != recorded.verb => bail!(
            "--target {}, but the files here were generated by `restate-gen {}`\nleave --target out, or pass the folder of the other files with --output",
            named.verb,
            recorded.verb
        ),
        (Some(orchestrator), _) | (None, Some(orchestrator)) => return Ok(orchestrator),
        (None, None) => {}
    }
    let found: Vec<&'static Orchestrator> = targets::orchestrators()
        .filter(|orchestrator| folder.join(orchestrator.main_file).exists())
        .collect();
    match found.as_slice() {
        [] => Ok(&targets::COMPOSE),
        [one] => Ok(*one),
        _ => bail!(
            "there are generated files for more than one orchestrator here\nname the one that runs the cluster with --target"
        ),
    }
}

/// The generated files that match neither the deployed cluster file nor the new one. Without any generated files,
/// nothing can be said.
fn drift(
    asked: &Asked,
    target: &Target,
    before: &Topology,
    after: &Topology,
    folder: &Path,
) -> Result<Vec<String>> {
    // Rendering is most of the work of a run.
    if !folder.join(target.orchestrator.main_file).exists() {
        return Ok(Vec::new());
    }
    let command = format!(
        "restate-gen {}{}",
        target.verb,
        asked.after.command_suffix()
    );
    let mut drifted = Vec::new();
    for topology in [before, after] {
        let tree = (target.render)(topology, &command);
        let changes = output::changes(&tree, folder, Foreign::Replace)?;
        let differing: Vec<String> = changes
            .iter()
            .filter(|change| change.kind != FileChangeKind::Unchanged && !change.is_private)
            .map(|change| change.path.display().to_string())
            .collect();
        if differing.is_empty() {
            return Ok(Vec::new());
        }
        if drifted.is_empty() {
            drifted = differing;
        }
    }
    Ok(drifted)
}

/// What is generated from the new file, with its record.
fn generated(input: &Input, target: &Target, after: &Topology, kept: Kept) -> RenderedTree {
    let command = format!("restate-gen {}{}", target.verb, input.command_suffix());
    let tree = (target.render)(after, &command);
    let record = Record::of(target, &command, after, kept, input.cluster_file(), &tree);
    tree.and(record.file())
}

/// Writes the plan, with the files that its steps put in place, and the change of `.gitignore`: all or nothing.
fn write(
    terminal: &Terminal,
    asked: &Asked,
    folder: &Path,
    (generated, ignored): (&RenderedTree, Option<FileChange>),
    plan_of: &Plan,
    runbook: &Runbook,
    plan: &RenderedTree,
) -> Result<Outcome> {
    let main = folder.join(generated.main().path);
    if !main.exists() {
        bail!(
            "there is no {}, so it is unknown what runs\npass the folder of the generated files with --output, pass what runs the cluster with --target, or generate them from the deployed file",
            main.display()
        );
    }
    // Nothing of it is written yet: this is what run.sh is going to do.
    let mut to_come = output::changes(generated, folder, Foreign::Refuse)?;
    let recorded = Recorded::read(folder)?;
    if recorded.is_none()
        && let Some(refusal) = files::refusal(&to_come)
    {
        bail!(refusal);
    }
    // What is the user's own is not replaced, only extended, and the old files do not mind what they do not use.
    to_come.retain(|change| change.is_private);
    let mut changes = to_come;
    let is_upgrade = matches!(plan_of.purpose, Purpose::Upgrade { .. });
    let overrides = |change: &&FileChange| {
        change
            .overriding
            .iter()
            .any(|name| name == "RESTATE_VERSION")
    };
    if is_upgrade && let Some(change) = changes.iter().find(overrides) {
        bail!(
            "{} sets RESTATE_VERSION, which overrides the cluster file: no node would run another version\nremove it there, and set `version` in the cluster file",
            change.path.display()
        );
    }
    let (name, operations) = free_folder(folder, runbook, plan)?;
    changes.extend(output::changes(plan, &operations, Foreign::Refuse)?);
    let staged = operations.join(STAGED);
    let waiting = generated.without_merged();
    changes.extend(output::changes(&waiting, &staged, Foreign::Refuse)?);
    changes.push(output::copy(&operations.join(BEFORE), asked.before.text())?);
    if let Some(recorded) = &recorded {
        let text = recorded.record.text();
        changes.push(output::copy(&operations.join(BEFORE_LOCK), &text)?);
    }
    if asked.edited.is_some() {
        let after = asked.after.document.text();
        changes.push(output::copy(&operations.join(AFTER), after)?);
    }
    changes.extend(ignored);
    files::notes_on_environment(terminal, &changes);
    output::write(&[folder, &operations, &staged], &changes)?;
    for change in &changes {
        terminal.say(files::what_became_of(change));
    }
    let script = format!("{OPERATIONS}/{name}/run.sh");
    terminal.say(format!(
        "next: {}",
        files::in_folder(folder, &format!("sh {script}"))
    ));
    Ok(Outcome::Well)
}

/// The folder of the plan. While another plan is not finished the cluster does not match its files, so no plan may start.
fn free_folder(folder: &Path, runbook: &Runbook, plan: &RenderedTree) -> Result<(String, PathBuf)> {
    let folder = folder.join(OPERATIONS);
    if let Some(name) = unfinished(&folder)?.into_iter().next() {
        let path = folder.join(&name);
        let changes = output::changes(plan, &path, Foreign::Refuse)?;
        if changes
            .iter()
            .all(|change| change.kind == FileChangeKind::Unchanged)
        {
            return Ok((name, path));
        }
        bail!(
            "{} is not finished\nrun its run.sh to the end first; its PLAN.md says how to go back; if it was carried out elsewhere, delete the folder",
            path.display()
        );
    }
    for number in 1.. {
        let name = match number {
            1 => runbook.name.clone(),
            _ => format!("{}-{number}", runbook.name),
        };
        let path = folder.join(&name);
        if !path.exists() {
            return Ok((name, path));
        }
    }
    unreachable!("there is always another number")
}

/// The plan that is half done, next to the generated files of the folder: its script began and did not finish. What it
/// noted stays on the machine where it ran, so a plan without notes says nothing.
///
/// # Errors
/// When the folder of plans cannot be read.
pub fn half_done(folder: &Path) -> Result<Option<PathBuf>> {
    let folder = folder.join(OPERATIONS);
    let plans = unfinished(&folder)?.into_iter();
    let mut plans = plans.map(|name| folder.join(name));
    Ok(plans.find(|plan| plan.join("progress").exists()))
}

/// The unfinished plans of the folder, by name.
fn unfinished(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(names),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", folder.display()));
        }
    };
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        let progress = std::fs::read_to_string(entry.path().join("progress")).unwrap_or_default();
        let is_done = progress.lines().any(|line| line == "finished");
        if entry.path().join("run.sh").exists() && !is_done {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
