//! A variable of `.env` that all nodes have, applied by `docker compose up -d` and by `rollout.sh`, side by side under load.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, ensure};
use restate_gen_e2e::cluster::{is_whole, wait_for};
use restate_gen_e2e::docker::Project;
use restate_gen_e2e::load::{Load, Plan};
use restate_gen_e2e::report::Report;
use restate_gen_e2e::runbook::{RUN_LIMIT, start};

use super::start::snapshot_objects;
use super::{SETTLING, Shape, set_variable};

/// A variable that all nodes have.
const LOG_FILTER: &str = "RESTATE_LOG_FILTER";
/// How long a client may go without any acknowledgement while nodes restart one at a time.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// The command that restarts all nodes at the same moment.
const UP: &str = "docker compose up -d --wait";
/// What `rollout.sh` says in the end.
const DONE: &str = "\ndone: everything runs as the files say\n";
/// The same where nothing changed.
const NOTHING: &str = "nothing to restart: everything runs as the files say\n";

/// The same change twice on one cluster; then a rollout that is killed halfway, and run again.
pub fn a_changed_variable_is_applied_without_a_pause(shape: Shape) -> Result<()> {
    let mut report = Report::of(&format!(
        "A variable of all nodes changes in `.env`: {}",
        shape.words()
    ));
    let mut project = shape.running("rollout")?;
    let _service = super::counter(&project)?;
    report.seconds("`rollout.sh` without a change", rollout(&project, NOTHING)?);

    for (command, filter) in [(UP, "warn"), ("rollout.sh", "info")] {
        let before = containers(&project)?;
        let load = Load::start(&project, Plan::light(&format!("by-{filter}")))?;
        load.advances(500, Duration::from_secs(120))?;
        set_variable(&project, LOG_FILTER, filter)?;
        let took = match command {
            UP => project.compose(["up", "-d", "--wait"])?.success()?.took,
            _ => rollout(&project, DONE)?,
        };
        wait_for("every partition active", SETTLING, || is_whole(&project))?;
        load.advances(500, Duration::from_secs(120))?;
        let tally = load.finish()?;
        all_restarted(&project, &before)?;
        report.seconds(&format!("`{command}`"), took);
        let pause = format!("`{command}`: longest pause without any acknowledgement");
        report.seconds(&pause, tally.longest_pause);
        let calls = format!("`{command}`: calls acknowledged, each executed once");
        report.figure(&calls, tally.calls);
        ensure!(
            command == UP || tally.longest_pause < LONGEST_PAUSE,
            "nothing was served for {:.1?}",
            tally.longest_pause
        );
    }

    let before = containers(&project)?;
    let load = Load::start(&project, Plan::light("killed"))?;
    load.advances(500, Duration::from_secs(120))?;
    set_variable(&project, LOG_FILTER, "error")?;
    let mut run = start(project.folder(), "rollout.sh", &[])?;
    let is_at_second = run.says(RUN_LIMIT, |said| {
        said.text.contains("restarting restate-2\n")
    })?;
    let said = run.kill()?;
    ensure!(is_at_second, "it ended before: {}", said.text);
    report.seconds(
        "`rollout.sh` after one that was killed at the second node",
        rollout(&project, DONE)?,
    );
    all_restarted(&project, &before)?;
    load.advances(500, Duration::from_secs(120))?;
    let tally = load.finish()?;
    report.seconds("longest pause with the killed one", tally.longest_pause);
    rollout(&project, NOTHING)?;

    // What all services have, and a key that the store and the nodes share.
    for (name, value) in [
        ("RESTATE_CPUS", "0.9"),
        ("SNAPSHOT_SECRET_KEY", "another-key-of-1"),
    ] {
        set_variable(&project, name, value)?;
    }
    project.reopen()?;
    let took = rollout(&project, DONE)?;
    report.seconds("`rollout.sh` with a change of every service", took);
    rollout(&project, NOTHING)?;
    snapshot_objects(&project)?;
    // Compose agrees that nothing is left to do.
    let before = all_containers(&project)?;
    project.compose(["up", "-d", "--wait"])?.success()?;
    ensure!(all_containers(&project)? == before, "`up` found something");
    report.write()
}

/// `sh rollout.sh` to its end, which must be a good one and say these words.
fn rollout(project: &Project, words: &str) -> Result<Duration> {
    let run = start(project.folder(), "rollout.sh", &[])?.end(RUN_LIMIT)?;
    ensure!(
        run.code == Some(0) && run.text.contains(words),
        "rollout.sh ended with {:?}:\n{}",
        run.code,
        run.text
    );
    Ok(run.took)
}

/// The containers of the project.
fn all_containers(project: &Project) -> Result<BTreeSet<String>> {
    let listed = project.compose(["ps", "--all", "--quiet"])?.success()?;
    Ok(listed.stdout.lines().map(str::to_owned).collect())
}

/// The containers of the nodes, by id of the node.
fn containers(project: &Project) -> Result<Vec<String>> {
    let nodes = project.nodes.values();
    nodes.map(|node| project.container(node)).collect()
}

fn all_restarted(project: &Project, before: &[String]) -> Result<()> {
    let after = containers(project)?;
    let kept: Vec<_> = after.iter().filter(|id| before.contains(id)).collect();
    ensure!(kept.is_empty(), "not restarted: {kept:?}");
    Ok(())
}
