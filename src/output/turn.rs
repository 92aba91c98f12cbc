//! One run at a time: a lock on each folder that is written to, and what a run left there that was killed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::STAGED;

/// How many characters of its own the name of a file has that is not yet in its place.
const OWN: usize = 6;

/// Waits until no other run writes into these folders, and keeps others out for as long as what it returns is kept. A folder
/// that cannot be locked, on a file system without locks, is not.
pub fn take<'p>(folders: impl IntoIterator<Item = &'p Path>) -> Vec<File> {
    let folders = folders.into_iter();
    // In one order for all, so that no two runs wait for each other.
    let folders: BTreeSet<PathBuf> = folders
        .filter_map(|folder| fs::canonicalize(folder).ok())
        .collect();
    let mut locks = Vec::new();
    for folder in folders {
        if let Ok(lock) = File::open(&folder)
            && lock.lock().is_ok()
        {
            remove_left_over(&folder);
            locks.push(lock);
        }
    }
    locks
}

/// Nobody else writes here now, so what has such a name is of a run that was killed. It may hold a secret.
fn remove_left_over(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let own = name.to_str().and_then(|name| name.strip_prefix(STAGED));
        let is_staged = own.is_some_and(|own| {
            own.len() == OWN && own.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        if is_staged && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            // One that cannot be removed harms nobody.
            let _ = fs::remove_file(entry.path());
        }
    }
}
