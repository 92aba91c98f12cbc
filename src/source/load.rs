//! Where a document's bytes come from: a file or standard input, never more than the bound.

use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};

use super::{Document, MOST_BYTES};

/// Reads the cluster file at that path; `-` is standard input.
///
/// # Errors
/// When the bytes cannot be had: no such file, no permission, a directory. What the bytes say is
/// never an error here; see [`Document::faults`].
pub fn load(path: &Path) -> anyhow::Result<Document> {
    if path == Path::new("-") {
        return read("<stdin>", std::io::stdin().lock());
    }
    let name = path.display().to_string();
    let is_pipe = |metadata: Metadata| !metadata.is_file() && !metadata.is_dir();
    if !is_stream(path) && fs::metadata(path).is_ok_and(is_pipe) {
        bail!(
            "cannot open {name}: it is a pipe or a device, not a file\nsend the text to standard input, and name the file `-`"
        );
    }
    let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
    read(&name, file)
}

/// Whether a path is one by which the system calls what a command is given, such as `/dev/stdin`.
pub fn is_stream(path: &Path) -> bool {
    path.starts_with("/dev") || path.starts_with("/proc")
}

/// Reads a document from any reader, at most one byte more than a document may have.
///
/// # Errors
/// When the reader fails.
pub fn read(name: &str, reader: impl Read) -> anyhow::Result<Document> {
    let mut bytes = Vec::new();
    reader
        .take(MOST_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {name}"))?;
    Ok(Document::parse(name, bytes))
}
