//! The same on a Kubernetes cluster: nodes come, go and come again, a version follows another, a lost node is replaced.

mod gitops;
mod machines;
mod waiting;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use restate_gen_e2e::cluster::{Identity, Table, wait_for};
use restate_gen_e2e::command::{Finished, finished};
use restate_gen_e2e::counter::Service;
use restate_gen_e2e::engine::held_for;
use restate_gen_e2e::generator::{cluster_folder, restate_gen};
use restate_gen_e2e::guide::scripts;
use restate_gen_e2e::kubernetes::{
    Cluster, Engine, NAMESPACE_PREFIX, engine, kubectl, storage_class,
};
use restate_gen_e2e::load::{Load, Plan};
use restate_gen_e2e::report::Report;
use restate_gen_e2e::runbook::{Operation, Transcript};

use super::{CALLS, NEWEST, SETTLING, does_nothing_again, finish};

/// How long a run may take that restarts every pod, one after the other.
const RUN: Duration = Duration::from_secs(1500);

/// A version that [`NEWEST`] may follow.
const OLDER: &str = "1.7.10";

#[test]
fn three_nodes_become_five_and_three_and_five_again_on_kubernetes() -> Result<()> {
    held_for(Engine::held(), || {
        let mut report = report("3 -> 5 -> 3 -> 5 nodes on Kubernetes");
        let running = Running::of("grown", NEWEST, "3")?;
        running.becomes("3 -> 5", &[1, 2, 3, 4, 5], &mut report)?;
        let said = running.becomes("5 -> 3", &[1, 2, 3], &mut report)?;
        let (_, commands) = said
            .split_once("When nobody needs them any more:\n")
            .with_context(|| format!("the run does not say how volumes go:\n{said}"))?;
        let [fourth, fifth] = commands.lines().collect::<Vec<_>>()[..] else {
            bail!("two claims are there to be deleted:\n{commands}");
        };
        running.script(fifth)?.success()?;
        ensure!(
            running.claims()?.len() == 4,
            "one claim of a node that went is kept: {:?}",
            running.claims()?
        );
        // One finds what node 4 stored, the other an empty volume.
        running.becomes("3 -> 5 again", &[1, 2, 3, 6, 7], &mut report)?;
        let pods: Vec<String> = running.cluster.pods()?.into_keys().collect();
        let places = [1, 2, 3, 4, 5].map(|place| format!("restate-{place}"));
        ensure!(
            pods == places,
            "nodes 6 and 7 are not in the places that were given up: {pods:?}"
        );
        for command in [fourth, fifth] {
            let refused = running.script(command)?;
            ensure!(!refused.succeeded(), "a claim in use is deleted: {refused}");
        }
        ensure!(running.claims()?.len() == 5, "{:?}", running.claims()?);
        report.figure(
            "the claim of a place that is taken again, deleted as the run said",
            "refused",
        );
        report.write()
    })
}

#[test]
fn a_version_follows_another_on_kubernetes() -> Result<()> {
    held_for(Engine::held(), || upgraded("3", ""))
}

#[test]
fn a_version_follows_another_in_several_statefulsets_on_kubernetes() -> Result<()> {
    // None of them rolls by itself, so run.sh does.
    let nodes = "[{group: a, count: 2, first_id: 1}, {group: b, count: 1, first_id: 3}]";
    held_for(Engine::held(), || upgraded(nodes, ", two StatefulSets"))
}

fn upgraded(nodes: &str, words: &str) -> Result<()> {
    let mut report = report(&format!("{OLDER} -> {NEWEST} on Kubernetes{words}"));
    let running = Running::of("upgraded", OLDER, nodes)?;
    running.takes_the_newest_version(&[1, 2, 3], &mut report)?;
    report.write()
}

#[test]
fn three_nodes_with_tls_become_five_and_a_version_follows_on_kubernetes() -> Result<()> {
    held_for(Engine::held(), || {
        let mut report = report(&format!(
            "TLS on Kubernetes: 3 -> 5 nodes, {OLDER} -> {NEWEST}"
        ));
        let tls = "tls: {mode: require}\n";
        let cluster = generated("tls-scale", OLDER, "3", "", tls)?;
        let guide = fs::read_to_string(cluster.folder().join("OPERATIONS.md"))?;
        let secret = scripts(&guide, "TLS between the nodes").concat();
        let mut sh = Command::new("sh");
        finished(
            sh.args(["-euc", &secret]).current_dir(cluster.folder()),
            CALLS,
        )?
        .success()?;
        cluster.apply()?.success()?;
        let running = Running::started(cluster, 3)?;
        running.becomes("3 -> 5 with TLS", &[1, 2, 3, 4, 5], &mut report)?;
        running.takes_the_newest_version(&[1, 2, 3, 4, 5], &mut report)?;
        let plain = ["curl", "-fsS", "-m", "5", "http://127.0.0.1:5122/health"];
        for pod in running.cluster.pods()?.keys() {
            let answer = running.cluster.exec(pod, &plain)?;
            ensure!(!answer.succeeded(), "{pod} answers without TLS: {answer}");
        }
        report.write()
    })
}

#[test]
fn volumes_grow_and_no_pod_restarts_on_kubernetes() -> Result<()> {
    held_for(Engine::held(), || {
        let mut report = report("Larger volumes on Kubernetes");
        let running = Running::of("enlarged", NEWEST, "3")?;
        let before = running.pods()?;
        let larger = |text: &str| text.replace("size: 2GiB", "size: 3GiB");
        let operation = Operation::of_edit(running.cluster.folder(), larger, &[])?;
        let load = running.load("enlarged")?;
        running.carry_out("2 GiB -> 3 GiB", &operation, load, &[1, 2, 3], &mut report)?;
        ensure!(
            running.pods()? == before,
            "pods were restarted: {before:?}, then {:?}",
            running.pods()?
        );
        report.figure("pods restarted for it", 0);
        // Whether the disks follow is up to the storage class; what asks for them is there.
        for kind in ["component=node", "component=store"] {
            let claims = running
                .cluster
                .objects("pvc", &format!("app.kubernetes.io/{kind}"))?;
            ensure!(!claims.is_empty(), "no claims of {kind}");
            for claim in claims {
                let asked = claim["spec"]["resources"]["requests"]["storage"].as_str();
                ensure!(
                    asked == Some("3Gi"),
                    "{} asks for {asked:?}",
                    claim["metadata"]["name"]
                );
            }
        }
        report.write()
    })
}

#[test]
fn a_node_whose_claim_is_gone_is_replaced_on_kubernetes() -> Result<()> {
    held_for(Engine::held(), || {
        let mut report = report("Node 1 lost and replaced on Kubernetes");
        let running = Running::of("replaced", NEWEST, "3")?;
        let load = running.load("replaced")?;
        let before = running.pods()?;
        running.cluster.lose_volume("restate-1")?;
        load.advances(100, CALLS)?;
        let operation = running.written(&["replace", "restate-1"])?;
        running.carry_out("node 1 lost", &operation, load, &[2, 3, 4], &mut report)?;
        let after = running.pods()?;
        let others: Vec<_> = before
            .iter()
            .filter(|(pod, _)| pod != "restate-1")
            .collect();
        ensure!(
            others.iter().all(|pod| after.contains(*pod)),
            "pods beside the lost one were restarted: {before:?}, then {after:?}"
        );
        report.figure("node 1 lost: other pods restarted for it", 0);
        report.write()
    })
}

fn report(title: &str) -> Report {
    Report::on(engine, title)
}

/// The manifests of a cluster. `keys` are more keys of its section for Kubernetes, `rest` more lines of its file.
fn generated(purpose: &str, version: &str, nodes: &str, keys: &str, rest: &str) -> Result<Cluster> {
    let namespace = format!("{NAMESPACE_PREFIX}{purpose}");
    let class = storage_class();
    let folder = cluster_folder(&format!(
        "name: {purpose}\nversion: {version}\nnodes: {nodes}\npartitions: 8\nvolumes: {{size: 2GiB, class: {class}}}\nresources: {{reserve: {{cpus: 0.05, memory: 256MiB}}}}\nkubernetes: {{namespace: {namespace}{keys}}}\n{rest}"
    ))?;
    restate_gen(folder.path(), &["kubernetes"])?;
    Cluster::open(folder, &namespace)
}

/// A running cluster, and the counter that it calls.
struct Running {
    cluster: Cluster,
    /// Its identity when it was provisioned, which must not change.
    founded: Identity,
    /// The folder that is applied, where it is not that of the generated files.
    applied: Option<PathBuf>,
    _service: Service,
}

impl Running {
    /// Starts three nodes, which the file says so.
    fn of(purpose: &str, version: &str, nodes: &str) -> Result<Self> {
        let cluster = generated(purpose, version, nodes, "", "")?;
        cluster.apply()?.success()?;
        Self::started(cluster, 3)
    }

    /// Waits until so many nodes run whose files are applied.
    fn started(cluster: Cluster, nodes: usize) -> Result<Self> {
        cluster.wait()?;
        wait_for("every partition active", SETTLING, || {
            cluster.is_whole(nodes)
        })?;
        let service = Service::start()?;
        service.register_at(&cluster.admin()?, &cluster.host_address()?)?;
        Ok(Self {
            founded: cluster.identity_of_all()?,
            cluster,
            applied: None,
            _service: service,
        })
    }

    /// Has so many nodes planned and written, and carries it out under load; a run that drains nodes is killed on the way and run
    /// again. Returns what the run said.
    fn becomes(&self, what: &str, ids: &[u32], report: &mut Report) -> Result<String> {
        let operation = self.written(&["scale", "--nodes", &ids.len().to_string()])?;
        let load = self.load(&format!("nodes-{}", ids.iter().sum::<u32>()))?;
        let before = self.pods()?;
        if ids.len() < before.len() {
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
        let said = self.carry_out(what, &operation, load, ids, report)?;
        let after = self.pods()?;
        let restarted = before
            .difference(&after)
            .filter(|(pod, _)| after.iter().any(|(other, _)| other == pod));
        report.figure(
            &format!("{what}: pods that stay and were restarted"),
            restarted.count(),
        );
        Ok(said)
    }

    /// Has the newest version planned, and carries it out under load. `ids` are the nodes.
    fn takes_the_newest_version(&self, ids: &[u32], report: &mut Report) -> Result<()> {
        let newest = |text: &str| text.replace(OLDER, NEWEST);
        let operation = Operation::of_edit(self.cluster.folder(), newest, &[])?;
        let load = self.load("upgraded")?;
        let what = format!("{OLDER} -> {NEWEST}");
        self.carry_out(&what, &operation, load, ids, report)?;
        for pod in self
            .cluster
            .objects("pods", "app.kubernetes.io/component=node")?
        {
            let image = pod["spec"]["containers"][0]["image"].as_str();
            ensure!(
                image.is_some_and(|image| image.ends_with(NEWEST)),
                "{} runs {image:?}",
                pod["metadata"]["name"]
            );
        }
        Ok(())
    }

    /// Runs a script in the folder of the generated files.
    fn script(&self, script: &str) -> Result<Finished> {
        let folder = self.cluster.folder();
        let mut sh = Command::new("sh");
        finished(sh.args(["-c", script]).current_dir(folder), CALLS)
    }

    /// The claims of the nodes that are there to stay.
    fn claims(&self) -> Result<Vec<String>> {
        let claims = self
            .cluster
            .objects("pvc", "app.kubernetes.io/component=node")?;
        let stays = |claim: &&serde_json::Value| claim["metadata"]["deletionTimestamp"].is_null();
        let names = claims.iter().filter(stays);
        Ok(names
            .map(|claim| claim["metadata"]["name"].to_string())
            .collect())
    }

    fn written(&self, arguments: &[&str]) -> Result<Operation> {
        Operation::written(self.cluster.folder(), arguments)
    }

    /// Starts a load through the Service, and lets it come to speed.
    fn load(&self, label: &str) -> Result<Load> {
        let load = Load::start_at(vec![self.cluster.ingress()?], Plan::light(label));
        load.advances(300, CALLS)?;
        Ok(load)
    }

    /// The pods of the nodes with their uids: one that was created again has another uid.
    fn pods(&self) -> Result<BTreeSet<(String, String)>> {
        let pods = self
            .cluster
            .objects("pods", "app.kubernetes.io/component=node")?;
        let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        Ok(pods
            .iter()
            .map(|pod| {
                (
                    word(&pod["metadata"]["name"]),
                    word(&pod["metadata"]["uid"]),
                )
            })
            .collect())
    }

    /// Carries out a change under `load`, which then continues, and judges all of it. `ids` are the nodes that there
    /// should be. Returns what the run said.
    fn carry_out(
        &self,
        what: &str,
        operation: &Operation,
        load: Load,
        ids: &[u32],
        report: &mut Report,
    ) -> Result<String> {
        let run = operation.start(&["--yes"])?.end(RUN)?.ended_well()?;
        self.judge(what, &run, operation, load, ids, report)?;
        Ok(run.text)
    }

    /// Judges a change that was carried out under `load`, which then continues.
    fn judge(
        &self,
        what: &str,
        run: &Transcript,
        operation: &Operation,
        load: Load,
        ids: &[u32],
        report: &mut Report,
    ) -> Result<()> {
        report.seconds(&format!("{what}: run.sh"), run.took);
        self.is_what_the_files_say(ids)?;
        does_nothing_again(operation)?;
        load.advances(300, CALLS)?;
        finish(what, load, report)
    }

    /// Fails unless the cluster is the one that was provisioned, has these nodes and no others, and is what its files
    /// say.
    fn is_what_the_files_say(&self, ids: &[u32]) -> Result<()> {
        let cluster = &self.cluster;
        wait_for("every partition active", SETTLING, || {
            cluster.is_whole(ids.len())
        })?;
        let now = cluster.identity_of_all()?;
        ensure!(now == self.founded, "another cluster: {now:?}");
        let listed = cluster.restatectl(&["nodes", "list"])?;
        let nodes: BTreeSet<String> = Table::read(&listed, "NODE")?
            .rows
            .iter()
            .map(|row| row["NAME"].clone())
            .collect();
        let wanted: BTreeSet<String> = ids.iter().map(|id| format!("restate-{id}")).collect();
        ensure!(nodes == wanted, "{wanted:?} wanted:\n{listed}");
        let members = cluster.restatectl(&["metadata-server", "list"])?;
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
        let folder = self.applied.as_deref().unwrap_or(cluster.folder());
        let folder = folder.display().to_string();
        // Exits 1 when applying would change something.
        kubectl(["diff", "-k", &folder])?
            .success()
            .context("run.sh left something to apply")?;
        Ok(())
    }
}
