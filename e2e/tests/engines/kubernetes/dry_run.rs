//! What the API server says of every example before anything runs, and whether `kubectl kustomize` reads what was written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::generator::{cluster_folder, restate_gen};
use restate_gen_e2e::kubernetes::{NAMESPACE_PREFIX, kubectl};
use serde_json::Value;

use super::report;

pub fn every_example_is_accepted() -> Result<()> {
    let mut report =
        report("Every example before the API server, `--dry-run=server --validate=strict`");
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut folders: Vec<_> = fs::read_dir(&examples)?.collect::<Result<Vec<_>, _>>()?;
    folders.sort_by_key(|entry| entry.path());
    ensure!(!folders.is_empty(), "no examples");
    let namespace = format!("{NAMESPACE_PREFIX}dry-run");
    let _ = kubectl(["delete", "namespace", &namespace, "--ignore-not-found"])?;
    kubectl(["create", "namespace", &namespace])?.success()?;
    for entry in folders {
        let text = fs::read_to_string(entry.path().join("restate-cluster.yaml"))?;
        let folder = cluster_folder(&text)?;
        let path = folder.path().display().to_string();
        restate_gen(folder.path(), &["kubernetes", "--namespace", &namespace])?;
        let run = kubectl([
            "apply",
            "-k",
            &path,
            "--dry-run=server",
            "--validate=strict",
        ])?
        .success()?;
        let stream = folder.path().join("stream.yaml");
        let text = restate_gen(
            folder.path(),
            &["k8s", "--namespace", &namespace, "-o", "-"],
        )?;
        fs::write(&stream, text)?;
        let by_kustomize = objects(&["-k", &path])?;
        let by_stream = objects(&["-f", &stream.display().to_string()])?;
        for (name, object) in &by_stream {
            ensure!(
                by_kustomize.get(name) == Some(object),
                "{name} of {path} is another by `kubectl kustomize`"
            );
        }
        let more: Vec<_> = by_kustomize
            .keys()
            .filter(|name| !by_stream.contains_key(*name))
            .collect();
        ensure!(
            more.iter().all(|name| name.starts_with("Secret/")),
            "`kubectl kustomize` adds {more:?}"
        );
        let what = entry.file_name().to_string_lossy().into_owned();
        report.figure(&what, format!("{} objects", run.stdout.lines().count()));
    }
    kubectl(["delete", "namespace", &namespace])?.success()?;
    report.write()
}

/// What kubectl reads from there, by kind and name.
fn objects(from: &[&str]) -> Result<BTreeMap<String, Value>> {
    let arguments = ["create", "--dry-run=client", "-o", "json"];
    let run = kubectl(arguments.into_iter().chain(from.iter().copied()))?.success()?;
    let mut found = BTreeMap::new();
    for object in serde_json::Deserializer::from_str(&run.stdout).into_iter::<Value>() {
        let object = object?;
        let list = object["items"]
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![object.clone()]);
        for item in list {
            let kind = item["kind"].as_str().context("no kind")?;
            let name = item["metadata"]["name"].as_str().context("no name")?;
            found.insert(format!("{kind}/{name}"), item.clone());
        }
    }
    ensure!(!found.is_empty(), "no object in {from:?}");
    Ok(found)
}
