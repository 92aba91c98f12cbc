//! Nodes come and go under load, by the guide: no acknowledged call is lost or runs twice.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use restate_gen_e2e::kubernetes::Cluster;

use super::guided::{Reader, change, made_anew};
use super::{Shape, counter, load, report};

/// Three nodes become five and three again.
pub fn nodes_are_added_and_removed(shape: Shape) -> Result<()> {
    let mut report = report(&format!(
        "3 nodes become 5 and 3 again by the guide, under load: {}",
        shape.words()
    ));
    let cluster = shape.running("resized")?;
    let _service = counter(&cluster)?;
    let founded = cluster.identity_of_all()?;
    let load = load(&cluster, "resized")?;

    let before = cluster.uids()?;
    change(&cluster, |file| file.replace("nodes: 3\n", "nodes: 5\n"))?;
    let reader = Reader::of(&cluster)?;
    let started = Instant::now();
    for step in reader.steps("Add nodes")? {
        reader.run(&step)?;
    }
    cluster.wait()?;
    reader.run(&reader.roll()?)?;
    cluster.settle(5)?;
    report.seconds(
        "3 nodes to 5, until every replica is active",
        started.elapsed(),
    );
    let anew = made_anew(&before, &cluster)?;
    ensure!(anew.is_empty(), "pods were restarted for it: {anew:?}");
    report.figure("pods that were there, restarted for it", 0);
    load.advances(200, Duration::from_secs(60))?;

    for last in [5, 4] {
        let before = cluster.uids()?;
        let removed = Instant::now();
        remove(&cluster, last)?;
        report.seconds(
            &format!("node {last} removed, until every replica is active"),
            removed.elapsed(),
        );
        let mut other = made_anew(&before, &cluster)?;
        other.retain(|pod| *pod != format!("restate-{last}"));
        ensure!(other.is_empty(), "pods were restarted for it: {other:?}");
        report.figure("pods that stay, restarted for it", 0);
        load.advances(200, Duration::from_secs(60))?;
    }
    let still = cluster.identity_of_all()?;
    ensure!(still == founded, "{founded:?} became {still:?}");
    report.load(&load.finish()?);
    report.write()
}

/// Removes the last node as the guide says. It is not a metadata server, so the line for one does not apply.
fn remove(cluster: &Cluster, last: usize) -> Result<()> {
    let heading = "Remove nodes";
    let (id, pod) = (format!("N{last}"), format!("restate-{last}"));
    let reader = Reader::of(cluster)?;
    let leave = reader.script(heading, &["read-only", &format!("{id} ")])?;
    let finish = reader.script(heading, &["nodes remove", &pod])?;
    reader.run(&leave)?;
    for asked in [["logs", "describe"], ["partitions", "list"]] {
        let said = cluster.restatectl(&asked)?;
        let named = said
            .split(|sign: char| !sign.is_ascii_alphanumeric())
            .any(|word| word == id);
        ensure!(!named, "{asked:?} names {id}:\n{said}");
    }
    change(cluster, |file| {
        let fewer = file.replace(
            &format!("nodes: {last}\n"),
            &format!("nodes: {}\n", last - 1),
        );
        match fewer.split_once("retired_ids: [") {
            Some((file, ids)) => format!("{file}retired_ids: [{last}, {ids}"),
            None => format!("{fewer}retired_ids: [{last}]\n"),
        }
    })?;
    cluster.apply()?.success()?;
    reader.run(&finish)?;
    reader.run(&Reader::of(cluster)?.roll()?)?;
    cluster.settle(last - 1)?;
    let claims = cluster
        .kubectl(["get", "pvc", "-o", "name"])?
        .success()?
        .stdout;
    ensure!(
        !claims.contains(&format!("data-{pod}\n")),
        "the claim of {pod} is still there: {claims}"
    );
    Ok(())
}
