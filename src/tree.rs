//! What a target renders: paths to file texts, whole in memory before a byte is written.

use std::borrow::Cow;

/// The text with the line ends that this tool writes: a checkout of Git may have those of Windows.
pub fn plain_ends(text: &str) -> Cow<'_, str> {
    match text.contains("\r\n") {
        true => text.replace("\r\n", "\n").into(),
        false => text.into(),
    }
}

/// The files of one target, in the order in which people should read them; the first is the main one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedTree {
    files: Vec<RenderedFile>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedFile {
    /// Where it goes, relative to the output folder.
    pub path: &'static str,
    /// What it says.
    pub text: String,
    /// Whose it is once it is there.
    pub keeping: Keeping,
}

/// What happens to a file that exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// Ours: replaced as a whole.
    Replace,
    /// The user's: what they set is kept, new names are added, and nobody else may read it.
    Merge,
    /// The user's from the start: written once, then never again.
    Found,
}

impl RenderedFile {
    /// A file that is ours.
    pub fn replaced(path: &'static str, text: String) -> Self {
        Self {
            path,
            text,
            keeping: Keeping::Replace,
        }
    }

    /// A file that is the user's, in which new names are added.
    pub fn merged(path: &'static str, text: String) -> Self {
        Self {
            path,
            text,
            keeping: Keeping::Merge,
        }
    }
}

impl RenderedTree {
    /// A tree of these files.
    ///
    /// # Panics
    /// When a text has a carriage return or does not end in exactly one newline: such a template is our bug,
    /// and snapshot tests do not see either.
    pub fn new(files: Vec<RenderedFile>) -> Self {
        for RenderedFile { path, text, .. } in &files {
            assert!(!text.contains('\r'), "{path} has a carriage return");
            assert!(
                text.ends_with('\n') && !text.ends_with("\n\n"),
                "{path} does not end in exactly one newline"
            );
        }
        Self { files }
    }

    /// The same files and one more.
    #[must_use]
    pub fn and(mut self, file: RenderedFile) -> Self {
        self.files.push(file);
        self
    }

    /// The same files but for those that are merged into the user's own.
    #[must_use]
    pub fn without_merged(&self) -> Self {
        let is_ours = |file: &&RenderedFile| file.keeping != Keeping::Merge;
        Self {
            files: self.files.iter().filter(is_ours).cloned().collect(),
        }
    }

    /// All files.
    pub fn files(&self) -> &[RenderedFile] {
        &self.files
    }

    /// The main file: what `-o -` prints.
    pub fn main(&self) -> &RenderedFile {
        &self.files[0]
    }

    /// Only the files with these paths, in that order.
    #[must_use]
    pub fn only(self, paths: &[&str]) -> Self {
        let files = paths
            .iter()
            .filter_map(|path| self.file(path).cloned())
            .collect();
        Self { files }
    }

    /// The file with that path, if the target has one.
    pub fn file(&self, path: &str) -> Option<&RenderedFile> {
        self.files.iter().find(|file| file.path == path)
    }
}
