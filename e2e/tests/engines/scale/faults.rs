//! Nodes that are lost, before a change or in the middle of one.

use std::fs;
use std::time::Duration;

use anyhow::{Result, ensure};
use restate_gen_e2e::cluster::{restatectl, wait_for};
use restate_gen_e2e::docker::docker;
use restate_gen_e2e::generator::restate_gen;
use restate_gen_e2e::report::Report;
use restate_gen_e2e::runbook::{Operation, RUN_LIMIT};

use super::{CALLS, Cluster, NEWEST, SETTLING};

/// Disks are lost one after the other, and each time a new node with a new name and id takes the place.
pub fn lost_nodes_are_replaced(nodes: u32, lost: &[u32]) -> Result<()> {
    let mut report = Report::of(&format!("Lost volumes replaced on {nodes} nodes"));
    let mut cluster = Cluster::running(&format!("version: {NEWEST}\nnodes: {nodes}\n"))?;
    let mut present: Vec<u32> = (1..=nodes).collect();
    for (id, new) in lost.iter().zip(nodes + 1..) {
        let what = format!("node {id} lost");
        let name = format!("restate-{id}");
        let load = cluster.load(&format!("lost-{id}"))?;
        cluster.project.kill(&name)?;
        cluster.project.lose_volume(*id)?;
        load.advances(100, CALLS)?;
        let operation = Operation::written(cluster.project.folder(), &["replace", &name])?;
        cluster.carry_out(&what, &operation, load, &mut report)?;
        present.retain(|known| known != id);
        present.push(new);
        let found: Vec<u32> = cluster.project.nodes.keys().copied().collect();
        ensure!(found == present, "nodes {found:?}, {present:?} wanted");
        let file = fs::read_to_string(cluster.project.folder().join("restate-cluster.yaml"))?;
        ensure!(
            file.contains("retired_ids"),
            "the id of node {id} is not retired:\n{file}"
        );
    }
    report.write()
}

/// Five nodes become three, and two that stay die on the way, at different steps. Each time the run stops, everything
/// is served, and once the node is started again the run continues.
pub fn a_node_dies_in_the_middle_of_a_shrink() -> Result<()> {
    let mut report = Report::of("5 -> 3 nodes, with nodes that stay killed on the way");
    let mut cluster = Cluster::running(&format!(
        "version: {NEWEST}\nnodes: 5\nmetadata_servers: all\n"
    ))?;
    let operation = cluster.scale(3)?;
    let load = cluster.load("shrunk")?;
    for (killed, at) in [
        ("restate-2", "Remove restate-4 from the metadata quorum"),
        ("restate-1", "Wait until no part of the log is on"),
    ] {
        let mut run = operation.start(&["--yes"])?;
        let has_come = run.says(RUN_LIMIT, |transcript| {
            let mut steps = transcript.steps().into_iter();
            steps.any(|step| step.title.starts_with(at) && !step.was_done_before)
        })?;
        ensure!(has_come, "run.sh never came to {at:?}");
        // Killed by hand it stays down, whatever the restart policy says.
        cluster.project.kill(killed)?;
        let stopped = run.end(RUN_LIMIT)?.stopped_with(&["stopped: in step"])?;
        let reason = format!("{killed} (N{}) is not alive", &killed[8..]);
        let says_what_to_do =
            stopped.text.contains(&reason) && stopped.text.contains("start it and run this again");
        ensure!(says_what_to_do, "no fix named:\n{}", stopped.text);
        report.seconds(
            &format!("{killed} killed: run.sh stopped after"),
            stopped.took,
        );
        load.advances(300, CALLS)?;
        // What the run says: start it again.
        cluster.project.compose(["start", killed])?.success()?;
    }
    cluster.carry_out("5 -> 3", &operation, load, &mut report)?;
    report.write()
}

/// Five nodes are to become three, and in the middle of it one that stays loses its disk. By the plan's own words one goes back,
/// replaces that node, and shrinks then.
pub fn a_disk_is_lost_in_the_middle_of_a_shrink() -> Result<()> {
    let mut report = Report::of("5 -> 3 nodes, and a disk that is lost on the way");
    let mut cluster = Cluster::running(&format!("version: {NEWEST}\nnodes: 5\n"))?;
    let operation = cluster.scale(3)?;
    let load = cluster.load("went-back")?;
    let mut run = operation.start(&["--yes"])?;
    let has_come = run.says(RUN_LIMIT, |transcript| {
        transcript.text.contains(" + trim_until_empty")
    })?;
    ensure!(has_come, "run.sh never came to it");
    run.kill()?;
    cluster.project.kill("restate-2")?;
    cluster.project.lose_volume(2)?;
    // A user who does not go back first is told to.
    cluster.is_refused(
        &["replace", "restate-2"],
        "operations/scale-5-to-3, is not finished",
    )?;

    let folder = cluster.project.folder();
    let planned = folder.join("operations/scale-5-to-3");
    let plan = fs::read_to_string(planned.join("PLAN.md"))?;
    ensure!(plan.contains("\n## To go back\n"), "no way back:\n{plan}");
    for (old, new) in [
        ("before.yaml", "restate-cluster.yaml"),
        ("before.lock", "restate-gen.lock"),
    ] {
        fs::copy(planned.join(old), folder.join(new))?;
    }
    restate_gen(folder, &["compose", "--force"])?;
    for (what, state) in [
        ("set-storage-state", ["--storage-state", "read-write"]),
        ("set-worker-state", ["--worker-state", "active"]),
    ] {
        let [flag, state] = state;
        // The lost node may have led the metadata quorum.
        wait_for(what, SETTLING, || {
            restatectl(
                &cluster.project,
                ["nodes", what, "--nodes", "N4,N5", flag, state, "--yes"],
            )
        })?;
    }
    let abandoned = operation.run(&["--abandon", "--yes"])?;
    ensure!(
        abandoned.code == Some(0) && abandoned.text.contains("nothing is known of this plan"),
        "{}",
        abandoned.text
    );
    fs::remove_dir_all(&planned)?;
    let operation = Operation::written(folder, &["replace", "restate-2"])?;
    cluster.carry_out("node 2 replaced", &operation, load, &mut report)?;
    let load = cluster.load("shrunk-then")?;
    let operation = cluster.scale(3)?;
    cluster.carry_out("5 -> 3", &operation, load, &mut report)?;
    report.write()
}

/// A node that is stopped in the middle of a restart by a run that was killed is started by the next run.
pub fn a_node_left_down_by_a_killed_run_is_started_by_the_next() -> Result<()> {
    let mut report = Report::of("A rolling restart whose run was killed while a node was down");
    let file = format!("version: {NEWEST}\nnodes: 3\n");
    let mut cluster = Cluster::running(&file)?;
    let operation = cluster.change_to(&format!(
        "{file}settings: {{worker: {{invoker: {{inactivity-timeout: 2m}}}}}}\n"
    ))?;
    let load = cluster.load("left-down")?;
    let mut run = operation.start(&["--yes"])?;
    let has_come = run.says(RUN_LIMIT, |transcript| {
        transcript.text.contains("--no-deps restate-2")
    })?;
    ensure!(has_come, "run.sh never restarted restate-2");
    let id = cluster.project.container("restate-2")?;
    wait_for(
        "restate-2 stopped by Compose",
        Duration::from_secs(120),
        || {
            let running = docker(["inspect", "--format", "{{.State.Running}}", &id])?;
            ensure!(running.stdout.trim() != "true", "it runs");
            Ok(())
        },
    )?;
    run.kill()?;
    // It must be the run that sees to it: long enough for its peers to take the node for dead.
    load.advances(500, CALLS)?;
    std::thread::sleep(Duration::from_secs(15));
    cluster.carry_out("left down", &operation, load, &mut report)?;
    report.write()
}
