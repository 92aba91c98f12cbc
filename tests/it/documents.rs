//! What the Markdown files claim: every command of this tool, every cluster file and every path in them.

use std::fs;
use std::path::Path;
use std::process::Command;

use restate_gen::facts::{Release, newest_patches, releases};
use restate_gen::source::Document;
use restate_gen::validation::validate;

use crate::cases::whatever_its_age;

const DOCUMENTS: &[&str] = &[
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/ARCHITECTURE.md",
    "docs/PERFORMANCE.md",
    "docs/adding-a-version.md",
    "docs/RELEASING.md",
    "docs/ci.md",
    "docs/generated.md",
    "docs/glossary.md",
    "docs/import.md",
    "docs/install.md",
    "docs/scale.md",
    "docs/validate.md",
    "docs/with-your-application.md",
    "packaging/README.md",
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
        // From a checkout, or installed.
        let arguments = line
            .strip_prefix("cargo run --release -- ")
            .or(line.strip_prefix("restate-gen "));
        let Some(arguments) = arguments else {
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

/// Before anything that needs an engine: one does the main job, one runs the tests.
#[test]
fn the_first_two_commands_of_the_readme_need_nothing_but_rust() {
    let text = fs::read_to_string("README.md").expect("committed");
    let first: Vec<String> = fences(&text, "sh").into_iter().take(1).collect();
    let commands: Vec<&str> = first.iter().flat_map(|fence| fence.lines()).collect();
    assert_eq!(
        commands,
        ["cargo run --release -- compose --nodes 3", "cargo test"]
    );
    // What the first leaves in a checkout is none of the repository's.
    let ignored = fs::read_to_string(".gitignore").expect("committed");
    let topology = crate::golden::resolved(&restate_gen::model::Cluster::default());
    for file in restate_gen::targets::compose::render(&topology, "restate-gen").files() {
        let line = format!("/{}", file.path);
        assert!(ignored.lines().any(|ignored| ignored == line), "{line}");
    }
}

/// The file that the README shows starts on a host with that many cores: an engine refuses a limit above them.
#[test]
fn the_file_of_the_readme_starts_on_two_cores() {
    let text = fs::read_to_string("README.md").expect("committed");
    let files = fences(&text, "yaml");
    assert!(!files.is_empty());
    for file in files {
        let document = Document::parse("README.md", file);
        let topology = validate(&document, &whatever_its_age("")).topology();
        for node in topology.expect("sound").nodes {
            assert!(node.resources.cpus.is_none_or(|limit| limit <= 2.0));
        }
    }
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
    // It runs already: a change is written only next to the files of what runs.
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
        // Files of Compose say what they are in their first line.
        let is_of_compose = |fence: &String| {
            let first = fence.lines().next().unwrap_or_default();
            first.starts_with("# ") && first.contains("compose")
        };
        let files = fences(&text, "yaml").into_iter();
        for fence in files.filter(|fence| !is_of_compose(fence)) {
            let document = Document::parse(*name, fence.clone());
            let report = validate(&document, &whatever_its_age("")).report;
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
fn every_command_of_the_list_of_generated_files_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(run_commands("docs/generated.md", folder.path()) >= 3);
}

/// The report for the README's file with the fault that it names.
#[test]
fn the_error_message_of_the_readme_is_a_real_one() {
    let text = fs::read_to_string("README.md").expect("committed");
    let file = fences(&text, "yaml")[0].replace("replication: 2", "replication: 5");
    assert!(text.contains("With\n`replication: 5` in this file:"));
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("restate-cluster.yaml"), file).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_restate-gen"))
        .current_dir(folder.path())
        .args(["validate", "--allow", "RG518"])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let report = String::from_utf8(output.stderr).expect("text");
    let shown = &fences(&text, "text")[0];
    assert_eq!(report.trim_end(), shown.trim_end());
}

/// Each line of it, in that order, is one of the plan for the README's file; the rest of the plan is left out.
#[test]
fn the_plan_of_the_readme_is_a_real_one() {
    let text = fs::read_to_string("README.md").expect("committed");
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect(name);
    write("restate-cluster.yaml", &fences(&text, "yaml")[0]);
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_restate-gen"))
            .current_dir(folder.path())
            .args(arguments)
            .output()
            .expect("it runs")
    };
    assert!(run(&["compose"]).status.success());
    let plan = run(&["scale", "--nodes", "5"]);
    assert!(plan.status.success());
    let plan = String::from_utf8(plan.stdout).expect("text");
    let mut lines = plan.lines();
    let shown = &fences(&text, "text")[1];
    assert!(shown.starts_with("From 3 to 5 nodes"));
    for line in shown.lines().filter(|line| !line.is_empty()) {
        assert!(lines.any(|real| real == line), "the plan has no {line}");
    }
}

#[test]
fn every_generated_file_is_listed() {
    let text = fs::read_to_string("docs/generated.md").expect("committed");
    let cluster = restate_gen::model::Cluster::default();
    let topology = crate::golden::resolved(&cluster);
    let trees = restate_gen::targets::TARGETS
        .iter()
        .map(|target| (target.render)(&topology, "restate-gen"));
    for file in trees.flat_map(|tree| tree.files().to_vec()) {
        assert!(
            text.contains(&format!("`{}`", file.path)),
            "docs/generated.md does not name {}",
            file.path
        );
    }
}

/// Every file that the page shows: cluster files are sound, and what lies over the generated file leaves its services alone.
#[test]
fn every_file_of_the_page_on_applications_is_sound() {
    let name = "docs/with-your-application.md";
    let text = fs::read_to_string(name).expect("committed");
    let folder = tempfile::tempdir().expect("a folder");
    let mut kinds = Vec::new();
    for file in fences(&text, "yaml") {
        let (first, _) = file.split_once('\n').expect("its name");
        let kind = first.strip_prefix("# ").expect("its name").to_owned();
        fs::write(folder.path().join(&kind), &file).expect("written");
        match kind.as_str() {
            "restate-cluster.yaml" => {
                let document = Document::parse(name, file.as_str());
                let report = validate(&document, &whatever_its_age("")).report;
                assert!(
                    report.findings().is_empty(),
                    "{file}: {:?}",
                    report.findings()
                );
                let output = Command::new(env!("CARGO_BIN_EXE_restate-gen"))
                    .current_dir(folder.path())
                    .args(["compose", "--force"])
                    .output()
                    .expect("it runs");
                assert!(output.status.success(), "{output:?}");
                // Every name of a service that the page has is one that there is.
                let made = fs::read_to_string(folder.path().join("docker-compose.yaml"));
                assert!(made.expect("made").contains("aliases: [restate]"));
            }
            _ => {
                let document = Document::parse(name, file.as_str());
                assert!(document.is_readable(), "{file}: {:?}", document.faults());
                let services = document.value()["services"].as_object().expect("services");
                assert!(services.keys().all(|name| !name.starts_with("restate")));
                fs::remove_file(folder.path().join(&kind)).expect("deleted");
            }
        }
        kinds.push(kind);
    }
    assert_eq!(
        kinds,
        [
            "restate-cluster.yaml",
            "docker-compose.override.yaml",
            "compose.yaml",
            "compose.yaml",
            "restate-cluster.yaml",
            "restate-cluster.yaml",
        ]
    );
    assert_eq!(run_commands(name, folder.path()), 1);
    // The network that another project joins is that of the cluster which the page shows.
    assert!(text.contains("name: orders\n") && text.contains("name: orders_default"));
    let ports = restate_gen::targets::compose::render(
        &crate::golden::resolved(&restate_gen::model::Cluster::default()),
        "restate-gen",
    );
    let guide = &ports.file("OPERATIONS.md").expect("a guide").text;
    for address in ["http://localhost:9070", "http://localhost:8080"] {
        assert!(
            text.contains(address) && guide.contains(address),
            "{address}"
        );
    }
}

/// The engine tests run sections of the guides by their headings. They compile whatever a guide's headings are, so a heading that
/// changes is told here.
#[test]
fn the_sections_that_engine_tests_run_are_in_the_guides() {
    let headings: String = crate::golden::files_below(Path::new("templates"))
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| fs::read_to_string(path).expect("a template"))
        .collect();
    let mut found = 0;
    for path in crate::golden::files_below(Path::new("e2e/tests")) {
        let source = fs::read_to_string(&path).expect("a source file");
        for call in ["scripts(", "guided(", "steps(", "script("] {
            for (at, _) in source.match_indices(call) {
                // The heading is the first text of the call, and begins with a capital letter.
                let arguments = source[at + call.len()..].split([')', ';']).next();
                let heading = arguments.and_then(|arguments| arguments.split('"').nth(1));
                let Some(heading) = heading.filter(|text| text.starts_with(char::is_uppercase))
                else {
                    continue;
                };
                found += 1;
                assert!(
                    headings.contains(&format!("\n## {heading}\n")),
                    "{}: no guide has a section `{heading}`",
                    path.display()
                );
            }
        }
    }
    assert!(found > 10, "{found}");
}

#[test]
fn the_readme_names_the_versions_of_the_rows() {
    let known: Vec<&str> = releases().iter().map(Release::text).collect();
    let mut minors: Vec<&str> = newest_patches().map(|newest| newest.minor().name).collect();
    let last = minors.pop().expect("a minor");
    let sentence = format!(
        "Server versions: {}, with a warning any other patch of {} and {last}.",
        known.join(", "),
        minors.join(", ")
    );
    let readme = fs::read_to_string("README.md").expect("committed");
    let mut paragraphs: Vec<String> = readme.split("\n\n").map(str::to_owned).collect();
    let shown = paragraphs
        .iter_mut()
        .find(|paragraph| paragraph.starts_with("Server versions: "))
        .expect("a paragraph about them");
    if std::env::var_os("RESTATE_GEN_BLESS").is_some() && shown.replace('\n', " ") != sentence {
        *shown = in_lines(&sentence);
        fs::write("README.md", paragraphs.join("\n\n")).expect("written");
    }
    let readme = fs::read_to_string("README.md").expect("committed");
    assert!(readme.replace('\n', " ").contains(&sentence), "{sentence}");
}

/// The text in lines of at most 120 columns.
fn in_lines(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always one");
        if line.is_empty() {
            line.push_str(word);
        } else if line.len() + 1 + word.len() > 120 {
            lines.push(word.to_owned());
        } else {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.join("\n")
}
