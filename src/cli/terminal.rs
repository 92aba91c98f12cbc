//! What people see: data on stdout, everything else on stderr, colour only where it is wanted.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};

use anyhow::{Context, Result};

use super::{ColorChoice, Format};
use crate::diagnostic::human::{self, Colour};
use crate::diagnostic::{Finding, Report, concise, github, gitlab, json, junit, sarif};
use crate::source::Document;

/// Where the tool speaks.
pub struct Terminal {
    colour: Colour,
    quiet: bool,
    format: Cell<Format>,
    /// The findings of a format that has all of them in one text, with what they are about.
    kept: RefCell<Vec<(Document, Vec<Finding>)>>,
}

impl Terminal {
    /// With colour as `--color`, `NO_COLOR` and stderr allow; `--quiet` has it say nothing of what went well.
    pub fn new(choice: ColorChoice, quiet: bool) -> Self {
        let colourful = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                !no_color && io::stderr().is_terminal()
            }
        };
        Self {
            colour: if colourful {
                Colour::Ansi
            } else {
                Colour::Plain
            },
            quiet,
            format: Cell::new(Format::Human),
            kept: RefCell::default(),
        }
    }

    /// Has all findings from here on written in the format.
    pub fn write_findings_as(&self, format: Format) {
        self.format.set(format);
    }

    /// A line about what went well, for people who want to read it.
    pub fn done(&self, line: impl AsRef<str>) {
        if !self.quiet && self.format.get() == Format::Human {
            self.say(line);
        }
    }

    /// A line that people should know.
    pub fn say(&self, line: impl AsRef<str>) {
        // Nobody is left to tell when stderr is closed.
        let _ = writeln!(io::stderr(), "{}", line.as_ref());
    }

    /// Says why something is not done, and how to fix it.
    pub fn refusal(&self, message: impl std::fmt::Display, help: &str) {
        self.say(format!("error: {message}"));
        self.say(format!("help: {help}"));
    }

    /// The findings: in full for people, else kept until [`Terminal::finish`].
    pub fn report(&self, report: &Report<'_>) {
        match self.format.get() {
            Format::Human => {
                let _ = write!(io::stderr(), "{}", human::print(report, self.colour));
            }
            _ => self.keep(report),
        }
    }

    /// Findings that are a line each: for people now, with the fix of each rule once, else kept as all are.
    pub fn report_in_short(&self, reports: &[Report<'_>]) {
        if self.format.get() != Format::Human {
            return reports.iter().for_each(|report| self.keep(report));
        }
        let _ = write!(io::stderr(), "{}", concise::print(reports));
        let findings = reports.iter().flat_map(Report::findings);
        let fixes: BTreeMap<&str, &str> = findings
            .filter_map(|finding| {
                let help = finding.diagnostic.help.as_deref()?;
                Some((finding.diagnostic.rule.code, help))
            })
            .collect();
        for (code, help) in fixes {
            self.say(format!("help[{code}]: {help}"));
        }
    }

    /// A report is of one file, however often something is found in it.
    fn keep(&self, report: &Report<'_>) {
        let mut kept = self.kept.borrow_mut();
        let document = report.document();
        let same = kept
            .iter_mut()
            .find(|(other, _)| other.name() == document.name() && other.text() == document.text());
        match same {
            Some((_, findings)) => findings.extend_from_slice(report.findings()),
            None => kept.push((document.clone(), report.findings().to_vec())),
        }
    }

    /// Prints what was kept. A report of no file would read as one without findings, so then nothing is printed.
    ///
    /// # Errors
    /// When stdout cannot be written to.
    pub fn finish(&self) -> Result<()> {
        let kept = self.kept.take();
        if kept.is_empty() {
            return Ok(());
        }
        let reports: Vec<_> = kept
            .iter()
            .map(|(document, findings)| Report::new(document, []).with(findings.clone()))
            .collect();
        let print = match self.format.get() {
            Format::Human => return Ok(()),
            Format::Concise => concise::print,
            Format::Json => json::print,
            Format::Sarif => sarif::print,
            Format::Github => github::print,
            Format::Gitlab => gitlab::print,
            Format::Junit => junit::print,
        };
        self.print(&print(&reports))
    }

    /// Why the job could not be done.
    pub fn failure(&self, error: &anyhow::Error) {
        let (start, end) = match self.colour {
            Colour::Ansi => ("\u{1b}[1;31m", "\u{1b}[0m"),
            Colour::Plain => ("", ""),
        };
        self.say(format!("{start}error{end}: {error:#}"));
    }

    /// Data for stdout. A reader that closes the pipe is not a failure.
    ///
    /// # Errors
    /// When stdout cannot be written to.
    pub fn print(&self, text: &str) -> Result<()> {
        let mut stdout = io::stdout().lock();
        match stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
        {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.context("cannot write to stdout"),
        }
    }
}
