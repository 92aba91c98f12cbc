//! A cluster grows, has its replication changed and gives up a node under load, by the guide. Nothing is lost, nothing runs
//! twice, and the id that was given up does not come back.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use restate_gen_e2e::cluster::{Table, wait_for};
use restate_gen_e2e::generator::restate_gen;
use restate_gen_e2e::guide::scripts;
use restate_gen_e2e::nomad::Cluster;

use super::{Shape, counter, guided, load, report};

pub fn grows_and_shrinks(shape: Shape) -> Result<()> {
    let mut report = report(&format!(
        "Two nodes added, the replication changed, node 5 removed, by the guide under load: {}",
        shape.words()
    ));
    let cluster = shape.running("resize")?;
    let _service = counter(&cluster)?;
    let nodes = cluster.nodes()?;
    let founded = cluster.identity_of(&nodes)?;
    let load = load(&cluster, "resize")?;
    let before = cluster.allocations()?;

    change(&cluster, "nodes: 3\n", "nodes: 5\n")?;
    let start = Instant::now();
    cluster.script(&guided(&cluster, "Add nodes")?)?.success()?;
    cluster.settle()?;
    report.seconds(
        "from three nodes to five, all of it active",
        start.elapsed(),
    );
    let mut kept = cluster.allocations()?;
    kept.retain(|node, _| before.contains_key(node));
    ensure!(kept == before, "nodes that were there were restarted");
    load.advances(100, Duration::from_secs(60))?;

    let start = Instant::now();
    cluster
        .script(&guided(&cluster, "Change the replication")?)?
        .success()?;
    wait_for("three copies of each log", Duration::from_secs(120), || {
        let listed = cluster.restatectl("restate-1", &["logs", "list"])?;
        ensure!(
            listed.contains("{node: 3}") && !listed.contains("{node: 2}"),
            "{listed}"
        );
        Ok(())
    })?;
    report.seconds("until each log has three copies", start.elapsed());
    change(
        &cluster,
        "nodes: 5\n",
        "nodes: 5\nreplication: 3\nmetadata_servers: 3\n",
    )?;
    load.advances(100, Duration::from_secs(60))?;

    // Taken out of the file before it is drained: the script does not stop it.
    change(&cluster, "nodes: 5\n", "nodes: 4\nretired_ids: [5]\n")?;
    let refused = cluster.script("sh rollout.sh")?;
    ensure!(
        !refused.succeeded() && refused.stderr.contains("holds a part of the logs"),
        "a node was dropped that holds a part of the logs: {refused}"
    );
    cluster.allocation("restate-5")?;
    report.figure("node 5 dropped from the file undrained", "refused");

    let start = Instant::now();
    let guide = fs::read_to_string(cluster.folder().join("OPERATIONS.md"))?;
    let procedure = scripts(&guide, "Remove nodes");
    let [drain, remove] = procedure.as_slice() else {
        anyhow::bail!("the guide has {} scripts for it", procedure.len());
    };
    cluster.script(drain)?.success()?;
    cluster.script(remove)?.success()?;
    report.seconds("node 5 drained, stopped and removed", start.elapsed());
    // One that was started again would be back within seconds.
    std::thread::sleep(Duration::from_secs(20));
    cluster.settle()?;
    let listed = cluster.restatectl("restate-1", &["nodes", "list"])?;
    let table = Table::read(&listed, "NODE")?;
    let names: Vec<&str> = table.rows.iter().map(|row| row["NAME"].as_str()).collect();
    ensure!(
        names == ["restate-1", "restate-2", "restate-3", "restate-4"],
        "the nodes are\n{listed}"
    );
    report.figure("node 5 twenty seconds later", "not back");
    let nodes = cluster.nodes()?;
    ensure!(cluster.identity_of(&nodes)? == founded, "another cluster");
    load.advances(200, Duration::from_secs(60))?;
    report.load(&load.finish()?);
    report.write()
}

/// Writes something else into the cluster file and generates again, as who takes the steps of the guide.
pub fn change(cluster: &Cluster, from: &str, to: &str) -> Result<()> {
    let file = cluster.folder().join("restate-cluster.yaml");
    let text = fs::read_to_string(&file)?;
    ensure!(text.contains(from), "no {from:?} in the file:\n{text}");
    fs::write(&file, text.replace(from, to))?;
    restate_gen(cluster.folder(), &["nomad", "--by-hand"]).map(drop)
}
