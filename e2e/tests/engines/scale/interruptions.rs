//! A run that is killed, and run again: it goes on where it was, and ends where it would have.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
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

/// Runs it and kills it at one moment after the other. Returns how many times.
fn killed_at_every_step(operation: &Operation) -> Result<usize> {
    let mut kills = 0;
    for moment in moments(operation)? {
        let before = operation.done();
        if before.contains(&moment.step) {
            // It was done when the kill came.
            continue;
        }
        let mut run = operation.start(&["--yes"])?;
        if !run.says(RUN_LIMIT, |transcript| moment.has_come(transcript))? {
            let transcript = run.end(RUN_LIMIT)?;
            bail!("run.sh ended before {moment:?}:\n{}", transcript.text);
        }
        std::thread::sleep(moment.after);
        repeats_nothing(&run.kill()?, &before)?;
        kills += 1;
    }
    Ok(kills)
}

/// When a run is killed.
#[derive(Debug)]
struct Moment {
    /// In this step.
    step: usize,
    /// When so many of its commands were begun.
    commands: usize,
    /// So long after that.
    after: Duration,
}

impl Moment {
    fn has_come(&self, transcript: &Transcript) -> bool {
        let steps = transcript.steps();
        steps.iter().any(|seen| {
            seen.number == self.step && !seen.was_done_before && seen.commands >= self.commands
        })
    }
}

/// The begin of every step and of every command, as the dry run has them.
fn moments(operation: &Operation) -> Result<Vec<Moment>> {
    let dry_run = operation.run(&["--dry-run"])?;
    ensure!(
        dry_run.code == Some(0) && !operation.progress().exists(),
        "the dry run did something:\n{}",
        dry_run.text
    );
    let mut delays = INTO_A_COMMAND.iter().cycle();
    let mut moments = Vec::new();
    for step in dry_run.steps() {
        moments.push(Moment {
            step: step.number,
            commands: 0,
            after: Duration::ZERO,
        });
        for commands in 1..=step.commands {
            moments.push(Moment {
                step: step.number,
                commands,
                after: delays.next().copied().unwrap_or_default(),
            });
        }
    }
    ensure!(!moments.is_empty(), "no step in:\n{}", dry_run.text);
    Ok(moments)
}

/// Fails unless the run left alone exactly the steps that were done before it.
fn repeats_nothing(run: &Transcript, before: &BTreeSet<usize>) -> Result<()> {
    for step in run.steps() {
        let was_done = before.contains(&step.number);
        ensure!(
            step.was_done_before == was_done && !(was_done && step.commands > 0),
            "{step:?}, and done before were {before:?}:\n{}",
            run.text
        );
    }
    Ok(())
}
