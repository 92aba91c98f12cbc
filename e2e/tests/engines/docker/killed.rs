//! Nodes die one after the other under load, and no acknowledged call is lost or runs twice.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use restate_gen_e2e::cluster::{identity_of_all, is_whole, serves, wait_for};
use restate_gen_e2e::load::{Load, Plan};
use restate_gen_e2e::report::Report;

use super::{SETTLING, Shape, counter};

/// No fail-over may keep any call waiting for longer than this.
const LONGEST_FAILOVER: Duration = Duration::from_secs(30);

pub fn killed_nodes_lose_nothing(shape: Shape) -> Result<()> {
    let mut report = Report::of(&format!(
        "Each node killed in turn under load: {}",
        shape.words()
    ));
    let project = shape.running("killed")?;
    let service = counter(&project)?;
    let founded = identity_of_all(&project, project.nodes.keys().copied())?;

    let load = Load::start(&project, Plan::light("killed"))?;
    load.advances(500, Duration::from_secs(60))?;
    for (id, name) in &project.nodes {
        let others: Vec<u32> = project
            .nodes
            .keys()
            .copied()
            .filter(|other| other != id)
            .collect();
        let killed = Instant::now();
        project.kill(name)?;
        // The others must carry on while the node is down, not only once it is back.
        wait_for("the others lead every partition", SETTLING, || {
            serves(&project, others.iter().copied())
        })?;
        report.seconds(
            &format!("node {id} killed until the others lead every partition"),
            killed.elapsed(),
        );
        load.advances(500, Duration::from_secs(90))?;
        let back = Instant::now();
        project.compose(["start", name])?.success()?;
        wait_for("whole again", SETTLING, || is_whole(&project))?;
        report.seconds(
            &format!("node {id} back until every replica is active"),
            back.elapsed(),
        );
        load.advances(200, Duration::from_secs(60))?;
    }
    let still = identity_of_all(&project, project.nodes.keys().copied())?;
    ensure!(still == founded, "{founded:?} became {still:?}");

    let tally = load.finish()?;
    report.load(&tally);
    // The longest call bounds the longest pause.
    ensure!(
        tally.longest_call < LONGEST_FAILOVER,
        "a call waited for {:?}",
        tally.longest_call
    );
    drop(service);
    report.write()
}
