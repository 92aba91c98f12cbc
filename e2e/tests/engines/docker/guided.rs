//! The procedures of the generated guide, run as they stand in it.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{Table, identity, restatectl};
use restate_gen_e2e::command::finished;
use restate_gen_e2e::docker::Project;
use restate_gen_e2e::generator::restate_gen;
use restate_gen_e2e::guide::scripts;
use restate_gen_e2e::load::{Load, Plan};
use restate_gen_e2e::report::Report;

use super::Shape;

/// A procedure may move volumes and restart everything.
const PROCEDURE: Duration = Duration::from_secs(300);
/// How long a removed node is watched for: a restart policy has it back within three seconds.
const AWAY: Duration = Duration::from_secs(15);

/// Loses node 1's disk under load and follows the guide: a new node takes its place, the old id is retired, nothing is lost.
pub fn a_lost_node_is_replaced(shape: Shape) -> Result<()> {
    let mut report = Report::of(&format!(
        "The guide's replacement of node 1: {}",
        shape.words()
    ));
    let project = shape.running("replace")?;
    let _service = super::counter(&project)?;
    let founded = identity(&project, 2)?;
    let load = Load::start(&project, Plan::light("kept"))?;
    load.advances(500, Duration::from_secs(120))?;
    project.lose_volume(1)?;
    let procedures = procedures(&project, "A node lost its disk")?;
    let [give_up, retire] = procedures.as_slice() else {
        anyhow::bail!("the guide has {} scripts for a lost disk", procedures.len());
    };
    let start = Instant::now();
    run(&project, give_up)?;

    let file = project.folder().join("restate-cluster.yaml");
    let text = fs::read_to_string(&file).context("the cluster file")?;
    fs::write(&file, format!("{text}retired_ids: [1]\n")).context("the cluster file")?;
    restate_gen(project.folder(), &["compose", "--by-hand"])?;
    run(
        &project,
        "docker compose up -d --wait --no-deps restate-4\n",
    )?;
    run(&project, retire)?;
    report.seconds("the whole procedure", start.elapsed());

    let nodes = registered(&project)?;
    ensure!(nodes == ["N2", "N3", "N4"], "the nodes are {nodes:?}");
    let members = restatectl(&project, ["metadata-server", "list"])?;
    ensure!(
        !members.contains("restate-1") && !members.contains("N1"),
        "node 1 is a metadata server still:\n{members}"
    );
    ensure!(identity(&project, 2)? == founded, "another cluster");
    load.advances(200, Duration::from_secs(120))?;
    let tally = load.finish()?;
    report.load(&tally);
    report.write()
}

/// Removes the last node under load by the guide: it is gone from the cluster and does not come back, and nothing is lost.
pub fn a_removed_node_stays_away(shape: Shape) -> Result<()> {
    let leaving = shape.nodes;
    let mut report = Report::of(&format!(
        "The guide's removal of node {leaving}: {}",
        shape.words()
    ));
    let project = shape.running("remove")?;
    let _service = super::counter(&project)?;
    let load = Load::start(&project, Plan::light("kept"))?;
    load.advances(500, Duration::from_secs(120))?;

    let procedures = procedures(&project, "Remove nodes")?;
    let [drain, trim, take_out] = procedures.as_slice() else {
        anyhow::bail!("the guide has {} scripts to remove nodes", procedures.len());
    };
    let start = Instant::now();
    run(&project, drain)?;
    run(&project, trim)?;
    let kept = restatectl(&project, ["logs", "describe", "--all"])?;
    let named = kept
        .split(|sign: char| !sign.is_ascii_alphanumeric())
        .any(|word| word == format!("N{leaving}"));
    ensure!(!named, "the log is still on node {leaving}:\n{kept}");
    report.seconds("drained after", start.elapsed());

    let file = project.folder().join("restate-cluster.yaml");
    let text = fs::read_to_string(&file).context("the cluster file")?;
    let fewer = text.replace(
        &format!("nodes: {leaving}\n"),
        &format!("nodes: {}\nretired_ids: [{leaving}]\n", leaving - 1),
    );
    ensure!(fewer != text, "no number of nodes in the cluster file");
    fs::write(&file, fewer).context("the cluster file")?;
    restate_gen(project.folder(), &["compose", "--by-hand"])?;
    run(&project, take_out)?;
    report.seconds("the whole procedure", start.elapsed());

    // A server whose node is removed while it runs is back within seconds, and so would be one that is started again.
    let watched = Instant::now();
    while watched.elapsed() < AWAY {
        let nodes = registered(&project)?;
        ensure!(
            !nodes.contains(&format!("N{leaving}")),
            "node {leaving} is a member again: {nodes:?}"
        );
        std::thread::sleep(Duration::from_millis(500));
    }
    report.seconds("not back within", AWAY);
    load.advances(200, Duration::from_secs(120))?;
    let tally = load.finish()?;
    report.load(&tally);
    report.write()
}

/// The ids of the nodes that the cluster lists, in order.
fn registered(project: &Project) -> Result<Vec<String>> {
    let listed = restatectl(project, ["nodes", "list"])?;
    let rows = Table::read(&listed, "NODE")?.rows;
    let mut ids: Vec<String> = rows.iter().map(|row| row["NODE"].clone()).collect();
    ids.sort();
    ensure!(!ids.is_empty(), "no node in:\n{listed}");
    Ok(ids)
}

/// The code fences under that heading of the guide, of which there is at least one.
pub fn procedures(project: &Project, heading: &str) -> Result<Vec<String>> {
    let guide = fs::read_to_string(project.folder().join("OPERATIONS.md")).context("the guide")?;
    let found = scripts(&guide, heading);
    ensure!(!found.is_empty(), "the guide has no script under {heading}");
    Ok(found)
}

/// Runs a script of the guide where the guide says; every command of it must succeed.
pub fn run(project: &Project, script: &str) -> Result<Duration> {
    let run = finished(
        Command::new("sh")
            .args(["-euc", script])
            .current_dir(project.folder()),
        PROCEDURE,
    )?
    .success()?;
    Ok(run.took)
}
