//! The generating verbs: the same steps for every target.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use indexmap::IndexMap;

use super::adopt::{self, Adoption};
use super::input::{Input, NODES};
use super::recorded::{self, Recorded};
use super::terminal::Terminal;
use super::{
    Generate, GenerateArguments, Outcome, change, environment, files, ignored, init, input,
    overrides, plans,
};
use crate::diagnostic::Report;
use crate::diagnostic::allow::Policy;
use crate::drift::{self, Ways};
use crate::environment::may_change;
use crate::model::Section;
use crate::output::{self, FileChange, FileChangeKind, Foreign};
use crate::record::{Kept, Record};
use crate::rules;
use crate::source::Document;
use crate::targets::Orchestrator;
use crate::topology::Topology;
use crate::tree::plain_ends;
use crate::validation::{Running, validate_for, validate_rewrite};

/// Generates all files of the verb's target, or those of the selection, the main one first.
///
/// # Errors
/// When the cluster file cannot be read, or the files cannot be written, or would part nodes from their data.
pub fn run(
    terminal: &Terminal,
    generate: Generate,
    selection: Option<&[&'static str]>,
) -> Result<Outcome> {
    terminal.write_findings_as(generate.arguments.format);
    let input = input::load(terminal, &generate.arguments.cluster)?;
    run_on(terminal, input, generate, selection)
}

/// Generates them from an input.
///
/// # Errors
/// As for [`run`].
pub fn run_on(
    terminal: &Terminal,
    mut input: Input,
    generate: Generate,
    selection: Option<&[&'static str]>,
) -> Result<Outcome> {
    let Generate {
        orchestrator,
        arguments,
        flags,
    } = generate;
    let GenerateArguments {
        cluster: _,
        output,
        force,
        check,
        format: _,
        diff,
        new_cluster,
        adopt: adopts,
        by_hand,
        mut allow,
    } = arguments;
    let is_printed = output.as_deref() == Some(Path::new("-"));
    if is_printed && (check || diff) {
        bail!("--check and --diff compare with files, so they cannot be used with --output -");
    }
    input.give_section(orchestrator.section);
    for (flag, value) in flags {
        input.override_key(orchestrator.section, flag, value);
    }
    if by_hand {
        allow.extend(rules::carried_out_by_a_plan());
        allow.extend(rules::refused_by_a_plan());
    }
    let policy = Policy {
        allowed: allow,
        ..Policy::default()
    };
    let section = orchestrator.section.filter(|_| selection.is_none());
    // What is printed depends on no folder.
    if is_printed {
        let validation = validate_for(&input.document, &policy, section);
        terminal.report(&validation.report);
        let Some(topology) = validation.topology() else {
            return Ok(Outcome::Findings);
        };
        let target = orchestrator.target(&topology);
        let command = format!("restate-gen {}{}", target.verb, input.command_suffix());
        let tree = (target.render)(&topology, &command);
        let text = match selection {
            Some(paths) => tree.only(paths).main().text.clone(),
            None => (target.stream)(&tree),
        };
        terminal.print(&text)?;
        return Ok(Outcome::Well);
    }
    let folder = match output {
        Some(folder) => folder,
        None => default_folder(input.files_folder(), orchestrator, new_cluster)?,
    };
    if let Some(refusal) = adopt::refusal_of_strays(orchestrator, input.files_folder(), &folder)?
        && !new_cluster
    {
        terminal.refusal(&refusal.message, &refusal.help);
        return Ok(Outcome::Findings);
    }
    input.lead_to(&folder);
    let (recorded, half_done) = match new_cluster {
        true => (None, None),
        false => (Recorded::read(&folder)?, plans::half_done(&folder)?),
    };
    // The script of a plan may have begun on another machine; its files say so here.
    let of_plan = recorded
        .as_ref()
        .and_then(|recorded| recorded.record.plan.as_deref());
    let half_done = half_done.or_else(|| Some(folder.join(plans::OPERATIONS).join(of_plan?)));
    let is_of_plan = of_plan.is_some();
    let has_record = recorded.is_some();
    let recorded = match recorded {
        None if !new_cluster => {
            let asked = adopt::Asked {
                input: &input,
                orchestrator,
                policy: &policy,
                adopts,
            };
            match adopt::of(terminal, &asked, &folder)? {
                Adoption::Nothing => None,
                Adoption::Made(recorded) => Some(recorded),
                Adoption::Taken(recorded) => return adopt::write(terminal, &recorded, &folder),
                Adoption::Open => return Ok(Outcome::Findings),
            }
        }
        recorded => recorded,
    };
    if adopts && (has_record || recorded.is_none()) {
        terminal.say(format!(
            "note: there is nothing to adopt: {}",
            match has_record {
                true => "the folder has a record",
                false => "the folder has no generated files",
            }
        ));
    }
    if let Some(plan) = &half_done {
        terminal.say(plans::half_done_warning(plan));
    }
    if let Some(recorded) = recorded.as_ref().filter(|_| is_of_plan && (check || diff)) {
        let changes = recorded.differences(&folder)?;
        let edited = recorded.edited(&folder, &changes, None);
        let ways = Ways {
            command: &recorded.record.command,
            own_changes: orchestrator.own_changes,
        };
        return compare(terminal, &changes, &edited, ways, diff);
    }
    let Some((topology, kept)) =
        resolved(terminal, &mut input, recorded.as_ref(), &policy, section)?
    else {
        return Ok(Outcome::Findings);
    };
    if orchestrator.section == Some(Section::Compose) {
        let set = environment::read(&folder);
        let deployed = match &recorded {
            Some(recorded) if may_change(&set) => Some(recorded.deployed(&recorded.document())?),
            _ => None,
        };
        let running = match &deployed {
            Some(deployed) => Running::Rewritten(deployed, None),
            None => Running::Nothing,
        };
        let document = &input.document;
        if environment::is_refused(terminal, document, &policy, running, section, &set) {
            return Ok(Outcome::Findings);
        }
    }
    let target = orchestrator.target(&topology);
    if let Some(refusal) = recorded
        .as_ref()
        .and_then(|recorded| recorded.refusal(target, &folder))
    {
        terminal.refusal(&refusal.message, &refusal.help);
        return Ok(Outcome::Findings);
    }
    let command = format!("restate-gen {}{}", target.verb, input.command_suffix());
    let mut tree = (target.render)(&topology, &command);
    let record = Record::of(
        target,
        &command,
        &topology,
        kept,
        input.cluster_file(),
        &tree,
    );
    if let Some(paths) = selection {
        tree = tree.only(paths);
    }
    let record = match (selection, &recorded) {
        (None, _) => Some(record),
        // Of what this verb writes, the record knows the new state, and of all else the old one.
        (Some(_), Some(recorded)) => Some(recorded.with_files_of(&record, &tree)),
        (Some(_), None) => None,
    };
    if let Some(record) = &record {
        tree = tree.and(record.file());
    }
    let foreign = if force {
        Foreign::Replace
    } else {
        Foreign::Refuse
    };
    let mut changes = output::changes(&tree, &folder, foreign)?;
    if recorded.is_some() && !check && !diff {
        change::withhold_secrets(terminal, orchestrator, &mut changes);
    }
    if let (Some(recorded), Some(record)) = (&recorded, &record) {
        let (removed, edited) = recorded.left_over(&folder, record)?;
        changes.extend(removed);
        for path in edited {
            terminal.say(format!(
                "note: {} is no longer generated; it was edited, so it stays",
                path.display()
            ));
        }
    }
    files::notes(terminal, orchestrator, &folder, &changes);
    let is_main = |change: &&FileChange| change.path.ends_with(orchestrator.main_file);
    if let Some(change) = changes.iter().find(is_main) {
        let merged = overrides::read(orchestrator, &folder);
        if let Some(recorded) = &recorded {
            let nodes = recorded.record.cluster.nodes.iter();
            let names = nodes.map(|node| node.name.as_str()).collect();
            overrides::warn_of_new_nodes(terminal, &merged, &names, &topology);
        }
        if let Some(refusal) = overrides::refusal(orchestrator, &merged, &change.after) {
            terminal.refusal(&refusal.message, &refusal.help);
            return Ok(Outcome::Findings);
        }
    }
    let is_changed = |change: &FileChange| change.kind != FileChangeKind::Unchanged;
    let is_change = recorded.is_some() && changes.iter().any(is_changed);
    // What editors check the cluster file against is of this tool's version, as the generated files are.
    if selection.is_none() {
        changes.extend(init::outdated_schema(&input.folder)?);
    }
    let edited = match &recorded {
        Some(recorded) => recorded.edited(&folder, &changes, record.as_ref()),
        None => Vec::new(),
    };
    if check || diff {
        let ways = Ways {
            command: &command,
            own_changes: orchestrator.own_changes,
        };
        return compare(terminal, &changes, &edited, ways, diff);
    }
    if !force && let Some(refusal) = recorded::refusal_of_edited(orchestrator, &edited) {
        terminal.refusal(&refusal.message, &refusal.help);
        return Ok(Outcome::Findings);
    }
    // The user's own variables are not part of a plan, and a new checkout lacks them.
    let matters = |change: &FileChange| is_changed(change) && !change.is_private;
    if let Some(plan) = half_done.filter(|_| !by_hand)
        && changes.iter().any(matters)
    {
        terminal.refusal(
            format!(
                "the files here are those of {}, which is half done; nothing was written",
                plan.display()
            ),
            "finish it first; if it was finished elsewhere, delete its folder; if you take the remaining steps yourself, pass `--by-hand`",
        );
        return Ok(Outcome::Findings);
    }
    changes.extend(ignored::change(&folder, target, &tree)?);
    output::write(&[&folder], &changes)?;
    for change in &changes {
        terminal.done(files::what_became_of(change));
    }
    if selection.is_none() {
        let next = match is_change {
            true => (target.next_of_change)(&topology),
            false => (target.next)(&topology),
        };
        let first = environment::to_fill(orchestrator, &topology, &folder);
        let next = files::in_folder(&folder, &next);
        terminal.done(format!("next: {first}{next}"));
    }
    Ok(Outcome::Well)
}

/// Where files go unless the command line says so: next to the cluster file, or into a folder of the orchestrator's name where
/// those of another are there.
fn default_folder(
    next_to: &Path,
    orchestrator: &Orchestrator,
    new_cluster: bool,
) -> Result<PathBuf> {
    let is_taken = !new_cluster
        && match Recorded::read(next_to)? {
            Some(recorded) => recorded.target.orchestrator.verb != orchestrator.verb,
            None => adopt::other(orchestrator, next_to)?.is_some(),
        };
    Ok(match is_taken {
        true => next_to.join(orchestrator.verb),
        false => next_to.to_path_buf(),
    })
}

/// What the input resolves to, and what holds besides its file, when nothing stands against it: neither against the cluster itself nor
/// against what it does to the one that runs.
fn resolved(
    terminal: &Terminal,
    input: &mut Input,
    recorded: Option<&Recorded>,
    policy: &Policy,
    section: Option<Section>,
) -> Result<Option<(Topology, Kept)>> {
    let Some(recorded) = recorded else {
        let mut values = IndexMap::new();
        let validation = validate_for(&input.document, policy, section);
        terminal.report(&validation.report);
        return Ok(validation.resolved().map(|(cluster, topology)| {
            if cluster.version.is_none() {
                let version = topology.release.text().into();
                values.insert(recorded::VERSION.to_owned(), version);
            }
            let retired_ids = cluster.retired_ids;
            (
                topology,
                Kept {
                    values,
                    retired_ids,
                },
            )
        }));
    };
    let is_same = input.is_as_recorded(recorded);
    let mut kept = recorded.pin(&mut input.document);
    if is_same {
        let validation = validate_for(&input.document, policy, section);
        terminal.report(&validation.report);
        return Ok(validation.topology().map(|topology| (topology, kept)));
    }
    let before = recorded.document();
    let deployed = recorded.deployed(&before)?;
    let looked_at = validate_for(&input.document, policy, section).topology();
    recorded.retire_removed(&mut input.document, looked_at.as_ref(), &mut kept);
    let mut plan = format!("restate-gen plan{}", input.command_suffix());
    // A plan repeats the number that the files were generated with.
    if let Some(after) = &looked_at
        && recorded.has_flag(NODES)
        && !input.has_flag(NODES)
    {
        plan += &format!(" --nodes {}", after.nodes.len());
    }
    let plan = recorded.target.operations.map(|_| plan.as_str());
    let validation = validate_rewrite(&input.document, &deployed, policy, section, plan);
    terminal.report(&validation.report);
    Ok(validation.topology().map(|topology| (topology, kept)))
}

/// Says what would change, without a byte of what is private.
fn compare(
    terminal: &Terminal,
    changes: &[FileChange],
    edited: &[&FileChange],
    ways: Ways<'_>,
    diff: bool,
) -> Result<Outcome> {
    // `.env` is the user's and never committed: a checkout without one has not drifted.
    let compared = changes.iter().filter(|change| !change.is_private);
    let compared: Vec<(Document, &FileChange)> = compared
        .map(|change| (drift::document(change), change))
        .collect();
    let mut reports = Vec::new();
    for (document, change) in &compared {
        let found = drift::difference(change, edited.contains(change), ways);
        if diff && found.is_some() {
            let name = document.name();
            let before = plain_ends(&change.before);
            let lines = similar::TextDiff::from_lines(&*before, &change.after);
            terminal.print(&lines.unified_diff().header(name, name).to_string())?;
        }
        reports.push(Report::new(document, found));
    }
    terminal.report_in_short(&reports);
    Ok(match reports.iter().any(Report::has_errors) {
        true => Outcome::Findings,
        false => Outcome::Well,
    })
}
