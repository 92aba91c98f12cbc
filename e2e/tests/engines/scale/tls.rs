//! TLS between the nodes: a cluster that runs without it takes it on, one step at a time, and everything else still works.

use std::fs;

use anyhow::{Result, ensure};
use restate_gen_e2e::docker::Project;
use restate_gen_e2e::report::Report;
use restate_gen_e2e::runbook::Operation;

use super::{CALLS, Cluster, NEWEST, cluster_file};

/// A version that has TLS, and that [`NEWEST`] may follow.
const OLDER: &str = "1.7.10";

/// From none to required and under load, then a node is killed, nodes come, and another version follows.
pub fn tls_is_taken_on_step_by_step() -> Result<()> {
    let mut report = Report::of("TLS between the nodes: none -> allow -> prefer -> require");
    let file = |tls: &str| format!("version: {OLDER}\nnodes: 3\nobject_store: seaweedfs\n{tls}");
    let mode = |mode: &str| file(&format!("tls: {{mode: {mode}}}\n"));
    let mut cluster = Cluster::running(&file(""))?;
    fs::write(
        cluster.project.folder().join("new.yaml"),
        cluster_file(&mode("require")),
    )?;
    let at_once = ["plan", "restate-cluster.yaml", "new.yaml"];
    cluster.is_refused(&at_once, "error[RG718]")?;
    for step in ["allow", "prefer", "require"] {
        let operation = cluster.change_to(&mode(step))?;
        let load = cluster.load(step)?;
        let what = format!("tls: {{mode: {step}}}");
        cluster.carry_out(&what, &operation, load, &mut report)?;
        let without = is_answered(&cluster.project, "http", &[])?;
        let by_tls = is_answered(&cluster.project, "https", &["--cacert", AUTHORITY])?;
        ensure!(
            by_tls && without == (step != "require"),
            "{step}: by TLS {by_tls}, without {without}"
        );
    }

    let load = cluster.load("killed")?;
    cluster.project.kill("restate-1")?;
    load.advances(300, CALLS)?;
    cluster.project.up()?.success()?;
    cluster.judge("node 1 killed and started again", load, &mut report)?;

    let operation = cluster.scale(5)?;
    let load = cluster.load("grown")?;
    cluster.carry_out("3 -> 5", &operation, load, &mut report)?;
    is_answered_by_all(&cluster.project)?;

    let newest = |text: &str| text.replace(OLDER, NEWEST);
    let operation = Operation::of_edit(cluster.project.folder(), newest, &[])?;
    let load = cluster.load("upgraded")?;
    let what = format!("{OLDER} -> {NEWEST}");
    cluster.carry_out(&what, &operation, load, &mut report)?;
    is_answered_by_all(&cluster.project)?;
    report.write()
}

/// The certificate of the authority in a container on the network.
const AUTHORITY: &str = "/certificates/ca.crt";

/// Whether a node's fabric port answers so.
fn is_answered(project: &Project, scheme: &str, options: &[&str]) -> Result<bool> {
    let url = format!("{scheme}://restate-1:5122/health");
    let fixed = ["--noproxy", "*", "-fsS", "-m", "5", &url];
    let run = project.beside("curl", &[&fixed[..], options].concat())?;
    Ok(run.succeeded())
}

/// Fails unless the certificate that the nodes present has the name of each.
fn is_answered_by_all(project: &Project) -> Result<()> {
    for node in project.nodes.values() {
        let url = format!("https://{node}:5122/health");
        let command = [
            "--noproxy",
            "*",
            "-fsS",
            "-m",
            "5",
            "--cacert",
            AUTHORITY,
            &url,
        ];
        project.beside("curl", &command)?.success()?;
    }
    Ok(())
}
