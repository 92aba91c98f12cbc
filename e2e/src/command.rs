//! Runs one program with a time limit and keeps what it said. Knows nothing of engines.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::io::Seek;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// What a finished program left behind.
#[derive(Debug)]
pub struct Finished {
    /// The command line, for messages.
    pub line: String,
    /// The exit code; `None` when the program was ended by a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Wall time from start to end.
    pub took: Duration,
}

impl Finished {
    /// Whether the program exited with 0.
    pub fn succeeded(&self) -> bool {
        self.code == Some(0)
    }

    /// The same run, or an error that shows all of it when the exit code is not 0.
    pub fn success(self) -> Result<Self> {
        if self.succeeded() {
            Ok(self)
        } else {
            bail!("{self}")
        }
    }
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            code,
            stdout,
            stderr,
            took,
        } = self;
        let code = code.map_or("a signal".to_owned(), |code| code.to_string());
        writeln!(f, "`{line}` exited with {code} after {took:.1?}")?;
        for text in [stdout, stderr] {
            let lines: Vec<_> = text.lines().collect();
            for line in &lines[lines.len().saturating_sub(40)..] {
                writeln!(f, "  | {line}")?;
            }
        }
        Ok(())
    }
}

/// Runs `command` to its end. A program that outlives `limit` is killed and reported as an error.
pub fn finished(command: &mut Command, limit: Duration) -> Result<Finished> {
    let line = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ");
    // Files, not pipes: a child that fills a pipe nobody reads would wait for ever.
    let mut stdout = tempfile::tempfile()?;
    let mut stderr = tempfile::tempfile()?;
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?)
        .spawn()
        .with_context(|| format!("`{line}` could not be started"))?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            break None;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let finished = Finished {
        line,
        code: status.and_then(|status| status.code()),
        stdout: text(&mut stdout)?,
        stderr: text(&mut stderr)?,
        took: start.elapsed(),
    };
    match status {
        Some(_) => Ok(finished),
        None => bail!("not finished within {limit:?}, so it was killed: {finished}"),
    }
}

fn text(file: &mut File) -> Result<String> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
