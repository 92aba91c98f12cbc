//! Nodes that go and come back under load: stopped, killed, drained. Nothing is lost, nothing runs twice, and each is who it was.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use restate_gen_e2e::cluster::{Table, wait_for};
use restate_gen_e2e::nomad::{Cluster, nomad};

use super::{Shape, counter, load, report};

/// How long a node may take until it is back.
const BACK: Duration = Duration::from_secs(180);

pub fn each_node_goes_and_comes_back(shape: Shape) -> Result<()> {
    let mut report = report(&format!(
        "Each node stopped by `nomad alloc stop`, then killed, under load: {}",
        shape.words()
    ));
    let cluster = shape.running("away")?;
    let _service = counter(&cluster)?;
    let nodes = cluster.nodes()?;
    let founded = cluster.identity_of(&nodes)?;
    let ids = ids(&cluster)?;
    let load = load(&cluster, "away")?;
    for node in &nodes {
        let before = cluster.allocation(node)?;
        let start = Instant::now();
        nomad(["alloc", "stop", "-detach", &before])?.success()?;
        wait_for("another allocation", BACK, || {
            ensure!(cluster.allocation(node)? != before, "the old one runs");
            Ok(())
        })?;
        cluster.settle()?;
        report.seconds(
            &format!("{node} stopped until all is active"),
            start.elapsed(),
        );
        load.advances(100, Duration::from_secs(60))?;

        let start = Instant::now();
        cluster.kill(node)?;
        std::thread::sleep(Duration::from_secs(2));
        cluster.settle()?;
        report.seconds(
            &format!("{node} killed until all is active"),
            start.elapsed(),
        );
        load.advances(100, Duration::from_secs(60))?;
        ensure!(cluster.identity_of(&nodes)? == founded, "another cluster");
    }
    let after = self::ids(&cluster)?;
    ensure!(after == ids, "{ids:?} became {after:?}");
    report.figure("names and ids afterwards", "the same");
    report.load(&load.finish()?);
    report.write()
}

/// The client has all nodes and the store: draining it stops everything, and nothing may start while it is drained.
pub fn a_drained_client_comes_back(shape: Shape) -> Result<()> {
    let mut report = report(&format!(
        "The one client drained under load, then taken back: {}",
        shape.words()
    ));
    let cluster = shape.running("drain")?;
    let _service = counter(&cluster)?;
    let nodes = cluster.nodes()?;
    let founded = cluster.identity_of(&nodes)?;
    let ids = ids(&cluster)?;
    let load = load(&cluster, "drain")?;
    let start = Instant::now();
    let drained = nomad([
        "node",
        "drain",
        "-enable",
        "-yes",
        "-self",
        "-deadline",
        "2m",
    ])
    .and_then(|run| run.success());
    let left = cluster.allocations();
    // Whatever happened, the client is taken back.
    nomad(["node", "drain", "-disable", "-yes", "-self"])?.success()?;
    report.seconds("drained after", drained?.took);
    let left = left?;
    ensure!(left.is_empty(), "allocations of a drained client: {left:?}");
    cluster.settle()?;
    report.seconds("from the drain until all is active again", start.elapsed());
    ensure!(cluster.identity_of(&nodes)? == founded, "another cluster");
    ensure!(self::ids(&cluster)? == ids, "other names or ids");
    load.advances(100, Duration::from_secs(60))?;
    report.load(&load.finish()?);
    report.write()
}

/// Id by name, as the cluster has them.
pub fn ids(cluster: &Cluster) -> Result<Vec<(String, String)>> {
    let nodes = cluster.nodes()?;
    let listed = cluster.restatectl(&nodes[0], &["nodes", "list"])?;
    let mut ids: Vec<(String, String)> = Table::read(&listed, "NODE")?
        .rows
        .iter()
        .map(|row| {
            // `N3:2` is node 3 in its second generation.
            let id = row["NODE"].split(':').next().unwrap_or_default();
            (row["NAME"].clone(), id.to_owned())
        })
        .collect();
    ids.sort();
    Ok(ids)
}
