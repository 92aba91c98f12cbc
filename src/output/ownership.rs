//! Whose the files are: when the administrator runs the tool in a user's folder, they are the user's.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::folder_of;

/// Gives a new file the owner of the one in whose place it goes, or of the folder. Only the administrator can, and for all
/// others that is who they are.
pub fn keep(file: &File, place: &Path) {
    give(
        file,
        if place.exists() {
            place
        } else {
            folder_of(place)
        },
    );
}

/// Creates a folder with those above it, each with the owner of the one that it is in.
///
/// # Errors
/// When one cannot be created.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        create_folder(above)?;
    }
    match fs::create_dir(folder) {
        // Another run was faster.
        Err(_) if folder.is_dir() => Ok(()),
        created => {
            if let Ok(file) = File::open(folder) {
                give(&file, folder_of(folder));
            }
            created
        }
    }
}

#[cfg(unix)]
fn give(file: &File, like: &Path) {
    use std::os::unix::fs::{MetadataExt, fchown};
    if let (Ok(like), Ok(own)) = (fs::metadata(like), file.metadata())
        && like.uid() != own.uid()
    {
        let _ = fchown(file, Some(like.uid()), Some(like.gid()));
    }
}

#[cfg(not(unix))]
fn give(_: &File, _: &Path) {}
