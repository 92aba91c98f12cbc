//! `up -d --wait` works the first time and every later time, and what it leaves is a whole cluster.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{identity_of_all, is_whole, restatectl, wait_for};
use restate_gen_e2e::command::finished;
use restate_gen_e2e::docker::Project;
use restate_gen_e2e::guide::curl_reads;
use restate_gen_e2e::report::Report;
use restate_gen_e2e::settings::unquoted;

use super::{SETTLING, Shape};

pub fn starts_and_starts_again(shape: Shape) -> Result<()> {
    let mut report = Report::of(&format!(
        "A cluster starts, and starts again: {}",
        shape.words()
    ));
    let project = shape.project("start")?;

    let first = project.up()?.success()?;
    report.seconds("first `up -d --wait`", first.took);
    let settling = Instant::now();
    wait_for("every partition active", SETTLING, || is_whole(&project))?;
    report.seconds(
        "from there until every replica is active",
        settling.elapsed(),
    );
    let founded = identity_of_all(&project, project.nodes.keys().copied())?;

    for again in ["second", "third"] {
        let run = project.up()?.success()?;
        report.seconds(&format!("{again} `up -d --wait`"), run.took);
        let still = identity_of_all(&project, project.nodes.keys().copied())?;
        ensure!(
            still == founded,
            "provisioned twice: {founded:?}, then {still:?}"
        );
    }
    is_whole(&project)?;

    report.figure(
        "endpoints of the guide that answer",
        guided_endpoints(&project)?,
    );
    report.figure(
        "objects in the store after `snapshots create`",
        snapshot_objects(&project)?,
    );
    report.write()
}

/// Runs each reading `curl` command of the guide and returns how many there are.
fn guided_endpoints(project: &Project) -> Result<usize> {
    let guide = std::fs::read_to_string(project.folder().join("OPERATIONS.md"))?;
    let commands = curl_reads(&guide);
    ensure!(!commands.is_empty(), "the guide names no endpoint");
    for command in &commands {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(project.folder());
        finished(&mut shell, Duration::from_secs(30))?.success()?;
    }
    Ok(commands.len())
}

/// Has every partition write a snapshot, and returns how many objects the bucket then holds.
pub(super) fn snapshot_objects(project: &Project) -> Result<usize> {
    let created = restatectl(project, ["snapshots", "create", "--yes"])?;
    let of_node = |name: &str| {
        let name = format!("RESTATE_WORKER__SNAPSHOTS__{name}");
        project.variable(&project.nodes[&1], &name).map(unquoted)
    };
    let destination = of_node("DESTINATION")?;
    let (bucket, prefix) = destination
        .strip_prefix("s3://")
        .and_then(|rest| rest.split_once('/').or(Some((rest, ""))))
        .with_context(|| format!("{destination} is no s3:// address"))?;
    let endpoint = of_node("AWS_ENDPOINT_URL")?.trim_end_matches('/');
    let url = format!("{endpoint}/{bucket}?list-type=2&prefix={prefix}");
    let user = format!(
        "{}:{}",
        of_node("AWS_ACCESS_KEY_ID")?,
        of_node("AWS_SECRET_ACCESS_KEY")?
    );
    let signature = format!("aws:amz:{}:s3", of_node("AWS_REGION")?);
    let arguments = [
        "-fsS",
        "--max-time",
        "20",
        "--aws-sigv4",
        &signature,
        "--user",
        &user,
        &url,
    ];
    let listed = project.beside("curl", &arguments)?.success()?.stdout;
    let pointers = listed.matches("latest.json</Key>").count();
    ensure!(
        pointers > 0,
        "no snapshot in {destination}: {listed}\nafter:\n{created}"
    );
    Ok(listed.matches("<Key>").count())
}
