//! What a run says while pods wait: for a volume, for a machine. It continues by itself once they have both.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use restate_gen_e2e::engine::held_for;
use restate_gen_e2e::kubernetes::{Engine, kubectl};
use restate_gen_e2e::runbook::Run;

use super::{NEWEST, RUN, Running, report};

/// Within what time a run says why nothing happens. It looks every half minute at least.
const SOON: Duration = Duration::from_secs(90);

#[test]
fn a_run_says_why_pods_wait_and_continues_on_kubernetes() -> Result<()> {
    held_for(Engine::held(), || {
        let mut report =
            report("3 -> 5 nodes on Kubernetes while there is no volume, and then no machine");
        let running = Running::of("waiting", NEWEST, "3")?;
        let operation = running.written(&["scale", "--nodes", "5"])?;
        let load = running.load("waiting")?;
        let held = Held::all()?;
        let mut run = operation.start(&["--yes"])?;
        ensure!(
            run.says(RUN, |transcript| transcript.text.contains(" + rolled_out"))?,
            "run.sh never came to it"
        );
        for words in [
            "data-restate-4 has no volume: ",
            "restate-4 finds no machine: ",
        ] {
            said(&mut run, words, &mut report)?;
        }
        let machine = Cordoned::new()?;
        drop(held);
        said(&mut run, "node(s) were unschedulable", &mut report)?;
        drop(machine);
        let run = run.end(RUN)?.ended_well()?;
        running.judge(
            "3 -> 5 once there are volumes and a machine",
            &run,
            &operation,
            load,
            &[1, 2, 3, 4, 5],
            &mut report,
        )?;
        report.write()
    })
}

/// Waits until the run says it.
fn said(run: &mut Run, words: &str, report: &mut restate_gen_e2e::report::Report) -> Result<()> {
    let start = Instant::now();
    let is_said = run.says(RUN, |transcript| transcript.text.contains(words))?;
    ensure!(
        is_said && start.elapsed() < SOON,
        "{words:?} within {SOON:?}: said {is_said}, after {:?}",
        start.elapsed()
    );
    report.seconds(
        &format!("until it says `{}`", words.trim_end_matches(": ")),
        start.elapsed(),
    );
    Ok(())
}

/// The free volumes, kept for claims that nobody makes.
struct Held(Vec<String>);

impl Held {
    fn all() -> Result<Self> {
        let path = "jsonpath={range .items[?(@.status.phase==\"Available\")]}{.metadata.name}{\"\\n\"}{end}";
        let run = kubectl(["get", "pv", "-l", "restate-gen-e2e=volume", "-o", path])?.success()?;
        let held = Self(run.stdout.lines().map(str::to_owned).collect());
        ensure!(
            held.0.len() >= 2,
            "two volumes are to be free: {:?}",
            held.0
        );
        let claim = r#"{"spec": {"claimRef": {"namespace": "nobody", "name": "nothing"}}}"#;
        for volume in &held.0 {
            kubectl(["patch", "pv", volume, "--type", "merge", "-p", claim])?.success()?;
        }
        Ok(held)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        for volume in &self.0 {
            let free = r#"{"spec": {"claimRef": null}}"#;
            let _ = kubectl(["patch", "pv", volume, "--type", "merge", "-p", free]);
        }
    }
}

/// The machine, which takes no new pods.
struct Cordoned(String);

impl Cordoned {
    fn new() -> Result<Self> {
        let name = ["get", "nodes", "-o", "jsonpath={.items[0].metadata.name}"];
        let cordoned = Self(kubectl(name)?.success()?.stdout.trim().to_owned());
        kubectl(["cordon", &cordoned.0])?.success()?;
        Ok(cordoned)
    }
}

impl Drop for Cordoned {
    fn drop(&mut self) {
        let _ = kubectl(["uncordon", &self.0]);
    }
}
