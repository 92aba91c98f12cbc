//! A CPU limit that is too tight: the kernel holds the server back in the middle of its gossip, and peers take it for
//! dead. What the rule on CPU limits rests on.

use std::time::Duration;

use anyhow::Result;
use restate_gen_e2e::cluster::{is_whole, wait_for};
use restate_gen_e2e::docker::{PROJECT_PREFIX, Project, docker};
use restate_gen_e2e::generator::compose_project;
use restate_gen_e2e::load::{Load, Plan};
use restate_gen_e2e::report::Report;

use super::{NEWEST, SETTLING, counter};

const LOADED: Duration = Duration::from_secs(60);

/// Light load on three nodes with each limit, the widest first, under which no peer may be taken for dead.
pub fn peers_stay_alive_within_the_cpu_limit(limits: &[f64]) -> Result<()> {
    for (place, limit) in limits.iter().enumerate() {
        let mut report = Report::of(&format!(
            "A limit of {limit} CPUs a node: 3 nodes, server {NEWEST}, light load"
        ));
        let file = format!(
            "name: {PROJECT_PREFIX}cpus\nversion: {NEWEST}\nnodes: 3\nresources: {{cpus: {limit}, reserve: {{cpus: 0.1}}}}\n"
        );
        let project = Project::open(compose_project(&file)?)?;
        project.up()?.success()?;
        wait_for("every partition active", SETTLING, || is_whole(&project))?;
        let service = counter(&project)?;
        let before = deaths(&project)?;
        let load = Load::start(&project, Plan::light("cpus"))?;
        std::thread::sleep(LOADED);
        let tally = load.finish()?;
        let deaths = deaths(&project)? - before;
        report.figure("peers taken for dead", deaths);
        report.figure("periods held back", held_back(&project)?);
        report.load(&tally);
        drop(service);
        report.write()?;
        anyhow::ensure!(
            place > 0 || deaths == 0,
            "{deaths} peers were taken for dead with {limit} CPUs"
        );
    }
    Ok(())
}

/// How often a node said of another that it is dead.
fn deaths(project: &Project) -> Result<usize> {
    let mut deaths = 0;
    for name in project.nodes.values() {
        let log = project.logs(name)?;
        deaths += log.matches("to Dead").count() + log.matches("to Suspect").count();
    }
    Ok(deaths)
}

/// Of all periods of the scheduler, in percent, by node.
fn held_back(project: &Project) -> Result<String> {
    let mut shares = Vec::new();
    for name in project.nodes.values() {
        let container = project.container(name)?;
        // cgroup v1, then v2.
        let script = "cat /sys/fs/cgroup/cpu/cpu.stat 2>/dev/null || cat /sys/fs/cgroup/cpu.stat";
        let text = docker(["exec", &container, "sh", "-c", script])?
            .success()?
            .stdout;
        let field = |field: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(field))?;
            line.trim().parse::<f64>().ok()
        };
        let share = match (field("nr_throttled "), field("nr_periods ")) {
            (Some(held), Some(all)) if all > 0.0 => 100.0 * held / all,
            _ => 0.0,
        };
        shares.push(format!("{share:.0} %"));
    }
    Ok(shares.join(", "))
}
