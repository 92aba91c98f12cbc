//! The files that the nodes read, as volumes of their pods.

use serde::Serialize;

use crate::topology::Topology;

/// A key of a Secret or of a ConfigMap at a path of its own.
#[derive(Serialize)]
pub struct FileView {
    volume: String,
    is_secret: bool,
    source: String,
    key: String,
    path: String,
}

/// The volumes, a file each.
pub fn files(topology: &Topology) -> Vec<FileView> {
    let files = topology.files.iter().enumerate();
    files
        .filter_map(|(index, file)| {
            let source = file.kubernetes.as_ref()?;
            Some(FileView {
                volume: format!("file-{}", index + 1),
                is_secret: source.is_secret,
                source: source.name.clone(),
                key: source.key.clone(),
                path: file.path.clone(),
            })
        })
        .collect()
}
