//! Large states under load: the pools that the file sets keep a node within its container's limit.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::docker::{Project, docker};
use restate_gen_e2e::load::{Load, Plan};
use restate_gen_e2e::report::Report;

use super::restart::memory_limit;
use super::{Shape, counter};

const MIB: u64 = 1 << 20;

pub fn memory_stays_within_the_limit(shape: Shape) -> Result<()> {
    let mut report = Report::of(&format!(
        "Memory under states of 4 MiB each: {}",
        shape.words()
    ));
    let project = shape.running("memory")?;
    let service = counter(&project)?;
    let (_, first) = project.nodes.first_key_value().context("no node")?;
    for (name, value) in project.variables(first)? {
        if name.contains("MEMORY") {
            report.figure(name, value);
        }
    }
    let plan = Plan {
        label: "large".to_owned(),
        objects: 64,
        clients: 8,
        state_bytes: 4 * MIB,
        patience: Duration::from_secs(180),
    };
    let load = Load::start(&project, plan)?;
    let mut highest: BTreeMap<u32, u64> = BTreeMap::new();
    let start = Instant::now();
    while start.elapsed() < minutes()? {
        for (id, name) in &project.nodes {
            let resident = resident(&project, name)?;
            let so_far = highest.entry(*id).or_default();
            *so_far = resident.max(*so_far);
        }
        std::thread::sleep(Duration::from_secs(2));
    }
    let tally = load.finish()?;
    for (id, name) in &project.nodes {
        let limit = memory_limit(&project.model["services"][name]).context("no memory limit")?;
        let highest = highest.get(id).copied().context("never measured")?;
        let container = project.inspected(name)?;
        let state = &container["State"];
        ensure!(
            state["OOMKilled"] == false,
            "node {id} was killed for memory: {state}"
        );
        ensure!(
            container["RestartCount"] == 0,
            "node {id} was restarted: {state}"
        );
        ensure!(
            highest < limit,
            "node {id} used {} MiB of {}",
            highest / MIB,
            limit / MIB
        );
        report.figure(
            &format!("node {id}, highest resident memory of its limit"),
            format!(
                "{} of {} MiB ({} %)",
                highest / MIB,
                limit / MIB,
                highest * 100 / limit
            ),
        );
        report.figure(
            &format!("node {id}, times at its limit"),
            at_limit(&project, name)?,
        );
    }
    report.load(&tally);
    drop(service);
    report.write()
}

/// How long the load lasts: `E2E_MEMORY_MINUTES`, or four.
fn minutes() -> Result<Duration> {
    let minutes = std::env::var("E2E_MEMORY_MINUTES").unwrap_or("4".to_owned());
    Ok(Duration::from_secs(
        60 * minutes.parse::<u64>().context("E2E_MEMORY_MINUTES")?,
    ))
}

/// Memory that the kernel cannot take back from `name` by dropping pages of files.
fn resident(project: &Project, name: &str) -> Result<u64> {
    // cgroup v1, then v2.
    let script =
        "cat /sys/fs/cgroup/memory/memory.stat 2>/dev/null || cat /sys/fs/cgroup/memory.stat";
    let text = inside(project, name, script)?;
    let field = |field: &str| {
        text.lines()
            .filter_map(|line| line.split_once(' '))
            .find(|(key, _)| *key == field)
            .and_then(|(_, value)| value.trim().parse().ok())
    };
    field("total_rss")
        .or_else(|| field("anon"))
        .with_context(|| format!("no resident memory in:\n{text}"))
}

/// How often an allocation met the limit. The page cache grows up to it too, so this is a figure and no verdict.
fn at_limit(project: &Project, name: &str) -> Result<String> {
    let script = "cat /sys/fs/cgroup/memory/memory.failcnt 2>/dev/null || grep max /sys/fs/cgroup/memory.events";
    Ok(inside(project, name, script)?.trim().to_owned())
}

fn inside(project: &Project, name: &str, script: &str) -> Result<String> {
    let container = project.container(name)?;
    Ok(docker(["exec", &container, "sh", "-c", script])?
        .success()?
        .stdout)
}
