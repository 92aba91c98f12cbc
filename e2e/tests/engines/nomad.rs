//! Jobs on a Nomad agent. The tiers name what runs; the other modules hold what is proven, one job each.

mod full;
mod short;

mod away;
mod backup;
mod careful;
mod clients;
mod files;
mod lost_volume;
mod mounted;
mod refounding;
mod resize;
mod rollout;
mod start;

use std::time::Duration;

use anyhow::{Context, Result};
use restate_gen_e2e::counter::Service;
use restate_gen_e2e::engine::held_for;
use restate_gen_e2e::generator::{cluster_folder, restate_gen};
use restate_gen_e2e::guide::scripts;
use restate_gen_e2e::load::{Load, Plan};
use restate_gen_e2e::nomad::{Cluster, Engine, JOB_PREFIX, engine};
use restate_gen_e2e::releases::NEWEST;
use restate_gen_e2e::report::Report;

/// Runs `proof` while no other test uses the agent; without one it is skipped, loudly, or fails in CI.
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
        store: "minio",
    };

    /// The cluster file of a job of that name.
    fn file(self, job: &str) -> String {
        let Self {
            nodes,
            version,
            store,
        } = self;
        format!(
            "name: {job}\nversion: {version}\nnodes: {nodes}\nobject_store: {store}\nresources: {{reserve: {{cpus: 0.1}}}}\nnomad: {{one_host: true}}\n"
        )
    }

    /// Generates the jobs of a cluster of this shape. `purpose` is part of their names.
    fn cluster(self, purpose: &str) -> Result<Cluster> {
        let job = format!("{JOB_PREFIX}{purpose}");
        let folder = cluster_folder(&self.file(&job))?;
        restate_gen(folder.path(), &["nomad"])?;
        Cluster::open(folder, &job)
    }

    /// A running cluster of this shape, all of it active.
    fn running(self, purpose: &str) -> Result<Cluster> {
        let cluster = self.cluster(purpose)?;
        cluster.script(&guided(&cluster, "Start")?)?.success()?;
        cluster.settle()?;
        Ok(cluster)
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

fn report(title: &str) -> Report {
    Report::on(engine, title)
}

/// The script of the guide under that heading.
fn guided(cluster: &Cluster, heading: &str) -> Result<String> {
    let guide = std::fs::read_to_string(cluster.folder().join("OPERATIONS.md"))?;
    let scripts = scripts(&guide, heading);
    anyhow::ensure!(
        !scripts.is_empty(),
        "the guide has no script under {heading}"
    );
    Ok(scripts.concat())
}

/// The counter, served and known to the cluster.
fn counter(cluster: &Cluster) -> Result<Service> {
    let service = Service::start()?;
    let admins = cluster.services("admin")?;
    let admin = admins.values().next().context("no admin service")?;
    // Nodes on the host's network reach this machine by the client's own address.
    let (host, _) = admin.rsplit_once(':').context("address and port")?;
    service.register_at(admin, host)?;
    Ok(service)
}

/// Load on every ingress of the cluster.
fn load(cluster: &Cluster, label: &str) -> Result<Load> {
    let ingresses = cluster.services("ingress")?.into_values().collect();
    let load = Load::start_at(ingresses, Plan::light(label));
    load.advances(200, Duration::from_secs(60))?;
    Ok(load)
}
