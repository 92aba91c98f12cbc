//! The nodes' key for the bundled store: enough for snapshots, and for nothing else. It can be changed.

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{is_whole, wait_for};
use restate_gen_e2e::docker::Project;
use restate_gen_e2e::report::Report;
use restate_gen_e2e::settings::unquoted;

use super::start::snapshot_objects;
use super::{SETTLING, Shape, set_variable};

/// A pair of access key and secret.
#[derive(Clone, PartialEq)]
struct Key(String);

/// What is asked of the store: the method, the path with its query, the service that it is signed for, and the body.
type Request = (
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
);

/// What is beyond the nodes, in an order in which the store's own key can do it all.
fn beyond(store: &str) -> Vec<Request> {
    const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::other/*"]}]}"#;
    let administer: Request = match store {
        "minio" => ("GET", "/minio/admin/v3/list-users", "s3", None),
        _ => (
            "POST",
            "/",
            "iam",
            Some("Action=ListUsers&Version=2010-05-08"),
        ),
    };
    vec![
        ("PUT", "/other", "s3", None),
        ("GET", "/other?list-type=2", "s3", None),
        ("PUT", "/other/a", "s3", Some("a")),
        ("GET", "/other/a", "s3", None),
        ("PUT", "/other?policy", "s3", Some(POLICY)),
        ("DELETE", "/other/a", "s3", None),
        ("DELETE", "/other", "s3", None),
        administer,
    ]
}

/// With each of the keys: what the store answers, and what becomes of snapshots.
pub fn the_nodes_key_is_for_the_bucket_alone(shape: Shape) -> Result<()> {
    let mut report = Report::of(&format!("The nodes' key: {}", shape.words()));
    let mut project = shape.running("key")?;
    let (user, secret) = match shape.store {
        "minio" => ("MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"),
        _ => ("ACCESS_KEY", "SECRET_KEY"),
    };
    let own = Key(format!(
        "{}:{}",
        project.variable(&service(shape.store), user)?,
        project.variable(&service(shape.store), secret)?
    ));
    let first = nodes_key(&project)?;
    ensure!(own != first, "the nodes have the store's own key");
    report.figure(
        "objects in the store after `snapshots create`",
        snapshot_objects(&project)?,
    );

    // The store's own key has to be able to do it all, or a refusal of the other would prove nothing.
    let requests = beyond(shape.store);
    for request in &requests {
        let refused = status(&project, shape.store, &first, request)?;
        ensure!(
            refused == "403",
            "{request:?} with the nodes' key: {refused}"
        );
        let done = status(&project, shape.store, &own, request)?;
        ensure!(
            done.starts_with('2'),
            "{request:?} with the store's own key: {done}"
        );
    }
    let bucket: Request = ("DELETE", "/restate", "s3", None);
    let answer = status(&project, shape.store, &first, &bucket)?;
    ensure!(answer == "403", "{bucket:?} with the nodes' key: {answer}");
    report.figure("requests that are refused with it", requests.len() + 1);

    let list: Request = ("GET", "/restate?list-type=2", "s3", None);
    for change in ["SNAPSHOT_SECRET_KEY", "SNAPSHOT_ACCESS_KEY"] {
        let before = nodes_key(&project)?;
        set_variable(&project, change, "another-key-of-1")?;
        project.reopen()?;
        let run = project.up()?.success()?;
        report.seconds(&format!("`up -d --wait` with another {change}"), run.took);
        wait_for("every partition active", SETTLING, || is_whole(&project))?;
        let after = nodes_key(&project)?;
        ensure!(before != after, "{change} changed nothing");
        let old = status(&project, shape.store, &before, &list)?;
        ensure!(old == "403", "the key before is good still: {old}");
        snapshot_objects(&project).with_context(|| format!("with another {change}"))?;
    }
    report.write()
}

/// The service of the store.
fn service(store: &str) -> String {
    format!("restate-{store}")
}

fn nodes_key(project: &Project) -> Result<Key> {
    let of_node = |name: &str| {
        let name = format!("RESTATE_WORKER__SNAPSHOTS__AWS_{name}");
        project.variable(&project.nodes[&1], &name).map(unquoted)
    };
    Ok(Key(format!(
        "{}:{}",
        of_node("ACCESS_KEY_ID")?,
        of_node("SECRET_ACCESS_KEY")?
    )))
}

/// The status of the store's answer.
fn status(project: &Project, store: &str, key: &Key, request: &Request) -> Result<String> {
    let (method, path, signed_for, body) = request;
    let port = if store == "minio" { 9000 } else { 8333 };
    let url = format!("http://{}:{port}{path}", service(store));
    let signature = format!("aws:amz:local:{signed_for}");
    let mut arguments = vec![
        "-sS",
        "--max-time",
        "20",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "-X",
        method,
        "--aws-sigv4",
        &signature,
        "--user",
        &key.0,
    ];
    if let Some(body) = body {
        arguments.extend(["--data", body]);
    }
    arguments.push(&url);
    let answered = project.beside("curl", &arguments)?.success()?;
    Ok(answered.stdout.trim().to_owned())
}
