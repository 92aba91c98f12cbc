//! What the Markdown files claim: every command of this tool, every cluster file and every path in them.

use std::fs;
use std::path::Path;
use std::process::Command;

use restate_gen::source::Document;
use restate_gen::{rules, schema};

const DOCUMENTS: [&str; 6] = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/ARCHITECTURE.md",
    "docs/PERFORMANCE.md",
    "docs/ci.md",
];

/// The fenced blocks of a language.
fn fences(text: &str, language: &str) -> Vec<String> {
    text.split(&format!("```{language}\n"))
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default().to_string())
        .collect()
}

#[test]
fn every_command_of_the_readme_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = fs::read_to_string("README.md").expect("committed");
    let mut count = 0;
    for line in fences(&text, "sh").iter().flat_map(|fence| fence.lines()) {
        let Some(arguments) = line.strip_prefix("restate-gen ") else {
            continue;
        };
        let arguments = arguments.split(" #").next().unwrap_or_default();
        let output = Command::new(env!("CARGO_BIN_EXE_restate-gen"))
            .current_dir(folder.path())
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
    assert!(count >= 3, "{count} commands");
}

#[test]
fn every_cluster_file_in_a_document_is_sound() {
    for name in DOCUMENTS {
        let text = fs::read_to_string(name).expect(name);
        for fence in fences(&text, "yaml") {
            let document = Document::parse(name, fence.clone());
            let reading = schema::read(&document);
            assert!(
                reading.diagnostics.is_empty(),
                "{name}: {fence}\n{:?}",
                reading.diagnostics
            );
            let found = rules::run(&reading);
            assert!(found.is_empty(), "{name}: {fence}\n{found:?}");
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
