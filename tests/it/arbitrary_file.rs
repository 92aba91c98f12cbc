//! Any bytes as a cluster file, the whole way, and what must hold of them. The fuzz targets run this too.

use restate_gen::diagnostic::allow::Policy;
use restate_gen::diagnostic::fix::edits;
use restate_gen::diagnostic::human::{self, Colour};
use restate_gen::import::{self, Answers, Asked, Deployment};
use restate_gen::output::dotenv;
use restate_gen::source::Document;
use restate_gen::targets::TARGETS;
use restate_gen::validation::validate;
use serde_json::Value;

/// More nodes take longer and tell nothing new.
const MOST_NODES: usize = 12;

/// Reads, checks, reports and, where nothing stands against it, renders.
///
/// # Panics
/// When something does not hold that must hold of any bytes.
pub fn run(bytes: &[u8]) {
    import_from(bytes);
    let document = Document::parse("restate-cluster.yaml", bytes);
    let validation = validate(&document, &Policy::default());
    let printed = human::print(&validation.report, Colour::Plain);
    assert_eq!(printed.is_empty(), validation.report.findings().is_empty());
    for edit in edits(&validation.report) {
        assert!(
            edit.applied(document.text()) != document.text(),
            "a change that changes nothing"
        );
    }
    let has_errors = validation.report.has_errors();
    let Some(topology) = validation.topology() else {
        assert!(has_errors, "refused without a finding");
        return;
    };
    if topology.nodes.len() > MOST_NODES {
        return;
    }
    for target in TARGETS {
        let tree = (target.render)(&topology, "restate-gen");
        for file in tree.files() {
            if file.path.ends_with(".yaml") {
                for document in file.text.split("\n---\n") {
                    let read: Value =
                        serde_saphyr::from_str(document).expect("generated YAML is YAML");
                    if target.name == "compose" {
                        interpolations(&read);
                    }
                }
            }
            if file.path == ".env" {
                let once = dotenv::merge(None, &file.text).text;
                assert!(
                    dotenv::merge(Some(&once), &file.text).text == once,
                    "the second run changes .env"
                );
            }
        }
    }
}

/// Every `$` in a Compose file is doubled, or the start of a variable of ours.
fn interpolations(value: &Value) {
    match value {
        Value::Object(entries) => entries.values().for_each(interpolations),
        Value::Array(items) => items.iter().for_each(interpolations),
        Value::String(text) => {
            for part in text.replace("$$", "").split('$').skip(1) {
                let name = part.strip_prefix('{').unwrap_or_default();
                assert!(
                    name.starts_with(|c: char| c.is_ascii_uppercase()),
                    "Compose would take a `$` of the user's for a variable"
                );
            }
        }
        _ => {}
    }
}

/// Any bytes as a Compose file: something is said of them.
fn import_from(bytes: &[u8]) {
    let (nothing, answers) = (|_: &str| None, Answers::new());
    let asked = Asked {
        folder: "shop",
        files: &nothing,
        services: &[],
        back: "..",
        answers: &answers,
    };
    let document = Document::parse("docker-compose.yaml", bytes);
    if let Ok(deployment) = Deployment::read(vec![document], &asked) {
        let draft = import::draft(&deployment, &asked);
        assert!(draft.text.starts_with("name: "), "{}", draft.text);
        import::rules::run(&deployment);
    }
}
