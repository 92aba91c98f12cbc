//! A file from a Secret that the server reads: the key that requests are signed with.

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::generator::{cluster_folder, restate_gen};
use restate_gen_e2e::kubernetes::{Cluster, NAMESPACE_PREFIX, kubectl};
use restate_gen_e2e::signature::{KEY_IS_LOADED, make_key, requests_are_signed};

use super::{Shape, report};

/// A node that runs as another user than root, with a read-only file system, reads its key from a Secret and signs requests with it.
pub fn requests_are_signed_with_a_key_from_a_secret() -> Result<()> {
    let mut report = report("Requests are signed with a key from a Secret");
    let shape = Shape {
        nodes: "1",
        count: 1,
        ..Shape::USUAL
    };
    let namespace = format!("{NAMESPACE_PREFIX}signed");
    let file = format!(
        "{}settings: {{worker: {{invoker: {{request-identity-private-key-pem-file: /etc/restate/identity.pem}}}}}}\n\
         files: [{{path: /etc/restate/identity.pem, kubernetes: {{secret: restate-identity}}}}]\n",
        shape.file("signed")
    );
    let folder = cluster_folder(&file)?;
    restate_gen(folder.path(), &["kubernetes", "--namespace", &namespace])?;
    let cluster = Cluster::open(folder, &namespace)?;
    let key = cluster.folder().join("identity.pem");
    make_key(&key)?;
    let manifest = cluster.folder().join("namespace.yaml");
    kubectl(["apply", "-f", &manifest.display().to_string()])?.success()?;
    let from = format!("--from-file={}", key.display());
    cluster
        .kubectl(["create", "secret", "generic", "restate-identity", &from])?
        .success()?;
    std::fs::remove_file(&key)?;
    let run = cluster.apply()?.success()?;
    cluster.wait()?;
    cluster.settle(1)?;
    report.seconds("`kubectl apply -k`", run.took);
    let pods = cluster.pods()?;
    let (pod, _) = pods.first_key_value().context("no pod")?;
    let log = cluster.kubectl(["logs", pod])?.success()?.stdout;
    ensure!(log.contains(KEY_IS_LOADED), "{log}");
    requests_are_signed(&cluster.admin()?, &cluster.host_address()?)?;
    report.figure("the pod's user", "1000, root in no way");
    report.write()
}
