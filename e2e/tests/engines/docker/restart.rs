//! `down` and `up` keep every value, and the containers are as the file has them.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{INGRESS, identity_of_all, is_whole, wait_for};
use restate_gen_e2e::docker::Project;
use restate_gen_e2e::load::{Load, Plan, value};
use restate_gen_e2e::report::Report;
use serde_json::Value;

use super::{SETTLING, Shape};

pub fn everything_is_there_after_down_and_up(shape: Shape) -> Result<()> {
    let mut report = Report::of(&format!("`down` and `up`: {}", shape.words()));
    let project = shape.running("restart")?;
    let service = super::counter(&project)?;
    let founded = identity_of_all(&project, project.nodes.keys().copied())?;
    let load = Load::start(&project, Plan::light("kept"))?;
    load.advances(1000, Duration::from_secs(120))?;
    let tally = load.finish()?;

    let down = project.down()?.success()?;
    report.seconds("`down`", down.took);
    let up = project.up()?.success()?;
    report.seconds("`up -d --wait` over existing volumes", up.took);
    wait_for("every partition active", SETTLING, || is_whole(&project))?;
    let still = identity_of_all(&project, project.nodes.keys().copied())?;
    ensure!(
        still == founded,
        "provisioned twice: {founded:?}, then {still:?}"
    );

    // The network is a new one, and this machine's address in it may be another.
    service.register(&project, 1)?;
    let ingresses: Vec<String> = project
        .nodes
        .values()
        .map(|node| project.published(node, INGRESS))
        .collect::<Result<_>>()?;
    for (object, count) in &tally.counts {
        let kept = value(&ingresses, "kept", *object)?;
        ensure!(kept == *count, "object {object} held {count}, now {kept}");
    }
    report.figure("values kept", tally.counts.len());

    for name in project.nodes.values() {
        is_as_written(&project, name)?;
    }
    report.figure("containers as the file has them", project.nodes.len());
    report.write()
}

/// Compares a container with the file: image, limits, root file system, capabilities, health.
fn is_as_written(project: &Project, name: &str) -> Result<()> {
    let written = &project.model["services"][name];
    let container = project.inspected(name)?;
    let (config, host) = (&container["Config"], &container["HostConfig"]);
    let same = |what: &str, file: Value, found: Value| -> Result<()> {
        ensure!(
            file == found,
            "{name}: {what} is {file} in the file, {found} in the container"
        );
        Ok(())
    };
    same("image", written["image"].clone(), config["Image"].clone())?;
    same(
        "hostname",
        written["hostname"].clone(),
        config["Hostname"].clone(),
    )?;
    let limit = memory_limit(written).with_context(|| format!("{name} has no memory limit"))?;
    same("memory limit", limit.into(), host["Memory"].clone())?;
    let limits = &written["deploy"]["resources"]["limits"];
    if let Some(cpus) = number(&limits["cpus"]).or_else(|| number(&written["cpus"])) {
        same(
            "cpus",
            ((cpus * 1e9).round() as u64).into(),
            host["NanoCpus"].clone(),
        )?;
    }
    ensure!(
        written["read_only"] == true,
        "{name}: read_only is not set in the file"
    );
    same("read_only", true.into(), host["ReadonlyRootfs"].clone())?;
    ensure!(
        written["cap_drop"][0] == "ALL",
        "{name} keeps capabilities in the file"
    );
    same(
        "cap_drop",
        written["cap_drop"].clone(),
        host["CapDrop"].clone(),
    )?;
    same(
        "security_opt",
        written["security_opt"].clone(),
        host["SecurityOpt"].clone(),
    )?;
    same(
        "restart",
        written["restart"].clone(),
        host["RestartPolicy"]["Name"].clone(),
    )?;
    same(
        "health test",
        written["healthcheck"]["test"].clone(),
        config["Healthcheck"]["Test"].clone(),
    )?;
    same(
        "health",
        "healthy".into(),
        container["State"]["Health"]["Status"].clone(),
    )?;
    for (variable, value) in project.variables(name)? {
        let line = Value::from(format!("{variable}={value}"));
        let environment = config["Env"].as_array().context("no environment")?;
        ensure!(
            environment.contains(&line),
            "{name}: {variable} is not {value} in the container"
        );
    }
    Ok(())
}

/// The memory limit that the file gives a service, in bytes.
pub fn memory_limit(service: &Value) -> Option<u64> {
    let limit = &service["deploy"]["resources"]["limits"]["memory"];
    number(limit)
        .or_else(|| number(&service["mem_limit"]))
        .map(|bytes| bytes as u64)
}

/// Compose resolves numbers to strings in some places and to numbers in others.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}
