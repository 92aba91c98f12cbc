//! What is on the disk after files were written, or could not be.

use std::fs;

use restate_gen::output::{FileChange, FileChangeKind, edit, write};

#[test]
fn when_a_file_cannot_be_put_in_its_place_all_others_are_as_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let (there, new) = (folder.path().join("there"), folder.path().join("new"));
    fs::write(&there, "old").expect("written");
    let created = |path| FileChange {
        kind: FileChangeKind::Created,
        ..edit(path, "", "new")
    };
    // It can be written under another name, and not be renamed to its own.
    let too_long = folder.path().join("x".repeat(300));
    let changes = [
        edit(&there, "old", "new"),
        created(&new),
        created(&too_long),
    ];
    let error = write(&[folder.path()], &changes).expect_err("the name is too long");
    assert!(error.to_string().contains("nothing was changed"), "{error}");
    assert_eq!(fs::read_to_string(&there).expect("still there"), "old");
    let names: Vec<_> = fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names, ["there"]);
    write(&[folder.path()], &changes[..2]).expect("all names fit");
    for path in [there, new] {
        assert_eq!(fs::read_to_string(path).expect("there"), "new");
    }
}
