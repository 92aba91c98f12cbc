//! Changes that nothing disturbs: nodes come and go, copies become more and fewer, versions and settings change.

use std::fs;

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{Table, restatectl};
use restate_gen_e2e::docker::docker;
use restate_gen_e2e::generator::restate_gen;
use restate_gen_e2e::report::Report;
use restate_gen_e2e::runbook::Operation;

use super::{CALLS, Cluster, NEWEST, containers};

/// Goes through those numbers of nodes. A node that goes keeps its volume, and its id is never given again.
pub fn grows_and_shrinks(counts: &[u32]) -> Result<()> {
    let words: Vec<String> = counts.iter().map(u32::to_string).collect();
    let mut report = Report::of(&format!("{} nodes", words.join(" -> ")));
    let mut nodes = Ids::of(*counts.first().context("no count")?);
    let file = format!("version: {NEWEST}\nnodes: {}\n", nodes.present.len());
    let mut cluster = Cluster::running(&file)?;
    for (step, to) in counts.iter().enumerate().skip(1) {
        let what = format!("{} -> {to}", nodes.present.len());
        let gone = nodes.become_so_many(*to);
        let operation = cluster.scale(*to)?;
        let load = cluster.load(&format!("change-{step}"))?;
        cluster.carry_out(&what, &operation, load, &mut report)?;
        let present: Vec<u32> = cluster.project.nodes.keys().copied().collect();
        ensure!(
            present == nodes.present,
            "nodes {present:?}, {:?} wanted",
            nodes.present
        );
        for id in gone {
            let volume = format!("{}_restate-{id}-data", cluster.project.name);
            docker(["volume", "inspect", &volume])?
                .success()
                .context("the volume of a node that went is kept")?;
        }
    }
    report.write()
}

/// One node becomes three, of which one may fail, and one again, which takes a decision. The plan says that until then
/// none may.
pub fn one_node_becomes_three_and_one_again() -> Result<()> {
    let mut report = Report::of("1 -> 3 -> 1 nodes");
    let mut cluster = Cluster::running(&format!("version: {NEWEST}\nnodes: 1\n"))?;
    let operation = cluster.scale(3)?;
    let plan = operation.plan()?;
    ensure!(
        plan.contains("With one node nothing is served while it restarts"),
        "the plan does not say what a single node cannot do:\n{plan}"
    );
    let load = cluster.load("grown")?;
    cluster.carry_out("1 -> 3", &operation, load, &mut report)?;
    is_kept_on(&cluster, 2)?;

    let load = cluster.load("survives")?;
    cluster.project.kill("restate-1")?;
    load.advances(300, CALLS)?;
    cluster.project.up()?.success()?;
    cluster.judge("node 1 killed afterwards", load, &mut report)?;

    let to_one = ["scale", "--nodes", "1"];
    cluster.is_refused(&to_one, "error[RG728]")?;
    let folder = cluster.project.folder();
    let operation = Operation::written(folder, &[&to_one[..], &["--allow", "RG728"]].concat())?;
    let load = cluster.load("shrunk")?;
    cluster.carry_out("3 -> 1, as allowed", &operation, load, &mut report)?;
    is_kept_on(&cluster, 1)?;
    report.write()
}

/// Two copies become three and two again.
pub fn copies_become_more_and_fewer(nodes: u32) -> Result<()> {
    let mut report = Report::of(&format!("Replication 2 -> 3 -> 2 on {nodes} nodes"));
    let file = |copies| format!("version: {NEWEST}\nnodes: {nodes}\nreplication: {copies}\n");
    let mut cluster = Cluster::running(&file(2))?;
    for (from, to) in [(2, 3), (3, 2)] {
        // One of both ends with less safety, which one depends on the number of nodes.
        let operation = cluster.change_allowed_to(&file(to), &["RG728"])?;
        let load = cluster.load(&format!("copies-{to}"))?;
        let what = format!("{from} -> {to}");
        cluster.carry_out(&what, &operation, load, &mut report)?;
        is_kept_on(&cluster, to)?;
    }
    report.write()
}

/// One minor version after the other, and the last one back, which takes a decision; a plan that skips one is refused, and
/// no node restarts without a yes.
pub fn versions_follow_each_other() -> Result<()> {
    let [first, second, third] = super::VERSIONS;
    let mut report = Report::of(&format!("{first} -> {second} -> {third} -> {second}"));
    let file = |version| format!("version: {version}\nnodes: 3\n");
    let mut cluster = Cluster::running(&file(first))?;
    let before = cluster.written()?;
    fs::write(
        cluster.project.folder().join("new.yaml"),
        super::cluster_file(&file(third)),
    )?;
    cluster.is_refused(
        &["plan", "restate-cluster.yaml", "new.yaml"],
        "skips a minor",
    )?;
    ensure!(
        cluster.written()? == before,
        "a plan that is refused changed files"
    );

    for (from, to, allowed) in [
        (first, second, &[][..]),
        (second, third, &[]),
        (third, second, &["RG727"]),
    ] {
        let operation = cluster.change_allowed_to(&file(to), allowed)?;
        let load = cluster.load(&format!("to-{to}"))?;
        let containers = containers(&cluster.project)?;
        operation.run(&[])?.stopped_with(&["it needs an answer"])?;
        ensure!(
            containers == super::containers(&cluster.project)?,
            "containers were replaced before anybody said yes"
        );
        let what = format!("{from} -> {to}");
        cluster.carry_out(&what, &operation, load, &mut report)?;
        for service in cluster.project.nodes.values() {
            let inspected = cluster.project.inspected(service)?;
            let image = inspected["Config"]["Image"].as_str().unwrap_or_default();
            ensure!(image.ends_with(to), "{service} runs {image} after {what}");
        }
    }
    report.write()
}

/// A newer restate-gen knows a newer server and changes nothing that runs, until `upgrade` asks for it.
pub fn a_newer_tool_leaves_the_version_alone() -> Result<()> {
    let [_, running, newest] = super::VERSIONS;
    let mut report = Report::of(&format!("{running}, and a tool that knows {newest}"));
    let mut cluster = Cluster::running(&format!("version: {running}\nnodes: 3\n"))?;
    let folder = cluster.project.folder().to_path_buf();
    // What a tool leaves whose newest version is the one that runs: the cluster file says none, the record does.
    fs::write(
        folder.join("restate-cluster.yaml"),
        super::cluster_file("nodes: 3\n"),
    )?;
    restate_gen(&folder, &["compose"])?;
    let record = folder.join("restate-gen.lock");
    let text = fs::read_to_string(&record)?;
    let tool = text.lines().find(|line| line.starts_with("tool: "));
    let older = text.replace(tool.context("no tool in the record")?, "tool: 0.0.1");
    fs::write(&record, older)?;

    let containers = containers(&cluster.project)?;
    let load = cluster.load("newer-tool")?;
    restate_gen(&folder, &["compose"])?;
    cluster.project.up()?.success()?;
    ensure!(
        containers == super::containers(&cluster.project)?,
        "containers were replaced by a newer tool"
    );
    cluster.judge("generated by a newer tool, applied", load, &mut report)?;

    let operation = Operation::written(&folder, &["upgrade"])?;
    let load = cluster.load("upgrade")?;
    cluster.carry_out("upgrade", &operation, load, &mut report)?;
    for service in cluster.project.nodes.values() {
        let inspected = cluster.project.inspected(service)?;
        let image = inspected["Config"]["Image"].as_str().unwrap_or_default();
        ensure!(image.ends_with(newest), "{service} runs {image}");
    }
    report.write()
}

/// A setting reaches every node by restarts, one after the other.
pub fn a_setting_is_changed() -> Result<()> {
    let mut report = Report::of("A setting changed on 3 nodes");
    let file = format!("version: {NEWEST}\nnodes: 3\n");
    let mut cluster = Cluster::running(&file)?;
    let operation = cluster.change_to(&format!(
        "{file}settings: {{worker: {{invoker: {{inactivity-timeout: 2m}}}}}}\n"
    ))?;
    let load = cluster.load("settings")?;
    cluster.carry_out("inactivity-timeout", &operation, load, &mut report)?;
    for service in cluster.project.nodes.values() {
        let inspected = cluster.project.inspected(service)?;
        let environment = inspected["Config"]["Env"].to_string();
        ensure!(
            environment.contains("RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT=2m"),
            "{service} was not told: {environment}"
        );
    }
    report.write()
}

/// Fails unless the cluster keeps so many copies of the log and of partitions.
fn is_kept_on(cluster: &Cluster, copies: u32) -> Result<()> {
    let configured = restatectl(&cluster.project, ["config", "get"])?;
    for label in ["Log replication", "Partition replication"] {
        let line = format!("{label}: {{node: {copies}}}");
        ensure!(configured.contains(&line), "no {line:?} in:\n{configured}");
    }
    let logs = Table::read(&restatectl(&cluster.project, ["logs", "list"])?, "L-ID")?;
    let wanted = format!("{{node: {copies}}}");
    for row in &logs.rows {
        ensure!(
            row.values().any(|cell| *cell == wanted),
            "a log is not kept on {copies}: {row:?}"
        );
    }
    Ok(())
}

/// Which nodes there are, and which went.
struct Ids {
    present: Vec<u32>,
    retired: Vec<u32>,
}

impl Ids {
    fn of(count: u32) -> Self {
        Self {
            present: (1..=count).collect(),
            retired: Vec::new(),
        }
    }

    /// New nodes take the next ids that were never used; those with the highest ids go, and are returned.
    fn become_so_many(&mut self, count: u32) -> Vec<u32> {
        let count = count as usize;
        while self.present.len() < count {
            let used = self.present.iter().chain(&self.retired).max();
            self.present.push(used.map_or(1, |id| id + 1));
        }
        let gone = self.present.split_off(count);
        self.retired.extend(&gone);
        gone
    }
}
