//! The procedures of the generated guide, run as they stand in it, by a reader who fills in the names of the case.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::command::{Finished, finished};
use restate_gen_e2e::generator::restate_gen;
use restate_gen_e2e::guide::{scripts, steps};
use restate_gen_e2e::kubernetes::Cluster;

/// How long one script of the guide may take: it may restart every pod, one after the other.
const SCRIPT: Duration = Duration::from_secs(690);

/// Reads the guide as it was last generated, and does what it says.
pub struct Reader<'cluster> {
    cluster: &'cluster Cluster,
    guide: String,
}

impl<'cluster> Reader<'cluster> {
    /// Opens the guide of `cluster`.
    pub fn of(cluster: &'cluster Cluster) -> Result<Self> {
        let guide =
            fs::read_to_string(cluster.folder().join("OPERATIONS.md")).context("the guide")?;
        Ok(Self { cluster, guide })
    }

    /// The code fences under that heading.
    pub fn scripts(&self, heading: &str) -> Result<Vec<String>> {
        let found = scripts(&self.guide, heading);
        ensure!(!found.is_empty(), "the guide has no script under {heading}");
        Ok(found)
    }

    /// All that is to be run under that heading, sentences included.
    pub fn steps(&self, heading: &str) -> Result<Vec<String>> {
        let found = steps(&self.guide, heading);
        ensure!(!found.is_empty(), "the guide has no step under {heading}");
        Ok(found)
    }

    /// The one script under that heading that has all of `words`.
    pub fn script(&self, heading: &str, words: &[&str]) -> Result<String> {
        let found = self.scripts(heading)?;
        let mut fitting = found
            .iter()
            .filter(|script| words.iter().all(|word| script.contains(word)));
        match (fitting.next(), fitting.next()) {
            (Some(script), None) => Ok(script.clone()),
            _ => anyhow::bail!("not one script under {heading} has {words:?}: {found:?}"),
        }
    }

    /// Runs a script of the guide with the guide's own `restatectl`; every command of it must succeed.
    pub fn run(&self, script: &str) -> Result<Finished> {
        let run = self.run_within(script, SCRIPT)?.success()?;
        eprintln!("{run}");
        Ok(run)
    }

    /// The same, for a script that need not come to its end.
    pub fn run_within(&self, script: &str, limit: Duration) -> Result<Finished> {
        let function = scripts(&self.guide, "restatectl")
            .concat()
            .replace("\nrestatectl status\n", "\n");
        ensure!(
            function.contains("restatectl() {"),
            "the guide does not say what restatectl is: {function}"
        );
        finished(
            Command::new("sh")
                .args(["-euc", &format!("{function}{script}")])
                .current_dir(self.cluster.folder()),
            limit,
        )
    }

    /// How the guide sees, before a change, whether every pod is there.
    pub fn look(&self) -> Result<String> {
        let scripts = self.scripts("Change something")?;
        scripts
            .into_iter()
            .take_while(|script| !script.contains("kubectl apply"))
            .find(|script| script.contains(" wait "))
            .context("the guide does not look at the pods before a change")
    }

    /// The guide's way to bring what was applied to every pod.
    pub fn roll(&self) -> Result<String> {
        let scripts = self.scripts("Change something")?;
        scripts
            .into_iter()
            .rfind(|script| !script.contains("kubectl apply"))
            .context("the guide has no script that brings a change to the pods")
    }
}

/// Changes the cluster file and generates again, as who takes the steps of the guide.
pub fn change(cluster: &Cluster, edit: impl FnOnce(&str) -> String) -> Result<()> {
    let file = cluster.folder().join("restate-cluster.yaml");
    let text = fs::read_to_string(&file)?;
    let changed = edit(&text);
    ensure!(changed != text, "nothing was changed in {text}");
    fs::write(&file, changed)?;
    restate_gen(
        cluster.folder(),
        &["kubernetes", "--namespace", &cluster.namespace, "--by-hand"],
    )?;
    Ok(())
}

/// Which pods of `before` are others now, or gone.
pub fn made_anew(before: &BTreeMap<String, String>, cluster: &Cluster) -> Result<Vec<String>> {
    let now = cluster.uids()?;
    Ok(before
        .iter()
        .filter(|(pod, uid)| now.get(*pod) != Some(uid))
        .map(|(pod, _)| pod.clone())
        .collect())
}
