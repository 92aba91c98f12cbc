//! Figures of a run, as Markdown: appended to the file that `PROOF_REPORT` names, and always shown on stderr.

use std::fmt::{Display, Write as _};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::sync::Once;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::docker::docker;
use crate::load::Tally;

/// The figures of one test. Nothing is written for a test that fails.
pub struct Report {
    title: String,
    engine: fn() -> String,
    started: Instant,
    figures: Vec<(String, String)>,
}

impl Report {
    /// A report named by what the test proves.
    pub fn of(title: &str) -> Self {
        Self::on(docker_engine, title)
    }

    /// A report of a run on another engine than Docker's, which `engine` describes.
    pub fn on(engine: fn() -> String, title: &str) -> Self {
        Self {
            title: title.to_owned(),
            engine,
            started: Instant::now(),
            figures: Vec::new(),
        }
    }

    /// Adds one figure.
    pub fn figure(&mut self, what: &str, value: impl Display) {
        let value = value.to_string();
        eprintln!("{}: {what}: {value}", self.title);
        self.figures.push((what.to_owned(), value));
    }

    /// Adds a duration in seconds.
    pub fn seconds(&mut self, what: &str, value: Duration) {
        self.figure(what, format!("{:.1} s", value.as_secs_f64()));
    }

    /// Adds what a load came to.
    pub fn load(&mut self, tally: &Tally) {
        let Tally {
            counts,
            calls,
            lasted,
            longest_pause,
            pause_began: _,
            counts_before_pause: _,
            longest_call,
            median,
            p99,
            repeated,
        } = tally;
        self.figure("calls acknowledged, each executed once", calls);
        self.figure("objects called", counts.len());
        self.seconds("load lasted", *lasted);
        self.figure(
            "calls per second",
            format!("{:.0}", *calls as f64 / lasted.as_secs_f64()),
        );
        self.figure(
            "latency, median",
            format!("{:.0} ms", median.as_secs_f64() * 1e3),
        );
        self.figure(
            "latency, 99th percentile",
            format!("{:.0} ms", p99.as_secs_f64() * 1e3),
        );
        self.seconds("longest call, repetitions included", *longest_call);
        self.seconds("longest pause without any acknowledgement", *longest_pause);
        self.figure("attempts repeated", repeated.values().sum::<u64>());
    }

    /// Writes the report.
    pub fn write(mut self) -> Result<()> {
        let took = self.started.elapsed();
        self.seconds("the whole test took", took);
        let Some(path) = std::env::var_os("PROOF_REPORT") else {
            return Ok(());
        };
        // As people write it, from the root of the repository: tests run in the folder of their package.
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        static ENGINE: Once = Once::new();
        let mut text = String::new();
        ENGINE.call_once(|| text = format!("# A run on a real engine\n\n{}", (self.engine)()));
        write!(text, "\n## {}\n\n| what | figure |\n|--|--|\n", self.title)?;
        for (what, value) in &self.figures {
            writeln!(text, "| {what} | {value} |")?;
        }
        file.write_all(text.as_bytes())?;
        Ok(())
    }
}

/// What the figures were measured on.
fn docker_engine() -> String {
    let said = |arguments: &[&str]| {
        let run = docker(arguments.iter().copied());
        run.map_or_else(|_| "unknown".to_owned(), |run| run.stdout.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, |cores| cores.get());
    let memory: u64 = said(&["info", "--format", "{{.MemTotal}}"])
        .parse()
        .unwrap_or(0);
    format!(
        "Docker Engine {} (cgroup v{}), Docker Compose {}, kernel {}, {cores} cores, {:.0} GiB of memory.\n",
        said(&["version", "--format", "{{.Server.Version}}"]),
        said(&["info", "--format", "{{.CgroupVersion}}"]),
        said(&["compose", "version", "--short"]),
        said(&["info", "--format", "{{.KernelVersion}}"]),
        memory as f64 / f64::from(1u32 << 30),
    )
}
