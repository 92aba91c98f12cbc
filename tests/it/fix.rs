//! `validate --fix`: what it fixes, what it leaves alone, and that everything else in the file stays as it is.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_restate-gen"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("it runs")
}

/// The exit code of `validate --fix` on a text, and the text afterwards.
fn mended(text: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("restate-cluster.yaml");
    fs::write(&path, text).expect("written");
    let output = run(folder.path(), &["validate", "--fix"]);
    (
        output.status.code(),
        fs::read_to_string(path).expect("read"),
    )
}

/// What it is, the text before, the exit code and the text after.
const MENDED: &[(&str, &str, i32, &str)] = &[
    (
        "a sound file",
        "nodes: 3 # three\n",
        0,
        "nodes: 3 # three\n",
    ),
    (
        "a key",
        "nods: 3 # three\n\nname:   orders\n",
        0,
        "nodes: 3 # three\n\nname:   orders\n",
    ),
    ("a key in quotes", "\"nods\": 3\n", 0, "nodes: 3\n"),
    (
        "a word",
        "object_store: mini0 # ours\n",
        0,
        "object_store: minio # ours\n",
    ),
    (
        "a number in quotes",
        "partitions: '12'\n",
        0,
        "partitions: 12\n",
    ),
    (
        "text without quotes",
        "version: 1.7 # no\nname: 5\n",
        1,
        "version: \"1.7\" # no\nname: \"5\"\n",
    ),
    (
        "a setting",
        "settings: {worker: {invoker: {memory_limit: 1GiB}}} # é\n",
        0,
        "settings: {worker: {invoker: {memory-limit: 1GiB}}} # é\n",
    ),
    (
        "lines of Windows",
        "nods: 3\r\nname: a\r\n",
        0,
        "nodes: 3\r\nname: a\r\n",
    ),
    ("no line break at the end", "nods: 3", 0, "nodes: 3"),
    (
        "what came to light by the first change",
        "resorces:\n  memry: 2GiB\n",
        0,
        "resources:\n  memory: 2GiB\n",
    ),
    (
        "a key that is there already is left",
        "nodes: 3\nnods: 5\n",
        1,
        "nodes: 3\nnods: 5\n",
    ),
    (
        "of two keys that mean one the first is taken",
        "nods: 3\nnodse: 5\n",
        1,
        "nods: 3\nnodes: 5\n",
    ),
    (
        "a size without a unit needs a decision",
        "resources: {memory: 2G}\n",
        1,
        "resources: {memory: 2G}\n",
    ),
    (
        "what no change mends is left",
        "nodes: 3\nreplication: 4\nfoo: 1\n",
        1,
        "nodes: 3\nreplication: 4\nfoo: 1\n",
    ),
    (
        "in an anchor it is mended once",
        "nodes:\n  - resources: &r {memry: 2GiB}\n    id: 1\n  - {id: 2, resources: *r}\n  - {id: 3, resources: *r}\n",
        0,
        "nodes:\n  - resources: &r {memory: 2GiB}\n    id: 1\n  - {id: 2, resources: *r}\n  - {id: 3, resources: *r}\n",
    ),
    (
        "a number with a zero before it is not a number to everybody",
        "partitions: '010'\n",
        1,
        "partitions: '010'\n",
    ),
    (
        "a text that cannot be read is left",
        "nodes: [3\n",
        1,
        "nodes: [3\n",
    ),
];

#[test]
fn safe_changes_are_made_and_the_rest_of_the_text_stays_to_the_byte() {
    let wrong: Vec<String> = MENDED
        .iter()
        .map(|(what, before, code, after)| {
            (what, (Some(*code), (*after).to_owned()), mended(before))
        })
        .filter(|(_, expected, found)| expected != found)
        .map(|(what, expected, found)| format!("{what}: expected {expected:?}, found {found:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_that_is_not_utf_8_is_left_to_the_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("restate-cluster.yaml");
    let bytes = b"nodez: 3 # M\xfcnchen\n";
    fs::write(&path, bytes).expect("written");
    assert_eq!(
        run(folder.path(), &["validate", "--fix"]).status.code(),
        Some(1)
    );
    assert_eq!(fs::read(&path).expect("read"), bytes);
}

#[test]
fn with_diff_the_change_is_shown_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("restate-cluster.yaml");
    fs::write(&path, "nods: 3\n").expect("written");
    let output = run(folder.path(), &["validate", "--fix", "--diff"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "--- restate-cluster.yaml\n+++ restate-cluster.yaml\n@@ -1 +1 @@\n-nods: 3\n+nodes: 3\n"
    );
    assert_eq!(fs::read_to_string(&path).expect("read"), "nods: 3\n");

    fs::write(&path, "nodes: 3\n").expect("written");
    let output = run(folder.path(), &["validate", "--fix", "--diff"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
}

#[test]
fn standard_input_and_flags_are_not_mended() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [
        &["validate", "--fix", "-f", "-"][..],
        &["validate", "--fix", "--nodes", "3"],
        &["validate", "--diff"],
    ] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_mended_file_keeps_its_mode_and_stays_a_link() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let target = folder.path().join("target.yaml");
    let link = folder.path().join("restate-cluster.yaml");
    fs::write(&target, "nods: 3\n").expect("written");
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).expect("set");
    std::os::unix::fs::symlink("target.yaml", &link).expect("linked");
    assert_eq!(
        run(folder.path(), &["validate", "--fix"]).status.code(),
        Some(0)
    );
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(fs::read_to_string(&target).expect("read"), "nodes: 3\n");
    let mode = fs::metadata(&target).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    let names = fs::read_dir(folder.path()).expect("listed").count();
    assert_eq!(names, 2, "nothing is left behind");
}
