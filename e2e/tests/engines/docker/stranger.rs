//! README's first commands on a machine that is nothing like ours: one core, a proxy in the Docker client's configuration, and an
//! application in the same project.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::command::{Finished, finished};
use restate_gen_e2e::generator::restate_gen;
use restate_gen_e2e::report::Report;

use super::NEWEST;
use super::hosts::client_with_a_dead_proxy;
use super::joined::{commands, files, with_counter};
use super::one_core::OneCore;

const README: &str = include_str!("../../../../README.md");
/// Three nodes start on one core, next to whatever else the machine does.
const LIMIT: Duration = Duration::from_secs(600);

/// A machine with one core, a proxy and an application: README's commands end healthy, and the application is called.
pub fn the_first_commands_work_on_a_strangers_machine() -> Result<()> {
    let mut report = Report::of(&format!(
        "README's commands on a machine with one core, a proxy and an application: server {NEWEST}"
    ));
    let Some(engine) = OneCore::start()? else {
        return Ok(());
    };
    let made = README
        .lines()
        .find_map(|line| line.strip_prefix("cargo run --release -- "))
        .context("README has no command for the main job")?;
    let lower = README
        .split('`')
        .find(|code| code.starts_with("echo RESTATE_CPUS="))
        .context("README has no line for one core")?;
    let started: String = README
        .lines()
        .filter(|line| line.starts_with("docker compose "))
        .map(|line| format!("{line}\n"))
        .take(2)
        .collect();

    let folder = tempfile::tempdir()?;
    let arguments: Vec<&str> = made.split(' ').collect();
    restate_gen(folder.path(), &arguments)?;
    let client = client_with_a_dead_proxy()?;
    let run = |script: &str| -> Result<Finished> {
        let mut shell = engine.shell();
        shell
            .arg(script)
            .env("DOCKER_CONFIG", client.path())
            .current_dir(folder.path());
        finished(&mut shell, LIMIT)
    };
    let images = run("docker compose config --images")?.success()?.stdout;
    let mut images: Vec<String> = images.lines().map(str::to_owned).collect();
    images.sort();
    images.dedup();
    let server = images
        .iter()
        .find(|image| image.contains("/restate:"))
        .context("no image of the server")?
        .clone();
    engine.copy_images(&images)?;
    let over = files("docker-compose.override.yaml")
        .next()
        .context("no override")?;
    fs::write(
        folder.path().join("docker-compose.override.yaml"),
        with_counter(over, &server)?,
    )?;

    // Without the line for one core the engine refuses the limits; this is what makes the rest a proof.
    ensure!(
        !run("docker compose create --pull never")?.succeeded(),
        "the engine takes the usual limits, so it has more than one core"
    );
    run(lower)?.success()?;
    report.seconds("README's commands", run(&started)?.success()?.took);
    let called = run(commands()?)?.success()?;
    report.seconds(
        "the application started, registered and called",
        called.took,
    );
    let inside = run("docker compose exec -T restate-1 env")?
        .success()?
        .stdout;
    ensure!(
        inside.contains("HTTP_PROXY=http://127.0.0.1:9"),
        "the client gave the nodes no proxy, so nothing is proven: {inside}"
    );
    run("docker compose down --volumes")?.success()?;
    report.write()
}
