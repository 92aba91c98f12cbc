//! A run that is killed, and run again: it continues where it was, and ends where it would have.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, ensure};
use restate_gen_e2e::report::Report;
use restate_gen_e2e::runbook::{Operation, RUN_LIMIT, Transcript};

use super::{Cluster, NEWEST};

/// How long after a command was begun the run is killed, in turn: before it did anything, in the middle, when it may be done.
const INTO_A_COMMAND: [Duration; 3] = [
    Duration::from_millis(50),
    Duration::from_millis(500),
    Duration::from_millis(2000),
];

/// Grows from three nodes to five and shrinks again, all nodes metadata servers, so that the plans have every kind of step.
/// The run is killed as it begins each step and in each of its commands, and run again.
pub fn a_killed_run_goes_on_where_it_was() -> Result<()> {
    let mut report = Report::of("run.sh killed at every step of 3 -> 5 -> 3 nodes");
    let mut cluster = Cluster::running(&format!(
        "version: {NEWEST}\nnodes: 3\nmetadata_servers: all\n"
    ))?;
    for (from, to) in [(3, 5), (5, 3)] {
        let what = format!("{from} -> {to}");
        let operation = cluster.scale(to)?;
        let load = cluster.load(&format!("killed-{to}"))?;
        let kills = killed_at_every_step(&operation)?;
        report.figure(&format!("{what}: times killed"), kills);
        cluster.carry_out(&what, &operation, load, &mut report)?;
    }
    report.write()
}

/// The same change, and whenever a step begins the run ends and a colleague applies the whole folder, as one who knows nothing of
/// the plan does: `docker compose up -d --remove-orphans`. The files there are those of what runs until the step that applies
/// the new ones, so nothing is lost and no undrained node goes.
pub fn the_folder_is_applied_by_hand_at_every_step() -> Result<()> {
    let mut report = Report::of("The folder applied by hand at every step of 3 -> 5 -> 3 nodes");
    let mut cluster = Cluster::running(&format!("version: {NEWEST}\nnodes: 3\n"))?;
    for (from, to) in [(3, 5), (5, 3)] {
        let what = format!("{from} -> {to}");
        let operation = cluster.scale(to)?;
        let load = cluster.load(&format!("applied-{to}"))?;
        let steps = operation.run(&["--dry-run"])?.steps().len();
        ensure!(steps > 1, "{what} has {steps} steps");
        for number in 1..=steps {
            let mut run = operation.start(&["--yes"])?;
            let has_begun = |transcript: &Transcript| {
                let steps = transcript.steps();
                steps
                    .iter()
                    .any(|step| step.number == number && !step.was_done_before)
            };
            ensure!(run.says(RUN_LIMIT, has_begun)?, "step {number} never began");
            run.kill()?;
            // What the run had asked of the engine is under way still.
            std::thread::sleep(Duration::from_secs(3));
            let folder = ["up", "-d", "--wait", "--remove-orphans"];
            cluster.project.compose(folder)?.success()?;
        }
        report.figure(
            &format!("{what}: times that the folder was applied by hand"),
            steps,
        );
        cluster.carry_out(&what, &operation, load, &mut report)?;
    }
    report.write()
}

/// Runs it and kills it at one moment after the other. Returns how many times.
fn killed_at_every_step(operation: &Operation) -> Result<usize> {
    let dry_run = operation.run(&["--dry-run"])?;
    ensure!(
        dry_run.code == Some(0) && !operation.progress().exists(),
        "the dry run did something:\n{}",
        dry_run.text
    );
    let moments = moments(&dry_run);
    ensure!(!moments.is_empty(), "no step in:\n{}", dry_run.text);
    let mut delays = INTO_A_COMMAND.iter().cycle();
    let mut kills = 0;
    for next in 0..moments.len() {
        let before = operation.done();
        let mut run = operation.start(&["--yes"])?;
        // What came next may be done by now, although the run that did it was killed: then the kill comes at what follows.
        let has_come = |transcript: &Transcript| {
            let begun = self::moments(transcript);
            moments[next..].iter().any(|moment| begun.contains(moment))
        };
        if !run.says(RUN_LIMIT, has_come)? {
            run.end(RUN_LIMIT)?.ended_well()?;
            break;
        }
        if moments[next].command.is_some() {
            std::thread::sleep(delays.next().copied().unwrap_or_default());
        }
        repeats_nothing(&run.kill()?, &before)?;
        kills += 1;
    }
    Ok(kills)
}

/// When a run can be killed: as it begins a step, or a command of it.
#[derive(Debug, PartialEq, Eq)]
struct Moment {
    step: usize,
    command: Option<String>,
}

/// The begin of every step that was not done before, and of every command.
fn moments(transcript: &Transcript) -> Vec<Moment> {
    let mut moments = Vec::new();
    for step in transcript.steps() {
        let number = step.number;
        let begin = (!step.was_done_before).then_some(None);
        let commands = step.commands.into_iter().map(Some);
        moments.extend(begin.into_iter().chain(commands).map(|command| Moment {
            step: number,
            command,
        }));
    }
    moments
}

/// Fails unless the run left alone exactly what was done before it.
fn repeats_nothing(run: &Transcript, before: &BTreeSet<String>) -> Result<()> {
    for step in run.steps() {
        let noted = format!("step {}", step.number);
        let was_done = before.contains(&noted);
        let repeated = step.commands.iter().find(|command| {
            let node = command.rsplit(' ').next().unwrap_or_default();
            was_done || before.contains(&format!("{noted} {node}"))
        });
        ensure!(
            step.was_done_before == was_done && repeated.is_none(),
            "{step:?}, and done before were {before:?}:\n{}",
            run.text
        );
    }
    Ok(())
}
