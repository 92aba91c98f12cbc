//! What `rollout.sh` does when a node is not healthy: it leaves the healthy ones alone, or begins with the one that is down.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use restate_gen_e2e::cluster::wait_for;
use restate_gen_e2e::nomad::json;

use super::resize::change;
use super::{Shape, counter, load, report};

pub fn no_second_node_is_stopped(shape: Shape) -> Result<()> {
    let mut report = report(&format!(
        "`rollout.sh` while a node does not answer: {}",
        shape.words()
    ));
    let cluster = shape.running("careful")?;
    let before = cluster.allocations()?;

    // The first node alone is to change, and another one hangs.
    let of_first = "resources: {reserve: {cpus: 0.15}}";
    change(
        &cluster,
        "nodes: 3\n",
        &format!("nodes: [{{id: 1, {of_first}}}, {{id: 2}}, {{id: 3}}]\n"),
    )?;
    cluster.freeze("restate-2")?;
    let refused = cluster.script("sh rollout.sh")?;
    ensure!(
        !refused.succeeded() && refused.stderr.contains("restate-1 is left unchanged"),
        "{refused}"
    );
    ensure!(
        cluster.allocations()? == before,
        "an allocation was replaced"
    );
    report.figure("a change of node 1 while node 2 hangs", "refused");

    // All are to change: the one that hangs comes first, and is well again before another is stopped.
    change(
        &cluster,
        "resources: {reserve: {cpus: 0.1}}\n",
        "resources: {reserve: {cpus: 0.2}}\n",
    )?;
    let run = cluster.script("sh rollout.sh")?.success()?;
    let order: Vec<&str> = run
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("rollout: restate-"))
        .collect();
    ensure!(order == ["2", "1", "3"], "{order:?}");
    report.figure("a change of all nodes while node 2 hangs", "node 2 first");
    cluster.settle()?;
    report.write()
}

/// A server that hangs is restarted by Nomad, after the grace that a start has and the checks that may fail.
pub fn a_server_that_hangs_is_restarted(shape: Shape) -> Result<()> {
    let mut report = report(&format!("A server hangs: {}", shape.words()));
    let cluster = shape.running("hangs")?;
    let _service = counter(&cluster)?;
    let nodes = cluster.nodes()?;
    let founded = cluster.identity_of(&nodes)?;
    let load = load(&cluster, "hangs")?;
    let before = cluster.allocations()?;
    cluster.freeze("restate-2")?;
    let begun = Instant::now();
    // Without the node, the others make up for it: only Nomad says whether it was restarted.
    let allocation = cluster.allocation("restate-2")?;
    wait_for("Nomad restarts it", Duration::from_secs(900), || {
        let said = json(["alloc", "status", "-json", &allocation])?;
        let restarts = said["TaskStates"]["restate"]["Restarts"].as_u64();
        ensure!(restarts.is_some_and(|restarts| restarts > 0), "not yet");
        Ok(())
    })?;
    report.seconds("node 2 hung until Nomad restarted it", begun.elapsed());
    wait_for("it answers again", Duration::from_secs(120), || {
        cluster.identity("restate-2")
    })?;
    cluster.settle()?;
    report.seconds("node 2 hung until every replica is active", begun.elapsed());
    ensure!(
        cluster.allocations()? == before,
        "it was not restarted in its place"
    );
    ensure!(cluster.identity_of(&nodes)? == founded, "another cluster");
    load.advances(200, Duration::from_secs(60))?;
    report.load(&load.finish()?);
    report.write()
}

/// What a template says of a changed secret reaches a node at its next start, and only then.
pub fn a_changed_secret_arrives_at_the_next_start(shape: Shape) -> Result<()> {
    let mut report = report(&format!("The store's password changed: {}", shape.words()));
    let cluster = shape.running("secret")?;
    let before = cluster.allocations()?;
    let job = cluster.job.clone();
    cluster
        .script(&format!(
            "for job in {job} {job}-store; do echo '{{\"Items\": {{\"MINIO_ROOT_PASSWORD\": \"another-password\", \"SNAPSHOT_SECRET_KEY\": \"another-password\"}}}}' | nomad var put -force -in json nomad/jobs/$job - >/dev/null; done"
        ))?
        .success()?;
    std::thread::sleep(Duration::from_secs(20));
    ensure!(
        cluster.allocations()? == before && !knows(&cluster, "restate-1")?,
        "the change itself restarted a node"
    );
    cluster
        .script(&format!(
            "nomad job restart -reschedule -on-error=fail {job}-store"
        ))?
        .success()?;
    for node in cluster.nodes()? {
        cluster
            .script(&format!(
                "nomad job restart -reschedule -on-error=fail -group {node} {job}"
            ))?
            .success()?;
        wait_for("the node is back", Duration::from_secs(120), || {
            ensure!(knows(&cluster, &node)?, "{node} has the old password");
            cluster.is_whole()
        })?;
    }
    report.figure(
        "each node after `nomad job restart -reschedule`",
        "has the new one",
    );
    cluster
        .script("sh restatectl.sh snapshots create --yes")?
        .success()?;
    report.figure("snapshots with it", "written");
    report.write()
}

fn knows(cluster: &restate_gen_e2e::nomad::Cluster, node: &str) -> Result<bool> {
    let told = cluster.exec(
        node,
        &[
            "sh",
            "-c",
            "echo \"it is $RESTATE_WORKER__SNAPSHOTS__AWS_SECRET_ACCESS_KEY\"",
        ],
    )?;
    ensure!(told.stdout.contains("it is "), "{told}");
    Ok(told.stdout.contains("another-password"))
}
