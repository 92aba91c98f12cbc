//! `kubectl apply -k` gives a whole cluster in a namespace that enforces the strictest pod security, and applied again changes nothing.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::kubernetes::{Cluster, kubectl};
use serde_json::Value;

use super::{Shape, report};

pub fn starts_and_applies_again(shape: Shape) -> Result<()> {
    let mut report = report(&format!(
        "A cluster starts, and is applied again: {}",
        shape.words()
    ));
    let cluster = shape.cluster("start")?;
    let start = Instant::now();
    cluster.apply()?.success()?;
    cluster.wait()?;
    report.seconds(
        "`kubectl apply -k` until provisioned and ready",
        start.elapsed(),
    );
    cluster.settle(shape.count)?;
    report.seconds("until every replica is active", start.elapsed());
    let founded = cluster.identity_of_all()?;
    ensure!(
        cluster.restarts()? == 0,
        "{} containers were restarted",
        cluster.restarts()?
    );

    pods_are_restricted(&cluster)?;
    report.figure(
        "objects in the store after `snapshots create`",
        snapshot_objects(&cluster)?,
    );

    let before = states(&cluster)?;
    let again = cluster.apply()?.success()?;
    report.seconds("second `kubectl apply -k`", again.took);
    let after = states(&cluster)?;
    ensure!(
        before == after,
        "a second apply changed {before:?} into {after:?}"
    );
    report.figure(
        "objects that a second apply leaves as they are",
        before.len(),
    );

    // The Job once more, from nothing.
    let provision = "app.kubernetes.io/component=provision";
    cluster
        .kubectl(["delete", "job", "-l", provision])?
        .success()?;
    cluster.apply()?.success()?;
    cluster.wait()?;
    let said = cluster
        .kubectl(["logs", "-l", provision, "-c", "provision"])?
        .success()?
        .stdout;
    ensure!(said.contains("already provisioned"), "the Job said: {said}");
    let still = cluster.identity_of_all()?;
    ensure!(
        still == founded,
        "provisioned twice: {founded:?}, then {still:?}"
    );
    cluster.is_whole(shape.count)?;
    report.figure("the Job, run again", "already provisioned");
    report.write()
}

/// The namespace refuses what is not restricted, and every pod that there should be is there.
fn pods_are_restricted(cluster: &Cluster) -> Result<()> {
    let run = kubectl(["get", "namespace", &cluster.namespace, "-o", "json"])?.success()?;
    let namespace: Value = serde_json::from_str(&run.stdout)?;
    let label = &namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"];
    ensure!(label == "restricted", "the namespace enforces {label}");
    let refused = cluster
        .kubectl(["get", "events", "--field-selector=reason=FailedCreate"])?
        .success()?;
    ensure!(
        refused.stdout.trim().is_empty(),
        "pods were refused: {}",
        refused.stdout
    );
    Ok(())
}

/// The generation of every object that has one, and which pods there are: what a change would change.
fn states(cluster: &Cluster) -> Result<Vec<String>> {
    let kinds = "statefulsets,jobs,services,configmaps,secrets,poddisruptionbudgets,networkpolicies,persistentvolumeclaims,pods";
    let run = cluster.kubectl(["get", kinds, "-o", "json"])?.success()?;
    let list: Value = serde_json::from_str(&run.stdout)?;
    let items = list["items"].as_array().context("no items")?;
    Ok(items
        .iter()
        .map(|item| {
            let metadata = &item["metadata"];
            // What has no generation is compared by its content's version, pods aside: their states come and go.
            let state = if item["kind"] == "Pod" {
                &metadata["uid"]
            } else if metadata["generation"].is_null() {
                &metadata["resourceVersion"]
            } else {
                &metadata["generation"]
            };
            format!("{} {} {state}", item["kind"], metadata["name"])
        })
        .collect())
}

/// Has every partition write a snapshot, and returns how many objects the bucket then holds.
fn snapshot_objects(cluster: &Cluster) -> Result<usize> {
    cluster.restatectl(&["snapshots", "create", "--yes"])?;
    let pods = cluster.pods()?;
    let (pod, _) = pods.first_key_value().context("no pod")?;
    let list = r#"unquoted() { printf %s "$1" | tr -d '"'; }
        bucket=${RESTATE_WORKER__SNAPSHOTS__DESTINATION#s3://}; bucket=${bucket%%/*}
        curl -fsS -m 20 --aws-sigv4 "aws:amz:$RESTATE_WORKER__SNAPSHOTS__AWS_REGION:s3" \
            --user "$(unquoted "$RESTATE_WORKER__SNAPSHOTS__AWS_ACCESS_KEY_ID"):$(unquoted "$RESTATE_WORKER__SNAPSHOTS__AWS_SECRET_ACCESS_KEY")" \
            "$RESTATE_WORKER__SNAPSHOTS__AWS_ENDPOINT_URL/$bucket?list-type=2""#;
    let listed = cluster.exec(pod, &["sh", "-c", list])?.success()?.stdout;
    ensure!(
        listed.contains("latest.json</Key>"),
        "no snapshot in the bucket: {listed}"
    );
    Ok(listed.matches("<Key>").count())
}
