//! Pods go one by one under load: deleted, rolled, upgraded. No acknowledged call is lost or runs twice.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{Identity, wait_for};
use restate_gen_e2e::command::finished;
use restate_gen_e2e::generator::restate_gen;
use restate_gen_e2e::guide::scripts;
use restate_gen_e2e::kubernetes::{Cluster, kubectl};
use restate_gen_e2e::load::Load;
use restate_gen_e2e::report::Report;

use super::{NEWEST, ROLLOUT, Shape, counter, load, report};

/// No restart may keep any call waiting for longer than this.
const LONGEST_CALL: Duration = Duration::from_secs(30);

pub fn every_pod_may_go(shape: Shape) -> Result<()> {
    let mut report = report(&format!(
        "Each pod deleted in turn, and a rollout, under load: {}",
        shape.words()
    ));
    let cluster = shape.running("rolling")?;
    let _service = counter(&cluster)?;
    let founded = cluster.identity_of_all()?;
    let load = load(&cluster, "rolling")?;

    drain_respects_the_budget(&cluster)?;
    report.figure(
        "`kubectl drain --dry-run=server` of the machine with all pods",
        "names every pod, evicts none",
    );
    for pod in cluster.pods()?.keys() {
        let deleted = Instant::now();
        cluster.kubectl(["delete", "pod", pod])?.success()?;
        load.advances(100, Duration::from_secs(90))?;
        cluster.settle(shape.count)?;
        report.seconds(
            &format!("{pod} deleted until every replica is active"),
            deleted.elapsed(),
        );
        load.advances(200, Duration::from_secs(60))?;
    }
    the_budget_counts(&cluster)?;

    let rolled = Instant::now();
    cluster
        .kubectl(["rollout", "restart", "statefulset", "restate"])?
        .success()?;
    cluster
        .kubectl([
            "rollout",
            "status",
            "statefulset",
            "restate",
            "--timeout=400s",
        ])?
        .success()?;
    report.seconds("`kubectl rollout restart` of all pods", rolled.elapsed());
    cluster.settle(shape.count)?;
    nothing_was_lost(&cluster, &founded, load, report)
}

/// Changes the version in the cluster file, applies, and follows the guide.
pub fn an_upgrade_loses_nothing(shape: Shape) -> Result<()> {
    let mut report = report(&format!(
        "An upgrade to {NEWEST} by one line of the file, under load: {}",
        shape.words()
    ));
    let cluster = shape.running("upgrade")?;
    let _service = counter(&cluster)?;
    let founded = cluster.identity_of_all()?;
    let load = load(&cluster, "upgrade")?;

    let file = cluster.folder().join("restate-cluster.yaml");
    let text = fs::read_to_string(&file)?;
    fs::write(&file, text.replace(shape.version, NEWEST))?;
    restate_gen(
        cluster.folder(),
        &["kubernetes", "--namespace", &cluster.namespace],
    )?;
    let upgraded = Instant::now();
    cluster.apply()?.success()?;
    let guide = fs::read_to_string(cluster.folder().join("OPERATIONS.md"))?;
    let steps = scripts(&guide, "Change something");
    let step = steps
        .last()
        .context("the guide has no script to change something")?;
    let limit = ROLLOUT.saturating_mul(2);
    finished(
        Command::new("sh")
            .args(["-euc", step])
            .current_dir(cluster.folder()),
        limit,
    )?
    .success()?;
    report.seconds(
        "the guide's steps until all pods are upgraded",
        upgraded.elapsed(),
    );
    cluster.settle(shape.count)?;
    cluster.wait()?;

    let pods = cluster.objects("pods", "app.kubernetes.io/component=node")?;
    for pod in &pods {
        let image = pod["spec"]["containers"][0]["image"]
            .as_str()
            .context("no image")?;
        ensure!(
            image.ends_with(NEWEST),
            "{} runs {image}",
            pod["metadata"]["name"]
        );
    }
    nothing_was_lost(&cluster, &founded, load, report)
}

/// The cluster is the same, the load still gets on, and no call was lost, ran twice or took too long.
fn nothing_was_lost(
    cluster: &Cluster,
    founded: &Identity,
    load: Load,
    mut report: Report,
) -> Result<()> {
    let still = cluster.identity_of_all()?;
    ensure!(still == *founded, "{founded:?} became {still:?}");
    load.advances(200, Duration::from_secs(60))?;
    let tally = load.finish()?;
    report.load(&tally);
    ensure!(
        tally.longest_call < LONGEST_CALL,
        "a call took {:?}",
        tally.longest_call
    );
    report.write()
}

/// A drain of the only machine would take every pod; asked what it would do, it takes none.
fn drain_respects_the_budget(cluster: &Cluster) -> Result<()> {
    let machine = kubectl(["get", "nodes", "-o", "jsonpath={.items[0].metadata.name}"])?
        .success()?
        .stdout;
    let selector = "--pod-selector=app.kubernetes.io/component=node";
    let run = kubectl([
        "drain",
        machine.trim(),
        "--dry-run=server",
        "--ignore-daemonsets",
        "--delete-emptydir-data",
        selector,
    ])?
    .success()?;
    for pod in cluster.pods()?.keys() {
        ensure!(
            run.stdout.contains(pod.as_str()) || run.stderr.contains(pod.as_str()),
            "the drain does not name {pod}: {run}"
        );
    }
    Ok(())
}

/// With one pod evicted the next eviction is refused, by the API that a drain uses.
fn the_budget_counts(cluster: &Cluster) -> Result<()> {
    let budget = |path: &str| -> Result<String> {
        let run = cluster
            .kubectl([
                "get",
                "poddisruptionbudget",
                "restate",
                "-o",
                &format!("jsonpath={{{path}}}"),
            ])?
            .success()?;
        Ok(run.stdout)
    };
    wait_for("one disruption is allowed", Duration::from_secs(60), || {
        let allowed = budget(".status.disruptionsAllowed")?;
        ensure!(allowed == "1", "{allowed} disruptions are allowed");
        Ok(())
    })?;
    let pods: Vec<String> = cluster.pods()?.into_keys().collect();
    let evict = |pod: &str| -> Result<bool> {
        let body = serde_json::json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": cluster.namespace}});
        let file = cluster.folder().join("eviction.json");
        fs::write(&file, body.to_string())?;
        let path = format!(
            "/api/v1/namespaces/{}/pods/{pod}/eviction",
            cluster.namespace
        );
        Ok(kubectl(["create", "--raw", &path, "-f", &file.display().to_string()])?.succeeded())
    };
    let [first, second, ..] = pods.as_slice() else {
        anyhow::bail!("fewer than two pods: {pods:?}");
    };
    ensure!(evict(first)?, "the first eviction was refused");
    ensure!(
        !evict(second)?,
        "a second eviction was allowed while {first} was going"
    );
    cluster.settle(pods.len())
}
