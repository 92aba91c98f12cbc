//! The guide's commands give a whole cluster, and change nothing when they are run again.

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::wait_for;
use restate_gen_e2e::generator::{cluster_folder, restate_gen};
use restate_gen_e2e::nomad::{Cluster, JOB_PREFIX, client_address, nomad};
use std::time::Duration;

use super::{Shape, guided, report};

pub fn starts_and_starts_again(shape: Shape) -> Result<()> {
    let mut report = report(&format!(
        "A cluster starts, and starts again: {}",
        shape.words()
    ));
    let cluster = shape.cluster("start")?;
    let start = guided(&cluster, "Start")?;
    let first = cluster.script(&start)?.success()?;
    report.seconds("the guide's commands, from nothing to healthy", first.took);
    cluster.settle()?;
    let nodes = cluster.nodes()?;
    ensure!(nodes.len() == shape.nodes as usize, "{nodes:?}");
    let founded = cluster.identity_of(&nodes)?;
    let before = cluster.allocations()?;

    let again = cluster.script(&start)?.success()?;
    report.seconds("the same commands again", again.took);
    ensure!(
        cluster.allocations()? == before,
        "a second `nomad job run` replaced allocations"
    );
    ensure!(cluster.identity_of(&nodes)? == founded, "provisioned twice");
    for file in ["restate", "store", "provision"] {
        let path = cluster.folder().join(format!("{file}.nomad.hcl"));
        // Exits 1 when it would make or destroy an allocation.
        nomad(["job", "plan", &path.display().to_string()])?.success()?;
    }
    report.figure("`nomad job plan` of each file afterwards", "no change");
    cluster.is_whole()?;

    cluster.script(&guided(&cluster, "Check")?)?.success()?;
    cluster.script(&guided(&cluster, "Snapshots")?)?.success()?;
    report.figure(
        "objects in the store after `snapshots create`",
        objects(&cluster)?,
    );
    report.write()
}

/// A node whose host is in the file runs there by its address, and on a client of its own there is no volume for a second node.
pub fn nodes_are_where_the_file_says() -> Result<()> {
    let mut report = report("A node pinned to its host, and two nodes for one client");
    let job = format!("{JOB_PREFIX}pinned");
    let address = client_address()?;
    let pinned = format!("name: {job}\nnodes: 1\nnomad: {{hosts: ['{address}']}}\n");
    let folder = cluster_folder(&pinned)?;
    restate_gen(folder.path(), &["nomad"])?;
    let cluster = Cluster::open(folder, &job)?;
    cluster.script(&guided(&cluster, "Start")?)?.success()?;
    cluster.settle()?;
    let text = cluster.restatectl("restate-1", &["nodes", "list", "--extra"])?;
    ensure!(
        text.contains(&format!("http://{address}:18001")),
        "not advertised by its host:\n{text}"
    );
    report.figure("a pinned node is advertised by its host", "yes");

    let file = cluster.folder().join("restate-cluster.yaml");
    std::fs::write(&file, format!("name: {job}\nnodes: 2\n"))?;
    restate_gen(cluster.folder(), &["nomad", "--new-cluster"])?;
    let refused = cluster.script("sh prepare.sh")?;
    ensure!(
        !refused.succeeded() && refused.stdout.contains("-restate-1-data exists"),
        "a second node's volume on the same client: {refused}"
    );
    report.figure("a second node's volume on the one client", "refused");
    report.write()
}

/// How many objects the bucket holds, asked with the credentials that a node has.
fn objects(cluster: &Cluster) -> Result<usize> {
    let nodes = cluster.nodes()?;
    let node = nodes.first().context("no node")?;
    let script = r#"
key=$(echo "$RESTATE_WORKER__SNAPSHOTS__AWS_ACCESS_KEY_ID" | tr -d '"')
secret=$(echo "$RESTATE_WORKER__SNAPSHOTS__AWS_SECRET_ACCESS_KEY" | tr -d '"')
curl -fsS -m 20 --aws-sigv4 aws:amz:local:s3 --user "$key:$secret" "$(grep . /local/store)/restate?list-type=2&prefix=snapshots"
"#;
    wait_for("snapshots in the store", Duration::from_secs(60), || {
        let listed = cluster.exec(node, &["sh", "-c", script])?.success()?.stdout;
        ensure!(
            listed.contains("latest.json</Key>"),
            "no snapshot in the store: {listed}"
        );
        Ok(listed.matches("<Key>").count())
    })
}
