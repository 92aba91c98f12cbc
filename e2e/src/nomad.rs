//! Generated jobs on a Nomad agent, driven by the `nomad` command line as a user drives it.
//!
//! Containers run on the Docker Engine that the agent uses, on this machine: killing one and emptying a volume happens there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::cluster::{Identity, Table, every_replica_is_active, wait_for};
use crate::command::{Finished, finished};
use crate::docker::{self, docker};
use crate::engine::missing;

/// Every job of these tests is named so, and what is named so is swept away before the next test.
pub const JOB_PREFIX: &str = "restate-gen-e2e-";

const COMMAND_LIMIT: Duration = Duration::from_secs(600);

/// The agent and the Docker Engine under it, held by one test at a time: host ports are the generated ones.
pub struct Engine {
    _docker: docker::Engine,
}

impl Engine {
    /// The agent, once no other test uses it. `None`, with a line on stderr, when there is none and `CI` is not set.
    pub fn held() -> Result<Option<Self>> {
        if let Err(reason) = nomad(["node", "status"]).and_then(|run| run.success().map(drop)) {
            missing("Nomad", &reason)?;
            return Ok(None);
        }
        let Some(docker) = docker::Engine::held()? else {
            return Ok(None);
        };
        sweep()?;
        Ok(Some(Self { _docker: docker }))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Err(error) = sweep() {
            eprintln!("Nomad is not cleaned up: {error:#}");
        }
    }
}

/// Removes what an interrupted run left.
fn sweep() -> Result<()> {
    let is_ours = |name: &&str| name.starts_with(JOB_PREFIX);
    let jobs = json(["job", "status", "-json"]).unwrap_or_default();
    // Each job comes as a summary with its allocations.
    let names = jobs
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|job| job["Summary"]["JobID"].as_str().or(job["ID"].as_str()))
        .filter(is_ours);
    for name in names {
        nomad(["job", "stop", "-purge", name])?.success()?;
    }
    for volume in volumes()?
        .iter()
        .filter(|volume| volume["Name"].as_str().as_ref().is_some_and(is_ours))
    {
        let id = volume["ID"].as_str().unwrap_or_default();
        wait_for("a volume goes", Duration::from_secs(60), || {
            // Without `-force`, one stays that was on a client which is no more.
            nomad(["volume", "delete", "-type=host", "-force", id])?.success()
        })?;
    }
    let variables = json(["var", "list", "-out=json"]).unwrap_or_default();
    for path in variables
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|variable| variable["Path"].as_str())
        .filter(|path| {
            path.strip_prefix("nomad/jobs/")
                .as_ref()
                .is_some_and(is_ours)
        })
    {
        nomad(["var", "purge", path])?.success()?;
    }
    Ok(())
}

/// Runs `nomad` with `arguments`.
pub fn nomad<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Result<Finished> {
    finished(Command::new("nomad").args(arguments), COMMAND_LIMIT)
}

/// What `nomad` prints as JSON.
pub fn json<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Result<Value> {
    let run = nomad(arguments)?.success()?;
    serde_json::from_str(&run.stdout).with_context(|| run.to_string())
}

/// All dynamic host volumes.
fn volumes() -> Result<Vec<Value>> {
    let run = nomad(["volume", "status", "-type=host", "-json"])?.success()?;
    if run.stdout.trim().is_empty() {
        return Ok(Vec::new());
    }
    let all: Value = serde_json::from_str(&run.stdout)?;
    Ok(all.as_array().cloned().unwrap_or_default())
}

/// The address that this machine's client announces.
pub fn client_address() -> Result<String> {
    let node = json(["node", "status", "-self", "-json"])?;
    let address = node["Attributes"]["unique.network.ip-address"].as_str();
    Ok(address.context("the client has no address")?.to_owned())
}

/// What the figures were measured on.
pub fn engine() -> String {
    let version = nomad(["version"]).map_or_else(|_| "unknown".into(), |run| run.stdout);
    let docker = docker(["version", "--format", "{{.Server.Version}}"])
        .map_or_else(|_| "unknown".into(), |run| run.stdout);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, |cores| cores.get());
    format!(
        "{} with one client, Docker Engine {}, kernel {}, {cores} cores. Nodes share the client (`one_host: true`).\n",
        version.lines().next().unwrap_or_default(),
        docker.trim(),
        kernel.trim(),
    )
}

/// A generated cluster in its folder. Dropping it removes jobs, volumes and variables with the engine's sweep.
pub struct Cluster {
    folder: TempDir,
    /// The job of the nodes.
    pub job: String,
}

impl Cluster {
    /// The jobs in `folder`.
    pub fn open(folder: TempDir, job: &str) -> Result<Self> {
        ensure!(
            job.starts_with(JOB_PREFIX),
            "{job} would not be swept away after an interrupted run"
        );
        Ok(Self {
            folder,
            job: job.to_owned(),
        })
    }

    /// Where the generated files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a script in the cluster's folder; every command of it must succeed.
    pub fn script(&self, script: &str) -> Result<Finished> {
        finished(
            Command::new("sh")
                .args(["-euc", script])
                .current_dir(self.folder.path()),
            COMMAND_LIMIT,
        )
    }

    /// The names of the nodes in the job as it is registered.
    pub fn nodes(&self) -> Result<Vec<String>> {
        let job = json(["job", "inspect", &self.job])?;
        let groups = job["Job"]["TaskGroups"].as_array().cloned();
        Ok(groups
            .context("no groups")?
            .iter()
            .filter_map(|group| Some(group["Name"].as_str()?.to_owned()))
            .collect())
    }

    /// The running allocations of each node.
    pub fn allocations(&self) -> Result<BTreeMap<String, Vec<String>>> {
        let all = json(["job", "allocs", "-json", &self.job])?;
        let mut running: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for allocation in all.as_array().into_iter().flatten() {
            if allocation["ClientStatus"] == "running" {
                let text = |key: &str| allocation[key].as_str().unwrap_or_default().to_owned();
                running
                    .entry(text("TaskGroup"))
                    .or_default()
                    .push(text("ID"));
            }
        }
        Ok(running)
    }

    /// The one running allocation of a node.
    pub fn allocation(&self, node: &str) -> Result<String> {
        let mut all = self.allocations()?;
        let mut of_node = all.remove(node).unwrap_or_default();
        ensure!(
            of_node.len() == 1,
            "{node} has {} running allocations",
            of_node.len()
        );
        of_node.pop().context("one")
    }

    /// Where the port `label` of each node is, by the word of service discovery.
    pub fn services(&self, label: &str) -> Result<BTreeMap<String, String>> {
        let found = json(["service", "info", "-json", &format!("{}-{label}", self.job)])?;
        Ok(found
            .as_array()
            .into_iter()
            .flatten()
            .map(|service| {
                let tags = service["Tags"].as_array().into_iter().flatten();
                let node = tags
                    .filter_map(|tag| tag.as_str()?.strip_prefix("node-"))
                    .next()
                    .unwrap_or_default();
                let address = format!(
                    "{}:{}",
                    service["Address"].as_str().unwrap_or_default(),
                    service["Port"]
                );
                (node.to_owned(), address)
            })
            .collect())
    }

    /// Runs a command in the task of a node.
    pub fn exec(&self, node: &str, command: &[&str]) -> Result<Finished> {
        let fixed = [
            "alloc", "exec", "-i=false", "-t=false", "-job", "-group", node, "-task", "restate",
            &self.job,
        ];
        // Sometimes a session exits 0 without output, whatever the command did.
        for _ in 0..3 {
            let run = nomad(fixed.into_iter().chain(command.iter().copied()))?;
            if !run.succeeded() || !run.stdout.is_empty() {
                return Ok(run);
            }
        }
        nomad(fixed.into_iter().chain(command.iter().copied()))
    }

    /// Runs `restatectl` in a node.
    pub fn restatectl(&self, node: &str, arguments: &[&str]) -> Result<String> {
        let command: Vec<&str> = ["restatectl"]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect();
        Ok(self.exec(node, &command)?.success()?.stdout)
    }

    /// The identity that a node alone reports.
    pub fn identity(&self, node: &str) -> Result<Identity> {
        let fabric = self.services("fabric")?;
        let address = format!("http://{}", fabric.get(node).context("no such service")?);
        // `-S` asks this one node and nobody it knows of; the variable that names all of them does not go with it.
        let asked = [
            "env",
            "-u",
            "RESTATECTL_ADDRESS",
            "restatectl",
            "-S",
            &address,
            "metadata",
            "get",
            "--key",
            "nodes_config",
        ];
        let text = self.exec(node, &asked)?.success()?.stdout;
        let json: Value = serde_json::from_str(&text)?;
        Ok(Identity {
            fingerprint: json["cluster_fingerprint"]
                .as_u64()
                .context("no cluster_fingerprint")?,
            cluster: json["cluster_name"]
                .as_str()
                .context("no cluster_name")?
                .to_owned(),
        })
    }

    /// The one identity that all these nodes report.
    pub fn identity_of<'a>(&self, nodes: impl IntoIterator<Item = &'a String>) -> Result<Identity> {
        let mut one = None;
        for node in nodes {
            // A node that was just started again may end a first question without an answer.
            let found = wait_for(node, Duration::from_secs(30), || self.identity(node))?;
            let first = one.get_or_insert_with(|| found.clone());
            ensure!(
                *first == found,
                "second cluster: {first:?} and, in {node}, {found:?}"
            );
        }
        one.context("no node")
    }

    /// Succeeds when every node runs once and every partition has its configured number of active replicas.
    pub fn is_whole(&self) -> Result<()> {
        let nodes = self.nodes()?;
        for node in &nodes {
            self.allocation(node)?;
        }
        let first = nodes.first().context("no node")?;
        let configured = self.restatectl(first, &["config", "get"])?;
        every_replica_is_active(
            &configured,
            &self.restatectl(first, &["partitions", "list"])?,
        )?;
        let listed = self.restatectl(first, &["nodes", "list"])?;
        let registered = Table::read(&listed, "NODE")?.rows.len();
        ensure!(
            registered == nodes.len(),
            "{registered} nodes registered, {} wanted",
            nodes.len()
        );
        Ok(())
    }

    /// Waits until [`Self::is_whole`].
    pub fn settle(&self) -> Result<()> {
        wait_for("every partition active", Duration::from_secs(180), || {
            self.is_whole()
        })
    }

    /// Kills the server of a node with SIGKILL, like a crash.
    pub fn kill(&self, node: &str) -> Result<()> {
        docker(["kill", &format!("restate-{}", self.allocation(node)?)])?
            .success()
            .map(drop)
    }

    /// Halts the server of a node without ending it, as a hanging disk would.
    pub fn freeze(&self, node: &str) -> Result<()> {
        docker(["pause", &format!("restate-{}", self.allocation(node)?)])?
            .success()
            .map(drop)
    }

    /// Where the volume of a node is on this machine.
    pub fn volume(&self, node: &str) -> Result<PathBuf> {
        let name = format!("{}-{node}-data", self.job);
        let all = volumes()?;
        let volume = all
            .iter()
            .find(|volume| volume["Name"] == name.as_str())
            .with_context(|| format!("no volume {name}"))?;
        let id = volume["ID"].as_str().context("no id")?;
        let volume = json(["volume", "status", "-type=host", "-json", id])?;
        let path = volume["HostPath"].as_str().context("no path")?;
        Ok(path.into())
    }

    /// Where all volumes of the job, and of those next to it, are on this machine.
    pub fn volumes(&self) -> Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for volume in volumes()? {
            let (name, id) = (volume["Name"].as_str(), volume["ID"].as_str());
            let (Some(name), Some(id)) = (name, id) else {
                bail!("a volume without a name: {volume}");
            };
            if name.starts_with(&format!("{}-", self.job)) {
                let volume = json(["volume", "status", "-type=host", "-json", id])?;
                paths.push(volume["HostPath"].as_str().context("no path")?.into());
            }
        }
        Ok(paths)
    }

    /// The node's disk is gone: its server ends, and its volume is empty when it is started again.
    pub fn lose_volume(&self, node: &str) -> Result<()> {
        let folder = self.volume(node)?;
        self.kill(node)?;
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                fs::remove_dir_all(path)?;
            } else {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// What the node's server wrote, in all its starts.
    pub fn logs(&self, node: &str) -> Result<String> {
        let fixed = ["alloc", "logs", "-job", "-group", node, "-task", "restate"];
        let both = ["-stdout", "-stderr"].map(|stream| {
            let arguments = fixed[..2]
                .iter()
                .copied()
                .chain([stream])
                .chain(fixed[2..].iter().copied())
                .chain([self.job.as_str()]);
            nomad(arguments).map(|run| run.stdout).unwrap_or_default()
        });
        Ok(both.concat())
    }
}
