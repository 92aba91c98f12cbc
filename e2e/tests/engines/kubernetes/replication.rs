//! More copies of everything, by the guide and under load.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use restate_gen_e2e::cluster::{Table, wait_for};

use super::guided::{Reader, change, made_anew};
use super::{Shape, counter, load, report};

pub fn the_replication_is_changed(shape: Shape) -> Result<()> {
    let mut report = report(&format!(
        "Replication 2 becomes 3 by the guide, under load: {}",
        shape.words()
    ));
    let cluster = shape.running("replication")?;
    let _service = counter(&cluster)?;
    let founded = cluster.identity_of_all()?;
    let load = load(&cluster, "replication")?;
    let before = cluster.uids()?;

    let reader = Reader::of(&cluster)?;
    let started = Instant::now();
    for script in reader.scripts("Change the replication")? {
        reader.run(&script)?;
    }
    change(&cluster, |file| {
        format!("{file}replication: 3\nmetadata_servers: 3\n")
    })?;
    cluster.apply()?.success()?;
    cluster.wait()?;
    // What the cluster reports, not what was configured: the writable segment of every log, and every partition.
    wait_for("every log is kept on 3", Duration::from_secs(120), || {
        let said = cluster.restatectl(&["logs", "list"])?;
        let rows = Table::read(&said, "L-ID")?.rows;
        let kept = rows
            .iter()
            .filter(|row| row.values().any(|cell| cell == "{node: 3}"))
            .count();
        ensure!(
            kept == rows.len() && kept > 0,
            "{kept} of {} logs:\n{said}",
            rows.len()
        );
        Ok(())
    })?;
    wait_for("every partition is on 3", Duration::from_secs(180), || {
        let configured = cluster.restatectl(&["config", "get"])?;
        ensure!(
            configured.contains("Partition replication: {node: 3}"),
            "configured is\n{configured}"
        );
        cluster.is_whole(shape.count)
    })?;
    report.seconds(
        "until every log and every partition has 3 copies",
        started.elapsed(),
    );
    report.figure("pods restarted for it", made_anew(&before, &cluster)?.len());
    let still = cluster.identity_of_all()?;
    ensure!(still == founded, "{founded:?} became {still:?}");
    load.advances(200, Duration::from_secs(60))?;
    report.load(&load.finish()?);
    report.write()
}
