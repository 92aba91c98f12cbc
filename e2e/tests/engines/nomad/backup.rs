//! Volumes that are copied while the jobs are stopped bring the cluster back as it was then.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use restate_gen_e2e::command::finished;
use restate_gen_e2e::guide::scripts;
use restate_gen_e2e::load::value;

use super::{Shape, counter, load, report};

/// How long a copy of a volume may take.
const COPY: Duration = Duration::from_secs(120);

/// Backs up by the guide, counts on, loses everything, restores by the guide: all counters are where they were.
pub fn a_copy_of_all_volumes_comes_back(shape: Shape) -> Result<()> {
    let mut report = report(&format!(
        "The guide's backup and restore: {}",
        shape.words()
    ));
    let cluster = shape.running("backup")?;
    let _service = counter(&cluster)?;
    let nodes = cluster.nodes()?;
    let founded = cluster.identity_of(&nodes)?;
    let guide = fs::read_to_string(cluster.folder().join("OPERATIONS.md"))?;
    let procedure = scripts(&guide, "Back up and restore");
    let [stop, start] = procedure.as_slice() else {
        anyhow::bail!("the guide has {} scripts for it", procedure.len());
    };
    let counts = load(&cluster, "kept")?.finish()?.counts;

    let stood_still = Instant::now();
    cluster.script(stop)?.success()?;
    let volumes = cluster.volumes()?;
    // The nodes', the store's, and the marker's.
    ensure!(volumes.len() == nodes.len() + 2, "volumes: {volumes:?}");
    let backup = tempfile::tempdir()?;
    for (number, volume) in volumes.iter().enumerate() {
        copy(volume, &backup.path().join(number.to_string()))?;
    }
    cluster.script(start)?.success()?;
    cluster.settle()?;
    report.seconds("stopped, copied and active again", stood_still.elapsed());
    let later = load(&cluster, "later")?.finish()?;
    ensure!(later.calls > 0, "nothing was counted after the backup");

    cluster.script(stop)?.success()?;
    for (number, volume) in volumes.iter().enumerate() {
        for entry in fs::read_dir(volume)? {
            let path = entry?.path();
            if path.is_dir() {
                fs::remove_dir_all(path)?;
            } else {
                fs::remove_file(path)?;
            }
        }
        copy(&backup.path().join(number.to_string()), volume)?;
    }
    cluster.script(start)?.success()?;
    cluster.settle()?;
    ensure!(cluster.identity_of(&nodes)? == founded, "another cluster");
    let ingresses: Vec<String> = cluster.services("ingress")?.into_values().collect();
    for (object, count) in &counts {
        let found = value(&ingresses, "kept", *object)?;
        ensure!(
            found == *count,
            "object {object} was at {count}, and is at {found}"
        );
    }
    let first = *counts.keys().next().expect("a counter");
    let found = value(&ingresses, "later", first)?;
    ensure!(found == 0, "what came after the backup is there: {found}");
    report.figure("counters, each as it was", counts.len());
    report.write()
}

/// Copies what is in the folder, with owners and modes.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    finished(
        Command::new("cp").args(["-a"]).arg(from.join(".")).arg(to),
        COPY,
    )?
    .success()
    .map(drop)
}
