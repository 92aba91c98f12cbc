//! An application in a container of the same project, as docs/with-your-application.md has it: it is registered by its name, called, and
//! calls the cluster by the name of all ingresses.

use std::fs;

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{is_whole, wait_for};
use restate_gen_e2e::docker::Project;
use restate_gen_e2e::report::Report;

use super::guided::run;
use super::{PROJECT_PREFIX, SETTLING, compose_project};

const PAGE: &str = include_str!("../../../../docs/with-your-application.md");

/// The files of the page with that name on their first line.
pub fn files(name: &str) -> impl Iterator<Item = &'static str> {
    let first = format!("# {name}\n");
    let fences = PAGE.split("```yaml\n").skip(1);
    fences
        .filter_map(|rest| rest.split("```").next())
        .filter(move |fence| fence.starts_with(&first))
}

/// The commands that start, register and call.
pub fn commands() -> Result<&'static str> {
    let rest = PAGE.split("```text\n").nth(1);
    rest.and_then(|rest| rest.split("```").next())
        .context("no commands")
}

/// The override file with the service of the tests in place of the application's image.
pub fn with_counter(text: &str, image: &str) -> Result<String> {
    let counter = env!("CARGO_BIN_EXE_counter");
    let (before, after) = text
        .split_once("image: example.com/checkout:1\n")
        .context("no image")?;
    Ok(format!(
        "{before}image: {image}\n    entrypoint: [/counter, '9080']\n    stop_signal: SIGKILL\n    volumes: ['{counter}:/counter:ro']\n{after}"
    ))
}

pub fn an_application_in_the_same_project_is_called() -> Result<()> {
    let mut report = Report::of("An application in the same project, by the page");
    let cluster = files("restate-cluster.yaml")
        .next()
        .context("no cluster file")?;
    let extras = files("restate-cluster.yaml")
        .last()
        .context("no second file")?;
    for (purpose, cluster) in [("joined", cluster), ("joined-extras", extras)] {
        let cluster = cluster.replace("name: orders", &format!("name: {PROJECT_PREFIX}{purpose}"));
        let folder = compose_project(&cluster)?;
        for (name, text) in [("token", "secret\n"), ("node.env", "FROM_FILE=yes\n")] {
            fs::write(folder.path().join(name), text)?;
        }
        let mut project = Project::open(folder)?;
        let over = files("docker-compose.override.yaml")
            .next()
            .context("no override")?;
        let over = with_counter(over, project.image()?)?;
        fs::write(project.folder().join("docker-compose.override.yaml"), over)?;
        project.reopen()?;
        let commands = commands()?;
        let took = run(&project, commands)?;
        report.seconds(&format!("{purpose}: start, register, call"), took);
        wait_for("every partition active", SETTLING, || is_whole(&project))?;
        // By the name of all ingresses, from the container of the application.
        let called = project.compose([
            "exec",
            "-T",
            "checkout",
            "curl",
            "-fsS",
            "-X",
            "POST",
            "http://restate:8080/Counter/a/add",
        ])?;
        let said = called.success()?.stdout;
        ensure!(said.trim() == "2", "the second call answers {said}");
        if purpose == "joined-extras" {
            for id in project.nodes.keys() {
                let inspected = project.inspected(&project.nodes[id])?;
                ensure!(
                    inspected["Config"]["Labels"]["team"] == "orders",
                    "no label"
                );
                let hosts = inspected["HostConfig"]["ExtraHosts"].to_string();
                ensure!(hosts.contains("kafka.example.com:10.0.0.5"), "{hosts}");
                let read = project.compose([
                    "exec",
                    "-T",
                    &project.nodes[id],
                    "cat",
                    "/run/secrets/token",
                ])?;
                ensure!(read.success()?.stdout.trim() == "secret", "no secret");
                let variables = inspected["Config"]["Env"].to_string();
                ensure!(
                    variables.contains("FROM_FILE=yes") && variables.contains("AWS_PROFILE=orders"),
                    "{variables}"
                );
            }
        }
    }
    report.write()
}
