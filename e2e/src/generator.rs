//! Builds `restate-gen` once and runs it as a user would: in a folder of its own, with nothing but a cluster file.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::command::{Finished, finished};

/// Writes `cluster_file` as `restate-cluster.yaml` into a new folder and generates the Compose project next to it.
pub fn compose_project(cluster_file: &str) -> Result<TempDir> {
    let folder = cluster_folder(cluster_file)?;
    generate(folder.path())?;
    Ok(folder)
}

/// Writes `cluster_file` as `restate-cluster.yaml` into a new folder.
pub fn cluster_folder(cluster_file: &str) -> Result<TempDir> {
    let folder = tempfile::Builder::new()
        .prefix("restate-gen-e2e-")
        .tempdir()?;
    std::fs::write(folder.path().join("restate-cluster.yaml"), cluster_file)?;
    Ok(folder)
}

/// Runs `restate-gen` with `arguments` in `folder`, and returns what it prints.
pub fn restate_gen(folder: &Path, arguments: &[&str]) -> Result<String> {
    let run = restate_gen_to_its_end(folder, arguments)?.success()?;
    eprint!("{}", run.stderr);
    Ok(run.stdout)
}

/// Runs `restate-gen` with `arguments` in `folder`, whatever comes of it.
pub fn restate_gen_to_its_end(folder: &Path, arguments: &[&str]) -> Result<Finished> {
    finished(
        Command::new(binary()?).args(arguments).current_dir(folder),
        Duration::from_secs(30),
    )
}

/// Runs `restate-gen compose` in `folder`, which holds a `restate-cluster.yaml`.
pub fn generate(folder: &Path) -> Result<()> {
    let run = finished(
        Command::new(binary()?).arg("compose").current_dir(folder),
        Duration::from_secs(30),
    )?
    .success()?;
    eprint!("{}", run.stderr);
    for file in ["docker-compose.yaml", ".env", "OPERATIONS.md"] {
        ensure!(
            folder.join(file).is_file(),
            "`{}` wrote no {file}",
            run.line
        );
    }
    Ok(())
}

/// The program under test: `RESTATE_GEN_BIN` when set (to prove a released one), else built from this workspace.
fn binary() -> Result<&'static Path> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| match std::env::var_os("RESTATE_GEN_BIN") {
        Some(path) => Ok(path.into()),
        None => build().map_err(|error| format!("{error:?}")),
    });
    built.as_deref().map_err(|error| anyhow::anyhow!("{error}"))
}

fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("e2e/ has a parent")?;
    let run = finished(
        Command::new(cargo)
            .args(["build", "--package", "restate-gen", "--bin", "restate-gen"])
            .args(["--message-format", "json-render-diagnostics"])
            .current_dir(workspace),
        Duration::from_secs(1200),
    )?
    .success()?;
    // Cargo says where it put the program, whatever the target folder is.
    run.stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back()
        .context("cargo named no executable")
}
