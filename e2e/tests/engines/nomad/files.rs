//! What Nomad itself says of the files, without running them.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::generator::{cluster_folder, restate_gen};
use restate_gen_e2e::nomad::nomad;
use serde_json::Value;

use super::report;

pub fn every_example_is_formatted_and_valid() -> Result<()> {
    let mut report = report("Every example, by `nomad fmt -check` and `nomad job validate`");
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let (mut jobs, mut of_vault, mut files) = (0, 0, 0);
    for entry in std::fs::read_dir(&examples)? {
        let text = std::fs::read_to_string(entry?.path().join("restate-cluster.yaml"))?;
        let folder = cluster_folder(&text)?;
        restate_gen(folder.path(), &["nomad"])?;
        for file in std::fs::read_dir(folder.path())? {
            let path = file?.path().display().to_string();
            if !path.ends_with(".hcl") {
                continue;
            }
            nomad(["fmt", "-check", &path])?.success()?;
            files += 1;
            if path.ends_with(".nomad.hcl") {
                if in_its_namespace(&path)? {
                    jobs += 1;
                } else {
                    of_vault += 1;
                }
            }
        }
    }
    ensure!(jobs >= 16, "only {jobs} jobs");
    report.figure("files that are formatted as `nomad fmt` would", files);
    report.figure("jobs that are valid", jobs);
    report.figure(
        "jobs that only want the Vault which this agent has not",
        of_vault,
    );
    report.write()
}

/// Validates a job, in a namespace that has to exist for it. False where all that is missing is Vault: an agent without one
/// says so before it looks any further.
fn in_its_namespace(path: &str) -> Result<bool> {
    let text = std::fs::read_to_string(path)?;
    let (_, rest) = text
        .split_once("namespace   = \"")
        .context("no namespace")?;
    let namespace = rest.split('"').next().context("no namespace")?;
    let is_new = namespace != "default";
    if is_new {
        nomad(["namespace", "apply", namespace])?.success()?;
    }
    let validated = nomad(["job", "validate", path])?;
    if is_new {
        nomad(["namespace", "delete", namespace])?.success()?;
    }
    if text.contains("      vault {\n")
        && validated
            .to_string()
            .contains("Vault \"default\" not enabled")
    {
        return Ok(false);
    }
    validated.success().map(|_| true)
}

/// Texts with everything that HCL takes for its own, and what Nomad reads out of the file.
pub fn hostile_texts_stay_what_they_are() -> Result<()> {
    let hostile = [
        "\"}\njob \"other\" {",
        "a\\b\\\"c",
        "%{ if true }x%{ endif } %%{y}",
        "$$ $x 100% ~",
        "<<EOF\nx\nEOF\n",
        "\u{85}\u{2028}\u{7f}\ttab\r\n",
        "grüße 漢字 🦀",
    ];
    for text in hostile {
        // HCL escapes as JSON does, and the start of what it fills in.
        let own = Value::from(text).to_string();
        let own = own.replace("${", "$${").replace("%{", "%%{");
        let file = serde_json::json!({
            "name": "hostile", "nodes": 1,
            "settings": {"tracing-filter": text},
            "nomad": {"one_host": true, "task": format!("env {{\n  OWN = {own}\n}}\n")},
        });
        // YAML takes DEL only as an escape.
        let file = file.to_string().replace('\u{7f}', "\\u007f");
        let folder = cluster_folder(&file)?;
        restate_gen(folder.path(), &["nomad"])?;
        let path = folder
            .path()
            .join("restate.nomad.hcl")
            .display()
            .to_string();
        nomad(["fmt", "-check", &path])?.success()?;
        let run = nomad(["job", "run", "-output", &path])?.success()?;
        let job: Value = serde_json::from_str(&run.stdout)?;
        let task = &job["Job"]["TaskGroups"][0]["Tasks"][0];
        let read = task["Env"]["RESTATE_TRACING_FILTER"].as_str();
        // A text that the server would take for something else is in quotes as TOML has them, also where no HCL is in play.
        let quoted: Option<toml::Table> =
            read.and_then(|read| format!("text = {read}").parse().ok());
        let unquoted = quoted.as_ref().and_then(|table| table["text"].as_str());
        ensure!(
            read == Some(text) || unquoted == Some(text),
            "{text:?} became {read:?}"
        );
        let read = task["Env"]["OWN"].as_str();
        ensure!(read == Some(text), "{text:?} in own HCL became {read:?}");
        ensure!(job["Job"]["TaskGroups"].as_array().map(Vec::len) == Some(1));
    }
    Ok(())
}
