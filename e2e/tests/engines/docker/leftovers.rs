//! Volumes with foreign data: of an earlier cluster, or of another server. Nothing is provisioned
//! next to them.

use std::time::Duration;

use anyhow::{Result, ensure};
use restate_gen_e2e::cluster::{is_whole, wait_for};
use restate_gen_e2e::docker::{Project, docker};
use restate_gen_e2e::report::Report;

use super::guided::{procedures, run};
use super::{SETTLING, Shape};

/// A volume of a node that was removed outlives `down -v`. On it a new cluster is refused, by name and long before the time for all of
/// it is over; what the guide says deletes it, and then the start succeeds.
pub fn a_leftover_volume_is_named_and_deleted(shape: Shape) -> Result<()> {
    let mut report = Report::of(&format!(
        "The volume of an earlier cluster's node 1: {}",
        shape.words()
    ));
    let project = shape.running("leftover")?;
    project.down()?.success()?;
    for id in [2, 3] {
        project.remove_volume(id)?;
    }
    let marker = format!("{}_{}-data", project.name, project.service("provision")?);
    docker(["volume", "rm", &marker])?.success()?;

    let up = project.up()?;
    ensure!(
        !up.succeeded(),
        "a cluster on what is left of another: {up}"
    );
    report.seconds("refused after", up.took);
    let said = project.logs(&project.service("provision")?)?;
    let words = "refused: restate-1 belongs to a cluster, restate-2 and restate-3 are empty";
    ensure!(said.contains(words), "provision said:\n{said}");
    ensure!(up.took < Duration::from_secs(90), "{:?}", up.took);

    // As it is when node 1 was retired: no file has the volume, so `down -v` spares it.
    let volume = format!("{}_restate-1-data", project.name);
    let file = project.folder().join("docker-compose.yaml");
    let text = std::fs::read_to_string(&file)?;
    std::fs::write(&file, text.replace("restate-1-data", "restate-9-data"))?;
    let listed = list_after_deleting(&project)?;
    ensure!(
        listed == [volume.clone()],
        "left after `down -v`: {listed:?}"
    );
    docker(["volume", "rm", &volume])?.success()?;
    std::fs::write(&file, text)?;
    project.up()?.success()?;
    wait_for("every partition active", SETTLING, || is_whole(&project))?;
    report.write()
}

/// Does what the guide says, and reads the names that it lists.
fn list_after_deleting(project: &Project) -> Result<Vec<String>> {
    let script = procedures(project, "Delete everything")?.concat();
    run(project, &script)?;
    let run = restate_gen_e2e::command::finished(
        std::process::Command::new("sh")
            .args(["-euc", &script])
            .current_dir(project.folder()),
        Duration::from_secs(60),
    )?
    .success()?;
    let names = run.stdout.lines().filter_map(|line| line.split(' ').next());
    Ok(names.map(str::to_owned).collect())
}

/// A single server has written to the volume that node 1 gets: no cluster is provisioned next to its data, and they are
/// as they were.
pub fn no_cluster_next_to_the_data_of_another_server(shape: Shape) -> Result<()> {
    let mut report = Report::of(&format!(
        "A single server's volume for node 1: {}",
        shape.words()
    ));
    let project = shape.project("foreign")?;
    let volume = format!("{}_restate-1-data", project.name);
    let label = format!("com.docker.compose.project={}", project.name);
    let labels = [
        "--label",
        &label,
        "--label",
        "com.docker.compose.volume=restate-1-data",
    ];
    let create = ["volume", "create"]
        .into_iter()
        .chain(labels)
        .chain([volume.as_str()]);
    docker(create)?.success()?;
    let single = format!("{}-single", project.name);
    let mount = format!("{volume}:/restate-data");
    let image = project.image()?;
    let server = [
        "run",
        "-d",
        "--name",
        &single,
        "-e",
        "RESTATE_NODE_NAME=n1",
        "-v",
        &mount,
        image,
    ];
    docker(server)?.success()?;
    let health = wait_for("the single server", Duration::from_secs(60), || {
        docker([
            "exec",
            &single,
            "curl",
            "-fsS",
            "http://127.0.0.1:9070/health",
        ])?
        .success()
    });
    docker(["rm", "-f", &single])?.success()?;
    health?;

    let up = project.up()?;
    ensure!(!up.succeeded(), "founded next to other data: {up}");
    report.seconds("refused after", up.took);
    let said = project.logs(&project.service("provision")?)?;
    let words = "refused: the volume of restate-1 holds the data of another server, n1";
    ensure!(said.contains(words), "provision said:\n{said}");
    let there = docker([
        "run",
        "--rm",
        "-v",
        &mount,
        "--entrypoint",
        "ls",
        image,
        "/restate-data/n1/log-store",
    ])?
    .success()?;
    ensure!(there.stdout.contains("CURRENT"), "{there}");

    project.down()?.success()?;
    docker(["volume", "rm", &volume])?.success()?;
    project.up()?.success()?;
    wait_for("every partition active", SETTLING, || is_whole(&project))?;
    report.write()
}
