//! Manifests on a Kubernetes cluster. The tiers name what runs; the other modules hold what is proven, one job each.

mod full;
mod short;

mod broken;
mod dry_run;
mod flavors;
mod guided;
mod lost_volume;
mod mounted;
mod replication;
mod resizing;
mod rolling;
mod start;
mod stopping;
mod strict;
mod tls;

use std::time::Duration;

use anyhow::Result;
use restate_gen_e2e::counter::Service;
use restate_gen_e2e::engine::held_for;
use restate_gen_e2e::generator::{cluster_folder, restate_gen};
use restate_gen_e2e::kubernetes::{Cluster, Engine, NAMESPACE_PREFIX, engine, storage_class};
use restate_gen_e2e::load::{Load, Plan};
use restate_gen_e2e::releases::NEWEST;
use restate_gen_e2e::report::Report;

/// Runs `proof` while no other test uses the cluster; without one it is skipped, loudly, or fails in CI.
fn on_the_engine(proof: impl FnOnce() -> Result<()>) -> Result<()> {
    held_for(Engine::held(), proof)
}

/// What differs between the clusters under test.
#[derive(Debug, Clone, Copy)]
struct Shape {
    /// What the file says of nodes.
    nodes: &'static str,
    /// How many that are.
    count: usize,
    version: &'static str,
    store: &'static str,
}

impl Shape {
    /// Three nodes of the newest version with the store that is the default.
    const USUAL: Self = Self {
        nodes: "3",
        count: 3,
        version: NEWEST,
        store: "minio",
    };

    /// The cluster file. `purpose` is part of the namespace's name.
    fn file(self, purpose: &str) -> String {
        let Self {
            nodes,
            count: _,
            version,
            store,
        } = self;
        let class = storage_class();
        format!(
            "name: {purpose}\nversion: {version}\nnodes: {nodes}\nobject_store: {store}\nvolumes: {{size: 2GiB, class: {class}}}\nresources: {{reserve: {{cpus: 0.05, memory: 256MiB}}}}\n"
        )
    }

    /// Generates the manifests of a cluster of this shape.
    fn cluster(self, purpose: &str) -> Result<Cluster> {
        let namespace = format!("{NAMESPACE_PREFIX}{purpose}");
        let folder = cluster_folder(&self.file(purpose))?;
        restate_gen(folder.path(), &["kubernetes", "--namespace", &namespace])?;
        Cluster::open(folder, &namespace)
    }

    /// A running cluster of this shape, all of it active.
    fn running(self, purpose: &str) -> Result<Cluster> {
        let cluster = self.cluster(purpose)?;
        cluster.apply()?.success()?;
        cluster.wait()?;
        cluster.settle(self.count)?;
        Ok(cluster)
    }

    /// For titles of reports.
    fn words(self) -> String {
        let Self {
            nodes,
            count,
            version,
            store,
        } = self;
        let like = if nodes == count.to_string() {
            ""
        } else {
            " of several kinds"
        };
        format!("{count} nodes{like}, server {version}, {store}")
    }
}

fn report(title: &str) -> Report {
    Report::on(engine, title)
}

/// The counter, served and known to the cluster.
fn counter(cluster: &Cluster) -> Result<Service> {
    let service = Service::start()?;
    service.register_at(&cluster.admin()?, &cluster.host_address()?)?;
    Ok(service)
}

/// Load on the cluster through its Service.
fn load(cluster: &Cluster, label: &str) -> Result<Load> {
    let load = Load::start_at(vec![cluster.ingress()?], Plan::light(label));
    load.advances(300, Duration::from_secs(60))?;
    Ok(load)
}
