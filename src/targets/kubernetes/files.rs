//! The files that the nodes read, as volumes of their pods.

use serde::Serialize;

use crate::topology::Topology;

/// A key of a Secret or of a ConfigMap at a path of its own.
#[derive(Serialize)]
pub struct FileView<'a> {
    volume: String,
    is_secret: bool,
    source: &'a str,
    key: &'a str,
    path: &'a str,
}

/// The volumes, a file each.
pub fn files(topology: &Topology) -> Vec<FileView<'_>> {
    let files = topology.files.iter().enumerate();
    files
        .filter_map(|(index, file)| {
            let source = file.kubernetes.as_ref()?;
            Some(FileView {
                volume: format!("file-{}", index + 1),
                is_secret: source.is_secret,
                source: &source.name,
                key: &source.key,
                path: &file.path,
            })
        })
        .collect()
}
