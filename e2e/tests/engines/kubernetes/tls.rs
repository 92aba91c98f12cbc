//! TLS between the nodes, with a Secret that openssl made.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::guided::{Reader, change, made_anew};
use super::{Shape, counter, load, report};
use restate_gen_e2e::generator::{cluster_folder, restate_gen};
use restate_gen_e2e::kubernetes::{Cluster, NAMESPACE_PREFIX};

/// It starts with the Secret that the guide makes, loses a pod, and requires TLS from the next change on, all under load.
pub fn a_cluster_with_tls_loses_nothing() -> Result<()> {
    let mut report = report("TLS between three nodes, with a Secret that openssl made");
    let shape = Shape {
        store: "seaweedfs",
        ..Shape::USUAL
    };
    let namespace = format!("{NAMESPACE_PREFIX}tls");
    let file = format!("{}tls: {{mode: prefer}}\n", shape.file("tls"));
    let folder = cluster_folder(&file)?;
    restate_gen(folder.path(), &["kubernetes", "--namespace", &namespace])?;
    let cluster = Cluster::open(folder, &namespace)?;
    let reader = Reader::of(&cluster)?;
    reader.run(&reader.script("TLS between the nodes", &["make-certificates.sh"])?)?;
    let begun = Instant::now();
    cluster.apply()?.success()?;
    cluster.wait()?;
    cluster.settle(shape.count)?;
    report.seconds("`kubectl apply -k` until all is active", begun.elapsed());
    let _service = counter(&cluster)?;
    let founded = cluster.identity_of_all()?;
    let load = load(&cluster, "tls")?;

    let pods = cluster.pods()?;
    let (pod, _) = pods.first_key_value().context("no pod")?;
    let deleted = Instant::now();
    cluster.kubectl(["delete", "pod", pod])?.success()?;
    load.advances(100, Duration::from_secs(90))?;
    cluster.settle(shape.count)?;
    report.seconds(
        &format!("{pod} deleted until every replica is active"),
        deleted.elapsed(),
    );

    let before = cluster.uids()?;
    change(&cluster, |file| file.replace("prefer", "require"))?;
    let rolled = Instant::now();
    cluster.apply()?.success()?;
    let reader = Reader::of(&cluster)?;
    reader.run(&reader.roll()?)?;
    cluster.settle(shape.count)?;
    report.seconds("`prefer` becomes `require` in all pods", rolled.elapsed());
    let anew = made_anew(&before, &cluster)?;
    ensure!(
        anew.len() == shape.count,
        "the change restarted {anew:?} only"
    );
    load.advances(100, Duration::from_secs(90))?;
    let plain = ["curl", "-fsS", "-m", "5", "http://127.0.0.1:5122/health"];
    let answer = cluster.exec(pod, &plain)?;
    ensure!(!answer.succeeded(), "{pod} answers without TLS: {answer}");
    let still = cluster.identity_of_all()?;
    ensure!(still == founded, "{founded:?} became {still:?}");
    report.load(&load.finish()?);
    report.write()
}
