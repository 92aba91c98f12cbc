//! Pods go one by one under load: deleted, evicted, rolled, upgraded. No acknowledged call is lost or runs twice.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{Identity, wait_for};
use restate_gen_e2e::command::Finished;
use restate_gen_e2e::kubernetes::{Cluster, kubectl};
use restate_gen_e2e::load::Load;
use restate_gen_e2e::report::Report;

use super::guided::{Reader, change, made_anew};
use super::{NEWEST, Shape, counter, load, report};

/// No restart may keep any call waiting for longer than this.
const LONGEST_CALL: Duration = Duration::from_secs(30);

pub fn every_pod_may_go(shape: Shape) -> Result<()> {
    let mut report = report(&format!(
        "Each pod deleted in turn, one evicted, and a rollout, under load: {}",
        shape.words()
    ));
    let cluster = shape.running("rolling")?;
    let _service = counter(&cluster)?;
    let founded = cluster.identity_of_all()?;
    let load = load(&cluster, "rolling")?;

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
    report.figure(
        "evictions that the API allows at a time",
        "1, the next is refused with 429",
    );
    report.figure(
        "`kubectl drain --dry-run=server` with a pod evicted",
        "refused for the disruption budget",
    );
    load.advances(200, Duration::from_secs(60))?;

    let before = cluster.uids()?;
    change(&cluster, |file| {
        format!("{file}settings: {{shutdown-timeout: 45s}}\n")
    })?;
    let rolled = Instant::now();
    cluster.apply()?.success()?;
    let reader = Reader::of(&cluster)?;
    reader.run(&reader.roll()?)?;
    report.seconds(
        "a setting changed and brought to all pods by the guide",
        rolled.elapsed(),
    );
    cluster.settle(shape.count)?;
    let anew = made_anew(&before, &cluster)?;
    ensure!(
        anew.len() == shape.count,
        "the change restarted {anew:?} only"
    );
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

    change(&cluster, |file| file.replace(shape.version, NEWEST))?;
    let upgraded = Instant::now();
    cluster.apply()?.success()?;
    let reader = Reader::of(&cluster)?;
    reader.run(&reader.roll()?)?;
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

/// As many pods may be evicted as the budget says, by the API and by a drain, which uses it.
fn the_budget_counts(cluster: &Cluster) -> Result<()> {
    wait_for("one disruption is allowed", Duration::from_secs(60), || {
        let path = "jsonpath={.status.disruptionsAllowed}";
        let run = cluster
            .kubectl(["get", "poddisruptionbudget", "restate", "-o", path])?
            .success()?;
        ensure!(run.stdout != "0", "no disruption is allowed");
        Ok(())
    })?;
    let pods: Vec<String> = cluster.pods()?.into_keys().collect();
    let [first, second, ..] = pods.as_slice() else {
        anyhow::bail!("fewer than two pods: {pods:?}");
    };
    // With every pod ready a drain would begin with any of them.
    let dry = drain(cluster)?.success()?;
    for pod in &pods {
        ensure!(
            dry.stdout.contains(pod.as_str()),
            "the drain does not name {pod}: {dry}"
        );
    }
    evict(cluster, first)?.success()?;
    let refused = evict(cluster, second)?;
    ensure!(
        !refused.succeeded(),
        "a second eviction was allowed while {first} was going"
    );
    // The server's words for 429.
    ensure!(
        refused.stderr.contains("TooManyRequests") && refused.stderr.contains(BUDGET),
        "refused for another reason: {refused}"
    );
    let refused = drain(cluster)?;
    ensure!(
        !refused.succeeded() && refused.stderr.contains(BUDGET),
        "a drain would go on while {first} was going: {refused}"
    );
    cluster.settle(pods.len())
}

/// What the API server says where an eviction would break a disruption budget.
const BUDGET: &str = "would violate the pod's disruption budget";

/// Evicts a pod as a drain does.
fn evict(cluster: &Cluster, pod: &str) -> Result<Finished> {
    let namespace = &cluster.namespace;
    let body = serde_json::json!({
        "apiVersion": "policy/v1", "kind": "Eviction",
        "metadata": {"name": pod, "namespace": namespace},
    });
    let file = cluster.folder().join("eviction.json");
    fs::write(&file, body.to_string())?;
    let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}/eviction");
    kubectl(["create", "--raw", &path, "-f", &file.display().to_string()])
}

/// What a drain of the first machine would do to the pods of the cluster there.
fn drain(cluster: &Cluster) -> Result<Finished> {
    let machine = kubectl(["get", "nodes", "-o", "jsonpath={.items[0].metadata.name}"])?
        .success()?
        .stdout;
    let path = "jsonpath={.items[0].metadata.labels.app\\.kubernetes\\.io/instance}";
    let node = "app.kubernetes.io/component=node";
    let instance = cluster
        .kubectl(["get", "pods", "-l", node, "-o", path])?
        .success()?
        .stdout;
    let selector = format!("--pod-selector={node},app.kubernetes.io/instance={instance}");
    kubectl([
        "drain",
        machine.trim(),
        "--dry-run=server",
        "--ignore-daemonsets",
        "--delete-emptydir-data",
        "--timeout=4s",
        &selector,
    ])
}
