//! What the Markdown files claim: every command of this tool, every cluster file and every path in them.

use std::fs;
use std::path::Path;
use std::process::Command;

use restate_gen::diagnostic::allow::Policy;
use restate_gen::source::Document;
use restate_gen::validation::validate;

const DOCUMENTS: &[&str] = &[
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/ARCHITECTURE.md",
    "docs/PERFORMANCE.md",
    "docs/ci.md",
    "docs/scale.md",
    "docs/validate.md",
];

/// The fenced blocks of a language.
fn fences(text: &str, language: &str) -> Vec<String> {
    text.split(&format!("```{language}\n"))
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default().to_string())
        .collect()
}

/// Runs the commands of this tool that a document shows, each of which must do its job; says how many there are.
fn run_commands(name: &str, folder: &Path) -> usize {
    let text = fs::read_to_string(name).expect("committed");
    let mut count = 0;
    for line in fences(&text, "sh").iter().flat_map(|fence| fence.lines()) {
        let Some(arguments) = line.strip_prefix("restate-gen ") else {
            continue;
        };
        let arguments = arguments.split(" #").next().unwrap_or_default();
        let output = Command::new(env!("CARGO_BIN_EXE_restate-gen"))
            .current_dir(folder)
            .args(arguments.split_whitespace())
            .output()
            .expect("it runs");
        assert!(
            output.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        count += 1;
    }
    count
}

#[test]
fn every_command_of_the_readme_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(run_commands("README.md", folder.path()) >= 3);
}

/// With the file that the document shows, and the same as the deployed one.
#[test]
fn every_command_of_the_guide_to_validation_runs_on_its_file() {
    let name = "docs/validate.md";
    let folder = tempfile::tempdir().expect("a folder");
    let text = fs::read_to_string(name).expect("committed");
    for file in ["restate-cluster.yaml", "deployed.yaml"] {
        fs::write(folder.path().join(file), &fences(&text, "yaml")[0]).expect("written");
    }
    assert!(run_commands(name, folder.path()) >= 10);
}

/// With the file that the document shows, from three nodes to five and back.
#[test]
fn every_command_of_the_guide_to_changes_runs_on_its_file() {
    let name = "docs/scale.md";
    let folder = tempfile::tempdir().expect("a folder");
    let text = fs::read_to_string(name).expect("committed");
    fs::write(
        folder.path().join("restate-cluster.yaml"),
        &fences(&text, "yaml")[0],
    )
    .expect("written");
    // It runs already: a change is written only beside the files of what runs.
    let deployed = Command::new(env!("CARGO_BIN_EXE_restate-gen"))
        .current_dir(folder.path())
        .arg("compose")
        .output()
        .expect("it runs");
    assert!(deployed.status.success());
    assert!(run_commands(name, folder.path()) >= 5);
    for file in ["PLAN.md", "run.sh"] {
        assert!(
            folder
                .path()
                .join("operations/scale-3-to-5")
                .join(file)
                .exists()
        );
    }
}

#[test]
fn every_cluster_file_in_a_document_is_sound() {
    for name in DOCUMENTS {
        let text = fs::read_to_string(name).expect(name);
        for fence in fences(&text, "yaml") {
            let document = Document::parse(*name, fence.clone());
            let report = validate(&document, &Policy::default()).report;
            assert_eq!(report.findings(), [], "{name}: {fence}");
        }
    }
}

#[test]
fn every_link_to_a_file_leads_to_one() {
    for name in DOCUMENTS {
        let text = fs::read_to_string(name).expect(name);
        let folder = Path::new(name).parent().expect("a folder");
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split([')', '#']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") {
                assert!(folder.join(target).exists(), "{name} links to {target}");
            }
        }
    }
}

#[test]
fn what_the_readme_says_is_generated_is_generated() {
    let text = fs::read_to_string("README.md").expect("committed");
    let cluster = restate_gen::model::Cluster::default();
    let topology = crate::golden::resolved(&cluster);
    let trees = restate_gen::targets::TARGETS
        .iter()
        .map(|target| (target.render)(&topology, "restate-gen"));
    for file in trees.flat_map(|tree| tree.files().to_vec()) {
        assert!(
            text.contains(&format!("`{}`", file.path)),
            "README.md does not name {}",
            file.path
        );
    }
}
