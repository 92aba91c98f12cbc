//! A change of a running cluster as a user makes it: files written by `restate-gen`, then the `run.sh` among them.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::NamedTempFile;

use crate::command::{Finished, finished};
use crate::generator::restate_gen_to_its_end;

/// A run waits ten minutes for a condition at most, and no test has one that never comes.
pub const RUN_LIMIT: Duration = Duration::from_secs(600);

/// A change with its files written.
pub struct Operation {
    /// The folder of the generated files.
    project: PathBuf,
    /// The script, as the tool said to run it.
    script: String,
}

impl Operation {
    /// Runs `restate-gen` with `arguments` and `--write` in the folder of the generated files.
    pub fn written(project: &Path, arguments: &[&str]) -> Result<Self> {
        let run = asked(project, arguments)?.success()?;
        eprint!("{}", run.stderr);
        let script = run
            .stderr
            .lines()
            .find_map(|line| line.strip_prefix("next: sh "))
            .with_context(|| format!("no script to run next is named: {run}"))?;
        Ok(Self {
            project: project.to_path_buf(),
            script: script.to_owned(),
        })
    }

    /// Edits the cluster file, keeping the old one next to it, and has the change planned and written in spite of what
    /// these rules find.
    pub fn of_edit(
        project: &Path,
        edit: impl FnOnce(&str) -> String,
        allowed: &[&str],
    ) -> Result<Self> {
        let current = project.join("restate-cluster.yaml");
        let text = fs::read_to_string(&current)?;
        fs::rename(&current, project.join("old.yaml"))?;
        fs::write(&current, edit(&text))?;
        let mut arguments = vec!["plan", "old.yaml", "restate-cluster.yaml"];
        arguments.extend(allowed.iter().flat_map(|rule| ["--allow", rule]));
        Self::written(project, &arguments)
    }

    /// The same in a checkout of another machine, below `place`: with all that is committed, and `.env`, but nothing that a
    /// run noted. The folder keeps its name.
    pub fn on_another_machine(&self, place: &Path) -> Result<Self> {
        let project = place.join(self.project.file_name().context("a folder with a name")?);
        copied(&self.project, &project)?;
        Ok(Self {
            project,
            script: self.script.clone(),
        })
    }

    /// `PLAN.md`.
    pub fn plan(&self) -> Result<String> {
        Ok(fs::read_to_string(
            self.project.join(&self.script).with_file_name("PLAN.md"),
        )?)
    }

    /// Where the run notes what is done.
    pub fn progress(&self) -> PathBuf {
        self.project.join(&self.script).with_file_name("progress")
    }

    /// The steps that are done, as the run notes them: `step 3`, and `step 4 restate-1` within a step that has nodes in turn.
    pub fn done(&self) -> BTreeSet<String> {
        let progress = fs::read_to_string(self.progress()).unwrap_or_default();
        let steps = progress.lines().filter(|line| line.starts_with("step "));
        steps.map(str::to_owned).collect()
    }

    /// Starts `run.sh` without a terminal and as a process group of its own.
    pub fn start(&self, arguments: &[&str]) -> Result<Run> {
        start(&self.project, &self.script, arguments)
    }

    /// `run.sh` to its end, whatever comes of it.
    pub fn run(&self, arguments: &[&str]) -> Result<Transcript> {
        self.start(arguments)?.end(RUN_LIMIT)
    }

    /// `run.sh --yes` to its end, which must be a good one.
    pub fn run_well(&self) -> Result<Transcript> {
        self.run(&["--yes"])?.ended_well()
    }
}

/// Copies a folder with all that is below it, but for what a run of `run.sh` leaves there.
fn copied(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if ["progress", "run.log", "lock"]
            .iter()
            .any(|name| entry.file_name() == *name)
        {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copied(&entry.path(), &place)?;
        } else {
            fs::copy(entry.path(), place)?;
        }
    }
    Ok(())
}

/// Runs `restate-gen` with `arguments` and `--write`, whatever comes of it.
pub fn asked(project: &Path, arguments: &[&str]) -> Result<Finished> {
    let mut arguments = arguments.to_vec();
    arguments.push("--write");
    restate_gen_to_its_end(project, &arguments)
}

/// Starts a generated script of the folder without a terminal and as a process group of its own.
pub fn start(folder: &Path, script: &str, arguments: &[&str]) -> Result<Run> {
    let output = NamedTempFile::new()?;
    let writer = output.reopen()?;
    let child = Command::new("sh")
        .arg(script)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .process_group(0)
        .spawn()
        .with_context(|| format!("sh {script}"))?;
    Ok(Run {
        child,
        output,
        started: Instant::now(),
    })
}

/// A script that is running. Dropping it ends it and all that it started.
pub struct Run {
    child: Child,
    output: NamedTempFile,
    started: Instant,
}

impl Run {
    /// Waits until it has written a line for which `is_it` holds; false when it ended without.
    pub fn says(&mut self, limit: Duration, is_it: impl Fn(&Transcript) -> bool) -> Result<bool> {
        loop {
            let has_ended = self.child.try_wait()?.is_some();
            let transcript = self.so_far(None)?;
            if is_it(&transcript) {
                return Ok(true);
            }
            if has_ended {
                return Ok(false);
            }
            ensure!(
                self.started.elapsed() < limit,
                "not said within {limit:?}:\n{}",
                transcript.text
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// SIGKILL to it and to all that it started, as when the machine of its terminal dies.
    pub fn kill(mut self) -> Result<Transcript> {
        if let Err(error) = self.kill_group() {
            // It ended on its own, and its last lines say why.
            return Err(error.context(self.so_far(None)?.text));
        }
        self.child.wait()?;
        self.so_far(None)
    }

    /// Waits for its end.
    pub fn end(mut self, limit: Duration) -> Result<Transcript> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                return self.so_far(status.code());
            }
            if self.started.elapsed() > limit {
                let transcript = self.so_far(None)?;
                bail!(
                    "run.sh has not ended within {limit:?}:\n{}",
                    transcript.text
                );
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn kill_group(&mut self) -> Result<()> {
        let group = format!("-{}", self.child.id());
        let mut kill = Command::new("kill");
        kill.args(["-9", "--", &group]);
        finished(&mut kill, Duration::from_secs(10))?
            .success()
            .map(drop)
    }

    fn so_far(&self, code: Option<i32>) -> Result<Transcript> {
        Ok(Transcript {
            text: String::from_utf8_lossy(&fs::read(self.output.path())?).into_owned(),
            code,
            took: self.started.elapsed(),
        })
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            if let Err(error) = self.kill_group() {
                eprintln!("run.sh goes on: {error:#}");
            }
            let _ = self.child.wait();
        }
    }
}

/// What a run wrote.
#[derive(Debug)]
pub struct Transcript {
    /// All of it, both streams as they came.
    pub text: String,
    /// The exit code; `None` while it runs and if a signal ended it.
    pub code: Option<i32>,
    /// Since its start.
    pub took: Duration,
}

/// What a run wrote of one step.
#[derive(Debug, PartialEq, Eq)]
pub struct StepSeen {
    /// From 1.
    pub number: usize,
    /// How many steps there are.
    pub of: usize,
    /// What it is called.
    pub title: String,
    /// Whether an earlier run had done it.
    pub was_done_before: bool,
    /// The commands that were begun in this run.
    pub commands: Vec<String>,
}

impl Transcript {
    /// The steps that it came to, in order.
    pub fn steps(&self) -> Vec<StepSeen> {
        let mut steps: Vec<StepSeen> = Vec::new();
        for line in self.text.lines() {
            if let Some(command) = line.strip_prefix("  + ") {
                if let Some(step) = steps.last_mut() {
                    step.commands.push(command.to_owned());
                }
            } else if let Some(step) = step_seen(line) {
                steps.push(step);
            }
        }
        steps
    }

    /// The same, or an error that shows all of it when the run did not say that all is done.
    pub fn ended_well(self) -> Result<Self> {
        ensure!(
            self.code == Some(0) && self.text.contains("\nall steps are done\n"),
            "run.sh ended with {:?} after {:.0?}:\n{}",
            self.code,
            self.took,
            self.text
        );
        Ok(self)
    }

    /// The same, or an error that shows all of it when the run did not stop with all of `words` on screen.
    pub fn stopped_with(self, words: &[&str]) -> Result<Self> {
        let missing: Vec<_> = words
            .iter()
            .filter(|words| !self.text.contains(**words))
            .collect();
        ensure!(
            self.code == Some(1) && missing.is_empty(),
            "run.sh ended with {:?} after {:.0?}, and does not say {missing:?}:\n{}",
            self.code,
            self.took,
            self.text
        );
        Ok(self)
    }
}

/// `[2/5] Start restate-4 and restate-5`, `[1/5] Check that the cluster is healthy: already done`.
fn step_seen(line: &str) -> Option<StepSeen> {
    let (numbers, title) = line.strip_prefix('[')?.split_once("] ")?;
    let (number, of) = numbers.split_once('/')?;
    let before = title.strip_suffix(": already done");
    Some(StepSeen {
        number: number.parse().ok()?,
        of: of.parse().ok()?,
        title: before.unwrap_or(title).to_owned(),
        was_done_before: before.is_some(),
        commands: Vec::new(),
    })
}
