//! A node's disk is full: the cluster continues, the guide says how to recognize it, and its steps repair the node.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{is_whole, wait_for};
use restate_gen_e2e::command::finished;
use restate_gen_e2e::docker::{PROJECT_PREFIX, Project};
use restate_gen_e2e::generator::compose_project;
use restate_gen_e2e::load::{Load, Plan};
use restate_gen_e2e::report::Report;

use super::guided::procedures;
use super::{NEWEST, SETTLING};

const DISK: Duration = Duration::from_secs(60);

/// A file system of its own in a file, mounted over a folder. Dropping it unmounts it.
struct Disk {
    at: PathBuf,
}

impl Disk {
    fn of(mebibytes: u32, file: &Path, at: PathBuf) -> Result<Self> {
        fs::create_dir_all(&at)?;
        let size = format!("{mebibytes}M");
        for (program, arguments) in [
            ("truncate", vec!["-s", &size, path(file)?]),
            ("mkfs.ext4", vec!["-q", "-m", "0", path(file)?]),
            ("mount", vec!["-o", "loop", path(file)?, path(&at)?]),
        ] {
            finished(Command::new(program).args(arguments), DISK)?.success()?;
        }
        Ok(Self { at })
    }

    /// Writes into it until nothing more fits. What the server had set aside for itself and gives back is filled again the next time.
    fn fill(&self) -> Result<PathBuf> {
        let filler = self.at.join("filler");
        let of = format!("of={}", filler.display());
        let run = finished(
            Command::new("dd").args([
                "if=/dev/zero",
                &of,
                "bs=64K",
                "oflag=append",
                "conv=notrunc",
            ]),
            DISK,
        )?;
        ensure!(!run.succeeded(), "the disk takes everything: {run}");
        Ok(filler)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(&self.at).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            eprintln!("{} is still mounted", self.at.display());
        }
    }
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().context("a path of text")
}

pub fn a_node_whose_disk_was_full_is_whole_again() -> Result<()> {
    let mut report = Report::of(&format!(
        "The disk of node 3 is full: 3 nodes, server {NEWEST}"
    ));
    let place = tempfile::tempdir()?;
    let file = format!(
        "name: {PROJECT_PREFIX}full-disk\nversion: {NEWEST}\nnodes: 3\nvolumes: {{path: {}}}\n",
        place.path().join("data").display()
    );
    let project = Project::open(compose_project(&file)?)?;
    let disk = Disk::of(
        384,
        &place.path().join("disk"),
        place.path().join("data/restate-3"),
    )?;
    project.up()?.success()?;
    wait_for("every partition active", SETTLING, || is_whole(&project))?;
    let _service = super::counter(&project)?;
    // What is written to the log has to be more than the server has set aside.
    let plan = Plan {
        state_bytes: 50_000,
        ..Plan::light("kept")
    };
    let load = Load::start(&project, plan)?;
    load.advances(200, Duration::from_secs(60))?;

    let filler = disk.fill()?;
    let looks = procedures(&project, "A disk is full")?;
    let [look, heal] = looks.as_slice() else {
        anyhow::bail!("the guide has {} scripts for a full disk", looks.len());
    };
    let words = "Writes to log-server have been disabled";
    wait_for("the guide shows it", Duration::from_secs(60), || {
        disk.fill()?;
        let run = sh(&project, look)?;
        // A server whose disk is full deletes files, so `df` need not say 100 % any more.
        ensure!(
            run.stdout.contains(words) && run.stdout.contains("/dev/loop"),
            "{run}"
        );
        Ok(())
    })?;
    let health = project.inspected("restate-3")?["State"]["Health"]["Status"].clone();
    report.figure(
        "the container's health meanwhile",
        health.as_str().unwrap_or_default(),
    );
    load.advances(200, Duration::from_secs(120))?;

    fs::remove_file(filler)?;
    // The guide says to run it again when the node ended once while it started.
    let healed = wait_for("the guide's restart", Duration::from_secs(60), || {
        sh(&project, &heal.replace("<node>", "restate-3"))?.success()
    })?;
    report.seconds("restarted in", healed.took);
    wait_for("every partition active", SETTLING, || is_whole(&project))?;
    load.advances(200, Duration::from_secs(60))?;
    report.load(&load.finish()?);
    project.down()?.success()?;
    drop(disk);
    report.write()
}

fn sh(project: &Project, script: &str) -> Result<restate_gen_e2e::command::Finished> {
    finished(
        Command::new("sh")
            .args(["-c", script])
            .current_dir(project.folder()),
        Duration::from_secs(120),
    )
}
