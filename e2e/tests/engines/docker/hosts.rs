//! What other people's machines have: a proxy in the Docker client, services next to the cluster, other clusters, one core.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{ADMIN, is_whole, wait_for};
use restate_gen_e2e::command::{Finished, finished};
use restate_gen_e2e::counter::Service;
use restate_gen_e2e::docker::{PROJECT_PREFIX, Project, docker};
use restate_gen_e2e::generator::compose_project;
use restate_gen_e2e::load::{Load, Plan};
use restate_gen_e2e::report::Report;

use super::one_core::OneCore;
use super::start::snapshot_objects;
use super::{NEWEST, SETTLING, Shape};

/// Nothing listens there, so what takes the way through it fails.
const DEAD_PROXY: &str = "http://127.0.0.1:9";
const LIMIT: Duration = Duration::from_secs(300);

/// The counter by its address on the host, as the guide has it.
const HOST: &str = "host.docker.internal";

/// With `proxies` in the Docker client's configuration a cluster is provisioned, takes snapshots, and calls a service on the host.
pub fn proxies_of_the_client_stand_between_nobody(shape: Shape) -> Result<()> {
    let mut report = Report::of(&format!(
        "A proxy in the Docker client's configuration: {}",
        shape.words()
    ));
    let project = shape.project("proxied")?;
    let client = client_with_a_dead_proxy()?;

    let up = || -> Result<Finished> {
        let mut command = Command::new("docker");
        command
            .args(["compose", "up", "-d", "--wait"])
            .env("DOCKER_CONFIG", client.path())
            .current_dir(project.folder());
        finished(&mut command, LIMIT)
    };
    report.seconds("first `up -d --wait`", up()?.success()?.took);
    report.seconds("second `up -d --wait`", up()?.success()?.took);
    let node = project.inspected(&project.nodes[&1])?;
    let given = node["Config"]["Env"].to_string();
    ensure!(
        given.contains(&format!("HTTP_PROXY={DEAD_PROXY}")),
        "the client gave the node no proxy, so nothing is proven: {given}"
    );
    wait_for("every partition active", SETTLING, || is_whole(&project))?;
    report.figure(
        "objects in the store after `snapshots create`",
        snapshot_objects(&project)?,
    );
    let service = Service::start()?;
    let admin = project.published(&project.nodes[&1], ADMIN)?;
    service.register_at(&admin, HOST)?;
    report.load(&called(&project, "proxied")?);
    report.write()
}

/// The configuration of a Docker client that gives every container proxies where nothing listens.
pub fn client_with_a_dead_proxy() -> Result<tempfile::TempDir> {
    let client = tempfile::tempdir()?;
    let proxies = serde_json::json!({"proxies": {"default": {
        "httpProxy": DEAD_PROXY,
        "httpsProxy": DEAD_PROXY,
        "allProxy": DEAD_PROXY,
        "noProxy": "10.0.0.0/8,.example.com",
    }}});
    fs::write(client.path().join("config.json"), proxies.to_string())?;
    share_plugins(client.path())?;
    Ok(client)
}

/// The plugins of the client that runs these tests, Compose among them, for a client with another configuration.
fn share_plugins(configuration: &Path) -> Result<()> {
    let own = std::env::var_os("DOCKER_CONFIG")
        .map(Into::into)
        .or_else(|| {
            let home = std::env::var_os("HOME")?;
            Some(Path::new(&home).join(".docker"))
        });
    let plugins = own.map(|folder: std::path::PathBuf| folder.join("cli-plugins"));
    if let Some(plugins) = plugins.filter(|plugins| plugins.is_dir()) {
        std::os::unix::fs::symlink(plugins, configuration.join("cli-plugins"))?;
    }
    Ok(())
}

/// Some calls of the counter through every node.
fn called(project: &Project, label: &str) -> Result<restate_gen_e2e::load::Tally> {
    let load = Load::start(project, Plan::light(label))?;
    load.advances(100, Duration::from_secs(60))?;
    load.finish()
}

/// Takes connections in a container and passes them on to `TO`, with what the servers' image has.
const RELAY: &str = r#"use IO::Socket::INET;
$SIG{CHLD} = 'IGNORE';
my $listener = IO::Socket::INET->new(LocalPort => 9080, Listen => 64, ReuseAddr => 1) or die "$!";
while (my $in = $listener->accept) {
  next if fork;
  my $out = IO::Socket::INET->new($ENV{TO}) or die "$!";
  my ($from, $to) = fork ? ($in, $out) : ($out, $in);
  while (sysread($from, my $bytes, 65536)) { syswrite($to, $bytes) }
  shutdown($to, 1);
  exit;
}
"#;

/// A service on the host is called by `host.docker.internal`, one of another Compose project by its name.
pub fn services_on_the_host_and_of_other_projects_are_called(shape: Shape) -> Result<()> {
    let mut report = Report::of(&format!(
        "Services on the host and in another Compose project: {}",
        shape.words()
    ));
    let project = shape.running("services")?;
    let service = Service::start()?;
    let admin = project.published(&project.nodes[&1], ADMIN)?;
    service.register_at(&admin, HOST)?;
    report.load(&called(&project, "host")?);

    // The other project's file has what the guide says.
    let guide = fs::read_to_string(project.folder().join("OPERATIONS.md"))?;
    let fence = guide
        .split("```yaml\n")
        .nth(1)
        .context("no YAML in the guide")?;
    let joins = fence.split("```").next().unwrap_or_default();
    let other = tempfile::tempdir()?;
    let file = serde_json::json!({
        "name": format!("{PROJECT_PREFIX}other"),
        "services": {"greeter": {
            "image": project.image()?,
            "entrypoint": ["perl", "-e", RELAY.replace('$', "$$")],
            "environment": {"TO": format!("{HOST}:{}", service.port())},
            "extra_hosts": ["host.docker.internal:host-gateway"],
            "stop_signal": "SIGKILL",
        }},
    });
    fs::write(other.path().join("services.yaml"), file.to_string())?;
    fs::write(other.path().join("network.yaml"), joins)?;
    let compose = |arguments: &[&str]| -> Result<Finished> {
        let mut command = Command::new("docker");
        command
            .args(["compose", "-f", "services.yaml", "-f", "network.yaml"])
            .args(arguments)
            .current_dir(other.path());
        finished(&mut command, LIMIT)
    };
    let proof = compose(&["up", "-d", "--wait"])
        .and_then(Finished::success)
        .and_then(|_| {
            Service::register_as(&admin, "http://greeter:9080")?;
            called(&project, "other")
        });
    compose(&["down", "--timeout", "1"])?.success()?;
    report.load(&proof?);
    report.write()
}

/// Clusters with bases of their own are healthy together, and each holds together.
pub fn clusters_of_different_bases_run_side_by_side(bases: &[u16]) -> Result<()> {
    let mut report = Report::of(&format!(
        "{} clusters on one host: server {NEWEST}, 1 node but for the last, which has 3",
        bases.len()
    ));
    let mut projects = Vec::new();
    for base in bases {
        let nodes = if Some(base) == bases.last() { 3 } else { 1 };
        let file = format!(
            "name: {PROJECT_PREFIX}base-{base}\nversion: {NEWEST}\nnodes: {nodes}\nports: {{base: {base}}}\n"
        );
        let project = Project::open(compose_project(&file)?)?;
        let up = project.up()?.success()?;
        report.seconds(&format!("`up -d --wait` of the one at {base}"), up.took);
        projects.push(project);
    }
    for project in &projects {
        wait_for("every partition active", SETTLING, || is_whole(project))?;
        let again = project.up()?.success()?;
        report.seconds(&format!("again, {}", project.name), again.took);
    }
    report.write()
}

/// An engine with one core refuses the usual limits in the words that the guide has, and takes those of the guide's line; what it
/// then runs is healthy with such limits.
pub fn a_cpu_limit_fits_a_host_with_one_core() -> Result<()> {
    let mut report = Report::of(&format!("A host with one core: server {NEWEST}"));
    let file = format!("name: {PROJECT_PREFIX}core\nversion: {NEWEST}\nnodes: 1\n");
    let project = Project::open(compose_project(&file)?)?;
    let guide = fs::read_to_string(project.folder().join("OPERATIONS.md"))?;
    let lower = "RESTATE_CPUS=1";
    ensure!(guide.contains(lower), "the guide does not say {lower}");

    if let Some(engine) = OneCore::start()? {
        let images = project.compose(["config", "--images"])?.success()?.stdout;
        let images: Vec<String> = images.lines().map(str::to_owned).collect();
        engine.name_images(&images)?;
        let create = ["compose", "create", "--pull", "never"];
        let refused = engine.docker_in(project.folder(), &create)?;
        let words = "Range of CPUs is from 0.01 to 1.00, as there are only 1 CPUs available";
        let said = refused.stderr.to_lowercase();
        ensure!(
            !refused.succeeded() && said.contains(&words.to_lowercase()) && guide.contains(words),
            "not refused in the guide's words: {refused}"
        );
        report.figure("the usual limit", "refused");
        add_to_env(&project, lower)?;
        engine.docker_in(project.folder(), &create)?.success()?;
        report.figure("with the guide's line", "created");
        engine
            .docker_in(project.folder(), &["compose", "down", "--volumes"])?
            .success()?;
    } else {
        add_to_env(&project, lower)?;
    }
    report.seconds("healthy with it", project.up()?.success()?.took);
    wait_for("every partition active", SETTLING, || is_whole(&project))?;
    let limits = || -> Result<Vec<i64>> {
        let listed = project.compose(["ps", "--all", "--quiet"])?.success()?;
        let format = "{{.HostConfig.NanoCpus}}";
        let read = |id: &str| -> Result<i64> {
            let run = docker(["inspect", "--format", format, id])?.success()?;
            Ok(run.stdout.trim().parse()?)
        };
        listed.stdout.lines().map(read).collect()
    };
    let (one, all) = (1_000_000_000, limits()?);
    ensure!(all.iter().all(|limit| *limit == one), "limits of {all:?}");

    let env = project.folder().join(".env");
    let text = fs::read_to_string(&env)?.replace(lower, "RESTATE_CPUS=0");
    fs::write(&env, text)?;
    report.seconds("healthy with no limit", project.up()?.success()?.took);
    let all = limits()?;
    ensure!(all.iter().all(|limit| *limit == 0), "limits of {all:?}");
    report.write()
}

fn add_to_env(project: &Project, line: &str) -> Result<()> {
    let path = project.folder().join(".env");
    let text = fs::read_to_string(&path)?;
    Ok(fs::write(&path, format!("{text}{line}\n"))?)
}
