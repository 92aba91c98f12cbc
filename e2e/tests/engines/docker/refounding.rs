//! All nodes are down and the first one's disk is gone: provisioning once more would bury what the others hold.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{health, identity, identity_of_all, wait_for};
use restate_gen_e2e::report::Report;

use super::{SETTLING, Shape};

pub fn no_cluster_is_founded_over_lost_data(shape: Shape) -> Result<()> {
    let title = format!(
        "Provisioning again, all down and node 1's volume gone: {}",
        shape.words()
    );
    let mut report = Report::of(&title);
    let project = shape.running("refounding")?;
    let founded = identity_of_all(&project, project.nodes.keys().copied())?;

    project.down()?.success()?;
    project.remove_volume(1)?;
    project
        .compose(["up", "-d", &project.nodes[&1]])?
        .success()?;
    wait_for("node 1 answers", Duration::from_secs(60), || {
        health(&project, 1)
    })?;

    let provision = project.service("provision")?;
    let run = project.compose(["run", "--rm", "-T", "-e", "TIMEOUT=20", &provision])?;
    ensure!(!run.succeeded(), "provisioned over lost data: {run}");
    report.seconds("refused after", run.took);
    let said = run
        .stderr
        .lines()
        .chain(run.stdout.lines())
        // A step that fails for another reason has refused nothing.
        .find(|line| line.contains("provision: refused: "))
        .with_context(|| format!("the guard did not refuse: {run}"))?;
    report.figure("with the words", said.replace('|', "/"));

    let watched = Instant::now();
    while watched.elapsed() < Duration::from_secs(10) {
        if let Ok(alone) = identity(&project, 1) {
            anyhow::bail!("a cluster was founded over lost data: {alone:?}");
        }
    }

    // What was refused to be buried is there.
    project
        .compose(["up", "-d", &project.nodes[&2], &project.nodes[&3]])?
        .success()?;
    let still = wait_for("nodes 2 and 3 carry on", SETTLING, || {
        identity_of_all(&project, [2, 3])
    })?;
    ensure!(still == founded, "{founded:?} became {still:?}");
    report.write()
}
