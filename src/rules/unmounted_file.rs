//! RG520: a setting that names a file which nothing mounts, or a folder in which nothing can be written.

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::facts::{KAFKA_FILES, SettingKind, SettingStatus};
use crate::model::Cluster;
use crate::places::settings::{GivenSetting, given_settings};
use crate::server::Owned;
use crate::source::DocPath;
use crate::topology::compose::mount;
use crate::topology::release;

/// A setting that names a file which nothing mounts, or a folder in which nothing can be written.
pub static RULE: Rule = Rule {
    code: "RG520",
    slug: "unmounted-file",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A raw setting names a file that `files` does not mount. Or it names a folder to write to that is neither in the data
volume nor below `/tmp`.

## Why

The server exits when it cannot read the key that signs requests (run: 1.5.3 to 1.7.12,
`Failed to read request identity private key`). The nodes' own file system is read-only, so the server also exits when
its write-ahead log is elsewhere (run: 1.7.12, `While mkdir if missing`). Without a mount, only the image's files below
`/etc/ssl` are there ([Dockerfile](https://github.com/restatedev/restate/blob/v1.7.6/docker/Dockerfile)). If an override
file of yours mounts the file, allow the finding with that reason.

## Fails

```yaml
settings:
  worker: {invoker: {request-identity-private-key-pem-file: /etc/restate/identity.pem}}
```

## Passes

```yaml
settings:
  worker: {invoker: {request-identity-private-key-pem-file: /etc/restate/identity.pem}}
files:
  - {path: /etc/restate/identity.pem, file: ./secrets/identity.pem}
```
"#,
};

/// Folders in which a node can write.
const WRITABLE: [&str; 2] = ["/restate-data", "/tmp"];
/// What the image brings. Source: restatedev/restate docker/Dockerfile@v1.7.6, `COPY --from=upload /etc/ssl /etc/ssl`.
const IN_THE_IMAGE: &str = "/etc/ssl";

/// Finds paths that lead nowhere.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for GivenSetting { path, status, uses } in given_settings(cluster, &release(cluster)) {
        let (SettingStatus::Supported(setting) | SettingStatus::Hidden(setting)) = status else {
            continue;
        };
        if Owned::of(&path).is_some() || setting.path != path {
            continue;
        }
        for (at, value) in uses {
            match (&setting.kind, value) {
                (SettingKind::File, Value::String(file)) => {
                    found.extend(unmounted(cluster, at, file))
                }
                (SettingKind::Folder, Value::String(folder)) => {
                    found.extend(unwritable(at, folder))
                }
                (SettingKind::KafkaClusters, Value::Array(tables)) => {
                    for (index, table) in tables.iter().enumerate() {
                        found.extend(of_kafka(cluster, &at.clone().index(index), table));
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// The files that the client of a Kafka cluster reads.
fn of_kafka(cluster: &Cluster, at: &DocPath, table: &Value) -> Vec<Diagnostic> {
    let given = KAFKA_FILES.iter().filter_map(|key| {
        let file = table.get(key)?.as_str()?;
        // librdkafka looks for authorities by itself.
        (file != "probe").then(|| unmounted(cluster, at.clone().key(*key), file))
    });
    given.flatten().collect()
}

fn unmounted(cluster: &Cluster, at: DocPath, file: &str) -> Option<Diagnostic> {
    let is_mounted = cluster.files.iter().any(|given| given.path == file)
        || is_mounted_by_compose(cluster, file);
    let is_there = is_below(IN_THE_IMAGE, file) || WRITABLE.iter().any(|top| is_below(top, file));
    if file.is_empty() || is_mounted || is_there {
        return None;
    }
    let message = format!(
        "nothing mounts {}, so the server cannot read it and exits",
        quoted(file)
    );
    let help = if file.starts_with('/') {
        format!("add it under `files`, with its source: `- {{path: {file}, ...}}`")
    } else {
        "use an absolute path, and add it under `files` with its source".to_owned()
    };
    Some(Diagnostic::new(&RULE, at, message).help(help))
}

/// Whether a key of Compose's own, under `compose.node`, mounts the file or a folder above it.
fn is_mounted_by_compose(cluster: &Cluster, file: &str) -> bool {
    let items = |key: &str| -> &[Value] {
        let compose = cluster.compose.as_ref();
        let list = compose.and_then(|compose| compose.node.get(key)?.as_array());
        list.map_or(&[], Vec::as_slice)
    };
    let reaches = |target: &str| target == file || is_below(target, file);
    // Without a target, by name alone.
    let own_target = |item: &Value, folder: &str| match item {
        Value::String(name) => format!("{folder}/{name}"),
        _ => item["target"].as_str().unwrap_or_default().to_owned(),
    };
    let volumes = items("volumes").iter().filter_map(mount);
    volumes.map(|mount| mount.target).any(reaches)
        || items("secrets")
            .iter()
            .any(|item| reaches(&own_target(item, "/run/secrets")))
        || items("configs")
            .iter()
            .any(|item| reaches(&own_target(item, "")))
}

fn unwritable(at: DocPath, folder: &str) -> Option<Diagnostic> {
    if WRITABLE
        .iter()
        .any(|top| *top == folder || is_below(top, folder))
    {
        return None;
    }
    let message = format!(
        "nothing can be written to {}: the nodes' own file system is read-only",
        quoted(folder)
    );
    Some(
        Diagnostic::new(&RULE, at, message)
            .help("use a folder below `/restate-data`, or below `/tmp` for data that may be lost"),
    )
}

/// Whether the path leads into the folder, and out of it by no `..`.
fn is_below(folder: &str, path: &str) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| rest.starts_with('/')) && path.split('/').all(|part| part != "..")
}
