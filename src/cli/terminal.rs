//! What people see: data on stdout, everything else on stderr, colour only where it is wanted.

use std::io::{self, IsTerminal, Write};

use anyhow::{Context, Result};

use super::ColorChoice;
use crate::diagnostic::Report;
use crate::diagnostic::human::{self, Colour};

/// Where the tool speaks.
pub struct Terminal {
    colour: Colour,
}

impl Terminal {
    /// With colour as `--color`, `NO_COLOR` and stderr allow.
    pub fn new(choice: ColorChoice) -> Self {
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
        }
    }

    /// A line about what was done.
    pub fn say(&self, line: impl AsRef<str>) {
        // Nobody is left to tell when stderr is closed.
        let _ = writeln!(io::stderr(), "{}", line.as_ref());
    }

    /// Says why something is not done, and how to fix it.
    pub fn refusal(&self, message: impl std::fmt::Display, help: &str) {
        self.say(format!("error: {message}"));
        self.say(format!("help: {help}"));
    }

    /// The findings in full.
    pub fn report(&self, report: &Report<'_>) {
        let _ = write!(io::stderr(), "{}", human::print(report, self.colour));
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
