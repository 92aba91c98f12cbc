//! What the API server says of every example and flavor before anything runs, and whether `kubectl kustomize` reads what was written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::generator::{cluster_folder, restate_gen};
use restate_gen_e2e::kubernetes::{NAMESPACE_PREFIX, kubectl};
use serde_json::Value;

use super::flavors::{Chart, Definition};
use super::report;

/// Raw manifests and the operator's resource; the chart's pods too where the chart is at hand.
pub fn every_example_is_accepted() -> Result<()> {
    let mut report =
        report("Every example before the API server, `--dry-run=server --validate=strict`");
    let namespace = Namespace::new("dry-run")?;
    let _definition = Definition::known()?;
    for (name, text) in examples()? {
        for flavor in ["raw", "operator", "helm"] {
            let said = match dry_run(&text, flavor, &namespace.0)? {
                Some(accepted) => format!("{accepted} objects"),
                None => refused_for(flavor)?,
            };
            report.figure(&format!("{name}, {flavor}"), said);
        }
    }
    report.write()
}

/// What the chart makes of the values, for every example.
pub fn the_chart_makes_of_every_example_what_is_accepted() -> Result<()> {
    let Some(chart) = Chart::at_hand()? else {
        return Ok(());
    };
    let mut report = report(
        "Every example rendered by Restate's Helm chart, `--dry-run=server --validate=strict`",
    );
    report.figure("rendered by", chart.version()?);
    let namespace = Namespace::new("dry-run")?;
    for (name, text) in examples()? {
        let folder = cluster_folder(&text)?;
        if !is_generated(folder.path(), "helm", &namespace.0)? {
            report.figure(&name, refused_for("helm")?);
            continue;
        }
        let file = folder.path().join("rendered.yaml");
        fs::write(&file, chart.rendered(folder.path(), &namespace.0)?)?;
        let run = strict(&["-n", &namespace.0, "-f", &file.display().to_string()])?;
        report.figure(&name, format!("{run} objects"));
    }
    report.write()
}

/// A namespace for objects that are only asked about.
struct Namespace(String);

impl Namespace {
    fn new(purpose: &str) -> Result<Self> {
        let name = format!("{NAMESPACE_PREFIX}{purpose}");
        kubectl(["delete", "namespace", &name, "--ignore-not-found"])?.success()?;
        kubectl(["create", "namespace", &name])?.success()?;
        Ok(Self(name))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if let Err(error) = kubectl(["delete", "namespace", &self.0, "--wait=false"]) {
            eprintln!("{} is not cleaned up: {error:#}", self.0);
        }
    }
}

/// The examples by name.
fn examples() -> Result<BTreeMap<String, String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut examples = BTreeMap::new();
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        let text = fs::read_to_string(entry.path().join("restate-cluster.yaml"))?;
        examples.insert(entry.file_name().to_string_lossy().into_owned(), text);
    }
    ensure!(!examples.is_empty(), "no examples");
    Ok(examples)
}

/// False where the flavor cannot express what the file says, and `restate-gen` says so.
fn is_generated(folder: &Path, flavor: &str, namespace: &str) -> Result<bool> {
    let arguments = ["kubernetes", "--flavor", flavor, "--namespace", namespace];
    match restate_gen(folder, &arguments) {
        Ok(_) => Ok(true),
        Err(error) => {
            let said = format!("{error:#}");
            let is_refused = |rule: &&str| said.contains(&format!("error[{rule}]"));
            match RAW_ALONE.iter().any(is_refused) {
                true => Ok(false),
                false => Err(error),
            }
        }
    }
}

/// The rules that nodes which differ, and GitOps, are for the raw manifests.
const RAW_ALONE: [&str; 2] = ["RG605", "RG613"];

/// What the report says of an example that is not for the flavor. Raw manifests are for all of them.
fn refused_for(flavor: &str) -> Result<String> {
    let rules = RAW_ALONE.join(" or ");
    ensure!(flavor != "raw", "{rules} for raw manifests");
    Ok(format!("refused, {rules}"))
}

/// How many objects of that flavor the server would take. `None` where the flavor is not for the file.
fn dry_run(text: &str, flavor: &str, namespace: &str) -> Result<Option<usize>> {
    let folder = cluster_folder(text)?;
    let path = folder.path().display().to_string();
    if !is_generated(folder.path(), flavor, namespace)? {
        return Ok(None);
    }
    if flavor == "raw" {
        kustomized_is_what_is_written(folder.path(), namespace)?;
    }
    strict(&["-k", &path]).map(Some)
}

/// What `kubectl kustomize` makes of the folder is what `-o -` writes, and next to it the Secrets whose values are not
/// for a screen.
fn kustomized_is_what_is_written(folder: &Path, namespace: &str) -> Result<()> {
    let path = folder.display().to_string();
    let stream = folder.join("stream.yaml");
    let arguments = ["k8s", "--namespace", namespace, "-o", "-"];
    fs::write(&stream, restate_gen(folder, &arguments)?)?;
    let kustomized = folder.join("kustomized.yaml");
    fs::write(
        &kustomized,
        kubectl(["kustomize", &path])?.success()?.stdout,
    )?;
    let mut by_kustomize = objects(&kustomized)?;
    let by_stream = objects(&stream)?;
    let kustomization = fs::read_to_string(folder.join("kustomization.yaml"))?;
    if kustomization.contains(FILES_LABEL) {
        for (name, object) in &mut by_kustomize {
            without_files_label(object)
                .with_context(|| format!("{name} has no label {FILES_LABEL}"))?;
        }
    }
    let generated = kustomization.contains("secretGenerator:");
    if generated && !by_stream.keys().any(|name| name.starts_with("Secret/")) {
        let all = by_kustomize.len();
        by_kustomize.retain(|name, _| !name.starts_with("Secret/"));
        ensure!(
            by_kustomize.len() < all,
            "`kubectl kustomize` makes no Secret"
        );
    }
    let names = |objects: &BTreeMap<String, Value>| objects.keys().cloned().collect::<Vec<_>>();
    ensure!(
        names(&by_kustomize) == names(&by_stream),
        "`kubectl kustomize` has {:?}, the stream {:?}",
        names(&by_kustomize),
        names(&by_stream)
    );
    for (name, object) in &by_stream {
        ensure!(
            by_kustomize.get(name) == Some(object),
            "{name} is another by `kubectl kustomize`"
        );
    }
    Ok(())
}

/// The label by which a plan sees that a GitOps controller has applied the files. Only the kustomization gives it.
const FILES_LABEL: &str = "restate.dev/files";

/// Takes the label away; none where the object does not have it.
fn without_files_label(object: &mut Value) -> Option<()> {
    let metadata = object["metadata"].as_object_mut()?;
    let labels = metadata.get_mut("labels")?.as_object_mut()?;
    labels.remove(FILES_LABEL)?;
    if labels.is_empty() {
        metadata.remove("labels");
    }
    Some(())
}

/// How many objects from there the server would take, unknown and doubled fields refused.
fn strict(from: &[&str]) -> Result<usize> {
    let arguments = ["apply", "--dry-run=server", "--validate=strict"];
    let run = kubectl(arguments.into_iter().chain(from.iter().copied()))?.success()?;
    Ok(run.stdout.lines().count())
}

/// What that file has, by kind and name, each once.
fn objects(file: &Path) -> Result<BTreeMap<String, Value>> {
    let file = file.display().to_string();
    let run = kubectl(["create", "--dry-run=client", "-o", "json", "-f", &file])?.success()?;
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
            let name = format!("{kind}/{name}");
            ensure!(
                found.insert(name.clone(), item.clone()).is_none(),
                "{name} twice in {file}"
            );
        }
    }
    ensure!(!found.is_empty(), "no object in {file}");
    Ok(found)
}
