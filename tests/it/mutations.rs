//! Files that somebody broke: all faults are reported at once and in order, and none makes the tool panic.

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use restate_gen::diagnostic::allow::Policy;
use restate_gen::source::Document;
use restate_gen::targets::TARGETS;
use restate_gen::validation::validate;

use crate::golden::examples;
use crate::tries::tries;

/// Twenty faults of different kinds, a code at the end of each line that has one.
const TWENTY: &str = r#"name: _orders # RG104
version: 1.7.12
image: {repository: "example.com/restate:latest"} # RG510
replicas: 3 # RG020
partitions: 0 # RG024
metadata_servers: [3] # RG023
telemetry: maybe # RG022
retired_ids: [7]
snapshots: {interval: ten} # RG025
nodes:
  - {id: 1, roles: [worker, wrker]} # RG023
  - {id: 1, location: eu.a} # RG101
  - {id: 2, ports: {ingress: 80}} # RG203
  - {id: 7} # RG102
  - {name: minio} # RG106
  - {group: workers, first_id: 20, count: many} # RG022
ports: {bind: 0.0.0.0} # RG204
volumes: {size: 64GB} # RG025
resources: {cpus: 1, memory: 1GiB, reserve: {memory: 2GiB}} # RG507
settings:
  worker: {invoker: {memory_limit: 512MiB}} # RG502
  cluster-name: orders # RG504
  shutdown-timeout: 60 # RG505
name: twice # RG007
"#;

#[test]
fn twenty_faults_of_different_kinds_are_told_in_one_run_in_order() {
    let document = Document::parse("restate-cluster.yaml", TWENTY);
    let report = validate(&document, &Policy::default()).report;
    let found: Vec<String> = report
        .findings()
        .iter()
        .map(|finding| {
            let line = finding
                .origin
                .extent()
                .map_or(0, |extent| extent.start.line);
            format!("{line} {}", finding.diagnostic.rule.code)
        })
        .collect();
    let planted: Vec<String> = TWENTY
        .lines()
        .zip(1..)
        .filter_map(|(line, number)| Some((line.rsplit_once("# ")?.1, number)))
        .map(|(code, number)| format!("{number} {code}"))
        .collect();
    assert_eq!(planted.len(), 20);
    assert_eq!(found, planted);
}

/// What people put in the place of something else.
const INTRUDERS: &[&str] = &[
    "",
    "null",
    "-1",
    "0",
    "99999999999999999999",
    "1e400",
    ".nan",
    "true",
    "[]",
    "{}",
    "[1, [2]]",
    "{a: {b: c}}",
    "'",
    "\"",
    "&a",
    "*a",
    "<<: *a",
    "!!binary x",
    "? ",
    "|\n  x",
    "é",
    "\u{202e}",
    "\t",
    "\r\n",
    "---",
    "...",
    "${X}",
    "# restate-gen: allow",
];

#[derive(Debug, Clone)]
enum Mutation {
    Delete(Index, usize),
    Insert(Index, &'static str),
    Replace(Index, &'static str),
    Repeat(Index),
    Swap(Index, Index),
}

fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let index = any::<Index>;
    let intruder = || select(INTRUDERS);
    let one = prop_oneof![
        (index(), 1..20usize).prop_map(|(at, length)| Mutation::Delete(at, length)),
        (index(), intruder()).prop_map(|(at, text)| Mutation::Insert(at, text)),
        (index(), intruder()).prop_map(|(at, text)| Mutation::Replace(at, text)),
        index().prop_map(Mutation::Repeat),
        (index(), index()).prop_map(|(one, other)| Mutation::Swap(one, other)),
    ];
    prop::collection::vec(one, 1..6)
}

fn mutated(text: &str, mutation: &Mutation) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.is_empty() {
        return String::new();
    }
    let near = |at: &Index| {
        let at = at.index(text.len());
        (0..=at)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0)
    };
    match mutation {
        Mutation::Delete(at, length) => {
            let at = near(at);
            let rest: String = text[at..].chars().skip(*length).collect();
            return format!("{}{rest}", &text[..at]);
        }
        Mutation::Insert(at, intruder) => {
            let at = near(at);
            return format!("{}{intruder}{}", &text[..at], &text[at..]);
        }
        // A value goes, whatever it was.
        Mutation::Replace(at, intruder) => {
            let at = at.index(lines.len());
            let (key, _) = lines[at]
                .split_once(':')
                .unwrap_or((lines[at].trim_end(), ""));
            let line = format!("{key}: {intruder}\n");
            lines[at] = &line;
            return lines.concat();
        }
        Mutation::Repeat(at) => {
            let at = at.index(lines.len());
            lines.insert(at, lines[at]);
        }
        Mutation::Swap(one, other) => {
            let (one, other) = (one.index(lines.len()), other.index(lines.len()));
            lines.swap(one, other);
        }
    }
    lines.concat()
}

proptest! {
    #![proptest_config(tries(400))]

    #[test]
    fn a_file_that_somebody_broke_gets_findings_or_files_and_never_a_panic(example in any::<Index>(), mutations in mutations()) {
        let folders = examples();
        let path = example.get(&folders).join(Path::new("restate-cluster.yaml"));
        let text = std::fs::read_to_string(path).expect("readable");
        let text = mutations.iter().fold(text, |text, mutation| mutated(&text, mutation));
        let document = Document::parse("restate-cluster.yaml", text.as_str());
        let validation = validate(&document, &Policy::default());
        for finding in validation.report.findings() {
            prop_assert!(!finding.diagnostic.message.is_empty());
            if let Some(extent) = finding.origin.extent() {
                prop_assert!(text.get(extent.range.clone()).is_some(), "{:?} is not in the text", extent.range);
            }
        }
        if let Some(topology) = validation.topology() {
            for target in TARGETS {
                prop_assert!(!(target.render)(&topology, "restate-gen").main().text.is_empty());
            }
        }
    }
}
