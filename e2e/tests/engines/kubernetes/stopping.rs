//! Everything is scaled to nothing and comes back: claims, cluster, and every acknowledged call.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::wait_for;
use restate_gen_e2e::kubernetes::Cluster;
use restate_gen_e2e::load::{Load, Plan};

use super::guided::Reader;
use super::{Shape, counter, report};

pub fn a_stopped_cluster_comes_back(shape: Shape) -> Result<()> {
    let mut report = report(&format!(
        "Scaled to nothing by the guide, and back, under load: {}",
        shape.words()
    ));
    let cluster = shape.running("stopped")?;
    let _service = counter(&cluster)?;
    let founded = cluster.identity_of_all()?;
    let claimed = claims(&cluster)?;
    // A caller who waits for as long as it takes.
    let plan = Plan {
        patience: Duration::from_secs(400),
        ..Plan::light("stopped")
    };
    let load = Load::start_at(vec![cluster.ingress()?], plan);
    load.advances(300, Duration::from_secs(60))?;

    let reader = Reader::of(&cluster)?;
    let stopped = Instant::now();
    reader.run(&reader.script("Start and check", &["scale statefulset", "--replicas=0"])?)?;
    wait_for("every pod is gone", Duration::from_secs(180), || {
        let pods = cluster.pods()?;
        ensure!(pods.is_empty(), "pods that are there: {pods:?}");
        Ok(())
    })?;
    report.seconds("until every pod is gone", stopped.elapsed());
    let kept = claims(&cluster)?;
    ensure!(
        kept == claimed,
        "claims are others now: {claimed:?} became {kept:?}"
    );
    report.figure("claims kept", kept.len());

    let started = Instant::now();
    cluster.apply()?.success()?;
    cluster.wait()?;
    cluster.settle(shape.count)?;
    report.seconds(
        "`kubectl apply -k` until every replica is active",
        started.elapsed(),
    );
    let still = cluster.identity_of_all()?;
    ensure!(still == founded, "{founded:?} became {still:?}");
    load.advances(200, Duration::from_secs(60))
        .with_context(|| open_calls(&cluster))?;
    report.load(&load.finish()?);
    report.write()
}

/// What the cluster says of the calls that it has not answered, for the message of a failure.
fn open_calls(cluster: &Cluster) -> String {
    let query = "select id, target, status, retry_count, last_failure, next_retry_at from sys_invocation where status != 'completed'";
    cluster
        .restatectl(&["sql", query])
        .unwrap_or_else(|error| format!("{error:#}"))
}

/// Every claim with the volume that it has.
fn claims(cluster: &Cluster) -> Result<Vec<String>> {
    let path = "jsonpath={range .items[*]}{.metadata.name} {.metadata.uid} {.spec.volumeName}{\"\\n\"}{end}";
    let run = cluster.kubectl(["get", "pvc", "-o", path])?.success()?;
    let mut claims: Vec<String> = run.stdout.lines().map(str::to_owned).collect();
    claims.sort();
    ensure!(!claims.is_empty(), "no claims");
    Ok(claims)
}
