//! Several clients, and ACLs: what one client can not show. `e2e/nomad-rig` makes such a Nomad on one machine.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{Table, wait_for};
use restate_gen_e2e::command::{Finished, finished};
use restate_gen_e2e::engine::missing;
use restate_gen_e2e::generator::{cluster_folder, restate_gen};
use restate_gen_e2e::guide::scripts;
use restate_gen_e2e::nomad::{Cluster, JOB_PREFIX, json, nomad};
use restate_gen_e2e::report::Report;
use restate_gen_e2e::runbook::asked;

use super::{NEWEST, counter, engine, guided, load};

const CALLS: Duration = Duration::from_secs(120);

/// What only a Nomad of several clients can have, and own HCL; on ports that nothing on this machine has published everywhere.
const OWN: &str = r#"ports: {base: 11000}
nomad:
  host_network: {admin: private, fabric: private}
  tags: {ingress: [public]}
  priority: 60
  constraints: [{attribute: meta.disk, value: ssd}, {attribute: meta.rack, operator: is_set}]
  group: |
    meta {
      team = "orders"
    }
  task: |
    env {
      TEAM = "${NOMAD_META_team} on ${node.unique.name}"
    }
    template {
      destination = "local/own.conf"
      data        = <<-X
        one
          two
      X
    }
"#;

/// A cluster that is operated with the policy of `policy.hcl` and nothing more.
struct Operated {
    cluster: Cluster,
    token: String,
}

impl Operated {
    fn started(purpose: &str) -> Result<Self> {
        let job = format!("{JOB_PREFIX}{purpose}");
        let folder = cluster_folder(&format!(
            "name: {job}\nversion: {NEWEST}\nnodes: 3\npartitions: 8\nresources: {{reserve: {{cpus: 0.05, memory: 512MiB}}}}\n{OWN}"
        ))?;
        restate_gen(folder.path(), &["nomad"])?;
        let cluster = Cluster::open(folder, &job)?;
        let policy = cluster.folder().join("policy.hcl").display().to_string();
        nomad(["acl", "policy", "apply", &job, &policy])?.success()?;
        let made = json(["acl", "token", "create", "-policy", &job, "-json"])?;
        let token = made["SecretID"].as_str().context("no token")?.to_owned();
        let operated = Self { cluster, token };
        operated.script(&guided(&operated.cluster, "Start")?)?;
        operated.cluster.settle()?;
        Ok(operated)
    }

    fn script(&self, script: &str) -> Result<Finished> {
        let token = &self.token;
        self.cluster
            .script(&format!("export NOMAD_TOKEN={token}\n{script}"))?
            .success()
    }

    /// Has a change written, and carries it out.
    fn changed(&self, arguments: &[&str]) -> Result<Duration> {
        let written = asked(self.cluster.folder(), arguments)?.success()?;
        let next = written.stderr.lines();
        let mut next = next.filter_map(|line| line.strip_prefix("next: "));
        let run = next.next_back().context("nothing to run next")?.to_owned();
        let begun = Instant::now();
        self.script(&format!("{run} --yes"))?;
        Ok(begun.elapsed())
    }

    /// Fails unless the job is as [`OWN`] has it.
    fn is_as_the_file_says(&self) -> Result<()> {
        let cluster = &self.cluster;
        for (port, network) in [
            ("ingress", "10.124."),
            ("admin", "10.125."),
            ("fabric", "10.125."),
        ] {
            let listed = cluster.services(port)?;
            ensure!(
                listed.len() == 3 && listed.values().all(|at| at.starts_with(network)),
                "{port}: {listed:?}"
            );
        }
        let ingresses = json([
            "service",
            "info",
            "-json",
            &format!("{}-ingress", cluster.job),
        ])?;
        let tagged = ingresses.as_array().into_iter().flatten();
        ensure!(
            tagged.clone().all(|one| one["Tags"][1] == "public"),
            "{ingresses}"
        );
        let job = json(["job", "inspect", &cluster.job])?;
        ensure!(job["Job"]["Priority"] == 60, "{}", job["Job"]["Priority"]);
        let client = self.client_of("restate-1")?;
        let said = cluster.exec(
            "restate-1",
            &["sh", "-c", "echo $TEAM; cat /local/own.conf"],
        )?;
        ensure!(
            said.stdout == format!("orders on {client}\none\n  two\n"),
            "{said}"
        );
        Ok(())
    }

    /// The client of a job of one group, as its name.
    fn client_of_job(&self, job: &str) -> Result<String> {
        let all = json(["job", "allocs", "-json", job])?;
        let mut all = all.as_array().into_iter().flatten();
        let one = all.find(|one| one["ClientStatus"] == "running");
        let name = one.and_then(|one| one["NodeName"].as_str());
        Ok(name
            .with_context(|| format!("{job} does not run"))?
            .to_owned())
    }

    /// The names of the nodes that are registered.
    fn registered(&self) -> Result<BTreeSet<String>> {
        let listed = self.script("sh restatectl.sh nodes list")?.stdout;
        let table = Table::read(&listed, "NODE")?;
        Ok(table.rows.iter().map(|row| row["NAME"].clone()).collect())
    }

    /// The client with the volume of a node, as its name.
    fn client_of(&self, node: &str) -> Result<String> {
        let allocation = self.cluster.allocation(node)?;
        let said = json(["alloc", "status", "-json", &allocation])?;
        Ok(said["NodeName"].as_str().context("no client")?.to_owned())
    }
}

fn rig(arguments: &[&str]) -> Result<()> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("nomad-rig");
    finished(Command::new(script).args(arguments), CALLS)?
        .success()
        .map(drop)
}

/// A client that is gone. It is back in the end, whatever comes of the test: its volumes are deleted there. Where they were
/// given up, a new client is in its place.
struct Away {
    number: String,
    comes_by: &'static str,
}

impl Drop for Away {
    fn drop(&mut self) {
        if let Err(error) = rig(&[self.comes_by, &self.number]) {
            eprintln!("client {} does not come back: {error:#}", self.number);
        }
    }
}

fn ready(client: &str) -> Result<()> {
    let listed = nomad(["node", "status"])?.success()?.stdout;
    let is_ready = |line: &str| line.contains(client) && line.trim_end().ends_with("ready");
    ensure!(listed.lines().any(is_ready), "{client}:\n{listed}");
    Ok(())
}

/// Whether the tests run on such a Nomad. Without one they are skipped, loudly, or fail in CI.
fn has_clients() -> Result<bool> {
    if std::env::var_os("NOMAD_RIG").is_some() {
        return Ok(true);
    }
    let reason = anyhow::anyhow!("NOMAD_RIG is not set");
    missing("Nomad of several clients", &reason).map(|()| false)
}

fn report(title: &str) -> Report {
    let engine = || {
        engine()
            .replace(
                "with one client",
                "with ACLs and four clients on one machine",
            )
            .replace(
                "Nodes share the client (`one_host: true`).",
                "All commands are run with a token that has the policy of `policy.hcl` alone.",
            )
    };
    Report::on(engine, title)
}

/// A client is drained and comes back; one is lost for good and its node replaced; it comes back and takes a new node.
pub fn clients_come_and_go() -> Result<()> {
    if !has_clients()? {
        return Ok(());
    }
    let mut report = report("Clients are drained, lost and come back");
    let begun = Instant::now();
    let operated = Operated::started("clients")?;
    let cluster = &operated.cluster;
    report.seconds("the guide's start, until all is active", begun.elapsed());
    operated.is_as_the_file_says()?;
    report.figure(
        "admin and fabric on another network of the clients, own tags, constraints, priority and HCL",
        "as the file says",
    );
    let _service = counter(cluster)?;
    let founded = cluster.identity("restate-1")?;
    let load = load(cluster, "clients")?;

    let client = operated.client_of("restate-2")?;
    nomad(["node", "drain", "-enable", "-yes", &id_of(&client)?])?.success()?;
    load.advances(200, CALLS)?;
    nomad(["node", "drain", "-disable", &id_of(&client)?])?.success()?;
    cluster.settle()?;
    ensure!(operated.client_of("restate-2")? == client, "node 2 moved");
    report.figure(
        "node 2 after its client was drained",
        "back on it, with its volume",
    );

    let away = lost(&client)?;
    load.advances(200, CALLS)?;
    let took = operated.changed(&["replace", "restate-2"])?;
    report.seconds("the client of node 2 lost: run.sh of `replace`", took);
    cluster.settle()?;
    for port in ["ingress", "admin", "fabric"] {
        let listed = cluster.services(port)?;
        ensure!(
            !listed.contains_key("restate-2"),
            "{port} of node 2 is still listed: {listed:?}"
        );
    }
    report.figure("node 2 in service discovery afterwards", "not listed");

    drop(away);
    wait_for("the client is back", CALLS, || ready(&client))?;
    // One that was started again would be back within seconds.
    std::thread::sleep(Duration::from_secs(20));
    let nodes = ["restate-1", "restate-3", "restate-4"].map(str::to_owned);
    ensure!(
        operated.registered()? == BTreeSet::from(nodes),
        "node 2 is back"
    );
    let took = operated.changed(&["scale", "--nodes", "4"])?;
    report.seconds("3 -> 4 with the client that came back: run.sh", took);
    cluster.settle()?;
    ensure!(
        operated.client_of("restate-5")? == client,
        "node 5 is not there"
    );

    let nodes = cluster.nodes()?;
    ensure!(cluster.identity_of(&nodes)? == founded, "another cluster");
    load.turns_to(cluster.services("ingress")?.into_values().collect());
    load.advances(200, CALLS)?;
    report.load(&load.finish()?);
    report.write()
}

/// The client with the bundled store is lost for good, and maybe a node with it: the guide makes another store, with new
/// snapshots, and then the node is replaced.
pub fn the_client_of_the_store_is_lost() -> Result<()> {
    if !has_clients()? {
        return Ok(());
    }
    let mut report = report("The client with the bundled store is lost");
    let operated = Operated::started("store-lost")?;
    let cluster = &operated.cluster;
    let _service = counter(cluster)?;
    let founded = cluster.identity("restate-1")?;
    operated.script("sh restatectl.sh snapshots create --yes")?;
    let load = load(cluster, "store-lost")?;

    let store = format!("{}-store", cluster.job);
    let client = operated.client_of_job(&store)?;
    let mut nodes = cluster.nodes()?;
    nodes.retain(|node| operated.client_of(node).is_ok_and(|of| of == client));
    let mut away = lost(&client)?;
    away.comes_by = "renew";
    load.advances(50, CALLS)?;
    let begun = Instant::now();
    let guide = std::fs::read_to_string(cluster.folder().join("OPERATIONS.md"))?;
    let procedure = scripts(&guide, "The volume of another job is lost");
    let [store_made, restart, snapshots] = procedure.as_slice() else {
        anyhow::bail!("{} scripts", procedure.len());
    };
    operated.script(store_made)?;
    for node in cluster.nodes()?.iter().filter(|node| !nodes.contains(node)) {
        operated.script(&restart.replace("<node>", node))?;
        wait_for("the node answers", CALLS, || cluster.identity(node))?;
    }
    operated.script(snapshots)?;
    report.seconds("the guide's commands for the store", begun.elapsed());
    let other = operated.client_of_job(&store)?;
    ensure!(other != client, "the store is on {other} again");
    report.figure("snapshots in the new store", "written");
    report.figure("nodes on the same client", nodes.len());
    for node in &nodes {
        let took = operated.changed(&["replace", node])?;
        report.seconds("run.sh of `replace`", took);
    }
    cluster.settle()?;
    let provision = store_made
        .replace(
            &format!("job={store}"),
            &format!("job={}-provision", cluster.job),
        )
        .replace(
            "nomad job run store.nomad.hcl",
            "nomad job run provision.nomad.hcl",
        );
    operated.script(&provision)?;
    cluster.settle()?;
    let said = nomad([
        "alloc",
        "logs",
        "-job",
        &format!("{}-provision", cluster.job),
    ])?;
    ensure!(said.stdout.contains("already provisioned"), "{said}");
    report.figure(
        "provisioning with a new volume",
        said.stdout.lines().next_back().unwrap_or_default(),
    );
    let nodes = cluster.nodes()?;
    ensure!(cluster.identity_of(&nodes)? == founded, "another cluster");
    load.turns_to(cluster.services("ingress")?.into_values().collect());
    load.advances(200, CALLS)?;
    report.load(&load.finish()?);
    drop(away);
    report.write()
}

/// Loses a client, until Nomad knows.
fn lost(client: &str) -> Result<Away> {
    let number = client
        .strip_prefix("client")
        .context("no client of the rig")?;
    let away = Away {
        number: number.to_owned(),
        comes_by: "return",
    };
    rig(&["lose", number])?;
    wait_for("the loss is noticed", CALLS, || match ready(client) {
        Ok(()) => anyhow::bail!("{client} is still ready"),
        Err(_) => Ok(()),
    })?;
    Ok(away)
}

/// A client's id by its name: `nomad node drain` takes no names.
fn id_of(client: &str) -> Result<String> {
    let all = json(["node", "status", "-json"])?;
    let mut all = all.as_array().into_iter().flatten();
    // One that went for good is still listed.
    let one = all.find(|node| node["Name"] == client && node["Status"] == "ready");
    let id = one.and_then(|node| node["ID"].as_str());
    Ok(id
        .with_context(|| format!("no client {client}"))?
        .to_owned())
}
