//! What is refused: a plan from files that are not what runs, two runs at once, and what cannot be undone without a yes.

use std::fs;

use anyhow::{Result, ensure};
use restate_gen_e2e::cluster::restatectl;
use restate_gen_e2e::docker::docker;
use restate_gen_e2e::report::Report;
use restate_gen_e2e::runbook::{Operation, RUN_LIMIT};

use super::{Cluster, NEWEST, containers};

/// One cluster goes through all of it, under load.
pub fn what_is_not_safe_is_refused() -> Result<()> {
    let mut report = Report::of("Drift, two runs at once, no yes: 3 -> 5 -> 3 nodes");
    let mut cluster = Cluster::running(&format!("version: {NEWEST}\nnodes: 3\n"))?;
    files_that_drifted_are_no_start(&cluster)?;

    let operation = cluster.scale(5)?;
    let load = cluster.load("two-runs")?;
    let before = containers(&cluster.project)?;
    let dry_run = operation.run(&["--dry-run"])?;
    ensure!(
        dry_run.code == Some(0)
            && dry_run.text.contains("true now: the metadata quorum is")
            && dry_run.text.ends_with("nothing was done\n")
            && !operation.progress().exists()
            && containers(&cluster.project)? == before,
        "the dry run did something:\n{}",
        dry_run.text
    );
    a_volume_that_is_left_stops_it(&cluster, &operation)?;
    let mut run = operation.start(&["--yes"])?;
    run.says(RUN_LIMIT, |transcript| !transcript.steps().is_empty())?;
    operation
        .run(&["--yes"])?
        .stopped_with(&["another run is in progress"])?;
    run.end(RUN_LIMIT)?.ended_well()?;
    cluster.is_what_the_files_say()?;
    cluster.judge("3 -> 5, a second run at once refused", load, &mut report)?;

    let operation = cluster.scale(3)?;
    let load = cluster.load("no-yes")?;
    let stopped = operation
        .run(&[])?
        .stopped_with(&["it needs an answer; pass --yes", "for good"])?;
    report.seconds("5 -> 3 without --yes: stopped after", stopped.took);
    let known = restatectl(&cluster.project, ["nodes", "list"])?;
    ensure!(
        known.contains("restate-4") && known.contains("restate-5"),
        "nodes were removed before anybody said yes:\n{known}"
    );
    cluster.carry_out("5 -> 3 with --yes", &operation, load, &mut report)?;
    report.write()
}

/// Another cluster's volume under the name of a new node's is not taken for its own: with it the node would join, and have
/// partitions that are broken for good.
fn a_volume_that_is_left_stops_it(cluster: &Cluster, operation: &Operation) -> Result<()> {
    let volume = format!("{}_restate-5-data", cluster.project.name);
    docker(["volume", "create", &volume])?.success()?;
    let way_out = format!("docker volume rm {volume}");
    operation.run(&["--dry-run"])?.stopped_with(&[
        "would stop: that failed",
        "nothing was done",
        &way_out,
    ])?;
    operation
        .run(&["--yes"])?
        .stopped_with(&["in step 1 of", &way_out])?;
    docker(["volume", "rm", &volume])?.success().map(drop)
}

/// A Compose file that somebody edited is not what the cluster file makes of it, and nothing is written.
fn files_that_drifted_are_no_start(cluster: &Cluster) -> Result<()> {
    let path = cluster.project.folder().join("docker-compose.yaml");
    let generated = fs::read_to_string(&path)?;
    let edited = generated.replace("restart: unless-stopped", "restart: always");
    ensure!(edited != generated, "there is nothing to edit");
    fs::write(&path, &edited)?;
    let before = cluster.written()?;
    cluster.is_refused(
        &["scale", "--nodes", "5"],
        "docker-compose.yaml was edited after restate-gen wrote it",
    )?;
    ensure!(
        cluster.written()? == before,
        "files were changed although the plan was refused"
    );
    fs::write(&path, generated)?;
    Ok(())
}
