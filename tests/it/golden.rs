//! What each example renders to, pinned file by file. A golden is read before it is accepted.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::cases::whatever_its_age;
use restate_gen::model::Cluster;
use restate_gen::source::Document;
use restate_gen::targets::TARGETS;
use restate_gen::topology::Topology;
use restate_gen::validation::validate;
use restate_gen::{schema, topology};

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
    topology::resolve(cluster, topology::release(cluster))
}

/// The target that an example is pinned on. One that is not listed here is pinned on all of them: those two say nearly
/// everything that a template can say, and the others add what only one target makes of them, so that a changed word changes few files.
const PINNED_ON: &[(&str, &str)] = &[
    // The only example without a `version`: a new release of the server changes these files and no others.
    ("01-one-node", "compose"),
    ("02-three-nodes-at-1.5.3", "compose"),
    ("03-five-nodes", "compose"),
    ("04-split-roles", "nomad"),
    ("05-zones", "kubernetes"),
    ("06-external-s3", "nomad"),
    ("09-gitops", "kubernetes"),
    ("10-tls", "compose"),
    ("10-tls", "kubernetes"),
    ("10-tls", "nomad"),
    ("11-existing-volumes", "compose"),
];

fn name_of(example: &Path) -> String {
    let name = example.file_name().expect("a name");
    name.to_string_lossy().into_owned()
}

#[test]
fn every_example_renders_to_its_golden_files() {
    let mut expected = BTreeSet::new();
    for example in examples() {
        let topology = resolved(&cluster(&example));
        let name = name_of(&example);
        let pinned = PINNED_ON.iter().filter(|(pinned, _)| *pinned == name);
        let is_pinned = pinned.clone().next().is_some();
        for target in TARGETS {
            if is_pinned && pinned.clone().all(|(_, named)| *named != target.name) {
                continue;
            }
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

/// A script that several targets run is the same text in each: a golden of one of them is enough to read it.
#[test]
fn the_shared_scripts_are_verbatim_in_every_target() {
    let mut checked = 0;
    for script in files_below(Path::new("templates/scripts")) {
        let text = std::fs::read_to_string(&script).expect("a script");
        for example in examples() {
            let topology = resolved(&cluster(&example));
            for target in TARGETS {
                let tree = (target.render)(&topology, "restate-gen");
                let first = text.lines().next().expect("a line").trim();
                for file in tree.files() {
                    let lines: Vec<&str> = file.text.lines().collect();
                    let Some(at) = lines.iter().position(|line| line.trim() == first) else {
                        continue;
                    };
                    checked += 1;
                    let indent = lines[at].len() - first.len();
                    for (offset, line) in text.lines().enumerate() {
                        let written = lines.get(at + offset).copied().unwrap_or_default();
                        // Compose takes `$$` for a dollar, Nomad `$${` and `%%{` for what opens an expression of HCL.
                        let read = match target.name {
                            "compose" => written.replace("$$", "$"),
                            _ => written.replace("$${", "${").replace("%%{", "%{"),
                        };
                        let read = read.get(indent..).unwrap_or_default();
                        assert_eq!(
                            read.trim_end(),
                            line.trim_end(),
                            "{} of {} at line {} of {}",
                            file.path,
                            example.display(),
                            offset + 1,
                            script.display()
                        );
                    }
                }
            }
        }
    }
    // Provisioning stands in all five targets of each example, the bucket where the store is ours.
    assert!(checked >= examples().len() * TARGETS.len(), "{checked}");
}

/// A new release of the server changes the goldens of one example, not of all.
#[test]
fn one_example_follows_the_newest_version_and_the_others_name_theirs() {
    let unpinned: Vec<PathBuf> = examples()
        .into_iter()
        .filter(|example| cluster(example).version.is_none())
        .collect();
    assert_eq!(unpinned, [Path::new("examples/01-one-node")]);
}

#[test]
fn no_example_has_a_finding() {
    for example in examples() {
        let path = example.join("restate-cluster.yaml");
        let document = Document::parse(
            path.display().to_string(),
            std::fs::read(&path).expect("readable"),
        );
        let report = validate(&document, &whatever_its_age("")).report;
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

/// Everything in the folder, by path, for a comparison.
pub fn all(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = files_below(folder)
        .into_iter()
        .map(|path| {
            (
                path.display().to_string(),
                std::fs::read(&path).expect("read"),
            )
        })
        .collect();
    files.sort();
    files
}
