//! The cluster file of a cluster that runs, for the verbs that change it.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::change;
use super::input::{self, Input};
use super::recorded::Recorded;
use super::terminal::Terminal;
use crate::diagnostic::allow::Policy;
use crate::model::Section;
use crate::record;
use crate::source::Document;
use crate::targets::Orchestrator;
use crate::validation::Deployed;

/// The deployed cluster file.
pub struct DeployedFile {
    /// What is written in it, with the flags over it.
    pub input: Input,
    /// Where it is; `None` where the files were generated from flags alone.
    pub path: Option<PathBuf>,
    /// What the files of the folder were generated from.
    recorded: Option<Recorded>,
}

impl DeployedFile {
    /// The cluster file that is named, or the one that the generated files here are from.
    ///
    /// # Errors
    /// When there is none, or it cannot be read, or it has changed since the files were generated. Standard input does not
    /// count: the deployed cluster file has to be a file that can be rewritten.
    pub fn find(terminal: &Terminal, file: Option<&Path>, output: Option<&Path>) -> Result<Self> {
        if file == Some(Path::new("-")) {
            bail!(
                "a change is written into the cluster file, so it cannot come from standard input"
            );
        }
        let path = match file {
            Some(path) => Some(path.to_path_buf()),
            None => input::found(terminal)?,
        };
        let mut input = match &path {
            Some(path) => Input::of_found(path)?,
            None => match Recorded::read(Path::new(""))? {
                Some(recorded) => Input::of_record(&recorded, Path::new("")),
                None => bail!(
                    "no cluster file: there is no {} here or in a folder above\nif the cluster was generated with `--nodes` alone, write its file with `restate-gen init --nodes` and that number",
                    input::FILE_NAMES[0]
                ),
            },
        };
        let recorded = Recorded::read(output.unwrap_or(input.files_folder()))?;
        if let Some(recorded) = &recorded {
            if recorded.target.operations.is_none() {
                bail!(change::NO_PLAN);
            }
            input.repeat_flags(recorded);
            if let Some(path) = &path
                && input.cluster_file().text != recorded.record.cluster_file.text
            {
                bail!(
                    "{} has changed since the files were generated from it, as {} has it\nplan that change first with `restate-gen plan`, or undo it",
                    path.display(),
                    record::FILE
                );
            }
        }
        Ok(Self {
            input,
            path,
            recorded,
        })
    }

    /// The document before the change.
    pub fn before(&self) -> Document {
        match &self.recorded {
            Some(recorded) => recorded.document(),
            None => Document::parse(self.input.document.name(), self.input.document.text()),
        }
    }

    /// The cluster that the file describes; what is wrong with it is reported.
    pub fn cluster(&self, terminal: &Terminal) -> Option<Deployed> {
        Deployed::of(&self.input.document, &Policy::default())
            .inspect_err(|report| terminal.report(report))
            .ok()
    }

    /// Whether the orchestrator has pods with places of their own, so that the file says which node is in which.
    pub fn has_places(orchestrator: &Orchestrator) -> bool {
        orchestrator.section == Some(Section::Kubernetes)
    }

    /// The input with another text.
    pub fn with_text(self, text: String) -> Input {
        let mut input = self.input;
        input.set_text(text);
        input
    }
}
