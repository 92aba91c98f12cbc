//! Changes of a cluster that holds data, as `scale`, `replace` and `plan` write them, on Docker Compose under load. The tiers
//! name what runs; the other modules hold what is proven, one job each.

mod full;
mod short;

mod changes;
mod faults;
mod interruptions;
mod kubernetes;
mod nomad;
mod refusals;
mod tls;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{Identity, Table, identity_of_all, is_whole, restatectl, wait_for};
use restate_gen_e2e::counter::Service;
use restate_gen_e2e::docker::{Engine, PROJECT_PREFIX, Project, docker};
use restate_gen_e2e::engine::held_for;
use restate_gen_e2e::generator::compose_project;
use restate_gen_e2e::load::{Load, Plan};
use restate_gen_e2e::releases::{NEWEST, VERSIONS};
use restate_gen_e2e::report::Report;
use restate_gen_e2e::runbook::{Operation, Transcript, asked};

/// How long a cluster may take until every replica of every partition is active, on a machine that does other work too.
const SETTLING: Duration = Duration::from_secs(180);

/// How long so many calls may take in which nothing is wrong.
const CALLS: Duration = Duration::from_secs(120);

/// Runs `proof` while no other test uses the engine; without an engine it is skipped, loudly, or fails in CI.
fn on_the_engine(proof: impl FnOnce() -> Result<()>) -> Result<()> {
    held_for(Engine::held(), proof)
}

/// A running cluster, and the counter that it calls.
struct Cluster {
    project: Project,
    /// Its identity when it was provisioned, which must not change.
    founded: Identity,
    _service: Service,
}

impl Cluster {
    /// Starts a cluster of that file, without the lines that all have: name and number of partitions.
    fn running(file: &str) -> Result<Self> {
        let project = Project::open(compose_project(&cluster_file(file))?)?;
        project.up()?.success()?;
        wait_for("every partition active", SETTLING, || is_whole(&project))?;
        let service = Service::start()?;
        let (first, _) = project.nodes.first_key_value().context("no node")?;
        service.register(&project, *first)?;
        let founded = identity_of_all(&project, project.nodes.keys().copied())?;
        Ok(Self {
            project,
            founded,
            _service: service,
        })
    }

    /// Starts a load on all nodes, and lets it come to speed.
    fn load(&self, label: &str) -> Result<Load> {
        let load = Load::start(&self.project, Plan::light(label))?;
        load.advances(300, CALLS)?;
        Ok(load)
    }

    /// Has another number of nodes planned and written.
    fn scale(&self, nodes: u32) -> Result<Operation> {
        let nodes = nodes.to_string();
        Operation::written(self.project.folder(), &["scale", "--nodes", &nodes])
    }

    /// Edits the cluster file, keeping the old one next to it, and has the change planned and written.
    fn change_to(&self, file: &str) -> Result<Operation> {
        self.change_allowed_to(file, &[])
    }

    /// The same in spite of what these rules find.
    fn change_allowed_to(&self, file: &str, rules: &[&str]) -> Result<Operation> {
        Operation::of_edit(self.project.folder(), |_| cluster_file(file), rules)
    }

    /// Fails unless `restate-gen` refuses what is asked, saying `words`.
    fn is_refused(&self, arguments: &[&str], words: &str) -> Result<()> {
        let run = asked(self.project.folder(), arguments)?;
        ensure!(
            !run.succeeded() && run.stderr.contains(words),
            "not refused with {words:?}: {run}"
        );
        Ok(())
    }

    /// The cluster file, the Compose file, and the names of what is planned.
    fn written(&self) -> Result<(String, String, Vec<PathBuf>)> {
        let folder = self.project.folder();
        let text = |name| fs::read_to_string(folder.join(name));
        let planned = match fs::read_dir(folder.join("operations")) {
            Ok(entries) => entries
                .map(|entry| Ok(entry?.path()))
                .collect::<Result<_>>()?,
            Err(_) => Vec::new(),
        };
        Ok((
            text("restate-cluster.yaml")?,
            text("docker-compose.yaml")?,
            planned,
        ))
    }

    /// Carries out a change under `load`, which then continues with the nodes that are there, and judges all of it.
    fn carry_out(
        &mut self,
        what: &str,
        operation: &Operation,
        load: Load,
        report: &mut Report,
    ) -> Result<Transcript> {
        let run = operation.run_well()?;
        report.seconds(&format!("{what}: run.sh"), run.took);
        self.is_what_the_files_say()?;
        does_nothing_again(operation)?;
        self.judge(what, load, report)?;
        Ok(run)
    }

    /// Lets the load continue with the nodes that are there, ends it, and judges it.
    fn judge(&self, what: &str, load: Load, report: &mut Report) -> Result<()> {
        load.turns_to_the_nodes_of(&self.project)?;
        load.advances(300, CALLS)?;
        finish(what, load, report)
    }

    /// Fails unless the cluster is the one that was provisioned and all of it is as the files have it: nodes, replicas,
    /// metadata quorum, containers.
    fn is_what_the_files_say(&mut self) -> Result<()> {
        let project = &mut self.project;
        project.reopen()?;
        wait_for("every partition active", SETTLING, || is_whole(project))?;
        let now = identity_of_all(project, project.nodes.keys().copied())?;
        ensure!(now == self.founded, "another cluster: {now:?}");
        let members = metadata_members(project)?;
        let written = written_members(project)?;
        ensure!(
            members == written,
            "the metadata quorum is {members:?}, {written:?} in the files"
        );
        let containers = containers(project)?;
        let services: BTreeSet<&String> = containers.keys().collect();
        let nodes: BTreeSet<&String> = project.nodes.values().collect();
        ensure!(
            services == nodes,
            "containers of {services:?}, nodes {nodes:?} in the files"
        );
        project.up()?.success()?;
        let after = self::containers(project)?;
        ensure!(
            containers == after,
            "`up` replaces containers that run.sh should have: {containers:?}, then {after:?}"
        );
        Ok(())
    }
}

/// Fails unless a run of what is done already does nothing.
fn does_nothing_again(operation: &Operation) -> Result<()> {
    let again = operation.run(&["--yes"])?;
    ensure!(
        again.code == Some(0) && again.text == "already done\n",
        "run.sh does something when all is done:\n{}",
        again.text
    );
    Ok(())
}

/// Ends the load, judges it, and reports it.
fn finish(what: &str, load: Load, report: &mut Report) -> Result<()> {
    let tally = load.finish()?;
    report.figure(
        &format!("{what}: calls acknowledged, each executed once"),
        tally.calls,
    );
    report.seconds(
        &format!("{what}: longest pause without any acknowledgement"),
        tally.longest_pause,
    );
    report.seconds(
        &format!("{what}: longest call, repetitions included"),
        tally.longest_call,
    );
    Ok(())
}

/// The whole cluster file. Few partitions, so that starting takes seconds; host ports below those that outgoing connections get, the
/// load's among them: one that has a node's port would hold up its restart.
fn cluster_file(rest: &str) -> String {
    format!("name: {PROJECT_PREFIX}scale\npartitions: 8\nports: {{scheme: sequential}}\n{rest}")
}

/// The members of the metadata quorum by the word of its leader.
fn metadata_members(project: &Project) -> Result<BTreeSet<u32>> {
    let listed = restatectl(project, ["metadata-server", "list"])?;
    let rows = Table::read(&listed, "NODE")?.rows;
    let leader = rows
        .iter()
        .find(|row| row["NODE"] == row["LEADER"])
        .with_context(|| format!("no leader in:\n{listed}"))?;
    let members = leader["MEMBERS"]
        .trim_matches(['[', ']'])
        .split(',')
        .map(|id| id.trim().trim_start_matches('N').parse());
    members
        .collect::<Result<_, _>>()
        .with_context(|| format!("no members in:\n{listed}"))
}

/// The nodes that the files give the role of a metadata server.
fn written_members(project: &Project) -> Result<BTreeSet<u32>> {
    let mut members = BTreeSet::new();
    for (id, service) in &project.nodes {
        if project
            .variable(service, "RESTATE_ROLES")?
            .contains("metadata-server")
        {
            members.insert(*id);
        }
    }
    Ok(members)
}

/// The containers of servers by service, running or not, whether or not the files know them.
fn containers(project: &Project) -> Result<BTreeMap<String, String>> {
    let filter = format!("label=com.docker.compose.project={}", project.name);
    let format = "{{.Label \"com.docker.compose.service\"}} {{.ID}}";
    let run = docker([
        "ps",
        "--all",
        "--no-trunc",
        "--filter",
        &filter,
        "--format",
        format,
    ])?
    .success()?;
    let rows = run.stdout.lines().filter_map(|line| line.split_once(' '));
    Ok(rows
        // The services next to the nodes begin like them.
        .filter(|(service, _)| is_node(service))
        .map(|(service, id)| (service.to_owned(), id.to_owned()))
        .collect())
}

fn is_node(service: &str) -> bool {
    let id = service.strip_prefix("restate-");
    id.is_some_and(|id| id.parse::<u32>().is_ok())
}
