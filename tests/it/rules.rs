//! The rules: what their own documentation shows, what is said of the cases in `tests/rules`, and what must never be
//! found.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use restate_gen::diagnostic::allow::Policy;
use restate_gen::diagnostic::{self, Diagnostic, Rule, Severity};
use restate_gen::facts;
use restate_gen::rules::{self, Check, RULES};
use restate_gen::schema;
use restate_gen::source::Document;
use restate_gen::validation::{Running, validate, validate_change};

use crate::cases::{self, Case};

fn findings(document: &Document) -> Vec<Diagnostic> {
    let reading = schema::read(document);
    let found = rules::run(&reading);
    reading.diagnostics.into_iter().chain(found).collect()
}

/// Each finding as `RG101 4:9`, in the order of the text.
fn found_in(text: &str) -> String {
    let document = Document::parse("restate-cluster.yaml", text);
    cases::in_words(&validate(&document, &Policy::default()).report)
}

fn messages_of(text: &str) -> Vec<(Severity, String, String)> {
    let document = Document::parse("restate-cluster.yaml", text);
    validate(&document, &Policy::default())
        .report
        .findings()
        .iter()
        .map(|finding| {
            let Diagnostic {
                severity,
                message,
                help,
                ..
            } = &finding.diagnostic;
            (*severity, message.clone(), help.clone().unwrap_or_default())
        })
        .collect()
}

/// The text of a section of a rule's documentation, and of the fence in it.
fn section<'d>(docs: &'d str, name: &str) -> &'d str {
    let (_, rest) = docs
        .split_once(&format!("## {name}\n\n"))
        .unwrap_or_else(|| panic!("{name} in {docs}"));
    rest.split("\n## ").next().expect("split yields one").trim()
}

/// What a rule's documentation shows: a file, or a cluster and what it becomes.
struct Shown<'d> {
    before: Option<&'d str>,
    lost: Option<&'d str>,
    file: &'d str,
    environment: &'d str,
}

impl<'d> Shown<'d> {
    /// In a section: one file, one with `.env` next to it, or two with `becomes` between them, or ``loses the disk of `NODE` and becomes``.
    fn of(docs: &'d str, name: &str) -> Self {
        let fence = |text: &'d str| {
            let text = text.strip_prefix("```yaml\n").expect("a fence of YAML");
            text.trim_end()
                .strip_suffix("```")
                .expect("nothing behind the fence")
        };
        let section = section(docs, name);
        let (section, environment) = match section.split_once("\nwith `.env`\n\n```sh\n") {
            Some((file, set)) => (file, set.strip_suffix("```").expect("a fence")),
            None => (section, ""),
        };
        let Some((before, after)) = section.split_once("becomes\n\n") else {
            let (before, lost, file) = (None, None, fence(section));
            return Self {
                before,
                lost,
                file,
                environment,
            };
        };
        let (before, loss) = before.rsplit_once("\n\n").expect("a fence before it");
        let lost = (!loss.is_empty()).then(|| {
            let loss = loss.strip_prefix("loses the disk of `");
            let name = loss.and_then(|loss| loss.strip_suffix("` and "));
            name.expect("what happens in between")
        });
        Self {
            before: Some(fence(before)),
            lost,
            file: fence(after),
            environment,
        }
    }

    /// The codes found in the file, which is about the one.
    fn codes(&self, of: &str) -> BTreeSet<&'static str> {
        let policy = cases::whatever_its_age(of);
        let document = Document::parse("restate-cluster.yaml", self.file);
        let deployed = self.before.map(|before| {
            let before = Document::parse("restate-cluster.yaml", before);
            cases::deployed(&before, self.lost)
        });
        let (running, report) = match &deployed {
            None => (Running::Nothing, validate(&document, &policy).report),
            Some(deployed) => (
                Running::Planned(deployed),
                validate_change(&document, deployed, &policy).report,
            ),
        };
        let report = report.with(cases::of_environment(
            &document,
            &policy,
            running,
            self.environment,
        ));
        let findings = report.findings().iter();
        findings
            .map(|finding| finding.diagnostic.rule.code)
            .collect()
    }
}

#[test]
fn every_rules_own_examples_fail_and_pass_as_they_say() {
    for (rule, check, _) in RULES {
        let is_change = matches!(check, Check::Change(_));
        for (name, expected) in [
            ("Fails", BTreeSet::from([rule.code])),
            ("Passes", BTreeSet::new()),
        ] {
            let shown = Shown::of(rule.docs, name);
            assert_eq!(shown.before.is_some(), is_change, "{}", rule.code);
            assert_eq!(shown.codes(rule.code), expected, "{name} of {}", rule.code);
        }
    }
}

/// Panics unless the rule's page has its sections in order, in whole sentences, with a source for the reason.
#[track_caller]
pub fn is_documented(rule: &Rule) {
    let lines = rule.docs.lines();
    let headings: Vec<&str> = lines.filter(|line| line.starts_with("## ")).collect();
    assert_eq!(
        headings,
        ["## What", "## Why", "## Fails", "## Passes"],
        "{}",
        rule.code
    );
    for name in ["What", "Why"] {
        assert!(
            section(rule.docs, name).ends_with('.'),
            "{} of {}",
            name,
            rule.code
        );
    }
    let why = section(rule.docs, "Why");
    let has_source = ["run: ", "](https://", "restatedev/restate"]
        .iter()
        .any(|mark| why.contains(mark));
    assert!(has_source, "{} has no source", rule.code);
}

#[test]
fn every_rule_is_documented_in_the_same_order() {
    RULES.iter().for_each(|(rule, ..)| is_documented(rule));
}

#[test]
fn rules_stand_by_code_one_a_file_and_no_code_or_name_is_used_twice() {
    let codes: Vec<&str> = RULES.iter().map(|(rule, ..)| rule.code).collect();
    assert!(codes.is_sorted(), "{codes:?}");

    let files: BTreeSet<String> =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/rules"))
            .expect("the folder of rules")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
    let expected: BTreeSet<String> = RULES
        .iter()
        .map(|(rule, ..)| format!("{}.rs", rule.slug.replace('-', "_")))
        .collect();
    assert_eq!(files, expected);

    let all = RULES.iter().map(|(rule, ..)| *rule);
    let all = all
        .chain(schema::RULES.iter().copied())
        .chain(diagnostic::reading::RULES.iter().copied());
    let (mut codes, mut slugs) = (BTreeSet::new(), BTreeSet::new());
    for rule in all {
        assert!(codes.insert(rule.code), "{} twice", rule.code);
        assert!(slugs.insert(rule.slug), "{} twice", rule.slug);
    }
}

/// All that is said of each case: code, severity, message, place, labels and help.
#[test]
fn every_case_is_told_what_its_snapshot_says() {
    let mut expected = BTreeSet::new();
    for (code, cases) in cases::all() {
        let reports: Vec<String> = cases
            .iter()
            .map(|case| format!("# {}\n{}", case.title, case.printed()))
            .collect();
        expected.insert(format!("{code}.snap"));
        insta::with_settings!({
            snapshot_path => cases::folder(),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(code, reports.join("\n"));
        });
    }
    let stale: Vec<String> = fs::read_dir(cases::folder())
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".snap") && !expected.contains(name))
        .collect();
    assert!(stale.is_empty(), "snapshots of no cases: {stale:?}");
}

/// A rule that is never silent, or never speaks, is not tried by its cases.
#[test]
fn every_rule_has_cases_with_and_without_its_finding() {
    let all = cases::all();
    let mut wrong = Vec::new();
    for rule in rules::catalogue() {
        let code = rule.code;
        let finds = |case: &Case| {
            case.report(|report| {
                let mut findings = report.findings().iter();
                findings.any(|finding| finding.diagnostic.rule == rule)
            })
        };
        match all.get(code) {
            None => wrong.push(format!("{code} has no tests/rules/{code}.yaml")),
            Some(cases) if !cases.iter().any(finds) => {
                wrong.push(format!("{code} is found in none of its cases"));
            }
            Some(cases) if cases.iter().all(finds) => {
                wrong.push(format!("{code} is found in all of its cases"));
            }
            Some(_) => {}
        }
    }
    let codes: BTreeSet<&str> = rules::catalogue().iter().map(|rule| rule.code).collect();
    for (code, cases) in &all {
        if !codes.contains(code.as_str()) {
            wrong.push(format!("{code} is not the code of a rule"));
        }
        let titles: BTreeSet<&str> = cases.iter().map(|case| case.title.as_str()).collect();
        if titles.len() < cases.len() {
            wrong.push(format!("{code} has two cases of one title"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn who_shall_stand_in_an_empty_place_stands_in_for_a_retired_node() {
    for (text, expected) in [
        (
            "nodes: [{group: a, count: 2, first_id: 1}, {group: b, count: 3, first_id: 3}]\nretired_ids: [1]\nkubernetes: {}\n",
            "{id: 6, in_place_of: 1}",
        ),
        (
            "nodes: [{group: a, count: 2, first_id: 1}, {group: b, count: 3, first_id: 3}]\nretired_ids: [1, 4]\nkubernetes: {replacements: [{id: 7, in_place_of: 4}]}\n",
            "{id: 6, in_place_of: 1}",
        ),
        // Node 5 stood at place 4, since node 4 stands at place 2.
        (
            "nodes: 5\nretired_ids: [2, 5]\nkubernetes: {replacements: [{id: 4, in_place_of: 2}]}\n",
            "{id: 7, in_place_of: 5}",
        ),
    ] {
        let document = Document::parse("restate-cluster.yaml", text);
        let found = findings(&document);
        let help = found.iter().find(|finding| finding.rule.code == "RG604");
        let help = help.and_then(|finding| finding.help.as_deref());
        assert!(
            help.is_some_and(|help| help.contains(expected)),
            "{text}: {help:?}"
        );
    }
}

#[test]
fn some_findings_are_milder_or_graver_than_their_rule() {
    for (text, expected) in [
        (
            "settings: {http-proxy: 'http://proxy'}\n",
            Severity::Warning,
        ),
        ("settings: {rocksdb-bg-threads: 2}\n", Severity::Error),
        ("settings: {shutdown-timeout: 60}\n", Severity::Error),
        (
            "settings: {rocksdb-total-memory-size: 500M}\n",
            Severity::Warning,
        ),
        (
            "settings: {worker.storage.rocksdb-periodic-compaction: 60} # restate-gen: allow RG511 - seen\n",
            Severity::Error,
        ),
        ("resources: {memory: 512MiB}\n", Severity::Warning),
        (
            "settings: {rocksdb-total-memory-size: 1900MiB}\n",
            Severity::Error,
        ),
    ] {
        let severities: Vec<Severity> = messages_of(text)
            .into_iter()
            .map(|(severity, ..)| severity)
            .collect();
        assert_eq!(severities, [expected], "{text}");
    }
}

#[test]
fn a_key_with_underscores_is_mended_by_itself() {
    let text = "settings: {worker: {invoker: {memory_limit: 512MiB}}}\n";
    let document = Document::parse("restate-cluster.yaml", text);
    let found = findings(&document);
    let fix = found[0].fix.as_ref().expect("a fix");
    assert_eq!(fix.replacement, "memory-limit");
    assert_eq!(fix.at, found[0].at);
}

#[test]
fn the_password_of_a_proxy_is_never_shown() {
    let text = "settings: {worker: {invoker: {http-proxy: 'ftp://user:secret@proxy:3128'}}}\n";
    let said = messages_of(text);
    assert_eq!(said.len(), 1);
    for (_, message, help) in said {
        assert!(message.contains("`ftp://***@proxy:3128`"), "{message}");
        assert!(!help.contains("secret"), "{help}");
    }
}

#[test]
fn messages_are_one_phrase_and_help_is_a_sentence_without_its_stop() {
    for case in cases::all().into_values().flatten() {
        case.report(|report| {
            let title = &case.title;
            for finding in report.findings() {
                let Diagnostic { message, help, .. } = &finding.diagnostic;
                let help = help.as_deref().unwrap_or_default();
                let first = message.chars().next().expect("a message");
                let is_name = ["RocksDB", "RG"]
                    .iter()
                    .any(|name| message.starts_with(name));
                assert!(!first.is_uppercase() || is_name, "{title}: {message}");
                assert!(
                    !message.ends_with('.') && !message.contains('\n'),
                    "{title}: {message}"
                );
                assert!(
                    !help.is_empty() && !help.ends_with('.'),
                    "{title}: {message}: {help}"
                );
                assert!(
                    help.starts_with(|c: char| c.is_lowercase()),
                    "{title}: {help}"
                );
            }
        });
    }
}

/// No file of one line that only says how many nodes there are is ever refused.
#[test]
fn a_count_of_nodes_is_never_an_error() {
    let stores = [
        "object_store: minio\n",
        "object_store: seaweedfs\n",
        "object_store: {kind: s3, region: eu-central-1}\nsnapshots: {destination: s3://orders/snapshots}\n",
        "object_store: none\n",
    ];
    for release in facts::releases() {
        for store in stores {
            for count in 1..=50 {
                let text = format!("version: {}\nnodes: {count}\n{store}", release.text());
                for (severity, message, _) in messages_of(&text) {
                    assert_ne!(severity, Severity::Error, "{text}{message}");
                }
            }
        }
    }
}

/// With several nodes to spare there is not even a warning.
#[test]
fn three_and_more_nodes_have_no_finding_by_default() {
    for release in facts::releases() {
        for count in 3..=50 {
            let text = format!("version: {}\nnodes: {count}\n", release.text());
            let has_fault = release.advisories().next().is_some();
            let of_version = [
                (release.is_end_of_life(), "RG509 1:10"),
                (has_fault, "RG517 1:10"),
                (!has_fault && release.newer_patch().is_some(), "RG518 1:10"),
            ];
            let expected: Vec<&str> = of_version
                .into_iter()
                .filter_map(|(is_found, what)| is_found.then_some(what))
                .collect();
            assert_eq!(found_in(&text), expected.join(", "), "{text}");
        }
    }
}

#[test]
fn a_thousand_nodes_with_faults_are_all_told() {
    let nodes: String = (1..=1000)
        .map(|id| format!("  - {{id: {id}, name: N{id}, ports: {{admin: 7000}}, settings: {{log-fliter{id}: x}}}}\n"))
        .collect();
    let text = format!("nodes:\n{nodes}");
    let document = Document::parse("restate-cluster.yaml", text.as_str());
    let reading = schema::read(&document);
    let found = rules::run(&reading);
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &found {
        *count.entry(finding.rule.code).or_default() += 1;
    }
    assert_eq!(
        count,
        BTreeMap::from([("RG104", 1000), ("RG201", 999), ("RG502", 1000)])
    );
}

#[test]
fn the_catalogue_is_sorted_and_no_code_or_name_stands_in_it_twice() {
    let catalogue = rules::catalogue();
    let is_before = |pair: &[&diagnostic::Rule]| pair[0].code < pair[1].code;
    assert!(catalogue.windows(2).all(is_before));
    let names: BTreeSet<&str> = catalogue.iter().map(|rule| rule.slug).collect();
    assert_eq!(names.len(), catalogue.len());
}
