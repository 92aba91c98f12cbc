//! Where a document's bytes come from: a file or standard input, never more than the bound.

use std::{fs::File, io::Read, path::Path};

use anyhow::Context;

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
    let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
    read(&name, file)
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
