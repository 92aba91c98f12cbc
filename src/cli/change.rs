//! What `scale`, `replace`, `upgrade` and `plan` have in common: two files, the plan between them, and what is written.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::adopt;
use super::input::Input;
use super::plans::{BEFORE_LOCK, OPERATIONS, half_done, half_done_warning, unfinished};
use super::recorded::{self, Recorded};
use super::terminal::Terminal;
use super::{
    ChangeArguments, Outcome, PlanFormat, environment, files, ignored, input, overrides, validate,
};
use crate::change::{Change, Files};
use crate::diagnostic::Rule;
use crate::diagnostic::allow::Policy;
use crate::model::Section;
use crate::output::{self, FileChange, FileChangeKind, Foreign};
use crate::plan::{self, Plan, Purpose};
use crate::record::{self, Kept, Record};
use crate::refusal::Refusal;
use crate::rules;
use crate::runbook::{self, ClusterFiles, Runbook};
use crate::source::Document;
use crate::targets::{self, Orchestrator, TARGETS, Target};
use crate::topology::{NodeId, Topology};
use crate::tree::RenderedTree;
use crate::validation::{self, Deployed, Running, validate_change};

/// The cluster file as it was, in the folder of a plan.
const BEFORE: &str = "before.yaml";
/// The cluster file as it will be, where the plan changes it.
const AFTER: &str = "after.yaml";

/// Why a target without operations has no plans, and what to do.
pub const NO_PLAN: &str = "there is no plan for this flavor: its controller carries out changes by itself\nchange the cluster file, generate, and take the steps that OPERATIONS.md has for the change";

/// What becomes of a cluster.
pub struct Asked {
    /// The deployed file.
    pub before: Document,
    /// The new file, with the flags over it.
    pub after: Input,
    /// The flags over it that nobody gave: those that the files were made with.
    pub repeated: Vec<String>,
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
    let folder = arguments.output.as_deref();
    let folder = folder.unwrap_or(asked.after.files_folder()).to_owned();
    asked.after.lead_to(&folder);
    let recorded = Recorded::read(&folder)?;
    if let Some(plan) = half_done(&folder)? {
        terminal.say(half_done_warning(&plan));
    }
    let orchestrator = found(&folder, arguments.target)?;
    if let Some(refusal) = refusal_without_record(&folder, arguments.target)? {
        terminal.refusal(&refusal.message, &refusal.help);
        return Ok(Outcome::Findings);
    }
    let section = orchestrator.section;
    for document in [&mut asked.before, &mut asked.after.document] {
        validation::give_section(document, section);
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
        None => without_record(&mut asked),
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
    if section == Some(Section::Compose)
        && environment::is_refused(
            terminal,
            &asked.after.document,
            &policy,
            Running::Planned(&deployed),
            section,
            &environment::read(&folder),
        )
    {
        return Ok(Outcome::Findings);
    }
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
        let help = "change the file, or pass another number of nodes";
        let help = match asked.repeated.as_slice() {
            [] => help.to_owned(),
            flags => format!(
                "{help}: the files here were generated with `{}`, which still holds",
                flags.join(" ")
            ),
        };
        terminal.refusal("nothing changes", &help);
        return Ok(Outcome::Findings);
    }
    let target = orchestrator.target(&after);
    let Some(operations) = target.operations else {
        bail!(NO_PLAN);
    };
    if let Some(recorded) = &recorded
        && let Some(refusal) = recorded.refusal_of_plan(change.before, &after, &folder)?
    {
        terminal.refusal(&refusal.message, &refusal.help);
        return Ok(Outcome::Findings);
    }
    let merged = overrides::read(orchestrator, &folder);
    if !merged.is_empty() {
        let nodes = change.before.nodes.iter();
        let names = nodes.map(|node| node.name.as_str()).collect();
        overrides::warn_of_new_nodes(terminal, &merged, &names, &after);
        let new = (target.render)(&after, &asked.command);
        if let Some(refusal) = overrides::refusal(orchestrator, &merged, &new.main().text) {
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
    let before = recorded
        .as_ref()
        .map_or(&generate, |recorded| &recorded.record.command);
    let committed = asked.after.path().map(|path| input::way_to(&folder, &path));
    let files = ClusterFiles {
        edited: edited.as_deref(),
        committed: committed.as_deref(),
    };
    let tree = runbook::render(&runbook, &asked.command, before, files);
    if arguments.write {
        let generated = generated(&asked.after, target, &after, kept);
        let ignored = ignored::change(&folder, target, &generated)?;
        let interim = operations.commits.and_then(|commits| commits.interim);
        let interim = interim.map(|interim| {
            let tree = (interim.render)(&change, &generate);
            let tree = with_record(&tree, recorded.as_ref(), &runbook.name);
            (interim.folder, tree)
        });
        return write(
            terminal,
            &asked,
            &folder,
            (&generated, interim, ignored),
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

/// What the record of a folder without generated files is to hold besides the cluster file.
fn without_record(asked: &mut Asked) -> Kept {
    let mut kept = Kept::default();
    let after = validation::validate(&asked.after.document, &Policy::default()).resolved();
    if let Some((cluster, topology)) = after {
        let version = topology.release.text().into();
        record::keep(
            &mut asked.after.document,
            recorded::VERSION,
            version,
            &mut kept.values,
        );
        kept.retired_ids = cluster.retired_ids;
    }
    kept
}

/// Why nothing is planned for a folder that has files and no record, where it has: it is unknown what runs.
///
/// # Errors
/// When a file cannot be read, or there are files of several targets.
pub fn refusal_without_record(
    folder: &Path,
    named: Option<&'static Orchestrator>,
) -> Result<Option<Refusal>> {
    if folder.join(record::FILE).exists() {
        return Ok(None);
    }
    let Orchestrator {
        main_file, verb, ..
    } = found(folder, named)?;
    let Some(text) = adopt::text(folder, main_file)? else {
        return Ok(None);
    };
    let main = folder.join(main_file);
    let main = main.display();
    Ok(Some(match output::is_ours(&text) {
        true => Refusal::new(
            format!(
                "there is no {} for {main}, so it is unknown what runs",
                record::FILE
            ),
            format!(
                "run `restate-gen {verb}` with the deployed cluster file: it makes the record from both"
            ),
        ),
        false => Refusal::new(
            format!("{main} was not generated by restate-gen, so it is unknown what runs"),
            "pass the folder of the generated files with --output, or move the file away",
        ),
    }))
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

/// What is generated from the new file, with its record.
fn generated(input: &Input, target: &Target, after: &Topology, kept: Kept) -> RenderedTree {
    let command = format!("restate-gen {}{}", target.verb, input.command_suffix());
    let tree = (target.render)(after, &command);
    let record = Record::of(target, &command, after, kept, input.cluster_file(), &tree);
    tree.and(record.file())
}

/// Files of a step in the middle of the plan of that name, with their record.
fn with_record(tree: &RenderedTree, recorded: Option<&Recorded>, plan: &str) -> RenderedTree {
    match recorded {
        Some(recorded) => {
            let record = recorded.record.clone().with_files_of_plan(plan, tree);
            tree.clone().and(record.file())
        }
        None => tree.clone(),
    }
}

/// Takes out what would make up secrets for a cluster that has its own: on Kubernetes the next `apply` would replace
/// them, and neither the store nor its bucket would have the new ones.
pub fn withhold_secrets(
    terminal: &Terminal,
    orchestrator: &Orchestrator,
    changes: &mut Vec<FileChange>,
) {
    let is_made_up =
        |change: &FileChange| change.is_private && change.kind == FileChangeKind::Created;
    if orchestrator.section != Some(Section::Kubernetes) || !changes.iter().any(is_made_up) {
        return;
    }
    let path = |change: &FileChange| change.path.display().to_string();
    let made_up = changes.iter().find(|change| is_made_up(change)).map(path);
    changes.retain(|change| !is_made_up(change));
    terminal.say(format!(
        "note: {} is missing and was not created, because the cluster has its secrets already; copy it from where the cluster was applied, or name a Secret of your own as `kubernetes: {{secret: NAME}}`",
        made_up.unwrap_or_default()
    ));
}

/// Writes the plan, with the files that its steps put in place, and the change of `.gitignore`: all or nothing.
fn write(
    terminal: &Terminal,
    asked: &Asked,
    folder: &Path,
    (generated, interim, ignored): (
        &RenderedTree,
        Option<(String, RenderedTree)>,
        Option<FileChange>,
    ),
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
    // What is the user's own is not replaced, only extended, and the old files do not mind what they do not use.
    to_come.retain(|change| change.is_private);
    if let Some(recorded) = &recorded {
        withhold_secrets(terminal, recorded.target.orchestrator, &mut to_come);
    }
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
    // Of two runs the second waits here, and then finds the plan of the first.
    let _turn = output::take_turn(&folder.join(OPERATIONS))?;
    let (name, operations) = free_folder(folder, runbook, plan)?;
    changes.extend(output::changes(plan, &operations, Foreign::Refuse)?);
    let staged = operations.join(runbook::FILES);
    let waiting = generated.without_merged();
    changes.extend(output::changes(&waiting, &staged, Foreign::Refuse)?);
    let mut folders = vec![folder.to_owned(), operations.clone(), staged];
    if let Some((name, tree)) = interim {
        let staged = operations.join(name);
        changes.extend(output::changes(
            &tree.without_merged(),
            &staged,
            Foreign::Refuse,
        )?);
        folders.push(staged);
    }
    changes.push(output::copy(&operations.join(BEFORE), asked.before.text())?);
    if let Some(recorded) = &recorded {
        // As it is on the disk: run.sh compares.
        changes.push(output::copy(&operations.join(BEFORE_LOCK), &recorded.text)?);
    }
    if asked.edited.is_some() {
        let after = asked.after.document.text();
        changes.push(output::copy(&operations.join(AFTER), after)?);
    }
    changes.extend(ignored);
    files::notes_on_environment(terminal, &changes);
    let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
    output::write(&folders, &changes)?;
    for change in &changes {
        terminal.done(files::what_became_of(change));
    }
    let script = format!("{OPERATIONS}/{name}/run.sh");
    terminal.done(format!(
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
            "an earlier plan, {}, is not finished, and a cluster can make one change at a time\nrun its run.sh to the end, or go back as its PLAN.md says; if none of its steps was done, delete the folder",
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
