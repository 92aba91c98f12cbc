//! A node whose disk is gone must not found a cluster of its own, must say so, and must not disturb the others.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use restate_gen_e2e::cluster::{identity_of_all, is_no_second_cluster, serves, wait_for};
use restate_gen_e2e::docker::Project;
use restate_gen_e2e::load::{Load, Plan};
use restate_gen_e2e::report::Report;

use super::{SETTLING, Shape, counter};

/// How the node is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// `up -d restate-n`.
    Alone,
    /// `up -d --wait`, everything in the file.
    Together,
}

pub fn a_lost_volume_is_loud_and_safe(shape: Shape, lost: u32, restart: Restart) -> Result<()> {
    let words = match restart {
        Restart::Alone => "started alone",
        Restart::Together => "started by `up -d --wait`",
    };
    let title = format!("Node {lost} without its volume, {words}: {}", shape.words());
    let mut report = Report::of(&title);
    let project = shape.running("lost-volume")?;
    let service = counter(&project)?;
    let others: Vec<u32> = project
        .nodes
        .keys()
        .copied()
        .filter(|id| *id != lost)
        .collect();
    let founded = identity_of_all(&project, project.nodes.keys().copied())?;

    let load = Load::start(&project, Plan::light("lost"))?;
    load.advances(200, Duration::from_secs(60))?;
    project.lose_volume(lost)?;
    load.advances(200, Duration::from_secs(60))?;

    let name = &project.nodes[&lost];
    match restart {
        Restart::Alone => drop(project.compose(["up", "-d", name])?.success()?),
        Restart::Together => {
            let up = project.up()?;
            ensure!(!up.succeeded(), "a node without its data, and yet: {up}");
            report.seconds("`up -d --wait` fails after", up.took);
        }
    }

    // A second cluster would stand within seconds and stay: look for it as long as any node takes to start.
    let watched = Instant::now();
    while watched.elapsed() < Duration::from_secs(20) {
        is_no_second_cluster(&project, lost, &founded)?;
        std::thread::sleep(Duration::from_millis(500));
    }
    let heard = wait_for("the lost data is reported", Duration::from_secs(60), || {
        says_data_loss(&project, lost)
    })?;
    report.figure("the node says", format!("`{heard}`"));
    is_no_second_cluster(&project, lost, &founded)?;

    let still = identity_of_all(&project, others.iter().copied())?;
    ensure!(
        still == founded,
        "second cluster: {founded:?} became {still:?}"
    );
    wait_for("the others lead every partition", SETTLING, || {
        serves(&project, others.iter().copied())
    })?;
    load.advances(200, Duration::from_secs(60))?;
    report.load(&load.finish()?);
    drop(service);
    report.write()
}

/// What the node wrote about its loss, once it has ended at least once over it.
fn says_data_loss(project: &Project, id: u32) -> Result<String> {
    let container = project.inspected(&project.nodes[&id])?;
    let state = &container["State"];
    let restarts = container["RestartCount"].as_u64().unwrap_or(0);
    let ended = restarts > 0 || state["Status"] == "exited" || state["Status"] == "restarting";
    ensure!(ended, "node {id} runs on: {state}");
    let logs = project.logs(&project.nodes[&id])?;
    let line = logs
        .lines()
        .rev()
        .find(|line| line.contains("storage-state is `data-loss`"));
    let line = line.ok_or_else(|| anyhow::anyhow!("node {id} does not mention `data-loss`"))?;
    Ok(plain(line))
}

/// `line` without terminal colours and backquotes.
fn plain(line: &str) -> String {
    let mut plain = String::new();
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => drop(characters.by_ref().find(char::is_ascii_alphabetic)),
            '`' => plain.push('\''),
            other => plain.push(other),
        }
    }
    plain.trim().to_owned()
}
