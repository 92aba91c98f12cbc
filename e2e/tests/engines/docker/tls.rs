//! A cluster that has TLS between its nodes from the start.

use anyhow::{Result, ensure};
use restate_gen_e2e::cluster::{identity_of_all, is_whole, wait_for};
use restate_gen_e2e::docker::{PROJECT_PREFIX, Project};
use restate_gen_e2e::generator::compose_project;
use restate_gen_e2e::load::{Load, Plan};
use restate_gen_e2e::report::Report;
use restate_gen_e2e::runbook::{RUN_LIMIT, start};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use super::{NEWEST, SETTLING, counter};

/// How long so many calls may take in which nothing is wrong.
const CALLS: Duration = Duration::from_secs(120);

/// It starts with certificates that the script made, takes load, and continues when a node is killed. A second run of
/// the script changes nothing.
pub fn starts_with_tls_and_survives_a_kill() -> Result<()> {
    let mut report = Report::of("Three nodes with TLS between them from the start");
    let file = format!(
        "name: {PROJECT_PREFIX}tls\nversion: {NEWEST}\nnodes: 3\nobject_store: seaweedfs\n\
         ports: {{base: 11000}}\ntls: {{mode: require}}\n"
    );
    let project = Project::open(compose_project(&file)?)?;
    certificates(&project)?;
    let made = files(&project)?;
    certificates(&project)?;
    ensure!(files(&project)? == made, "a second run changed a file");
    for name in ["ca.key", "tls.key"] {
        let mode = project
            .folder()
            .join("certificates")
            .join(name)
            .metadata()?;
        let mode = mode.permissions().mode() & 0o777;
        ensure!(mode == 0o600, "{name} has mode {mode:o}");
    }
    report.seconds(
        "`docker compose up -d --wait`",
        project.up()?.success()?.took,
    );
    wait_for("every partition active", SETTLING, || is_whole(&project))?;
    let founded = identity_of_all(&project, project.nodes.keys().copied())?;
    let _service = counter(&project)?;
    let load = Load::start(&project, Plan::light("tls"))?;
    load.advances(500, CALLS)?;
    project.kill("restate-2")?;
    load.advances(500, CALLS)?;
    project.up()?.success()?;
    wait_for("whole again", SETTLING, || is_whole(&project))?;
    report.load(&load.finish()?);
    let still = identity_of_all(&project, project.nodes.keys().copied())?;
    ensure!(still == founded, "{founded:?} became {still:?}");
    report.write()
}

fn certificates(project: &Project) -> Result<()> {
    let run = start(project.folder(), "make-certificates.sh", &[])?.end(RUN_LIMIT)?;
    ensure!(run.code == Some(0), "make-certificates.sh: {}", run.text);
    Ok(())
}

/// What the script made.
fn files(project: &Project) -> Result<Vec<Vec<u8>>> {
    let folder = project.folder().join("certificates");
    let names = ["ca.key", "ca.crt", "tls.key", "tls.crt"];
    let read = names.map(|name| std::fs::read(folder.join(name)));
    Ok(read.into_iter().collect::<Result<_, _>>()?)
}
