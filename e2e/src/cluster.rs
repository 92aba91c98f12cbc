//! What a running cluster says about itself, and how long to wait until it says what is expected.
//!
//! Asks the servers themselves; exit codes and the engine's view of health are for the caller to compare with.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde_json::Value;

use crate::docker::Project;

/// The ports that every server listens on inside its container.
pub const INGRESS: u16 = 8080;
/// The admin API.
pub const ADMIN: u16 = 9070;
/// The port between nodes, which also answers `/health` and `/metrics`.
pub const FABRIC: u16 = 5122;

/// Asks `answer` until it has one. What it last objected to is in the error when `limit` has passed.
pub fn wait_for<T>(
    what: &str,
    limit: Duration,
    mut answer: impl FnMut() -> Result<T>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        match answer() {
            Ok(found) => return Ok(found),
            Err(last) if start.elapsed() > limit => {
                bail!("{what}: not within {limit:?}; last seen: {last:#}")
            }
            Err(_) => std::thread::sleep(Duration::from_millis(250)),
        }
    }
}

/// Reads `http://{address}{path}`; anything but a 2xx is an error.
pub fn http_get(address: &str, path: &str) -> Result<String> {
    let mut response = ureq::Agent::new_with_config(
        ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(3)))
            .build(),
    )
    .get(format!("http://{address}{path}"))
    .call()
    .with_context(|| format!("http://{address}{path}"))?;
    Ok(response.body_mut().read_to_string()?)
}

/// What `/health` on the port between nodes says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Greater than 0 once the node belongs to a cluster.
    pub nodes_config_version: u64,
    /// `Member`, `AwaitingProvisioning`, ...
    pub metadata_server_status: String,
}

/// What node `id` says about its own health.
pub fn health(project: &Project, id: u32) -> Result<Health> {
    let text = http_get(&project.published(&project.nodes[&id], FABRIC)?, "/health")?;
    let json: Value = serde_json::from_str(&text)?;
    Ok(Health {
        nodes_config_version: json["nodes_config_version"]
            .as_u64()
            .context("no nodes_config_version")?,
        metadata_server_status: json["metadata_server_status"]
            .as_str()
            .unwrap_or("none")
            .to_owned(),
    })
}

/// Runs `restatectl` in the service that is there for it, as the guide has it.
pub fn restatectl<'a>(
    project: &Project,
    arguments: impl IntoIterator<Item = &'a str>,
) -> Result<String> {
    let service = project.service("cluster")?;
    let mut command = vec!["exec", "-T", &service, "restatectl"];
    for argument in arguments {
        command.push(argument);
    }
    Ok(project.compose(command)?.success()?.stdout)
}

/// Which cluster a node belongs to, by the node's own word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Drawn at random when a cluster is provisioned: two clusters of one name differ in it.
    pub fingerprint: u64,
    /// The cluster's name.
    pub cluster: String,
}

/// The identity that node `id` alone reports. Fails for a node that is down or belongs to no cluster.
pub fn identity(project: &Project, id: u32) -> Result<Identity> {
    // `-S` asks this one node and nobody it knows of.
    let address = project.variable(&project.nodes[&id], "RESTATE_ADVERTISED_ADDRESS")?;
    let arguments = ["-S", address, "metadata", "get", "--key", "nodes_config"];
    let run = project.beside("restatectl", &arguments)?.success()?;
    let json: Value = serde_json::from_str(&run.stdout).with_context(|| run.to_string())?;
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

/// The one identity that all nodes of `ids` report.
pub fn identity_of_all(project: &Project, ids: impl IntoIterator<Item = u32>) -> Result<Identity> {
    let mut reported = BTreeMap::new();
    for id in ids {
        // While the metadata servers elect another leader, none of them answers.
        let what = format!("node {id} says which cluster it belongs to");
        let found = wait_for(&what, Duration::from_secs(60), || identity(project, id))?;
        reported.insert(id, found);
    }
    let (first, one) = reported.first_key_value().context("no node was asked")?;
    for (id, other) in &reported {
        ensure!(
            other == one,
            "second cluster: node {first} belongs to {one:?}, node {id} to {other:?}"
        );
    }
    Ok(one.clone())
}

/// Fails when node `id` answers and belongs to another cluster than `expected`. True when it answered.
pub fn is_no_second_cluster(project: &Project, id: u32, expected: &Identity) -> Result<bool> {
    let Ok(health) = health(project, id) else {
        return Ok(false);
    };
    if health.nodes_config_version == 0 {
        return Ok(false);
    }
    // The node may stop between the two queries: that is not a second cluster.
    let Ok(found) = identity(project, id) else {
        return Ok(false);
    };
    ensure!(
        found == *expected,
        "second cluster: node {id} belongs to {found:?}, the cluster is {expected:?}"
    );
    Ok(true)
}

/// Succeeds when every node of `up` serves ingress and admin, and every partition has an active leader among them.
pub fn serves(project: &Project, up: impl IntoIterator<Item = u32>) -> Result<()> {
    let up: BTreeSet<u32> = up.into_iter().collect();
    every_node_answers(project, up.iter().copied())?;
    let configured = restatectl(project, ["config", "get"])?;
    let listed = restatectl(project, ["partitions", "list"])?;
    every_partition_is_led(&configured, &listed, |id| up.contains(&id))
}

/// Succeeds when the cluster is all there: every node of the file is registered, serves and holds its logs, and every
/// partition has its configured number of active replicas.
pub fn is_whole(project: &Project) -> Result<()> {
    every_node_answers(project, project.nodes.keys().copied())?;
    let configured = restatectl(project, ["config", "get"])?;
    every_replica_is_active(&configured, &restatectl(project, ["partitions", "list"])?)?;
    let partitions: usize = number_after(&configured, "Number of partitions:")?;
    let logs = Table::read(&restatectl(project, ["logs", "list"])?, "L-ID")?
        .rows
        .len();
    ensure!(
        logs == partitions,
        "{logs} logs for {partitions} partitions"
    );
    let registered = Table::read(&restatectl(project, ["nodes", "list"])?, "NODE")?
        .rows
        .len();
    let written = project.nodes.len();
    ensure!(
        registered == written,
        "{registered} nodes registered, {written} in the file"
    );
    Ok(())
}

/// Succeeds when the ingress and the admin API of every node of `ids` say that they are healthy.
pub fn every_node_answers(project: &Project, ids: impl IntoIterator<Item = u32>) -> Result<()> {
    for id in ids {
        let service = &project.nodes[&id];
        http_get(&project.published(service, INGRESS)?, "/restate/health")?;
        http_get(&project.published(service, ADMIN)?, "/health")?;
    }
    Ok(())
}

/// Succeeds when each configured partition has as many active replicas as configured, one of them leading. Takes what
/// `restatectl config get` and `restatectl partitions list` print.
pub fn every_replica_is_active(configured: &str, listed: &str) -> Result<()> {
    every_partition_is_led(configured, listed, |_| true)?;
    let partitions: usize = number_after(configured, "Number of partitions:")?;
    let replicas: usize = number_after(configured, "Partition replication: {node:")?;
    let rows = Table::read(listed, "ID")?.rows;
    let active = rows.iter().filter(|row| row["STATUS"] == "Active").count();
    ensure!(
        active == partitions * replicas && active == rows.len(),
        "{active} of {} replicas active, {partitions} partitions of {replicas} wanted",
        rows.len()
    );
    Ok(())
}

fn every_partition_is_led(
    configured: &str,
    listed: &str,
    may_lead: impl Fn(u32) -> bool,
) -> Result<()> {
    let partitions: usize = number_after(configured, "Number of partitions:")?;
    let table = Table::read(listed, "ID")?;
    let led: BTreeSet<&str> = table
        .rows
        .iter()
        .filter(|row| row["MODE"] == "Leader" && row["STATUS"] == "Active")
        .filter(|row| node_id(&row["NODE"]).is_some_and(&may_lead))
        .map(|row| row["ID"].as_str())
        .collect();
    ensure!(
        led.len() == partitions,
        "{} of {partitions} partitions have an active leader",
        led.len()
    );
    Ok(())
}

/// `N3:1` is the first generation of node 3.
fn node_id(text: &str) -> Option<u32> {
    text.strip_prefix('N')?.split(':').next()?.parse().ok()
}

fn number_after<N: std::str::FromStr>(text: &str, label: &str) -> Result<N> {
    text.split_once(label)
        .and_then(|(_, rest)| {
            let digits: String = rest
                .trim_start()
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            digits.parse().ok()
        })
        .ok_or_else(|| anyhow!("no number after {label:?} in:\n{text}"))
}

/// A table as `restatectl` prints it: a line of column names, cells aligned under them.
#[derive(Debug)]
pub struct Table {
    /// Cells by column name.
    pub rows: Vec<BTreeMap<String, String>>,
}

impl Table {
    /// The table in `text` whose first column is `first`. Titles before it are skipped.
    pub fn read(text: &str, first: &str) -> Result<Self> {
        let mut lines = text
            .lines()
            .skip_while(|line| line.split_whitespace().next() != Some(first));
        let header: Vec<char> = lines
            .next()
            .with_context(|| format!("no column {first} in:\n{text}"))?
            .chars()
            .collect();
        let starts: Vec<usize> = (0..header.len())
            .filter(|&at| header[at] != ' ' && (at == 0 || header[at - 1] == ' '))
            .collect();
        let cell = |line: &[char], column: usize| -> String {
            let end = starts
                .get(column + 1)
                .copied()
                .unwrap_or(usize::MAX)
                .min(line.len());
            let start = starts[column].min(end);
            line[start..end]
                .iter()
                .collect::<String>()
                .trim()
                .to_owned()
        };
        let names: Vec<String> = (0..starts.len())
            .map(|column| cell(&header, column))
            .collect();
        let rows = lines
            .take_while(|line| !line.trim().is_empty())
            .map(|line| {
                let line: Vec<char> = line.chars().collect();
                let cells = (0..starts.len()).map(|column| cell(&line, column));
                names.iter().cloned().zip(cells).collect()
            })
            .collect();
        Ok(Self { rows })
    }
}
