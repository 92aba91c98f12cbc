//! Every node name that a sound cluster may have comes back from the files of every target as the same text.

use hcl::Body;
use proptest::prelude::*;
use restate_gen::diagnostic::allow::Policy;
use restate_gen::source::Document;
use restate_gen::targets::TARGETS;
use restate_gen::topology::Topology;
use restate_gen::tree::RenderedTree;
use restate_gen::validation::validate;
use serde_json::Value;

use crate::tries::tries;

/// Names that some reader of YAML or HCL takes for something else, or that look as if it might.
const HARD: [&str; 28] = [
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "true",
    "false",
    "null",
    "nan",
    "inf",
    "none",
    "1e3",
    "1e-3",
    "0o17",
    "0b1",
    "1a",
    "1-2",
    "2-1a",
    "1f",
    "12e03",
    "2026-11-28",
    "e1",
    "x",
    "a--b",
    "for",
    "if",
    "in",
];

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(HARD.to_vec()).prop_map(str::to_owned),
        "[0-9]{1,3}[a-z]",
        "[0-9]e[0-9]{1,3}",
        "[0-9]{1,4}(-[0-9]{1,2}){1,3}",
        "[a-z0-9]([a-z0-9-]{0,12}[a-z0-9])?",
    ]
}

/// The topology of a cluster with a node of that name, where the file is sound.
fn topology(name: &str) -> Option<Topology> {
    let text = format!(
        "nodes:\n  - {{id: 1, name: '{name}'}}\n  - {{id: 2, name: second}}\n  - {{id: 3, name: third}}\n\
         kubernetes: {{}}\nnomad: {{}}\n"
    );
    let document = Document::parse("restate-cluster.yaml", text);
    let validation = validate(&document, &Policy::default());
    (!validation.report.has_errors()).then(|| validation.topology().expect("a topology"))
}

fn rendered(topology: &Topology, target: &str) -> RenderedTree {
    let target = TARGETS
        .iter()
        .find(|known| known.name == target)
        .expect("a target");
    (target.render)(topology, "restate-gen")
}

fn text<'t>(tree: &'t RenderedTree, path: &str) -> &'t str {
    let file = tree.files().iter().find(|file| file.path == path);
    &file.unwrap_or_else(|| panic!("no {path}")).text
}

fn assert_in_compose(topology: &Topology, name: &str) {
    let tree = rendered(topology, "compose");
    let file: Value =
        serde_saphyr::from_str(&tree.main().text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let service = &file["services"][name];
    assert_eq!(service["hostname"], name);
    assert_eq!(service["environment"]["RESTATE_NODE_NAME"], name);
    assert_eq!(
        service["volumes"][0].as_str(),
        Some(format!("{name}-data:/restate-data").as_str())
    );
    let volumes = file["volumes"].as_object().expect("volumes");
    assert!(volumes.contains_key(&format!("{name}-data")), "{name}");
}

fn assert_in_kubernetes(topology: &Topology, name: &str) {
    let tree = rendered(topology, "kubernetes");
    let objects: Vec<Value> = text(&tree, "nodes.yaml")
        .split("\n---\n")
        .map(|text| {
            serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"))
        })
        .collect();
    let of_kind = |kind: &'static str| objects.iter().filter(move |object| object["kind"] == kind);
    let files = &of_kind("ConfigMap").next().expect("a ConfigMap")["data"];
    let own = files[format!("{name}-0.toml")].as_str().expect("its file");
    assert!(
        own.lines()
            .any(|line| line == format!("node-name = \"{name}\"")),
        "{own}"
    );
    let set = of_kind("StatefulSet").find(|set| set["metadata"]["name"] == name);
    let set = set.unwrap_or_else(|| panic!("no StatefulSet {name}"));
    for labels in [
        "/spec/selector/matchLabels",
        "/spec/template/metadata/labels",
    ] {
        let labels = set.pointer(labels).expect("labels");
        assert_eq!(labels["restate.dev/set"], name);
    }
}

fn assert_in_nomad(topology: &Topology, name: &str) {
    let tree = rendered(topology, "nomad");
    let body: Body = hcl::from_str(text(&tree, "restate.nomad.hcl"))
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let block = |body: &Body, path: &[(&str, Option<&str>)]| -> Body {
        path.iter().fold(body.clone(), |body, (kind, label)| {
            let mut blocks = body.into_blocks().filter(|block| {
                block.identifier() == *kind
                    && label.is_none_or(|label| {
                        block
                            .labels()
                            .first()
                            .is_some_and(|own| own.as_str() == label)
                    })
            });
            let found = blocks
                .next()
                .unwrap_or_else(|| panic!("no {kind} {label:?}"));
            found.body
        })
    };
    let group = block(&body, &[("job", None), ("group", Some(name))]);
    let value = |body: &Body, key: &str| -> String {
        let mut attributes = body.attributes();
        let found = attributes.find(|attribute| attribute.key() == key);
        match found.map(|attribute| attribute.expr()) {
            Some(hcl::Expression::String(text)) => text.clone(),
            other => panic!("{key} of {name} is {other:?}"),
        }
    };
    let volume = block(&group, &[("volume", Some("data"))]);
    assert_eq!(
        value(&volume, "source"),
        format!("restate-cluster-{name}-data")
    );
    let environment = block(&group, &[("task", None), ("env", None)]);
    assert_eq!(value(&environment, "RESTATE_NODE_NAME"), name);
}

fn assert_comes_back(name: &str) {
    let Some(topology) = topology(name) else {
        return;
    };
    assert_in_compose(&topology, name);
    assert_in_kubernetes(&topology, name);
    assert_in_nomad(&topology, name);
}

#[test]
fn names_that_are_easily_taken_for_something_else_come_back() {
    for name in HARD {
        assert!(topology(name).is_some(), "{name} is refused");
        assert_comes_back(name);
    }
}

#[test]
fn a_name_that_resolvers_take_for_an_address_is_refused() {
    for name in ["42", "007", "0x1f", "4294967295"] {
        assert!(topology(name).is_none(), "{name} passes");
    }
}

/// What is put into YAML may come in quotes, so nothing may stand right before or behind it.
#[test]
fn what_templates_put_into_yaml_are_whole_scalars() {
    for folder in std::fs::read_dir("templates").expect("templates/") {
        for file in std::fs::read_dir(folder.expect("an entry").path()).expect("a folder") {
            let path = file.expect("an entry").path();
            if path.extension().is_none_or(|ending| ending != "yaml") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("readable");
            for line in text
                .lines()
                .filter(|line| !line.trim_start().starts_with('#'))
            {
                let written = without_tags(line);
                assert!(is_of_whole_scalars(&written), "{}: {line}", path.display());
            }
        }
    }
}

/// What is written where every condition holds.
fn without_tags(line: &str) -> String {
    let mut parts = line.split("{%");
    let first = parts.next().unwrap_or_default();
    let others = parts.filter_map(|part| Some(part.split_once("%}")?.1));
    std::iter::once(first).chain(others).collect()
}

/// Numbers in quotes of the template's own and names of anchors are never put into quotes.
fn is_of_whole_scalars(line: &str) -> bool {
    line.match_indices("{{ ").all(|(start, _)| {
        let Some(length) = line[start..].find(" }}") else {
            return false;
        };
        let (before, after) = (&line[..start], &line[start + length + 3..]);
        let is_anchor = before.ends_with(['&', '*']) || before.ends_with("x-");
        let is_quoted_number = before.ends_with('\'') && after.starts_with('\'');
        let starts = before.is_empty() || before.ends_with([' ', '[']);
        let ends = after.is_empty() || after.starts_with([' ', ',', ']', '}', ':']);
        let is_key = !after.starts_with(':') || after == ":" || after.starts_with(": ");
        is_anchor || is_quoted_number || (starts && ends && is_key)
    })
}

proptest! {
    #![proptest_config(tries(128))]

    #[test]
    fn any_name_that_is_not_refused_comes_back(name in names()) {
        assert_comes_back(&name);
    }
}
