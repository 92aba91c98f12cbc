//! Servers that were started by a hand-written Compose file are taken over: `restate-gen import --live`, the steps of its
//! report, and from then on a cluster like any other.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{http_get, wait_for};
use restate_gen_e2e::command::finished;
use restate_gen_e2e::counter::Service;
use restate_gen_e2e::docker::{PROJECT_PREFIX, docker};
use restate_gen_e2e::generator::restate_gen;
use restate_gen_e2e::load::{Load, Plan};
use restate_gen_e2e::report::Report;
use restate_gen_e2e::runbook::Operation;
use serde_json::Value;
use tempfile::TempDir;

use super::NEWEST;

const LIMIT: Duration = Duration::from_secs(300);
const INGRESS: &str = "127.0.0.1:18080";
const ADMIN: &str = "127.0.0.1:19070";

/// Whether the hand-written file names the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// By the host name of its container.
    Yes,
    /// Its name is the id of the container.
    No,
}

/// The project of a hand-written file, with the folder that import makes in it. Dropping it removes all of it.
struct Project {
    folder: TempDir,
    name: String,
}

impl Project {
    fn started(named: Named) -> Result<Self> {
        let name = format!("{PROJECT_PREFIX}import");
        let hostname = match named {
            Named::Yes => "    hostname: restate\n",
            Named::No => "",
        };
        let file = format!(
            "name: {name}\nservices:\n  restate:\n    image: docker.restate.dev/restatedev/restate:{NEWEST}\n{hostname}    ports: ['18080:8080', '19070:9070']\n    volumes: ['restate_data:/restate-data']\nvolumes:\n  restate_data:\n"
        );
        let project = Self {
            folder: tempfile::tempdir()?,
            name,
        };
        fs::write(project.folder.path().join("docker-compose.yaml"), file)?;
        project.shell(project.folder.path(), "docker compose up -d")?;
        wait_for("the server started by hand", LIMIT, || {
            http_get(ADMIN, "/health")
        })?;
        Ok(project)
    }

    fn output(&self) -> std::path::PathBuf {
        self.folder.path().join("restate")
    }

    fn shell(&self, folder: &Path, script: &str) -> Result<String> {
        let mut shell = Command::new("sh");
        shell.args(["-euc", script]).current_dir(folder);
        Ok(finished(&mut shell, LIMIT)?.success()?.stdout)
    }

    /// The address by which its containers reach this machine.
    fn host(&self) -> Result<String> {
        let network = format!("{}_default", self.name);
        let format = "{{(index .IPAM.Config 0).Gateway}}";
        let text = docker(["network", "inspect", &network, "--format", format])?;
        Ok(text.success()?.stdout.trim().to_owned())
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let down = format!(
            "docker compose -p {0} down --volumes --remove-orphans --timeout 1; docker volume rm {0}_restate_data",
            self.name
        );
        if let Err(error) = self.shell(self.folder.path(), &down) {
            eprintln!("{} is not cleaned up: {error:#}", self.name);
        }
    }
}

/// The fingerprint in what `restatectl metadata get --key nodes_config` prints.
fn fingerprint(printed: &str) -> Result<u64> {
    let json: Value = serde_json::from_str(printed)?;
    let fingerprint = json["cluster_fingerprint"].as_u64();
    fingerprint.with_context(|| format!("no cluster_fingerprint: {printed}"))
}

/// The commands of the report, in its order.
fn next_of(report: &str) -> Vec<String> {
    let (_, next) = report.split_once("## Next").unwrap_or_default();
    let fences = next.split("```sh\n").skip(1);
    fences
        .filter_map(|fence| Some(fence.split_once("```")?.0.trim().to_owned()))
        .collect()
}

/// A server with data, under load all the time: taken over by the steps of the report, and scaled to three nodes.
pub fn a_server_started_by_hand_is_taken_over(named: Named) -> Result<()> {
    let mut report = Report::of(&format!(
        "A server of a hand-written Compose file is taken over and scaled to three: {NEWEST}, {}",
        match named {
            Named::Yes => "named by its host name",
            Named::No => "named by its container's id",
        }
    ));
    let project = Project::started(named)?;
    let service = Service::start()?;
    service.register_at(ADMIN, &project.host()?)?;
    let load = Load::start_at(vec![INGRESS.to_owned()], Plan::light("import"));
    load.advances(300, LIMIT)?;
    let ask = "restatectl metadata get --key nodes_config";
    let by_hand = project.shell(
        project.folder.path(),
        &format!("docker compose exec -T restate {ask}"),
    )?;
    let by_hand = fingerprint(&by_hand)?;

    restate_gen(
        project.folder.path(),
        &["import", "docker-compose.yaml", "--live"],
    )?;
    let output = project.output();
    // More nodes need snapshots, and these a store, which the cluster has from its first start by the new files.
    let file = output.join("restate-cluster.yaml");
    let text = fs::read_to_string(&file)?;
    ensure!(text.contains("object_store: none"), "{text}");
    fs::write(
        &file,
        text.replace("object_store: none", "object_store: seaweedfs"),
    )?;
    for step in next_of(&fs::read_to_string(output.join("IMPORT.md"))?) {
        match step.strip_prefix("restate-gen ") {
            Some(verb) => drop(restate_gen(&output, &[verb])?),
            None => drop(project.shell(&output, &step)?),
        }
    }
    let said = project.shell(
        &output,
        "docker compose logs --no-log-prefix restate-provision",
    )?;
    ensure!(said.contains("already provisioned"), "{said}");
    let is_same = || -> Result<()> {
        let now = project.shell(
            &output,
            &format!("docker compose exec -T restate-cluster {ask}"),
        )?;
        ensure!(fingerprint(&now)? == by_hand, "another cluster: {now}");
        Ok(())
    };
    is_same()?;
    load.advances(300, LIMIT)?;

    let with_two_more = |text: &str| {
        let more = "  - {name: restate-2, id: 2}\n  - {name: restate-3, id: 3}\npartitions:";
        let publish = "publish: [ingress, admin], scheme: sequential";
        text.replace("partitions:", more)
            .replace("publish: [ingress, admin]", publish)
    };
    Operation::of_edit(&output, with_two_more, &[])?.run_well()?;
    is_same()?;
    load.advances(300, LIMIT)?;
    let nodes = project.shell(
        &output,
        "docker compose exec -T restate-cluster restatectl nodes list",
    )?;
    ensure!(
        nodes.matches("Alive").count() == 3 || nodes.contains("N3"),
        "{nodes}"
    );
    report.load(&load.finish()?);
    report.write()
}
