//! What each example renders to, pinned file by file. A golden is read before it is accepted.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use restate_gen::diagnostic::allow::Policy;
use restate_gen::model::Cluster;
use restate_gen::source::Document;
use restate_gen::targets::TARGETS;
use restate_gen::topology::Topology;
use restate_gen::validation::validate;
use restate_gen::{rules, schema, topology};

/// The folders of `examples/`, by name.
pub fn examples() -> Vec<PathBuf> {
    let mut examples: Vec<PathBuf> = std::fs::read_dir("examples")
        .expect("examples/")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    examples.sort();
    assert!(!examples.is_empty());
    examples
}

/// The cluster of an example, which has no fault of any kind.
pub fn cluster(example: &Path) -> Cluster {
    let path = example.join("restate-cluster.yaml");
    let document = Document::parse(
        path.display().to_string(),
        std::fs::read(&path).expect("readable"),
    );
    let reading = schema::read(&document);
    assert!(
        reading.diagnostics.is_empty(),
        "{}: {:?}",
        path.display(),
        reading.diagnostics
    );
    reading.cluster.expect("a model")
}

pub fn resolved(cluster: &Cluster) -> Topology {
    topology::resolve(cluster, rules::release(cluster))
}

#[test]
fn every_example_renders_to_its_golden_files() {
    let mut expected = BTreeSet::new();
    for example in examples() {
        let topology = resolved(&cluster(&example));
        let name = example
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        for target in &TARGETS {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("golden")
                .join(&name)
                .join(target.name);
            let tree = (target.render)(&topology, &format!("restate-gen {}", target.verb));
            for file in tree.files() {
                let file_name = file.path.trim_start_matches('.');
                expected.insert(folder.join(format!("{file_name}.snap")));
                insta::with_settings!({
                    snapshot_path => &folder,
                    prepend_module_to_snapshot => false,
                    omit_expression => true,
                    description => format!("examples/{name}: {}", file.path),
                }, {
                    insta::assert_snapshot!(file_name, file.text);
                });
            }
        }
    }
    let present: BTreeSet<PathBuf> =
        files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("golden"))
            .into_iter()
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "snap")
            })
            .collect();
    let stale: Vec<_> = present.difference(&expected).collect();
    assert!(
        stale.is_empty(),
        "goldens that nothing renders any more: {stale:?}"
    );
}

#[test]
fn no_example_has_a_finding() {
    for example in examples() {
        let path = example.join("restate-cluster.yaml");
        let document = Document::parse(
            path.display().to_string(),
            std::fs::read(&path).expect("readable"),
        );
        let report = validate(&document, &Policy::default()).report;
        assert_eq!(report.findings(), [], "{}", path.display());
    }
}

#[test]
fn every_example_says_what_it_is_in_a_few_lines() {
    for example in examples() {
        let text = std::fs::read_to_string(example.join("README.md")).expect("a README.md");
        assert!(
            (3..=10).contains(&text.lines().count()),
            "{}",
            example.display()
        );
        let command = format!("-f {}/restate-cluster.yaml", example.display());
        assert!(
            text.contains(&command),
            "{} does not say {command}",
            example.display()
        );
    }
}

pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flat_map(|entry| {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
