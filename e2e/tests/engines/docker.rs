//! Docker Compose on a Docker Engine. The tiers name what runs; the other modules hold what is proven, one job each.

mod full;
mod short;

mod application;
mod backup;
mod facts;
mod folders;
mod full_disk;
mod guided;
mod hosts;
mod import;
mod joined;
mod killed;
mod leftovers;
mod lost_volume;
mod memory;
mod mounted;
mod one_core;
mod refounding;
mod restart;
mod rollout;
mod start;
mod start_time;
mod store_key;
mod stranger;
mod tight_cpus;
mod tls;

use std::time::Duration;

use anyhow::{Context, Result};
use restate_gen_e2e::cluster::{is_whole, wait_for};
use restate_gen_e2e::counter::Service;
use restate_gen_e2e::docker::{Engine, PROJECT_PREFIX, Project};
use restate_gen_e2e::engine::held_for;
use restate_gen_e2e::generator::compose_project;
use restate_gen_e2e::releases::{NEWEST, VERSIONS};

const STORES: [&str; 2] = ["minio", "seaweedfs"];

/// How long a provisioned cluster may take until every replica of every partition is active.
const SETTLING: Duration = Duration::from_secs(90);

/// Runs `proof` while no other test uses the engine; without an engine it is skipped, loudly, or fails in CI.
fn on_the_engine(proof: impl FnOnce() -> Result<()>) -> Result<()> {
    held_for(Engine::held(), proof)
}

/// What differs between the clusters under test.
#[derive(Debug, Clone, Copy)]
struct Shape {
    nodes: u32,
    version: &'static str,
    store: &'static str,
}

impl Shape {
    /// Three nodes of the newest version with the store that is the default.
    const USUAL: Self = Self {
        nodes: 3,
        version: NEWEST,
        store: STORES[0],
    };

    /// Generates the project of a cluster of this shape, with the host ports that users get. `purpose` is part of its name.
    fn project(self, purpose: &str) -> Result<Project> {
        Project::open(compose_project(&self.file(purpose))?)
    }

    /// A running cluster of this shape, all of it active. Its host ports are outside the kernel's ephemeral range, because an
    /// outgoing connection, such as one of the load, could take the port of a node that is stopped for a moment.
    fn running(self, purpose: &str) -> Result<Project> {
        let file = self.file(purpose) + "ports: {base: 11000}\n";
        let project = Project::open(compose_project(&file)?)?;
        project.up()?.success()?;
        wait_for("every partition active", SETTLING, || is_whole(&project))?;
        Ok(project)
    }

    /// The cluster file of this shape.
    fn file(self, purpose: &str) -> String {
        let Self {
            nodes,
            version,
            store,
        } = self;
        format!(
            "name: {PROJECT_PREFIX}{purpose}\nversion: {version}\nnodes: {nodes}\nobject_store: {{kind: {store}}}\n"
        )
    }

    /// For titles of reports.
    fn words(self) -> String {
        let Self {
            nodes,
            version,
            store,
        } = self;
        format!("{nodes} nodes, server {version}, {store}")
    }
}

/// The counter, served and known to the cluster.
fn counter(project: &Project) -> Result<Service> {
    let service = Service::start()?;
    let (first, _) = project.nodes.first_key_value().context("no node")?;
    service.register(project, *first)?;
    Ok(service)
}

/// Gives the variable of `.env` another value.
fn set_variable(project: &Project, name: &str, value: &str) -> Result<()> {
    let path = project.folder().join(".env");
    let text = std::fs::read_to_string(&path)?;
    let others = text
        .lines()
        .filter(|line| !line.starts_with(&format!("{name}=")));
    let text: String = others.map(|line| format!("{line}\n")).collect();
    std::fs::write(&path, format!("{text}{name}={value}\n"))?;
    Ok(())
}
