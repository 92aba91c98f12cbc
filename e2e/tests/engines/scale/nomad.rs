//! The same on a Nomad agent: nodes come and go, a version follows another, a lost node is replaced.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{Identity, Table, wait_for};
use restate_gen_e2e::counter::Service;
use restate_gen_e2e::engine::held_for;
use restate_gen_e2e::generator::{cluster_folder, restate_gen};
use restate_gen_e2e::guide::scripts;
use restate_gen_e2e::load::{Load, Plan};
use restate_gen_e2e::nomad::{Cluster, Engine, JOB_PREFIX, engine, nomad};
use restate_gen_e2e::report::Report;
use restate_gen_e2e::runbook::Operation;

use super::{CALLS, NEWEST, SETTLING, does_nothing_again, finish};

/// How long a run may take that restarts every node, one after the other.
const RUN: Duration = Duration::from_secs(1500);

#[test]
fn three_nodes_become_five_and_three_again_on_nomad() -> Result<()> {
    held_for(Engine::held(), || {
        let mut report = report("3 -> 5 -> 3 nodes on Nomad");
        let running = Running::of("grown", NEWEST, 3)?;
        let before = running.cluster.allocations()?;
        let mut from = 3;
        for stage in [vec![1, 2, 3, 4, 5], vec![1, 2, 3]] {
            let what = format!("{from} -> {}", stage.len());
            let operation = running.written(&["scale", "--nodes", &stage.len().to_string()])?;
            let load = running.load(&format!("nodes-{}", stage.len()))?;
            // The machine of the terminal dies while nodes are drained.
            if stage.len() < from {
                let mut run = operation.start(&["--yes"])?;
                let has_come = run.says(RUN, |transcript| {
                    transcript.text.contains(" + trim_until_empty")
                })?;
                let killed = run.kill()?;
                ensure!(has_come, "run.sh never came to it:\n{}", killed.text);
                report.figure(
                    &format!("{what}: run.sh killed"),
                    "while logs are trimmed, and run again",
                );
            }
            let said = running.carry_out(&what, &operation, load, &stage, &mut report)?;
            if stage.len() < from {
                running.volumes_go_when_nobody_wants_them(&said, &[4, 5])?;
            }
            from = stage.len();
        }
        ensure!(
            running.cluster.allocations()? == before,
            "nodes that stayed all the time were restarted"
        );
        report.figure("nodes that stayed and were restarted", 0);
        report.write()
    })
}

#[test]
fn a_version_follows_another_on_nomad() -> Result<()> {
    held_for(Engine::held(), || {
        let before = "1.7.10";
        let mut report = report(&format!("{before} -> {NEWEST} on Nomad"));
        let running = Running::of("upgraded", before, 3)?;
        let newest = |text: &str| text.replace(before, NEWEST);
        let operation = Operation::of_edit(running.cluster.folder(), newest, &[])?;
        let load = running.load("upgraded")?;
        let what = format!("{before} -> {NEWEST}");
        running.carry_out(&what, &operation, load, &[1, 2, 3], &mut report)?;
        for node in running.cluster.nodes()? {
            let version = running
                .cluster
                .exec(&node, &["restate-server", "--version"])?;
            ensure!(version.stdout.contains(NEWEST), "{node}: {version}");
        }
        report.write()
    })
}

#[test]
fn a_node_whose_volume_is_gone_is_replaced_on_nomad() -> Result<()> {
    held_for(Engine::held(), || {
        let mut report = report("Node 1 lost and replaced on Nomad");
        let running = Running::of("replaced", NEWEST, 3)?;
        let load = running.load("replaced")?;
        running.cluster.lose_volume("restate-1")?;
        load.advances(100, CALLS)?;
        let operation = running.written(&["replace", "restate-1"])?;
        let what = "node 1 lost";
        let said = running.carry_out(what, &operation, load, &[2, 3, 4], &mut report)?;
        running.volumes_go_when_nobody_wants_them(&said, &[1])?;
        report.write()
    })
}

fn report(title: &str) -> Report {
    Report::on(engine, title)
}

/// A running cluster, and the counter that it calls.
struct Running {
    cluster: Cluster,
    /// Its identity when it was provisioned, which must not change.
    founded: Identity,
    _service: Service,
}

impl Running {
    fn of(purpose: &str, version: &str, nodes: usize) -> Result<Self> {
        let job = format!("{JOB_PREFIX}{purpose}");
        let folder = cluster_folder(&format!(
            "name: {job}\nversion: {version}\nnodes: {nodes}\npartitions: 8\nresources: {{reserve: {{cpus: 0.1}}}}\nnomad: {{one_host: true}}\n"
        ))?;
        restate_gen(folder.path(), &["nomad"])?;
        let cluster = Cluster::open(folder, &job)?;
        let guide = fs::read_to_string(cluster.folder().join("OPERATIONS.md"))?;
        cluster
            .script(&scripts(&guide, "Start").concat())?
            .success()?;
        wait_for("every partition active", SETTLING, || cluster.is_whole())?;
        let service = Service::start()?;
        let admins = cluster.services("admin")?;
        let admin = admins.values().next().context("no admin service")?;
        // Nodes on the host's network reach this machine by the client's own address.
        let (host, _) = admin.rsplit_once(':').context("address and port")?;
        service.register_at(admin, host)?;
        Ok(Self {
            founded: cluster.identity_of(&cluster.nodes()?)?,
            cluster,
            _service: service,
        })
    }

    fn written(&self, arguments: &[&str]) -> Result<Operation> {
        Operation::written(self.cluster.folder(), arguments)
    }

    fn ingresses(&self) -> Result<Vec<String>> {
        Ok(self.cluster.services("ingress")?.into_values().collect())
    }

    /// Starts a load on all nodes, and lets it come to speed.
    fn load(&self, label: &str) -> Result<Load> {
        let load = Load::start_at(self.ingresses()?, Plan::light(label));
        load.advances(300, CALLS)?;
        Ok(load)
    }

    /// Carries out a change under `load`, which then continues with the nodes that are there, and judges all of it.
    /// `ids` are the nodes that there should be. Returns what the run said.
    fn carry_out(
        &self,
        what: &str,
        operation: &Operation,
        load: Load,
        ids: &[u32],
        report: &mut Report,
    ) -> Result<String> {
        let run = operation.start(&["--yes"])?.end(RUN)?.ended_well()?;
        report.seconds(&format!("{what}: run.sh"), run.took);
        self.is_what_the_files_say(ids)?;
        does_nothing_again(operation)?;
        load.turns_to(self.ingresses()?);
        load.advances(300, CALLS)?;
        finish(what, load, report)?;
        Ok(run.text)
    }

    /// Fails unless the cluster is the one that was provisioned, has these nodes and no others, and is what its files
    /// say.
    fn is_what_the_files_say(&self, ids: &[u32]) -> Result<()> {
        let cluster = &self.cluster;
        let wanted: Vec<String> = ids.iter().map(|id| format!("restate-{id}")).collect();
        let mut groups = cluster.nodes()?;
        groups.sort();
        ensure!(groups == wanted, "groups {groups:?}, {wanted:?} wanted");
        wait_for("every partition active", SETTLING, || cluster.is_whole())?;
        let now = cluster.identity_of(&wanted)?;
        ensure!(now == self.founded, "another cluster: {now:?}");
        let first = wanted.first().context("no node")?;
        let listed = cluster.restatectl(first, &["nodes", "list"])?;
        let nodes: BTreeSet<String> = Table::read(&listed, "NODE")?
            .rows
            .iter()
            .map(|row| row["NAME"].clone())
            .collect();
        ensure!(
            nodes == wanted.iter().cloned().collect(),
            "{wanted:?} wanted:\n{listed}"
        );
        let members = cluster.restatectl(first, &["metadata-server", "list"])?;
        let leader = Table::read(&members, "NODE")?
            .rows
            .into_iter()
            .find(|row| row["NODE"] == row["LEADER"])
            .with_context(|| format!("no leader in:\n{members}"))?;
        let quorum: Vec<String> = ids.iter().take(3).map(|id| format!("N{id}")).collect();
        ensure!(
            quorum
                .iter()
                .all(|id| leader["MEMBERS"].contains(id.as_str()))
                && leader["MEMBERS"].matches('N').count() == quorum.len(),
            "the metadata quorum is not {quorum:?}:\n{members}"
        );
        let path = cluster.folder().join("restate.nomad.hcl");
        // Exits 1 when it would make or destroy an allocation.
        nomad(["job", "plan", &path.display().to_string()])?
            .success()
            .context("run.sh left something to roll out")?;
        Ok(())
    }

    /// The volumes of nodes that went are there until the last words of the run are carried out.
    fn volumes_go_when_nobody_wants_them(&self, said: &str, gone: &[u32]) -> Result<()> {
        let (_, commands) = said
            .split_once("When nobody needs them any more:\n")
            .with_context(|| format!("the run does not say how volumes go:\n{said}"))?;
        for id in gone {
            self.cluster.volume(&format!("restate-{id}"))?;
        }
        self.cluster.script(commands)?.success()?;
        for id in gone {
            let found = self.cluster.volume(&format!("restate-{id}"));
            ensure!(found.is_err(), "the volume of node {id} is still there");
        }
        Ok(())
    }
}
