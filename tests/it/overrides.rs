//! Override files in the folder, when nodes go or come.

use std::fs;

use crate::cli::{folder, run};

const FILE: &str = "restate-cluster.yaml";

/// A folder with five nodes that run, and an override file.
fn with(name: &str, text: &str) -> tempfile::TempDir {
    let folder = folder();
    fs::write(folder.path().join(FILE), "nodes: 5\n").expect("written");
    let made = run(folder.path(), &["compose"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    fs::write(folder.path().join(name), text).expect("written");
    folder
}

const OF_FIVE: &str = "services:\n  restate-5:\n    extra_hosts: ['db:10.0.0.5']\n";
const NAMES: [&str; 4] = [
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
    "compose.override.yml",
    "compose.override.yaml",
];

#[test]
fn a_node_that_an_override_names_does_not_go_in_silence() {
    for name in NAMES {
        let folder = with(name, OF_FIVE);
        let before = crate::golden::all(folder.path());
        for change in [
            &["scale", "--nodes", "4"][..],
            &["scale", "--nodes", "4", "--write"],
            &["replace", "restate-5", "--write"],
        ] {
            let refused = run(folder.path(), change);
            assert_eq!(refused.code, 1, "{change:?}: {}", refused.stderr);
            assert_eq!(refused.stdout, "", "{change:?}");
            for word in [name, "restate-5", "compose: {node: ...}"] {
                assert!(
                    refused.stderr.contains(word),
                    "{change:?}: {}",
                    refused.stderr
                );
            }
            assert!(
                crate::golden::all(folder.path()) == before,
                "{change:?}: something was written"
            );
        }
        fs::write(folder.path().join(FILE), "nodes: 4\nretired_ids: [5]\n").expect("written");
        let before = crate::golden::all(folder.path());
        let refused = run(
            folder.path(),
            &["compose", "--allow", "RG709", "--allow", "RG711"],
        );
        assert_eq!(refused.code, 1, "{}", refused.stderr);
        assert!(refused.stderr.contains(name), "{}", refused.stderr);
        assert!(
            crate::golden::all(folder.path()) == before,
            "something was written"
        );
        // The way that is named is one.
        fs::remove_file(folder.path().join(name)).expect("deleted");
        let allowed = run(
            folder.path(),
            &["compose", "--allow", "RG709", "--allow", "RG711"],
        );
        assert_eq!(allowed.code, 0, "{}", allowed.stderr);
    }
}

#[test]
fn services_of_an_application_are_nobodys_concern() {
    let folder = with(
        NAMES[0],
        "services:\n  restate-1:\n    labels: {a: b}\n  app:\n    image: app\n  web:\n    build: .\n",
    );
    let planned = run(folder.path(), &["scale", "--nodes", "4", "--write"]);
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    assert!(!planned.stderr.contains("warning"), "{}", planned.stderr);
}

#[test]
fn a_new_node_that_an_override_of_all_others_lacks_is_named() {
    let entries: String = (1..=5)
        .map(|id| format!("  restate-{id}:\n    labels: {{a: b}}\n"))
        .collect();
    let folder = with(NAMES[0], &format!("services:\n{entries}"));
    let planned = run(folder.path(), &["scale", "--nodes", "7", "--write"]);
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    for word in [
        "warning: ",
        NAMES[0],
        "restate-6, restate-7",
        "compose: {node: ...}",
    ] {
        assert!(planned.stderr.contains(word), "{}", planned.stderr);
    }
    // An entry for some of them says nothing of the others.
    let folder = with(NAMES[0], "services:\n  restate-1:\n    labels: {a: b}\n");
    fs::write(folder.path().join(FILE), "nodes: 7\n").expect("written");
    let made = run(folder.path(), &["compose"]);
    assert!(!made.stderr.contains("warning"), "{}", made.stderr);
}
