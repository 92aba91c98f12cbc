//! A cluster in a Git repository. A loop applies what is pushed, all the time, as a GitOps controller does: it changes back what
//! differs, and deletes what is not in the repository unless it is marked to stay.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::wait_for;
use restate_gen_e2e::command::{Finished, finished};
use restate_gen_e2e::engine::held_for;
use restate_gen_e2e::kubernetes::{Engine, NAMESPACE_PREFIX, kubectl};
use restate_gen_e2e::report::Report;
use restate_gen_e2e::runbook::{Operation, Run, Transcript};
use serde_json::Value;
use tempfile::TempDir;

use super::super::{CALLS, NEWEST};
use super::{RUN, Running, generated, report};

/// What `run.sh` says when it needs a commit.
const ASKED: &str = "commit and push these files now";

/// Kinds of which a controller deletes what is not in the repository.
const PRUNED: &str = "statefulsets,jobs,services,configmaps,poddisruptionbudgets,networkpolicies,serviceaccounts,persistentvolumeclaims";

/// What keeps an object from being deleted.
const KEPT: &str = "kustomize.toolkit.fluxcd.io/prune";

#[test]
fn five_nodes_become_three_and_another_version_by_commits() -> Result<()> {
    held_for(Engine::held(), || {
        let mut report = report("5 -> 3 nodes and 1.7.10 -> 1.7.12 on Kubernetes, by commits");
        let repository = Repository::of("committed", "1.7.10", 5)?;
        let jobs = repository.jobs()?;
        let operation = repository.running.written(&["scale", "--nodes", "3"])?;
        repository.becomes("5 -> 3", &operation, &[1, 2, 3], 1, &mut report)?;
        let claims = repository.running.claims()?;
        ensure!(
            claims.len() == 5,
            "claims of removed nodes are gone: {claims:?}"
        );
        report.figure("5 -> 3: claims of nodes that went, kept", 2);
        ensure!(
            repository.jobs()?.is_disjoint(&jobs),
            "the earlier Job is still there: {jobs:?}"
        );
        let operation = repository.running.written(&["upgrade", NEWEST])?;
        repository.becomes("1.7.10 -> 1.7.12", &operation, &[1, 2, 3], 1, &mut report)?;
        repository.end(&mut report)?;
        report.write()
    })
}

#[test]
fn volumes_grow_and_a_lost_node_is_replaced_by_commits() -> Result<()> {
    held_for(Engine::held(), || {
        let mut report = report("Larger volumes and a lost node on Kubernetes, by commits");
        let repository = Repository::of("kept", NEWEST, 3)?;
        let running = &repository.running;
        let before = running.pods()?;
        repository.edit("size: 2GiB", "size: 3GiB")?;
        let operation = running.written(&["plan"])?;
        repository.becomes("2 GiB -> 3 GiB", &operation, &[1, 2, 3], 2, &mut report)?;
        ensure!(running.pods()? == before, "pods were restarted");
        report.figure("2 GiB -> 3 GiB: pods restarted for it", 0);
        running.cluster.lose_volume("restate-1")?;
        let operation = running.written(&["replace", "restate-1"])?;
        repository.becomes("node 1 lost", &operation, &[2, 3, 4], 2, &mut report)?;
        repository.end(&mut report)?;
        report.write()
    })
}

/// A running cluster whose files are in a repository, and what applies them.
struct Repository {
    running: Running,
    controller: Controller,
    _origin: TempDir,
}

impl Repository {
    fn of(purpose: &str, version: &str, nodes: usize) -> Result<Self> {
        let origin = TempDir::new()?;
        let bare = origin.path().join("origin.git");
        git(
            origin.path(),
            &["init", "-q", "--bare", "-b", "main", "origin.git"],
        )?;
        let namespace = format!("{NAMESPACE_PREFIX}{purpose}");
        let cluster = generated(
            purpose,
            version,
            &nodes.to_string(),
            ", gitops: true, secret: credentials",
            "",
        )?;
        kubectl(["create", "namespace", &namespace])?.success()?;
        kubectl([
            "-n",
            &namespace,
            "create",
            "secret",
            "generic",
            "credentials",
            "--from-literal=MINIO_ROOT_PASSWORD=not-a-secret-of-anybody",
            "--from-literal=SNAPSHOT_SECRET_KEY=nor-is-this-one-of-anybody",
        ])?
        .success()?;
        let work = cluster.folder();
        git(work, &["init", "-q", "-b", "main"])?;
        git(
            work,
            &["remote", "add", "origin", &bare.display().to_string()],
        )?;
        commit(work)?;
        git(work, &["push", "-q", "-u", "origin", "main"])?;
        git(origin.path(), &["clone", "-q", "origin.git", "applied"])?;
        let controller = Controller::start(origin.path().join("applied"), &namespace, purpose);
        wait_for("the first commit to be applied", CALLS, || {
            cluster.kubectl(["get", "statefulset/restate"])?.success()
        })?;
        Ok(Self {
            running: Running::started(cluster, nodes)?,
            controller,
            _origin: origin,
        })
    }

    /// Replaces a part of the cluster file, which is committed with what is generated from it.
    fn edit(&self, part: &str, new: &str) -> Result<()> {
        let file = self.running.cluster.folder().join("restate-cluster.yaml");
        let text = fs::read_to_string(&file)?;
        ensure!(text.contains(part), "no {part} in {text}");
        fs::write(file, text.replace(part, new))?;
        Ok(())
    }

    fn jobs(&self) -> Result<BTreeSet<String>> {
        let jobs = self
            .running
            .cluster
            .objects("jobs", "app.kubernetes.io/component=provision")?;
        let names = jobs.iter().map(|job| job["metadata"]["name"].to_string());
        Ok(names.collect())
    }

    /// Carries out a change under load. Whoever watches commits and pushes each time `run.sh` says so; the first time the script is
    /// killed before, and run again.
    fn becomes(
        &self,
        what: &str,
        operation: &Operation,
        ids: &[u32],
        commits: usize,
        report: &mut Report,
    ) -> Result<()> {
        let work = self.running.cluster.folder();
        // It is part of the paths that are called.
        let label = what.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let load = self.running.load(&label)?;
        let mut run = operation.start(&["--yes"])?;
        ensure!(
            asks(&mut run, 1)?,
            "no commit is asked for:\n{}",
            run.kill()?.text
        );
        run.kill()?;
        let again = operation.start(&["--yes"])?;
        let (transcript, done) = committing(again, work)?;
        ensure!(
            done == commits,
            "{done} commits were asked for, not {commits}:\n{}",
            transcript.text
        );
        let applies = transcript
            .text
            .lines()
            .filter(|line| line.contains("kubectl apply"));
        ensure!(applies.count() == 0, "run.sh applies:\n{}", transcript.text);
        report.figure(&format!("{what}: commits"), done);
        self.running
            .judge(what, &transcript, operation, load, ids, report)
    }

    /// Fails where the controller met an error, and says what it deleted.
    fn end(self, report: &mut Report) -> Result<()> {
        let Told { turns, pruned } = self.controller.end()?;
        let kept = pruned.iter().all(|name| name.starts_with("Job "));
        ensure!(kept, "more than Jobs was deleted: {pruned:?}");
        report.figure("times that all was applied", turns);
        report.figure(
            "Jobs that were removed from the repository and deleted",
            pruned.len(),
        );
        Ok(())
    }
}

/// Waits until the run needs that many commits; false when it ended before.
fn asks(run: &mut Run, times: usize) -> Result<bool> {
    run.says(RUN, |transcript| {
        transcript.text.matches(ASKED).count() >= times
    })
}

/// Commits and pushes each time the run asks for it, to its end.
fn committing(mut run: Run, work: &Path) -> Result<(Transcript, usize)> {
    let mut commits = 0;
    while asks(&mut run, commits + 1)? {
        commit(work)?;
        git(work, &["push", "-q"])?;
        commits += 1;
    }
    Ok((run.end(RUN)?.ended_well()?, commits))
}

fn commit(work: &Path) -> Result<()> {
    git(work, &["add", "-A"])?;
    git(work, &["commit", "-q", "-m", "files"]).map(drop)
}

fn git(folder: &Path, arguments: &[&str]) -> Result<Finished> {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=e2e", "-c", "user.email=e2e@example.org"])
        .args(arguments)
        .current_dir(folder);
    finished(&mut git, Duration::from_secs(60))?.success()
}

/// What a controller did.
#[derive(Debug, Default)]
struct Told {
    turns: usize,
    pruned: BTreeSet<String>,
}

/// A GitOps controller in small. Dropping it ends it.
struct Controller {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<Told>>>,
}

impl Controller {
    fn start(clone: PathBuf, namespace: &str, instance: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (namespace, instance) = (namespace.to_owned(), instance.to_owned());
        let is_over = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut told = Told::default();
            while !is_over.load(Ordering::Relaxed) {
                turn(&clone, &namespace, &instance, &mut told)?;
                std::thread::sleep(Duration::from_secs(3));
            }
            Ok(told)
        });
        Self {
            stop,
            thread: Some(thread),
        }
    }

    fn end(mut self) -> Result<Told> {
        self.stop.store(true, Ordering::Relaxed);
        let thread = self.thread.take().context("it runs")?;
        thread
            .join()
            .map_err(|_| anyhow::anyhow!("the controller panicked"))?
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take()
            && let Ok(Err(error)) = thread.join()
        {
            eprintln!("the controller ended: {error:#}");
        }
    }
}

/// Applies all that is in the repository now, and deletes what is not and is not marked to stay.
fn turn(clone: &Path, namespace: &str, instance: &str, told: &mut Told) -> Result<()> {
    git(clone, &["pull", "-q"])?;
    let folder = clone.display().to_string();
    let applied = kubectl(["apply", "-k", &folder, "-o", "name"])?
        .success()?
        .stdout;
    // `statefulset.apps/restate`
    let applied: BTreeSet<String> = applied
        .lines()
        .filter_map(|line| line.split_once('/'))
        .map(|(kind, name)| {
            let kind = kind.split('.').next().unwrap_or(kind);
            format!("{kind} {name}")
        })
        .collect();
    let selector = format!("app.kubernetes.io/instance={instance}");
    let there = kubectl([
        "-n", namespace, "get", PRUNED, "-l", &selector, "-o", "json",
    ])?;
    let there: Value = serde_json::from_str(&there.success()?.stdout)?;
    for object in there["items"].as_array().into_iter().flatten() {
        let (kind, metadata) = (
            object["kind"].as_str().unwrap_or_default(),
            &object["metadata"],
        );
        let name = metadata["name"].as_str().unwrap_or_default();
        let is_there = applied.contains(&format!("{} {name}", kind.to_lowercase()));
        let is_kept = metadata["annotations"][KEPT] == "disabled";
        if is_there || is_kept || !metadata["deletionTimestamp"].is_null() {
            continue;
        }
        kubectl(["-n", namespace, "delete", kind, name, "--wait=false"])?;
        told.pruned.insert(format!("{kind} {name}"));
    }
    told.turns += 1;
    Ok(())
}
