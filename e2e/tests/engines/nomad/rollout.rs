//! An upgrade under load: node by node with the generated script, and all at once by `nomad job run`.

use std::fs;
use std::time::Duration;

use anyhow::{Result, ensure};
use restate_gen_e2e::generator::restate_gen;
use restate_gen_e2e::nomad::nomad;

use super::away::ids;
use super::{NEWEST, Shape, counter, guided, load, report};

/// How the new file is brought out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By `rollout.sh`, as the guide has it.
    NodeByNode,
    /// By `nomad job run` of the new file.
    AllAtOnce,
}

pub fn an_upgrade_loses_nothing(shape: Shape, way: Way) -> Result<()> {
    let words = match way {
        Way::NodeByNode => "`rollout.sh`, node by node",
        Way::AllAtOnce => "`nomad job run` of the new file, all nodes at once",
    };
    let mut report = report(&format!(
        "An upgrade to {NEWEST} by {words}, under load: {}",
        shape.words()
    ));
    let cluster = shape.running("upgrade")?;
    let _service = counter(&cluster)?;
    let nodes = cluster.nodes()?;
    let founded = cluster.identity_of(&nodes)?;
    let ids_before = ids(&cluster)?;
    let load = load(&cluster, "upgrade")?;

    let file = cluster.folder().join("restate-cluster.yaml");
    let text = fs::read_to_string(&file)?;
    fs::write(&file, text.replace(shape.version, NEWEST))?;
    restate_gen(cluster.folder(), &["nomad"])?;
    let run = match way {
        Way::NodeByNode => cluster.script(&guided(&cluster, "Change")?)?.success()?,
        Way::AllAtOnce => cluster
            .script("nomad job run restate.nomad.hcl")?
            .success()?,
    };
    report.seconds("the upgrade took", run.took);
    cluster.settle()?;
    load.advances(200, Duration::from_secs(60))?;
    let listed = cluster.exec(&nodes[0], &["restate-server", "--version"])?;
    ensure!(listed.stdout.contains(NEWEST), "{listed}");
    ensure!(cluster.identity_of(&nodes)? == founded, "another cluster");
    ensure!(ids(&cluster)? == ids_before, "other names or ids");
    let path = cluster.folder().join("restate.nomad.hcl");
    nomad(["job", "plan", &path.display().to_string()])?.success()?;
    report.figure("`nomad job plan` afterwards", "no change");
    report.load(&load.finish()?);
    report.write()
}
