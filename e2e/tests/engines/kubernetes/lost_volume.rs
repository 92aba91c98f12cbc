//! A node's disk is gone: no second cluster is founded, the node says so, and the guide's steps put another in its place.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use restate_gen_e2e::cluster::wait_for;
use restate_gen_e2e::command::finished;
use restate_gen_e2e::generator::restate_gen;
use restate_gen_e2e::guide::scripts;

use super::{ROLLOUT, Shape, counter, load, report};

pub fn a_lost_node_is_replaced(shape: Shape, lost: u32) -> Result<()> {
    let mut report = report(&format!(
        "Node {lost} without its volume, replaced by the guide: {}",
        shape.words()
    ));
    let cluster = shape.running("lost")?;
    let _service = counter(&cluster)?;
    let founded = cluster.identity_of_all()?;
    let load = load(&cluster, "lost")?;
    let pod = format!("restate-{lost}");

    cluster.lose_volume(&pod)?;
    let heard = wait_for(
        "the lost data are reported",
        Duration::from_secs(120),
        || {
            let said = cluster
                .kubectl(["logs", &pod, "--previous"])?
                .success()?
                .stdout;
            ensure!(
                said.contains("data-loss"),
                "{pod} does not mention data-loss: {said}"
            );
            Ok("data-loss")
        },
    )?;
    report.figure("the node says", heard);
    // Provisioning again must not help it to a cluster of its own.
    cluster
        .kubectl([
            "delete",
            "job",
            "-l",
            "app.kubernetes.io/component=provision",
        ])?
        .success()?;
    cluster.apply()?.success()?;
    let watched = Instant::now();
    while watched.elapsed() < Duration::from_secs(20) {
        if let Ok(found) = cluster.identity(&pod) {
            ensure!(
                found == founded,
                "second cluster: {founded:?}, and in {pod} {found:?}"
            );
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    for (other, ready) in cluster.pods()? {
        if other != pod {
            ensure!(
                ready && cluster.identity(&other)? == founded,
                "{other} is not what it was"
            );
        }
    }
    load.advances(200, Duration::from_secs(60))?;
    let before: Vec<String> = uids(&cluster, &pod)?;

    // The guide is written for node 1; for another one the numbers are put in, as a reader would.
    let file = cluster.folder().join("restate-cluster.yaml");
    let text = fs::read_to_string(&file)?;
    let next = shape.count + 1;
    fs::write(
        &file,
        format!(
            "{text}retired_ids: [{lost}]\nkubernetes: {{replacements: [{{id: {next}, in_place_of: {lost}}}]}}\n"
        ),
    )?;
    let guide = fs::read_to_string(cluster.folder().join("OPERATIONS.md"))?;
    restate_gen(
        cluster.folder(),
        &["kubernetes", "--namespace", &cluster.namespace],
    )?;
    let [_disk, leave, yaml, place, retire] = scripts(&guide, "A node lost its disk")
        .try_into()
        .map_err(|found| anyhow::anyhow!("the guide has other fences: {found:?}"))?;
    ensure!(yaml.contains("in_place_of: 1"), "the guide says {yaml}");
    let function = scripts(&guide, "restatectl")
        .concat()
        .replace("\nrestatectl status\n", "\n");
    let for_lost = |script: &str| {
        script
            .replace("restate-1", &pod)
            .replace("N1 ", &format!("N{lost} "))
    };
    let started = Instant::now();
    for script in [
        format!("{function}{leave}"),
        place,
        format!("{function}{retire}"),
    ] {
        let script = for_lost(&script);
        let run = finished(
            Command::new("sh")
                .args(["-euc", &script])
                .current_dir(cluster.folder()),
            ROLLOUT,
        )?
        .success()?;
        eprintln!("{run}");
    }
    report.seconds("the guide's steps", started.elapsed());
    cluster.settle(shape.count)?;
    report.seconds("until every replica is active", started.elapsed());

    let nodes = cluster.restatectl(&["nodes", "list"])?;
    ensure!(
        nodes.contains(&format!("restate-{next} ")) && !nodes.contains(&format!(" N{lost} ")),
        "the nodes are\n{nodes}"
    );
    let still = cluster.identity_of_all()?;
    ensure!(still == founded, "{founded:?} became {still:?}");
    let after = uids(&cluster, &pod)?;
    ensure!(
        before == after,
        "other pods were restarted: {before:?} became {after:?}"
    );
    report.figure("other pods restarted for it", 0);
    load.advances(200, Duration::from_secs(60))?;
    report.load(&load.finish()?);
    report.write()
}

/// Who the pods beside that one are.
fn uids(cluster: &restate_gen_e2e::kubernetes::Cluster, but: &str) -> Result<Vec<String>> {
    let pods = cluster.objects("pods", "app.kubernetes.io/component=node")?;
    Ok(pods
        .iter()
        .filter(|pod| pod["metadata"]["name"] != but)
        .map(|pod| pod["metadata"]["uid"].to_string())
        .collect())
}
