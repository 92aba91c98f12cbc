//! Every node is empty and the cluster existed before: provisioning once more would bury what a backup could bring back.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::wait_for;

use super::{Shape, report};

pub fn no_cluster_is_founded_over_lost_data(shape: Shape) -> Result<()> {
    let mut report = report(&format!(
        "Provisioning again, every volume lost: {}",
        shape.words()
    ));
    let cluster = shape.running("refounding")?;
    let nodes = cluster.nodes()?;
    let job = &cluster.job;
    cluster
        .script(&format!("nomad job stop -purge {job}-provision"))?
        .success()?;
    for node in &nodes {
        cluster.lose_volume(node)?;
    }
    cluster
        .script("nomad job run -detach provision.nomad.hcl")?
        .success()?;
    let said = wait_for("the guard speaks", Duration::from_secs(400), || {
        let run = cluster.script(&format!(
            "nomad alloc logs -stderr -job -task provision {job}-provision"
        ))?;
        let line = run
            .stdout
            .lines()
            // A step that fails for another reason has refused nothing.
            .find(|line| line.contains("provision: refused: this cluster was provisioned before"));
        line.map(str::to_owned).with_context(|| run.to_string())
    })?;
    report.figure("refused with the words", said.replace('|', "/"));
    for node in &nodes {
        ensure!(
            cluster.identity(node).is_err(),
            "a cluster was founded over lost data"
        );
    }
    report.write()
}
