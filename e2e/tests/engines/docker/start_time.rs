//! Starting by the file takes about as long as starting the same servers by hand.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{every_node_answers, every_replica_is_active, restatectl, wait_for};
use restate_gen_e2e::docker::{Project, docker};
use restate_gen_e2e::report::Report;

use super::{SETTLING, Shape};

/// How much longer the file may take.
const RATIO: f64 = 1.3;
const RUNS: usize = 3;

pub fn starting_takes_no_longer_than_by_hand(shape: Shape) -> Result<()> {
    let mut report = Report::of(&format!(
        "Start-up beside the same servers by hand: {}",
        shape.words()
    ));
    let (mut by_file, mut returned, mut by_hand) = (Vec::new(), Vec::new(), Vec::new());
    // In turn, so that what else the machine does falls on both.
    for _ in 0..RUNS {
        let project = shape.project("start-time")?;
        let start = Instant::now();
        returned.push(project.up()?.success()?.took);
        let ctl = |arguments: [&str; 2]| restatectl(&project, arguments);
        wait_for("every replica active", SETTLING, || {
            is_active(&project, ctl)
        })?;
        by_file.push(start.elapsed());
        project
            .compose(["down", "--volumes", "--timeout", "1"])?
            .success()?;
        by_hand.push(by_hand_until_whole(&project, shape.store)?);
    }
    let (file, hand) = (median(&mut by_file)?, median(&mut by_hand)?);
    report.seconds(
        "`up -d --wait` returns after, median",
        median(&mut returned)?,
    );
    report.seconds("by the file until every replica is active, median", file);
    report.seconds("by hand until every replica is active, median", hand);
    let ratio = file.as_secs_f64() / hand.as_secs_f64();
    report.figure("ratio", format!("{ratio:.2}"));
    ensure!(
        ratio <= RATIO,
        "by the file {by_file:?}, by hand {by_hand:?}: {ratio:.2} > {RATIO}"
    );
    report.write()
}

/// Starts, provisions and waits as the documentation has it, with the images and the environment of the file. The store
/// is the file's: without it no partition becomes active.
fn by_hand_until_whole(project: &Project, store: &str) -> Result<Duration> {
    let mut hand = ByHand {
        containers: Vec::new(),
    };
    let configured = Configured::of(project)?;
    let start = Instant::now();
    let (store, bucket) = (project.service(store)?, project.service("bucket")?);
    project.compose(["up", "-d", &store, &bucket])?.success()?;
    for node in project.nodes.values() {
        let container = format!("{}-by-hand-{node}", project.name);
        hand.containers.push(container.clone());
        run(project, node, &container)?;
    }
    let first = &hand.containers[0];
    let inside = |arguments: &[&str]| {
        let exec = ["exec", first.as_str()];
        docker(exec.into_iter().chain(arguments.iter().copied()))?.success()
    };
    for node in project.nodes.values() {
        let url = format!("http://{node}:5122/health");
        wait_for("a server answers", SETTLING, || {
            inside(&["curl", "-fsS", "-m", "3", &url])
        })?;
    }
    let Configured {
        partitions,
        logs,
        replicas,
    } = &configured;
    let mut provision = vec![
        "restatectl",
        "provision",
        "--yes",
        "--num-partitions",
        partitions,
    ];
    provision.extend([
        "--log-replication",
        logs,
        "--partition-replication",
        replicas,
    ]);
    inside(&provision)?;
    let ctl =
        |arguments: [&str; 2]| Ok(inside(&["restatectl", arguments[0], arguments[1]])?.stdout);
    wait_for("every replica active", SETTLING, || is_active(project, ctl))?;
    Ok(start.elapsed())
}

/// The end of both races: every node answers, every replica is active. `ctl` runs `restatectl`.
fn is_active(project: &Project, ctl: impl Fn([&str; 2]) -> Result<String>) -> Result<()> {
    every_node_answers(project, project.nodes.keys().copied())?;
    every_replica_is_active(&ctl(["config", "get"])?, &ctl(["partitions", "list"])?)
}

/// What is chosen when a cluster is provisioned, taken from a cluster that the file made.
struct Configured {
    partitions: String,
    logs: String,
    replicas: String,
}

impl Configured {
    fn of(project: &Project) -> Result<Self> {
        let (_, node) = project.nodes.first_key_value().context("no node")?;
        let variable =
            |name, default: &str| project.variable(node, name).unwrap_or(default).to_owned();
        let replication = variable("RESTATE_DEFAULT_REPLICATION", "2");
        Ok(Self {
            partitions: variable("RESTATE_DEFAULT_NUM_PARTITIONS", "24"),
            logs: replication.clone(),
            replicas: replication,
        })
    }
}

fn run(project: &Project, node: &str, container: &str) -> Result<()> {
    let network = project.network()?;
    let mut arguments: Vec<String> = [
        "run",
        "-d",
        "--name",
        container,
        "--network",
        &network,
        "--hostname",
        node,
    ]
    .map(str::to_owned)
    .to_vec();
    arguments.extend(["--network-alias".to_owned(), node.to_owned()]);
    for (name, value) in project.variables(node)? {
        arguments.extend(["--env".to_owned(), format!("{name}={value}")]);
    }
    let service = &project.model["services"][node];
    for port in service["ports"].as_array().into_iter().flatten() {
        let published = port["published"]
            .as_str()
            .context("a port is not published")?;
        arguments.extend([
            "--publish".to_owned(),
            format!("127.0.0.1:{published}:{}", port["target"]),
        ]);
    }
    for mount in service["volumes"].as_array().into_iter().flatten() {
        let target = mount["target"].as_str().context("a volume has no target")?;
        arguments.extend(["--volume".to_owned(), target.to_owned()]);
    }
    arguments.push(project.image()?.to_owned());
    docker(arguments.iter().map(String::as_str))?
        .success()
        .map(drop)
}

fn median(durations: &mut [Duration]) -> Result<Duration> {
    durations.sort();
    durations
        .get(durations.len() / 2)
        .copied()
        .context("nothing measured")
}

/// Removes what was started by hand.
struct ByHand {
    containers: Vec<String>,
}

impl Drop for ByHand {
    fn drop(&mut self) {
        let remove = ["rm", "--force", "--volumes"];
        let containers = self.containers.iter().map(String::as_str);
        if let Err(error) = docker(remove.into_iter().chain(containers)) {
            eprintln!("{:?} are not cleaned up: {error:#}", self.containers);
        }
    }
}
