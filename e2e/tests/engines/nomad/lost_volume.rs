//! A node's disk is gone: no second cluster is provisioned, the node says so, and the guide's steps put another in its
//! place.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{Identity, wait_for};
use restate_gen_e2e::generator::restate_gen;
use restate_gen_e2e::guide::scripts;
use restate_gen_e2e::nomad::Cluster;

use super::{Shape, counter, load, report};

pub fn a_lost_volume_is_loud_and_safe(shape: Shape, lost: u32) -> Result<()> {
    let mut report = report(&format!(
        "Node {lost} without its volume, provisioning run again: {}",
        shape.words()
    ));
    let cluster = shape.running("lost")?;
    let _service = counter(&cluster)?;
    let nodes = cluster.nodes()?;
    let founded = cluster.identity_of(&nodes)?;
    let load = load(&cluster, "lost")?;
    let name = format!("restate-{lost}");

    cluster.lose_volume(&name)?;
    report.figure("the node says", says_data_loss(&cluster, &name)?);
    // Provisioning again must not help it to a cluster of its own.
    cluster
        .script(&format!(
            "nomad job stop -purge {job}-provision; nomad job run -detach provision.nomad.hcl",
            job = cluster.job
        ))?
        .success()?;
    is_no_second_cluster(&cluster, &name, &founded)?;
    let said = wait_for("provisioning ends", Duration::from_secs(120), || {
        let run = cluster
            .script(&format!(
                "nomad alloc logs -job -task provision {}-provision",
                cluster.job
            ))?
            .success()?;
        let line = run
            .stdout
            .lines()
            .find(|line| line.contains("already provisioned"));
        line.map(str::to_owned).with_context(|| run.to_string())
    })?;
    report.figure("provisioning again says", said);
    let others = nodes.iter().filter(|node| **node != name);
    ensure!(
        cluster.identity_of(others)? == founded,
        "the others are not what they were"
    );
    load.advances(200, Duration::from_secs(60))?;
    report.load(&load.finish()?);
    report.write()
}

/// Loses node 1's disk under load and follows the guide: a new node takes its place, the old id is retired, nothing is lost.
pub fn a_lost_node_is_replaced(shape: Shape) -> Result<()> {
    let mut report = report(&format!(
        "The guide's replacement of node 1: {}",
        shape.words()
    ));
    let cluster = shape.running("replace")?;
    let _service = counter(&cluster)?;
    let founded = cluster.identity("restate-2")?;
    let load = load(&cluster, "replace")?;
    cluster.lose_volume("restate-1")?;
    says_data_loss(&cluster, "restate-1")?;

    let file = cluster.folder().join("restate-cluster.yaml");
    let text = fs::read_to_string(&file)?;
    fs::write(&file, format!("{text}retired_ids: [1]\n"))?;
    // The commands to retire it are those of the guide that was there when the node was lost.
    let guide = fs::read_to_string(cluster.folder().join("OPERATIONS.md"))?;
    let procedure = scripts(&guide, "A node lost its disk");
    let [bring, retire] = procedure.as_slice() else {
        anyhow::bail!("the guide has {} scripts for it", procedure.len());
    };
    restate_gen(cluster.folder(), &["nomad", "--by-hand"])?;
    let start = Instant::now();
    cluster.script(bring)?.success()?;
    cluster.script(retire)?.success()?;
    report.seconds("the whole procedure", start.elapsed());
    cluster.settle()?;
    let nodes = cluster.nodes()?;
    ensure!(
        nodes == ["restate-2", "restate-3", "restate-4"],
        "the nodes are {nodes:?}"
    );
    let members = cluster.restatectl("restate-2", &["metadata-server", "list"])?;
    ensure!(
        !members.contains("N1") && members.contains("N4"),
        "the metadata servers are not 2, 3 and 4:\n{members}"
    );
    ensure!(cluster.identity_of(&nodes)? == founded, "another cluster");
    load.advances(200, Duration::from_secs(60))?;
    report.load(&load.finish()?);
    report.write()
}

fn says_data_loss(cluster: &Cluster, node: &str) -> Result<&'static str> {
    wait_for(
        "the lost data are reported",
        Duration::from_secs(120),
        || {
            let said = cluster.logs(node)?;
            ensure!(said.contains("data-loss"), "{node} does not mention it");
            Ok("data-loss")
        },
    )
}

/// A second cluster would stand within seconds and stay: looks for it as long as any node takes to start.
fn is_no_second_cluster(cluster: &Cluster, node: &str, founded: &Identity) -> Result<()> {
    let watched = Instant::now();
    while watched.elapsed() < Duration::from_secs(20) {
        if let Ok(found) = cluster.identity(node) {
            ensure!(
                found == *founded,
                "second cluster: {founded:?}, and in {node} {found:?}"
            );
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    Ok(())
}
