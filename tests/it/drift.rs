//! `drift`: every folder with a record is compared, each with its own verb.

use std::fs;
use std::path::Path;
use std::process::Command;

use restate_gen::drift;

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
        ("deploy/kubernetes/nodes.yaml:", "RG901"),
        ("generated/OPERATIONS.md:", "RG901"),
        ("eu/values.yaml: ", "RG903"),
        ("us/restate.nomad.hcl:", "RG902"),
        ("test/rollout.sh:", "RG901"),
    ] {
        let (file, code) = line;
        let said = drifted
            .stderr
            .lines()
            .any(|said| said.starts_with(file) && said.contains(code));
        assert!(said, "no {line:?}: {}", drifted.stderr);
    }
    // One folder alone, whose cluster file is above it.
    let one = run(root.path(), &["drift", "deploy"]);
    assert_eq!(one.code, 1, "{}", one.stderr);
    assert!(!one.stderr.contains("test/rollout.sh"), "{}", one.stderr);
    let here = run(&root.path().join("deploy/kubernetes"), &["drift"]);
    assert_eq!(here.code, 1, "{}", here.stderr);
    assert!(
        here.stderr
            .lines()
            .any(|line| line.starts_with("nodes.yaml:") && line.contains("RG901")),
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

/// What the rules say of themselves, run as a user would.
#[test]
fn the_rules_examples_fail_and_pass_as_they_say() {
    let tool = Path::new(env!("CARGO_BIN_EXE_restate-gen"));
    let path = std::env::var("PATH").expect("a PATH");
    let path = format!("{}:{path}", tool.parent().expect("a folder").display());
    for rule in drift::RULES {
        let headings: Vec<&str> = rule
            .docs
            .lines()
            .filter(|line| line.starts_with("## "))
            .collect();
        assert_eq!(headings, ["## What", "## Why", "## Fails", "## Passes"]);
        for (heading, code) in [("## Fails", 1), ("## Passes", 0)] {
            let (_, section) = rule.docs.split_once(heading).expect(heading);
            let (_, script) = section.split_once("```sh\n").expect("a script");
            let (script, _) = script.split_once("```").expect("its end");
            let folder = folder();
            let ran = Command::new("sh")
                .args([
                    "-c",
                    &script.replace("restate-gen drift", "restate-gen drift --format concise"),
                ])
                .current_dir(folder.path())
                .env("PATH", &path)
                .output()
                .expect("sh");
            let said = String::from_utf8_lossy(&ran.stdout).into_owned();
            assert_eq!(
                ran.status.code(),
                Some(code),
                "{heading} of {}: {said}",
                rule.code
            );
            let is_found = said.contains(&format!("error[{}]", rule.code));
            assert_eq!(is_found, code == 1, "{heading} of {}: {said}", rule.code);
        }
    }
}

/// One report of all folders: the cluster files and every generated file, sound ones too.
#[test]
fn a_format_has_all_folders_in_one_report() {
    let root = repository();
    append(root.path(), "test/rollout.sh");
    let other = "nodes: 2\nnomad: {one_host: true}\n";
    fs::write(root.path().join("us/restate-cluster.prod.yaml"), other).expect("writable");
    let drifted = run(root.path(), &["drift", "--format", "json"]);
    assert_eq!(drifted.code, 1, "{}", drifted.stderr);
    assert_eq!(drifted.stderr, "");
    let report: serde_json::Value = serde_json::from_str(&drifted.stdout).expect("JSON");
    let files = report["files"].as_array().expect("files");
    let of = |name: &str| {
        let mut found = files.iter().filter(|file| file["name"] == name);
        let file = found.next().unwrap_or_else(|| panic!("no {name}"));
        assert!(found.next().is_none(), "{name} is there twice");
        file
    };
    let rollout = &of("test/rollout.sh")["findings"][0];
    assert_eq!(rollout["code"], "RG901");
    let text = fs::read_to_string(root.path().join("test/rollout.sh")).expect("there");
    assert_eq!(
        rollout["origin"]["range"]["start"]["line"],
        text.lines().count()
    );
    assert_eq!(of("deploy/kubernetes/nodes.yaml")["counts"]["error"], 0);
    // What the change rules say of a cluster file is in it too: a node left before it was drained.
    assert_ne!(of("us/restate-cluster.prod.yaml")["counts"]["error"], 0);
    assert!(!drifted.stdout.contains(".env\""), "{}", drifted.stdout);

    for format in ["sarif", "github", "gitlab", "junit"] {
        let drifted = run(root.path(), &["drift", "--format", format]);
        assert_eq!(drifted.code, 1, "{}", drifted.stderr);
        assert!(
            drifted.stdout.contains("RG901"),
            "{format}: {}",
            drifted.stdout
        );
        let checked = run(
            &root.path().join("test"),
            &["compose", "--check", "--format", format],
        );
        assert_eq!(checked.code, 1, "{}", checked.stderr);
        assert!(
            checked.stdout.contains("RG901"),
            "{format}: {}",
            checked.stdout
        );
    }
}
