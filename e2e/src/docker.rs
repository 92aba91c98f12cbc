//! A Compose project on a Docker Engine, driven by the `docker` command line as a user drives it.
//!
//! Knows containers, volumes and ports; what runs in them is for `cluster` to ask.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::command::{Finished, finished};
use crate::engine::missing;

/// Every project of these tests is named so, and what is named so is swept away before the next test.
pub const PROJECT_PREFIX: &str = "restate-gen-e2e-";

const COMMAND_LIMIT: Duration = Duration::from_secs(300);

/// The engine, held by one test at a time: host ports are the generated ones, so two clusters cannot stand side by side.
pub struct Engine {
    _in_this_process: MutexGuard<'static, ()>,
    _on_this_machine: File,
}

impl Engine {
    /// The engine, once no other test uses it. `None`, with a line on stderr, when there is no engine and `CI` is not set.
    pub fn held() -> Result<Option<Self>> {
        static ENGINE: Mutex<()> = Mutex::new(());
        // A test that panicked has cleaned up by then: its project is dropped before its engine.
        let in_this_process = ENGINE
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Err(reason) = answers() {
            missing("Docker Engine", &reason)?;
            return Ok(None);
        }
        let on_this_machine = File::create(std::env::temp_dir().join("restate-gen-e2e.lock"))?;
        on_this_machine.lock()?;
        sweep()?;
        Ok(Some(Self {
            _in_this_process: in_this_process,
            _on_this_machine: on_this_machine,
        }))
    }
}

fn answers() -> Result<()> {
    docker(["version", "--format", "{{.Server.Version}}"])?.success()?;
    docker(["compose", "version"])?.success()?;
    Ok(())
}

/// Removes what an interrupted run left.
fn sweep() -> Result<()> {
    let listed = docker(["compose", "ls", "--all", "--quiet"])?.success()?;
    for name in listed
        .stdout
        .lines()
        .filter(|name| name.starts_with(PROJECT_PREFIX))
    {
        docker([
            "compose",
            "--project-name",
            name,
            "down",
            "--volumes",
            "--timeout",
            "1",
        ])?;
        remove_volumes_of(name)?;
    }
    Ok(())
}

/// Removes what volumes are left of a project: those of nodes that went are in no file any more, and a later cluster of that
/// name would take them for its own.
fn remove_volumes_of(project: &str) -> Result<()> {
    let filter = format!("label=com.docker.compose.project={project}");
    let listed = docker(["volume", "ls", "--quiet", "--filter", &filter])?.success()?;
    for volume in listed.stdout.lines() {
        docker(["volume", "rm", volume])?.success()?;
    }
    Ok(())
}

/// Runs `docker` with `arguments`.
pub fn docker<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Result<Finished> {
    finished(Command::new("docker").args(arguments), COMMAND_LIMIT)
}

/// A generated project in its folder. Dropping it removes containers, volumes and network, after a panic too.
pub struct Project {
    folder: TempDir,
    /// The project's name, which Compose puts before every volume and network.
    pub name: String,
    /// The file as Compose resolved it, with values from `.env` in place.
    pub model: Value,
    /// The service names of the servers by node id.
    pub nodes: BTreeMap<u32, String>,
}

impl Project {
    /// Reads the project in `folder`.
    pub fn open(folder: TempDir) -> Result<Self> {
        let model = resolved(folder.path())?;
        let name = model["name"]
            .as_str()
            .context("the file has no name")?
            .to_owned();
        ensure!(
            name.starts_with(PROJECT_PREFIX),
            "{name} would not be swept away after an interrupted run"
        );
        Ok(Self {
            folder,
            name,
            nodes: nodes(&model)?,
            model,
        })
    }

    /// Reads the files of the project again, which are not what they were.
    pub fn reopen(&mut self) -> Result<()> {
        self.model = resolved(self.folder.path())?;
        self.nodes = nodes(&self.model)?;
        Ok(())
    }

    /// Where the generated files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs `docker compose` with `arguments` in the project's folder.
    pub fn compose<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Result<Finished> {
        finished(
            Command::new("docker")
                .args(["compose", "--ansi", "never", "--progress", "plain"])
                .args(arguments)
                .current_dir(self.folder.path()),
            COMMAND_LIMIT,
        )
    }

    /// `docker compose up -d --wait`, as the guide has it.
    ///
    /// The ports that users of three nodes get are in the kernel's ephemeral range, so an outgoing connection may have one of
    /// them. That is not what is tested, and it is free again after a minute at most.
    pub fn up(&self) -> Result<Finished> {
        let start = Instant::now();
        loop {
            let run = self.compose(["up", "-d", "--wait"])?;
            let is_port_taken = run.stderr.contains("bind: address already in use");
            if !is_port_taken || start.elapsed() > Duration::from_secs(90) {
                return Ok(run);
            }
            eprintln!("a port is taken, trying again: {run}");
            std::thread::sleep(Duration::from_secs(5));
        }
    }

    /// `docker compose down`, volumes kept.
    pub fn down(&self) -> Result<Finished> {
        self.compose(["down"])
    }

    /// The service next to the nodes that is called so but for the prefix: `cluster`, `provision`, `bucket` or the store.
    pub fn service(&self, name: &str) -> Result<String> {
        let services = self.model["services"].as_object();
        let mut names = services.into_iter().flat_map(|services| services.iter());
        let provision = names
            .find(|(_, service)| !service["environment"]["MARKER"].is_null())
            .and_then(|(service, _)| service.strip_suffix("provision"));
        Ok(format!(
            "{}{name}",
            provision.context("the file has no provisioning step")?
        ))
    }

    /// The id of the container of `service`, running or not.
    pub fn container(&self, service: &str) -> Result<String> {
        let listed = self
            .compose(["ps", "--all", "--quiet", service])?
            .success()?;
        let id = listed.stdout.lines().next();
        Ok(id
            .with_context(|| format!("{service} has no container"))?
            .to_owned())
    }

    /// `docker inspect` of the container of `service`.
    pub fn inspected(&self, service: &str) -> Result<Value> {
        let text = docker(["inspect", &self.container(service)?])?
            .success()?
            .stdout;
        let mut all: Vec<Value> = serde_json::from_str(&text)?;
        all.pop().context("docker inspect answered with nothing")
    }

    /// Ends `service` with SIGKILL, as a crash of its machine would.
    pub fn kill(&self, service: &str) -> Result<()> {
        docker(["kill", &self.container(service)?])?
            .success()
            .map(drop)
    }

    /// What `service` has written so far.
    pub fn logs(&self, service: &str) -> Result<String> {
        let run = self
            .compose(["logs", "--no-color", "--no-log-prefix", service])?
            .success()?;
        Ok(run.stdout)
    }

    /// Removes the container of node `id` and its volume: the node's disk is gone. The provisioning step that has ended looked
    /// into it, and goes too.
    pub fn lose_volume(&self, id: u32) -> Result<()> {
        let provision = self.service("provision")?;
        self.compose(["rm", "--stop", "--force", &self.nodes[&id], &provision])?
            .success()?;
        self.remove_volume(id)
    }

    /// Removes the volume of node `id`, which has no container any more.
    pub fn remove_volume(&self, id: u32) -> Result<()> {
        docker(["volume", "rm", &self.volume(id)?])?
            .success()
            .map(drop)
    }

    fn volume(&self, id: u32) -> Result<String> {
        let key = format!("restate-{id}-data");
        let name = self.model["volumes"][&key]["name"].as_str();
        Ok(name
            .with_context(|| format!("the file has no volume {key}"))?
            .to_owned())
    }

    /// The address on this machine at which `service` publishes its port `target`.
    pub fn published(&self, service: &str, target: u16) -> Result<String> {
        let ports = self.model["services"][service]["ports"].as_array();
        let published = ports
            .into_iter()
            .flatten()
            .find(|port| port["target"] == target)
            .and_then(|port| port["published"].as_str())
            .ok_or_else(|| anyhow!("{service} does not publish {target}"))?;
        Ok(format!("127.0.0.1:{published}"))
    }

    /// The value that the file gives `service` for the variable `name`.
    pub fn variable(&self, service: &str, name: &str) -> Result<&str> {
        self.variables(service)?
            .get(name)
            .copied()
            .with_context(|| format!("{service} has no {name}"))
    }

    /// The environment that the file gives `service`.
    pub fn variables(&self, service: &str) -> Result<BTreeMap<&str, &str>> {
        let variables = self.model["services"][service]["environment"].as_object();
        Ok(variables
            .with_context(|| format!("{service} has no environment"))?
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
            .collect())
    }

    /// The image of the servers.
    pub fn image(&self) -> Result<&str> {
        let (_, service) = self
            .nodes
            .first_key_value()
            .context("the file has no node")?;
        self.model["services"][service]["image"]
            .as_str()
            .context("a node has no image")
    }

    /// Runs `program` of the servers' image in a container of its own on the project's network, so that the answer
    /// depends on no container of the project.
    pub fn beside(&self, program: &str, arguments: &[&str]) -> Result<Finished> {
        let network = self.network()?;
        let image = self.image()?;
        // With TLS, where the nodes have it.
        let certificates = self.folder().join("certificates");
        let authority = format!("{}:/certificates:ro", certificates.display());
        let mount = match certificates.join("ca.crt").exists() {
            true => &[
                "--volume",
                authority.as_str(),
                "--env",
                "RESTATECTL_TLS_CA=/certificates/ca.crt",
            ][..],
            false => &[],
        };
        let fixed = ["run", "--rm", "--network", &network];
        let program = ["--entrypoint", program, image];
        let options = fixed.iter().chain(mount).chain(&program);
        docker(options.chain(arguments).copied())
    }

    /// The address by which containers of this project reach this machine: `E2E_HOST_ADDRESS` when set (Docker Desktop:
    /// host.docker.internal), else the gateway of the network.
    pub fn host_address(&self) -> Result<String> {
        if let Ok(address) = std::env::var("E2E_HOST_ADDRESS") {
            return Ok(address);
        }
        let format = "{{range .IPAM.Config}}{{.Gateway}} {{end}}";
        let text = docker(["network", "inspect", &self.network()?, "--format", format])?
            .success()?
            .stdout;
        let gateway = text
            .split_whitespace()
            .find(|address| !address.contains(':'));
        Ok(gateway
            .context("the network has no IPv4 gateway")?
            .to_owned())
    }

    /// The network's full name.
    pub fn network(&self) -> Result<String> {
        let networks = self.model["networks"]
            .as_object()
            .context("the file has no network")?;
        let (_, network) = networks.iter().next().context("the file has no network")?;
        Ok(network["name"]
            .as_str()
            .context("the network has no name")?
            .to_owned())
    }
}

/// The file in `folder` as Compose resolves it.
fn resolved(folder: &Path) -> Result<Value> {
    let run = finished(
        Command::new("docker")
            .args(["compose", "config", "--format", "json"])
            .current_dir(folder),
        COMMAND_LIMIT,
    )?
    .success()?;
    Ok(serde_json::from_str(&run.stdout)?)
}

/// The service names of the servers by node id.
fn nodes(model: &Value) -> Result<BTreeMap<u32, String>> {
    let services = model["services"]
        .as_object()
        .context("the file has no services")?;
    let node = |service: &String| {
        let id = service.strip_prefix("restate-")?.parse().ok()?;
        Some((id, service.clone()))
    };
    Ok(services.keys().filter_map(node).collect())
}

impl Drop for Project {
    fn drop(&mut self) {
        let down = ["down", "--volumes", "--remove-orphans", "--timeout", "1"];
        let is_down = self.compose(down).and_then(Finished::success);
        match is_down.and_then(|_| remove_volumes_of(&self.name)) {
            Ok(()) => {}
            Err(error) => eprintln!("{} is not cleaned up: {error:#}", self.name),
        }
    }
}
