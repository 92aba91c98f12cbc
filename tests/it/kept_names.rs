//! How the services next to the nodes are called in Compose files, and that a folder keeps the names that it has.

use std::fs;
use std::path::Path;

use restate_gen::facts::latest;

use crate::cli::{folder, run};

const FILE: &str = "restate-cluster.yaml";

/// What is said of a folder whose file leaves the version and the names open.
fn note() -> String {
    let newest = latest().text();
    format!("stays as it is: `version: {newest}`, `compose.prefix: ''`")
}

fn write(folder: &Path, text: &str) {
    fs::write(folder.join(FILE), text).expect("written");
}

fn compose(folder: &Path) -> String {
    fs::read_to_string(folder.join("docker-compose.yaml")).expect("docker-compose.yaml")
}

/// The services and volumes of a generated file.
fn keys(text: &str) -> Vec<String> {
    let value: serde_json::Value = serde_saphyr::from_str(text).expect("YAML");
    ["services", "volumes"]
        .iter()
        .flat_map(|section| value[section].as_object().expect("a mapping").keys())
        .cloned()
        .collect()
}

/// A folder whose files have the names of 0.1.0, and whose cluster file says nothing of it: its record keeps them.
fn with_old_names(text: &str) -> tempfile::TempDir {
    let folder = folder();
    write(folder.path(), &format!("{text}compose: {{prefix: ''}}\n"));
    let made = run(folder.path(), &["compose"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(!made.stderr.contains(&note()), "{}", made.stderr);
    write(folder.path(), text);
    // 0.1.0 wrote no record.
    fs::remove_file(folder.path().join("restate-gen.lock")).expect("written");
    let made = run(folder.path(), &["compose"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(made.stderr.contains(&note()), "{}", made.stderr);
    folder
}

#[test]
fn services_next_to_the_nodes_have_a_prefix_that_can_be_chosen() {
    for (text, prefix, store) in [
        ("nodes: 1\n", "restate-", "minio"),
        (
            "nodes: 1\nobject_store: seaweedfs\n",
            "restate-",
            "seaweedfs",
        ),
        ("nodes: 1\ncompose: {prefix: shop-}\n", "shop-", "minio"),
        ("nodes: 1\ncompose: {prefix: ''}\n", "", "minio"),
    ] {
        let folder = folder();
        write(folder.path(), text);
        assert_eq!(run(folder.path(), &["compose"]).code, 0);
        let file = compose(folder.path());
        let named = |name: &str| format!("{prefix}{name}");
        assert_eq!(
            keys(&file),
            [
                "restate-1".to_owned(),
                named(store),
                named("bucket"),
                named("provision"),
                named("cluster"),
                "restate-1-data".into(),
                named(&format!("{store}-data")),
                named("provision-data"),
            ],
            "{text}"
        );
        assert!(file.contains(&format!("http://{prefix}{store}:")), "{text}");
        // Nothing that is generated names a service that is not there.
        for name in [
            "OPERATIONS.md",
            "backup.sh",
            "restore.sh",
            "rollout.sh",
            ".env",
            ".env.example",
        ] {
            let text = fs::read_to_string(folder.path().join(name)).expect(name);
            for other in ["cluster", "provision"] {
                let other = match prefix {
                    "" => format!("restate-{other}"),
                    _ => other.to_owned(),
                };
                for before in [
                    "exec ",
                    "exec -T ",
                    "logs ",
                    "service `",
                    "cluster_service=",
                ] {
                    for after in [" ", "`", "\n"] {
                        let wrong = format!("{before}{other}{after}");
                        assert!(!text.contains(&wrong), "{name} has {wrong:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_folder_keeps_the_names_that_its_files_have() {
    let folder = with_old_names("nodes: 3\n");
    let before = crate::golden::all(folder.path());
    let verbs = [&["env"][..], &["compose"]].map(|verb| [verb, &["--check"]].concat());
    for verb in verbs
        .iter()
        .map(|verb| &verb[..])
        .chain([&["env"][..], &["compose"]])
    {
        let run = run(folder.path(), verb);
        assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{verb:?}");
        assert!(!run.stderr.contains(&note()), "{verb:?}: {}", run.stderr);
        assert!(
            crate::golden::all(folder.path()) == before,
            "{verb:?} changed something"
        );
    }
    // What is printed follows from the file alone.
    let printed = run(folder.path(), &["compose", "-o", "-"]);
    assert!(keys(&printed.stdout).contains(&"restate-cluster".to_owned()));
    assert!(!printed.stderr.contains(&note()), "{}", printed.stderr);
}

#[test]
fn plans_keep_the_names_that_run() {
    for change in [
        &["scale", "--nodes", "5", "--write"][..],
        &["replace", "2", "--write"],
    ] {
        let folder = with_old_names("nodes: 3\n");
        let run = run(folder.path(), change);
        assert_eq!(run.code, 0, "{change:?}: {}", run.stderr);
        let names = keys(&compose(folder.path()));
        for name in [
            "cluster",
            "provision",
            "bucket",
            "minio",
            "provision-data",
            "minio-data",
        ] {
            assert!(names.contains(&name.to_owned()), "{change:?}: {names:?}");
        }
        let plans = fs::read_dir(folder.path().join("operations")).expect("a plan");
        for plan in plans {
            let script = plan.expect("an entry").path().join("run.sh");
            let script = fs::read_to_string(script).expect("run.sh");
            assert!(script.contains("exec -T cluster restatectl"), "{change:?}");
            assert!(!script.contains("restate-cluster restatectl"), "{change:?}");
        }
    }
    let folder = with_old_names("nodes: 3\n");
    fs::write(folder.path().join("old.yaml"), "nodes: 3\n").expect("written");
    write(folder.path(), "nodes: 4\n");
    let run = run(folder.path(), &["plan", "old.yaml", FILE, "--write"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(keys(&compose(folder.path())).contains(&"provision".to_owned()));
}

#[test]
fn another_prefix_would_leave_volumes_behind_and_is_refused() {
    for (before, after, old) in [
        (
            "nodes: 3\n",
            "nodes: 3\ncompose: {prefix: ''}\n",
            "restate-",
        ),
        (
            "nodes: 3\ncompose: {prefix: ''}\n",
            "nodes: 3\ncompose: {prefix: restate-}\n",
            "",
        ),
        (
            "nodes: 3\ncompose: {prefix: shop-}\n",
            "nodes: 3\n",
            "shop-",
        ),
    ] {
        let folder = folder();
        write(folder.path(), before);
        assert_eq!(run(folder.path(), &["compose"]).code, 0);
        write(folder.path(), after);
        let files = crate::golden::all(folder.path());
        let refused = run(folder.path(), &["compose"]);
        assert_eq!(refused.code, 1, "{after}: {}", refused.stderr);
        let help = format!("`compose: {{prefix: '{old}'}}`");
        assert!(
            refused.stderr.contains(&help),
            "{after}: {}",
            refused.stderr
        );
        assert!(
            crate::golden::all(folder.path()) == files,
            "{after}: something was written"
        );
        // The way that is named is one.
        write(
            folder.path(),
            &format!("nodes: 3\ncompose: {{prefix: '{old}'}}\n"),
        );
        let kept = run(folder.path(), &["compose"]);
        assert_eq!(kept.code, 0, "{after}: {}", kept.stderr);
        let same = "unchanged docker-compose.yaml";
        assert!(kept.stderr.contains(same), "{}", kept.stderr);
    }
}

#[test]
fn a_file_that_says_what_a_folder_has_is_no_change() {
    let folder = with_old_names("nodes: 3\n");
    fs::write(folder.path().join("old.yaml"), "nodes: 3\n").expect("written");
    write(folder.path(), "nodes: 3\ncompose: {prefix: ''}\n");
    let against = [
        "validate",
        FILE,
        "--against",
        "old.yaml",
        "--deny",
        "warnings",
    ];
    let said = run(folder.path(), &against);
    assert_eq!(said.code, 0, "{}", said.stderr);
    // A name that is taken there is not taken here.
    write(folder.path(), "nodes: [{id: 1, name: restate-cluster}]\n");
    let said = run(folder.path(), &["validate", FILE]);
    assert_eq!(said.code, 0, "{}", said.stderr);
}

#[test]
fn only_a_file_of_this_tool_counts() {
    let folder = folder();
    write(folder.path(), "nodes: 3\n");
    let foreign = "services:\n  provision:\n    image: mine\n    environment:\n      MARKER: x\n";
    fs::write(folder.path().join("docker-compose.yaml"), foreign).expect("written");
    let run = run(folder.path(), &["compose", "--force"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(!run.stderr.contains(&note()), "{}", run.stderr);
    assert!(keys(&compose(folder.path())).contains(&"restate-cluster".to_owned()));
}
