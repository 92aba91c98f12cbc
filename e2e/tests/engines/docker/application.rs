//! An application in the same project, with a step that ends on its own: nothing of ours fails for it or touches it.

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{is_whole, wait_for};
use restate_gen_e2e::docker::docker;
use restate_gen_e2e::report::Report;
use restate_gen_e2e::runbook::Operation;
use std::fs;

use super::guided::{procedures, run};
use super::{SETTLING, Shape};

/// A long-running service, and one that migrates something and ends.
fn application(image: &str) -> String {
    format!(
        "services:\n  migrate: {{image: '{image}', entrypoint: [sh, -c, 'exit 0'], restart: 'no'}}\n  app: {{image: '{image}', entrypoint: [sleep, infinity], stop_signal: SIGKILL}}\n"
    )
}

pub fn an_application_in_the_project_is_left_alone(shape: Shape) -> Result<()> {
    let mut report = Report::of(&format!("An application in the project: {}", shape.words()));
    let project = shape.project("application")?;
    let file = project.folder().join("docker-compose.override.yml");
    fs::write(&file, application(project.image()?)).context("the override")?;

    let start = &procedures(&project, "Start, check, stop")?.concat();
    let up = start.lines().next().context("no first line")?;
    for _ in 0..2 {
        run(&project, up)?;
    }
    project.compose(["up", "-d"])?.success()?;
    wait_for("every partition active", SETTLING, || is_whole(&project))?;
    let app = project.container("app")?;
    let since = || -> Result<String> {
        let state = docker(["inspect", "--format", "{{.State.StartedAt}}", &app])?.success()?;
        Ok(state.stdout)
    };
    let started = since()?;

    let saved = run(&project, "sh backup.sh saved\n")?;
    report.seconds("backup.sh", saved);
    ensure!(
        project
            .folder()
            .join("saved/files/docker-compose.override.yml")
            .exists(),
        "the override is not saved"
    );
    let restored = run(&project, "sh restore.sh saved --yes\n")?;
    report.seconds("restore.sh", restored);
    wait_for("every partition active", SETTLING, || is_whole(&project))?;
    ensure!(since()? == started, "the application was restarted");

    // A container of the project that is in no file is none of ours.
    let project_label = format!("com.docker.compose.project={}", project.name);
    let stranger = format!("{}-stranger", project.name);
    docker([
        "run",
        "-d",
        "--name",
        &stranger,
        "--label",
        &project_label,
        "--label",
        "com.docker.compose.service=stranger",
        "--label",
        "com.docker.compose.oneoff=False",
        "--entrypoint",
        "sleep",
        project.image()?,
        "infinity",
    ])?
    .success()?;
    let changed = Operation::written(project.folder(), &["scale", "--nodes", "4"])
        .and_then(|operation| operation.run_well());
    let is_there = docker(["inspect", "--format", "{{.State.Running}}", &stranger]);
    docker(["rm", "-f", &stranger])?.success()?;
    report.seconds("run.sh", changed?.took);
    ensure!(
        is_there?.success()?.stdout.trim() == "true",
        "the stranger was ended"
    );
    ensure!(since()? == started, "the application was restarted");
    report.write()
}
