//! A file from a Nomad variable that the server reads: the key that requests are signed with.

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::generator::{cluster_folder, restate_gen};
use restate_gen_e2e::nomad::{Cluster, JOB_PREFIX, nomad};
use restate_gen_e2e::signature::{KEY_IS_LOADED, make_key, requests_are_signed};

use super::{guided, report};

/// The guide's commands start a node that has its key from the job's variable, and signs requests with it.
pub fn requests_are_signed_with_a_key_from_a_variable() -> Result<()> {
    let mut report = report("Requests are signed with a key from a Nomad variable");
    let job = format!("{JOB_PREFIX}signed");
    let file = format!(
        "name: {job}\nnodes: 1\nresources: {{reserve: {{cpus: 0.1}}}}\nnomad: {{one_host: true}}\n\
         settings: {{worker: {{invoker: {{request-identity-private-key-pem-file: /etc/restate/identity.pem}}}}}}\n\
         files: [{{path: /etc/restate/identity.pem, nomad: {{key: identity}}}}]\n"
    );
    let folder = cluster_folder(&file)?;
    restate_gen(folder.path(), &["nomad"])?;
    let cluster = Cluster::open(folder, &job)?;
    make_key(&cluster.folder().join("identity.pem"))?;
    let start = guided(&cluster, "Start")?;
    // Without the item, the script that prepares says what is missing.
    let refused = cluster.script("sh prepare.sh")?;
    ensure!(
        !refused.succeeded() && refused.stderr.contains("has no identity"),
        "{refused}"
    );
    let run = cluster.script(&start)?.success()?;
    report.seconds("the guide's commands, from nothing to healthy", run.took);
    cluster.settle()?;
    let log = cluster.logs("restate-1")?;
    ensure!(log.contains(KEY_IS_LOADED), "{log}");
    let mode = cluster.exec(
        "restate-1",
        &["stat", "-c", "%a", "/etc/restate/identity.pem"],
    )?;
    ensure!(mode.stdout.trim() == "400", "{mode}");
    let admins = cluster.services("admin")?;
    let admin = admins.values().next().context("no admin service")?;
    let (host, _) = admin.rsplit_once(':').context("address and port")?;
    requests_are_signed(admin, host)?;
    nomad(["var", "purge", &format!("nomad/jobs/{job}")])?.success()?;
    report.figure("the file's mode in the node", "0400");
    report.write()
}
