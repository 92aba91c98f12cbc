//! `drift`: every folder with a record is compared, each with its own verb.

use std::fs;
use std::path::Path;

use crate::cli::{folder, run};
use crate::golden::all;

/// A repository with files of every target: next to the cluster file, below it, away from it, and without one.
fn repository() -> tempfile::TempDir {
    let root = folder();
    let at = |path: &str| root.path().join(path);
    for (path, text) in [
        ("restate-cluster.yaml", "nodes: 3\n"),
        ("eu/restate-cluster.yaml", "nodes: 3\nkubernetes: {}\n"),
        (
            "us/restate-cluster.prod.yaml",
            "nodes: 3\nnomad: {one_host: true}\n",
        ),
    ] {
        fs::create_dir_all(at(path).parent().expect("a folder")).expect("writable");
        fs::write(at(path), text).expect("writable");
    }
    fs::create_dir_all(at("test")).expect("writable");
    for (place, arguments) in [
        ("", &["compose"][..]),
        ("", &["kubernetes", "-o", "deploy/kubernetes"]),
        ("eu", &["kubernetes", "--flavor", "helm"]),
        ("eu", &["compose", "-o", "../generated"]),
        ("us", &["nomad", "-f", "restate-cluster.prod.yaml"]),
        ("test", &["compose", "--nodes", "1"]),
    ] {
        let made = run(&at(place), arguments);
        assert_eq!(made.code, 0, "{arguments:?}: {}", made.stderr);
    }
    root
}

fn append(root: &Path, path: &str) {
    let path = root.join(path);
    let text = fs::read_to_string(&path).expect("generated") + "# Ours\n";
    fs::write(path, text).expect("writable");
}

#[test]
fn every_record_is_compared_with_its_own_target_and_command() {
    let root = repository();
    let before = all(root.path());
    let sound = run(root.path(), &["drift"]);
    assert_eq!(sound.code, 0, "{}", sound.stderr);
    assert!(all(root.path()) == before, "something was written");

    append(root.path(), "test/rollout.sh");
    append(root.path(), "deploy/kubernetes/nodes.yaml");
    append(root.path(), "generated/OPERATIONS.md");
    fs::remove_file(root.path().join("eu/values.yaml")).expect("generated");
    let other = "nodes: 5\nmetadata_servers: 3\nnomad: {one_host: true}\n";
    fs::write(root.path().join("us/restate-cluster.prod.yaml"), other).expect("writable");
    let drifted = run(root.path(), &["drift"]);
    assert_eq!(drifted.code, 1, "{}", drifted.stderr);
    for line in [
        "deploy/kubernetes/nodes.yaml was edited after restate-gen wrote it",
        "generated/OPERATIONS.md was edited after restate-gen wrote it",
        "eu/values.yaml is missing",
        "us/restate.nomad.hcl is out of date",
        "test/rollout.sh was edited after restate-gen wrote it",
    ] {
        let said = drifted.stderr.lines().any(|said| said == line);
        assert!(said, "no {line:?}: {}", drifted.stderr);
    }
    // One folder alone, whose cluster file is above it.
    let one = run(root.path(), &["drift", "deploy"]);
    assert_eq!(one.code, 1, "{}", one.stderr);
    assert!(!one.stderr.contains("test/rollout.sh"), "{}", one.stderr);
    let here = run(&root.path().join("deploy/kubernetes"), &["drift"]);
    assert_eq!(here.code, 1, "{}", here.stderr);
    let said = "nodes.yaml was edited after restate-gen wrote it";
    assert!(
        here.stderr.lines().any(|line| line == said),
        "{}",
        here.stderr
    );
}

#[test]
fn what_cannot_be_compared_is_an_error() {
    let root = folder();
    let none = run(root.path(), &["drift"]);
    assert_eq!(none.code, 2);
    assert!(
        none.stderr.contains("there is no restate-gen.lock"),
        "{}",
        none.stderr
    );
    let file = root.path().join("restate-cluster.yaml");
    fs::write(&file, "nodes: 3\n").expect("writable");
    assert_eq!(run(root.path(), &["compose"]).code, 0);
    fs::rename(&file, root.path().join("other.yaml")).expect("there");
    let moved = run(root.path(), &["drift"]);
    assert_eq!(moved.code, 2);
    assert!(
        moved.stderr.contains("restate-cluster.yaml is not where"),
        "{}",
        moved.stderr
    );
}

/// The hook runs when any of them is in a commit.
#[test]
fn the_hooks_look_at_every_generated_file() {
    let hooks = fs::read_to_string(".pre-commit-hooks.yaml").expect("committed");
    let (_, pattern) = hooks.split_once("files: &all_files ").expect("a pattern");
    let pattern = pattern.lines().next().expect("a line");
    let pattern = regex_lite::Regex::new(pattern).expect("a regular expression");
    let topology = crate::golden::resolved(&restate_gen::model::Cluster::default());
    let mut seen = vec!["restate-gen.lock", "deploy/restate-cluster.eu.yml"];
    let trees = restate_gen::targets::TARGETS
        .iter()
        .map(|target| (target.render)(&topology, "restate-gen"));
    let files: Vec<_> = trees.flat_map(|tree| tree.files().to_vec()).collect();
    seen.extend(
        files
            .iter()
            .map(|file| file.path)
            .filter(|path| *path != ".env"),
    );
    for path in seen {
        assert!(pattern.is_match(path), "{path}");
    }
    for path in ["other.yaml", ".env", "src/main.rs"] {
        assert!(!pattern.is_match(path), "{path}");
    }
}

/// The files that a plan is going to put in place are not compared.
#[test]
fn the_files_of_a_plan_are_left_alone() {
    let folder = folder();
    fs::write(folder.path().join("restate-cluster.yaml"), "nodes: 3\n").expect("writable");
    assert_eq!(run(folder.path(), &["compose"]).code, 0);
    let planned = run(folder.path(), &["scale", "--nodes", "5", "--write"]);
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    let staged = folder
        .path()
        .join("operations/scale-3-to-5/files/restate-gen.lock");
    assert!(staged.exists());
    let checked = run(folder.path(), &["drift"]);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
}
