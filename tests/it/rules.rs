//! The rules: what their own documentation shows, a table of files with what is found where, and
//! what must never be found.

use std::collections::{BTreeMap, BTreeSet};

use restate_gen::diagnostic::allow::Policy;
use restate_gen::diagnostic::{self, Diagnostic, Severity};
use restate_gen::facts;
use restate_gen::rules::{self, Check, RULES};
use restate_gen::schema;
use restate_gen::source::Document;
use restate_gen::validation::{Deployed, validate, validate_change};

fn findings(document: &Document) -> Vec<Diagnostic> {
    let reading = schema::read(document);
    let found = rules::run(&reading);
    reading.diagnostics.into_iter().chain(found).collect()
}

/// Each finding as `RG101 4:9`, in the order of the text.
fn found_in(text: &str) -> String {
    let document = Document::parse("restate-cluster.yaml", text);
    let report = validate(&document, &Policy::default()).report;
    let lines: Vec<String> = report
        .findings()
        .iter()
        .map(|finding| {
            let code = finding.diagnostic.rule.code;
            match finding.origin.extent() {
                Some(extent) => format!("{code} {}:{}", extent.start.line, extent.start.column),
                None => code.to_owned(),
            }
        })
        .collect();
    lines.join(", ")
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

/// The files in a section: one, or the one before and the one after a change.
fn files<'d>(docs: &'d str, name: &str) -> Vec<&'d str> {
    section(docs, name)
        .split("\n\nbecomes\n\n")
        .map(|fence| {
            let text = fence.strip_prefix("```yaml\n").expect("a fence of YAML");
            text.strip_suffix("```").expect("nothing behind the fence")
        })
        .collect()
}

/// The codes found in the last file, as the change of the first where there are two.
fn codes_in(files: &[&str]) -> BTreeSet<&'static str> {
    let parse = |text: &str| Document::parse("restate-cluster.yaml", text);
    let policy = Policy::default();
    let documents: Vec<Document> = files.iter().map(|text| parse(text)).collect();
    let report = match documents.as_slice() {
        [document] => validate(document, &policy).report,
        [before, after] => {
            let deployed = Deployed::of(before, &Policy::default()).expect("a cluster that runs");
            validate_change(after, &deployed, &policy).report
        }
        _ => panic!("one file or two"),
    };
    let findings = report.findings().iter();
    findings
        .map(|finding| finding.diagnostic.rule.code)
        .collect()
}

#[test]
fn every_rules_own_examples_fail_and_pass_as_they_say() {
    for (rule, check, _) in RULES {
        let (fails, passes) = (files(rule.docs, "Fails"), files(rule.docs, "Passes"));
        let expected = if matches!(check, Check::Change(_)) {
            2
        } else {
            1
        };
        assert_eq!(
            (fails.len(), passes.len()),
            (expected, expected),
            "{}",
            rule.code
        );
        assert_eq!(
            codes_in(&fails),
            BTreeSet::from([rule.code]),
            "what fails for {}",
            rule.code
        );
        assert_eq!(
            codes_in(&passes),
            BTreeSet::new(),
            "what passes for {}",
            rule.code
        );
    }
}

#[test]
fn every_rule_is_documented_in_the_same_order() {
    for (rule, ..) in RULES {
        let headings: Vec<&str> = rule
            .docs
            .lines()
            .filter(|line| line.starts_with("## "))
            .collect();
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

#[test]
fn every_table_row_finds_exactly_what_it_says() {
    let mut wrong = Vec::new();
    for Case {
        title,
        expected,
        text,
    } in CASES
    {
        let text = text.trim_start_matches('\n');
        let found = found_in(text);
        if found != *expected {
            let messages = messages_of(text);
            wrong.push(format!(
                "{title}:\n expected {expected}\n found    {found}\n{messages:#?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
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
fn every_rule_is_found_somewhere_in_the_table() {
    let all: BTreeSet<&str> = RULES
        .iter()
        // Those on changes have a table of their own.
        .filter(|(_, check, _)| !matches!(check, Check::Change(_)))
        .map(|(rule, ..)| rule.code)
        .collect();
    let found: BTreeSet<&str> = CASES
        .iter()
        .flat_map(|case| case.expected.split(", "))
        .filter_map(|finding| finding.split(' ').next())
        .collect();
    let missing: Vec<_> = all.difference(&found).collect();
    assert!(missing.is_empty(), "{missing:?}");
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
            Severity::Warning,
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
    for Case { title, text, .. } in CASES {
        for (_, message, help) in messages_of(text.trim_start_matches('\n')) {
            let first = message.chars().next().expect("a message");
            let is_name = message.starts_with("RocksDB");
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
                    assert_eq!(severity, Severity::Warning, "{text}{message}");
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
            let expected = if release.is_end_of_life() {
                "RG509 1:10"
            } else {
                ""
            };
            assert_eq!(found_in(&text), expected, "{text}");
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

struct Case {
    title: &'static str,
    expected: &'static str,
    text: &'static str,
}

const fn case(title: &'static str, expected: &'static str, text: &'static str) -> Case {
    Case {
        title,
        expected,
        text,
    }
}

/// Files with what is found in them. Those with nothing are the sound neighbours of those around them.
const CASES: &[Case] = &[
    case(
        "an empty file",
        "",
        r#"

"#,
    ),
    case(
        "a count",
        "",
        r#"
nodes: 3
"#,
    ),
    case(
        "two entries of one id",
        "RG101 4:10",
        r#"
nodes:
  - {id: 1}
  - {id: 2}
  - {id: 2}
"#,
    ),
    case(
        "an id that a name stands for",
        "RG101 4:12",
        r#"
nodes:
  - {id: 1}
  - {id: 2}
  - {name: restate-2}
"#,
    ),
    case(
        "groups that overlap, told once",
        "RG101 3:26",
        r#"
nodes:
  - {count: 4, first_id: 1}
  - {count: 4, first_id: 3}
"#,
    ),
    case(
        "groups side by side",
        "",
        r#"
nodes:
  - {count: 4, first_id: 1}
  - {count: 4, first_id: 5}
"#,
    ),
    case(
        "a retired id and a retired name",
        "RG102 4:9, RG102 5:12",
        r#"
retired_ids: [2, 5]
nodes:
  - {id: 1}
  - id: 2
  - {name: restate-5}
"#,
    ),
    case(
        "a group skips retired ids",
        "",
        r#"
retired_ids: [2]
nodes:
  - {count: 3, first_id: 1}
"#,
    ),
    case(
        "one name twice",
        "RG103 3:19",
        r#"
nodes:
  - {id: 1, name: a}
  - {id: 2, name: a}
  - {id: 3, name: c}
"#,
    ),
    case(
        "a written name that is another's by default",
        "RG103 2:19",
        r#"
nodes:
  - {id: 1, name: restate-3}
  - {id: 2}
  - {id: 3}
"#,
    ),
    case(
        "a whole entry twice",
        "RG101 4:10, RG103 4:19",
        r#"
nodes:
  - {id: 1, name: a}
  - {id: 2, name: b}
  - {id: 2, name: b}
"#,
    ),
    case(
        "names that are no labels",
        "RG104 1:7, RG104 3:19, RG104 4:19, RG104 5:19",
        r#"
name: my cluster
nodes:
  - {id: 1, name: Alpha}
  - {id: 2, name: b_2}
  - {id: 3, name: -c}
  - {id: 4, name: ok-4}
"#,
    ),
    case(
        "names that every resolver takes for an address",
        "RG104 2:19, RG104 3:19, RG104 4:19",
        r#"
nodes:
  - {id: 1, name: '42'}
  - {id: 2, name: '007'}
  - {id: 3, name: '0x1f'}
"#,
    ),
    case(
        "multi-byte text before the place",
        "RG104 2:35",
        r#"
nodes:
  - {id: 1, location: eu.a, name: "Ä"}
  - {id: 2, name: b}
  - {id: 3, name: c}
"#,
    ),
    case(
        "addresses that the server, or who asks it for them, cannot use",
        "RG515 2:33, RG515 3:31, RG515 5:27, RG515 6:21, RG515 7:30, RG515 9:54, RG515 10:52",
        r#"
settings:
  ingress: {advertised-address: /ingress}
  admin: {advertised-address: 'ftp://localhost:21'}
  worker:
    invoker: {http-proxy: 'http://'}
  tracing-endpoint: localhost:4317
  tracing-services-endpoint: 'http://a b:4317'
nodes:
  - {id: 1, settings: {ingress: {advertised-address: localhost}}}
  - {id: 2, settings: {admin: {advertised-address: 'http://localhost:99999/'}}}
  - {id: 3}
"#,
    ),
    case(
        "addresses of a server that takes fewer forms",
        "RG509 1:10, RG515 3:42, RG515 4:15, RG515 5:38",
        r#"
version: 1.5.3
settings:
  ingress: {advertised-ingress-endpoint: 'unix:/tmp/ingress.sock'}
  http-proxy: localhost:3128
  admin: {advertised-admin-endpoint: 'localhost:9070'}
"#,
    ),
    case(
        "addresses that are taken",
        "",
        r#"
settings:
  ingress: {advertised-address: 'https://restate.example.com/in'}
  admin: {advertised-address: 'unix:/tmp/admin.sock'}
  worker: {invoker: {http-proxy: 'user:secret@proxy.example.com:3128'}}
  tracing-endpoint: HTTP://[::1]:4317
  tracing-services-endpoint: http+otlp://collector
"#,
    ),
    case(
        "names that are hard but right",
        "",
        r#"
name: Orders_2.eu
nodes:
  - {id: 1, name: 1a}
  - {id: 2, name: b--2}
  - {id: 3, name: x}
"#,
    ),
    case(
        "reserved names",
        "RG105 2:19, RG105 3:19, RG105 5:19",
        r#"
nodes:
  - {id: 1, name: restate-minio}
  - {id: 2, name: localhost}
  - {id: 3, name: alpha}
  - {id: 4, name: alpha-data}
"#,
    ),
    case(
        "reserved names without a prefix",
        "RG105 2:19, RG105 3:19",
        r#"
nodes:
  - {id: 1, name: minio}
  - {id: 2, name: provision}
  - {id: 3, name: restate-cluster}
compose: {prefix: ''}
"#,
    ),
    case(
        "reserved names with a prefix of the user's",
        "RG105 2:19",
        r#"
nodes:
  - {id: 1, name: shop-cluster}
  - {id: 2, name: cluster}
  - {id: 3, name: restate-cluster}
compose: {prefix: shop-}
"#,
    ),
    case(
        "reserved names where another orchestrator has no prefix",
        "RG105 2:19, RG105 3:19",
        r#"
nodes:
  - {id: 1, name: minio}
  - {id: 2, name: restate-minio}
  - {id: 3, name: alpha}
nomad: {hosts: [a, b, c]}
"#,
    ),
    case(
        "names near reserved ones",
        "",
        r#"
nodes:
  - {id: 1, name: minio}
  - {id: 2, name: beta-data}
  - {id: 3, name: alpha}
"#,
    ),
    case(
        "entries without ids",
        "RG106 2:5, RG106 3:5, RG106 4:5",
        r#"
nodes:
  - {}
  - {name: alpha}
  - {count: 2}
  - {id: 9}
"#,
    ),
    case(
        "one entry needs no id",
        "",
        r#"
nodes:
  - {count: 3}
"#,
    ),
    case(
        "names with numbers are ids",
        "",
        r#"
nodes:
  - {name: restate-1}
  - {name: restate-2}
  - {name: restate-7}
"#,
    ),
    case(
        "one port of two nodes",
        "RG201 3:30",
        r#"
nodes:
  - {id: 1}
  - {id: 2, ports: {ingress: 8080}}
  - {id: 3}
"#,
    ),
    case(
        "a port of the store",
        "RG201 1:42",
        r#"
object_store: {kind: minio, ports: {api: 9070}}
"#,
    ),
    case(
        "store and console",
        "RG201 1:61",
        r#"
object_store: {kind: seaweedfs, ports: {api: 9000, console: 9000}}
"#,
    ),
    case(
        "one port on two addresses",
        "",
        r#"
ports: {bind: 127.0.0.1, ingress_bind: 127.0.0.2}
nodes:
  - {id: 1}
  - {id: 2, ports: {ingress: 9070}}
  - {id: 3}
"#,
    ),
    case(
        "a port that is not published",
        "",
        r#"
ports: {publish: [ingress]}
nodes:
  - {id: 1}
  - {id: 2, ports: {admin: 9070}}
  - {id: 3}
"#,
    ),
    case(
        "groups that meet in many ports, told once a pair of places",
        "RG201 3:5, RG201 3:5",
        r#"
nodes:
  - {count: 60, first_id: 1}
  - {count: 60, first_id: 4001}
"#,
    ),
    case(
        "a large id",
        "RG202 4:10",
        r#"
nodes:
  - {id: 1}
  - {id: 2}
  - {id: 50000}
"#,
    ),
    case(
        "a group of large ids",
        "RG202 2:26",
        r#"
nodes:
  - {count: 3, first_id: 65000}
"#,
    ),
    case(
        "a large id whose ports are written",
        "",
        r#"
nodes:
  - {id: 60000, ports: {ingress: 8080, admin: 9070, fabric: 5122}}
"#,
    ),
    case(
        "privileged ports",
        "RG203 2:30, RG203 2:41, RG203 7:16",
        r#"
nodes:
  - {id: 1, ports: {ingress: 80, admin: 443}}
  - {id: 2}
  - {id: 3}
object_store:
  kind: minio
  ports: {api: 1023, console: 1024}
"#,
    ),
    case(
        "ports open to all",
        "RG204 1:15",
        r#"
ports: {bind: "::"}
"#,
    ),
    case(
        "the ingress open to all",
        "",
        r#"
ports: {ingress_bind: "::", bind: "::1"}
"#,
    ),
    case(
        "nothing private is published",
        "",
        r#"
ports: {bind: 0.0.0.0, publish: [ingress]}
object_store: {kind: s3, region: eu}
snapshots: {destination: s3://b/p}
"#,
    ),
    case(
        "more copies than nodes",
        "RG301 2:14",
        r#"
nodes: 3
replication: 5
"#,
    ),
    case(
        "more copies of each than nodes",
        "RG301 1:21, RG301 1:36",
        r#"
replication: {logs: 4, partitions: 5}
"#,
    ),
    case(
        "more copies than workers alone",
        "RG301 1:36, RG305 2:1",
        r#"
replication: {logs: 2, partitions: 2}
nodes:
  - {count: 1, first_id: 1}
  - {count: 2, first_id: 11, roles: [http-ingress, admin, log-server, metadata-server]}
"#,
    ),
    case(
        "default copies on one log server",
        "RG301 1:1",
        r#"
nodes:
  - {id: 1}
  - {id: 2, roles: [http-ingress, admin, worker, metadata-server]}
  - {id: 3, roles: [http-ingress, admin, worker, metadata-server]}
"#,
    ),
    case(
        "copies by node, written wide",
        "RG301 5:30",
        r#"
nodes:
  - {id: 1, location: eu.a}
  - {id: 2, location: eu.b}
  - {id: 3, location: eu.c}
replication: {zone: 2, node: 4}
"#,
    ),
    case(
        "roles that nobody has",
        "RG302 1:1, RG302 1:1, RG305 1:1",
        r#"
nodes:
  - {id: 1, roles: [worker, log-server]}
  - {id: 2, roles: [worker, log-server, metadata-server]}
  - {id: 3, roles: [worker, log-server]}
"#,
    ),
    case(
        "nobody stores",
        "RG302 1:1",
        r#"
nodes:
  - {count: 3, roles: [http-ingress, admin, worker, metadata-server]}
"#,
    ),
    case(
        "an even quorum",
        "RG303 2:19",
        r#"
nodes: 5
metadata_servers: 4
"#,
    ),
    case(
        "two in the quorum",
        "RG303 2:19",
        r#"
nodes: 3
metadata_servers: 2
"#,
    ),
    case(
        "all of four",
        "RG303 2:19",
        r#"
nodes: 4
metadata_servers: all
"#,
    ),
    case(
        "more than can be",
        "RG303 2:19",
        r#"
nodes: 3
metadata_servers: 5
"#,
    ),
    case(
        "roles make more than asked for",
        "RG303 1:19",
        r#"
metadata_servers: 1
nodes:
  - {count: 3, roles: [http-ingress, admin, worker, log-server, metadata-server]}
"#,
    ),
    case(
        "roles make an even quorum",
        "RG303 1:1",
        r#"
nodes:
  - {count: 4, roles: [http-ingress, admin, worker, log-server, metadata-server]}
"#,
    ),
    case(
        "all of five",
        "",
        r#"
nodes: 5
metadata_servers: all
replication: 3
"#,
    ),
    case(
        "zones without locations",
        "RG304 2:21",
        r#"
nodes: 3
replication: {zone: 2}
"#,
    ),
    case(
        "too few zones",
        "RG306 1:1, RG304 5:28",
        r#"
nodes:
  - {id: 1, location: eu.a}
  - {id: 2, location: eu.b}
  - {id: 3, location: eu.b}
replication: {logs: {zone: 3}, partitions: 2}
"#,
    ),
    case(
        "too few regions",
        "RG304 6:11",
        r#"
nodes:
  - {id: 1, location: eu.a}
  - {id: 2, location: eu.b}
  - {id: 3, location: eu.c}
replication:
  region: 2
  zone: 2
"#,
    ),
    case(
        "a region is no zone",
        "RG304 5:21",
        r#"
nodes:
  - {id: 1, location: eu}
  - {id: 2, location: us}
  - {id: 3, location: ap}
replication: {zone: 2}
"#,
    ),
    case(
        "an order that makes no sense",
        "RG304 5:14",
        r#"
nodes:
  - {id: 1, location: eu.a}
  - {id: 2, location: eu.b}
  - {id: 3, location: eu.c}
replication: {zone: 3, node: 2}
"#,
    ),
    case(
        "nothing asked for",
        "RG304 1:14",
        r#"
replication: {}
"#,
    ),
    case(
        "copies in zones",
        "",
        r#"
nodes:
  - {id: 1, location: eu.a}
  - {id: 2, location: eu.b}
  - {id: 3, location: eu.c}
replication: {zone: 2}
"#,
    ),
    case(
        "two nodes",
        "RG305 1:8",
        r#"
nodes: 2
"#,
    ),
    case(
        "as many copies as nodes",
        "RG305 2:14",
        r#"
nodes: 3
replication: 3
"#,
    ),
    case(
        "copies without one to spare",
        "RG305 2:14",
        r#"
nodes: 4
replication: 3
"#,
    ),
    case(
        "one copy",
        "RG305 2:21",
        r#"
nodes: 3
replication: {logs: 1}
"#,
    ),
    case(
        "one worker",
        "RG305 1:1, RG305 1:1",
        r#"
nodes:
  - {id: 1}
  - {id: 2, roles: [http-ingress, admin, log-server]}
  - {id: 3, roles: [http-ingress, admin, log-server]}
replication: {logs: 2, partitions: 1}
"#,
    ),
    case(
        "the only log server of a zone",
        "RG305 5:14, RG305 6:19",
        r#"
nodes:
  - {count: 2, first_id: 1, location: eu.a}
  - {count: 2, first_id: 11, location: eu.a, roles: [http-ingress, admin, worker]}
  - {id: 21, location: eu.b}
replication: {zone: 2}
metadata_servers: 1
"#,
    ),
    case(
        "one node",
        "",
        r#"
nodes: 1
"#,
    ),
    case(
        "majority in one of two zones",
        "RG306 1:1",
        r#"
nodes:
  - {count: 2, first_id: 1, location: eu.a}
  - {count: 2, first_id: 11, location: eu.b}
"#,
    ),
    case(
        "majority in one of three zones",
        "RG306 1:1",
        r#"
nodes:
  - {count: 3, first_id: 1, location: eu.a, roles: [http-ingress, admin, worker, log-server, metadata-server]}
  - {count: 1, first_id: 11, location: eu.b, roles: [worker, log-server]}
  - {count: 1, first_id: 21, location: eu.c, roles: [worker, log-server]}
"#,
    ),
    case(
        "Nomad: a node's port and the store's on one host",
        "RG641 4:31",
        r#"
nodes: 3
object_store:
  kind: minio
  ports: {api: 9100, console: 8080}
ports: {bind: 127.0.0.1, ingress_bind: 127.0.0.2}
nomad: {one_host: true}
"#,
    ),
    case(
        "Nomad: the same port of two nodes that share one of the hosts",
        "RG641 2:28",
        r#"
nodes:
  - {id: 1, ports: {admin: 28080}}
  - {id: 2}
  - {id: 3}
ports: {bind: 127.0.0.1, ingress_bind: 127.0.0.2}
nomad: {one_host: true, hosts: [a, a, b]}
"#,
    ),
    case(
        "Nomad: the same port of nodes on hosts of their own",
        "",
        r#"
nodes:
  - {id: 1, ports: {admin: 28080}}
  - {id: 2}
  - {id: 3}
ports: {bind: 127.0.0.1, ingress_bind: 127.0.0.2}
nomad: {hosts: [a, b, c]}
"#,
    ),
    case(
        "Nomad: shutdowns of a cluster and of a node",
        "RG642 1:30, RG642 3:42",
        r#"
settings: {shutdown-timeout: 26s}
nodes:
  - {id: 1, settings: {shutdown-timeout: 2m}}
  - {id: 2, settings: {shutdown-timeout: 25s}}
  - {id: 3}
nomad: {max_kill_timeout: 30s}
"#,
    ),
    case(
        "Nomad: clients that wait for nothing",
        "RG642 2:27",
        r#"
nodes: 3
nomad: {max_kill_timeout: 5s}
"#,
    ),
    case(
        "Nomad: a job whose name leaves no room",
        "RG643 2:14",
        r#"
nodes: 3
nomad: {job: a-job-whose-name-is-far-too-long-for-what-is-named-after}
"#,
    ),
    case(
        "Nomad: nodes that no client is left for, and a host named twice",
        "RG644 2:18, RG644 2:35",
        r#"
nodes: 3
nomad: {clients: 2, hosts: [a, b, a]}
"#,
    ),
    case(
        "Nomad: clients that nodes share",
        "",
        r#"
nodes: 3
nomad: {one_host: true, clients: 1, hosts: [a, a, a]}
"#,
    ),
    case(
        "Nomad: a host too many",
        "RG645 2:26",
        r#"
nodes: 3
nomad: {hosts: [a, b, c, d]}
"#,
    ),
    case(
        "Nomad: texts that would be filled in, deep in settings and in a destination",
        "RG646 2:26, RG503 4:13, RG646 4:50",
        r#"
nodes: 3
snapshots: {destination: 's3://${attr.x}/y'}
settings:
  ingress: {kafka-clusters: [{name: k, brokers: ['${NOMAD_IP_x}:9092']}]}
nomad: {}
"#,
    ),
    case(
        "Nomad: a plugin for volumes that nobody makes",
        "RG647 2:40",
        r#"
nodes: 3
nomad: {volume: static, volume_plugin: mkdir}
"#,
    ),
    case(
        "Nomad: more nodes of one location than may be in it",
        "RG648 6:52",
        r#"
replication: {zone: 2}
nodes:
  - {group: a, count: 2, first_id: 1, location: eu.a}
  - {group: b, count: 1, first_id: 11, location: eu.b}
  - {group: c, count: 1, first_id: 21, location: eu.c}
nomad: {location_attribute: meta.location, spread: {attribute: meta.location}}
"#,
    ),
    case(
        "Nomad: as many nodes of one location as may be in it, and an attribute that is not the location",
        "",
        r#"
replication: {zone: 2}
nodes:
  - {group: a, count: 2, first_id: 1, location: eu.a}
  - {group: b, count: 1, first_id: 11, location: eu.b}
  - {group: c, count: 1, first_id: 21, location: eu.c}
nomad: {location_attribute: meta.location, spread: {attribute: meta.rack}}
"#,
    ),
    case(
        "Nomad: a secret of Vault for a store that the machine has the credentials of",
        "RG649 4:16",
        r#"
nodes: 3
object_store: {kind: s3, region: eu-central-1, credentials: ambient}
snapshots: {destination: s3://x/y}
nomad: {vault: {path: restate/orders}}
"#,
    ),
    case(
        "one admin, one ingress",
        "RG307 3:12, RG307 4:20",
        r#"
nodes:
  - id: 1
    roles: [admin, worker, log-server, metadata-server]
  - {id: 2, roles: [http-ingress, worker, log-server, metadata-server]}
  - {id: 3, roles: [worker, log-server, metadata-server]}
"#,
    ),
    case(
        "no store",
        "RG401 2:15",
        r#"
nodes: 3
object_store: none
"#,
    ),
    case(
        "a store without destination",
        "RG401 1:15",
        r#"
object_store: {kind: s3, region: eu-central-1}
"#,
    ),
    case(
        "a store without a region",
        "RG402 1:1",
        r#"
object_store: s3
snapshots: {destination: s3://b/p}
"#,
    ),
    case(
        "an Azure store with credentials of the machine, and nobody who says whose the container is",
        "RG402 1:1",
        r#"
object_store: {kind: azure, credentials: ambient}
snapshots: {destination: az://orders/snapshots}
"#,
    ),
    case(
        "an Azure store with an account",
        "",
        r#"
object_store: {kind: azure, credentials: ambient, account: ordersnapshots}
snapshots: {destination: az://orders/snapshots}
"#,
    ),
    case(
        "an Azure store whose account comes with its credentials",
        "",
        r#"
object_store: azure
snapshots: {destination: az://orders/snapshots}
"#,
    ),
    case(
        "plain http",
        "RG402 4:13",
        r#"
object_store:
  kind: s3
  region: eu
  endpoint: http://s3.local
snapshots: {destination: s3://b/p}
"#,
    ),
    case(
        "raw settings cannot say what the store needs",
        "RG504 3:31",
        r#"
object_store: s3
snapshots: {destination: s3://b/p}
settings: {worker.snapshots: {aws-region: eu}}
"#,
    ),
    case(
        "file destination",
        "RG025 1:26",
        r#"
snapshots: {destination: file:///snapshots}
"#,
    ),
    case(
        "s3 and gcs",
        "RG403 2:26",
        r#"
object_store: gcs
snapshots: {destination: s3://b/p}
"#,
    ),
    case(
        "gcs before 1.6",
        "RG509 1:10, RG403 3:26",
        r#"
version: 1.5.3
object_store: gcs
snapshots: {destination: gs://b/p}
"#,
    ),
    case(
        "gcs",
        "",
        r#"
version: 1.6.1
object_store: gcs
snapshots: {destination: gs://b/p}
"#,
    ),
    case(
        "a destination without a store",
        "RG403 3:26",
        r#"
nodes: 1
object_store: none
snapshots: {destination: s3://b/p}
"#,
    ),
    case(
        "settings of snapshots at 1.5.3",
        "RG509 1:10, RG404 3:13, RG404 4:13",
        r#"
version: 1.5.3
snapshots:
  interval: 10m
  retained: 3
"#,
    ),
    case(
        "settings of snapshots at 1.6.1",
        "",
        r#"
version: 1.6.1
snapshots:
  interval: 10m
  retained: 3
"#,
    ),
    case(
        "latest",
        "RG501 1:10",
        r#"
version: latest
"#,
    ),
    case(
        "a patch that is not known",
        "RG501 1:10",
        r#"
version: 1.7.99
"#,
    ),
    case(
        "a minor in quotes",
        "RG501 1:10",
        r#"
version: '1.6'
"#,
    ),
    case(
        "snake case",
        "RG502 3:15",
        r#"
settings:
  worker:
    invoker: {memory_limit: 1GiB}
"#,
    ),
    case(
        "a misspelt setting at a node and for all",
        "RG502 1:12, RG502 3:24",
        r#"
settings: {log-fliter: info}
nodes:
  - {id: 1, settings: {log-fliter: debug}}
  - {id: 2}
  - {id: 3}
"#,
    ),
    case(
        "a misspelt dotted key",
        "RG502 2:3",
        r#"
settings:
  worker.invoker.memory-limits: 512MiB
"#,
    ),
    case(
        "a table that nobody reads, told once",
        "RG502 2:3",
        r#"
settings:
  common:
    log-filter: info
    log-format: json
"#,
    ),
    case(
        "a key at the wrong table",
        "RG502 1:25",
        r#"
settings: {networking: {memory-limit: 512MiB}}
"#,
    ),
    case(
        "a variable",
        "RG502 1:12, RG502 1:38",
        r#"
settings: {RESTATE_LOG_FILTER: info, RESTATE_LOG_LEVEL: info}
"#,
    ),
    case(
        "what the generator owns, misspelt",
        "RG502 1:12",
        r#"
settings: {node_name: a}
"#,
    ),
    case(
        "known settings, nested, dotted and hidden",
        "RG511 4:12",
        r#"
settings:
  log-filter: warn,restate=info
  worker.invoker.memory-limit: 400MiB
  worker: {storage.rocksdb-max-background-flushes: 2}
  tracing-headers: {x-a: b}
"#,
    ),
    case(
        "a setting of a newer version",
        "RG503 3:22",
        r#"
version: 1.6.2
settings:
  worker: {invoker: {memory-limit: 512MiB}}
"#,
    ),
    case(
        "settings of older versions",
        "RG503 2:3, RG503 3:3, RG503 4:3",
        r#"
settings:
  rocksdb-bg-threads: 2
  http-proxy: http://proxy
  rocksdb-write-stall-threshold: 1s
"#,
    ),
    case(
        "no version, no verdict",
        "RG501 1:10, RG502 2:35",
        r#"
version: 1.4.0
settings: {rocksdb-bg-threads: 2, log-fliter: info}
"#,
    ),
    case(
        "what the generator sets",
        "RG504 2:3, RG504 3:3, RG504 4:21, RG504 5:3",
        r#"
settings:
  node-name: a
  auto-provision: true
  metadata-client: {addresses: 5}
  worker.snapshots.destination: s3://b/p
"#,
    ),
    case(
        "values of wrong types",
        "RG505 2:21, RG505 3:15, RG505 4:23, RG505 5:40, RG505 5:64, RG505 6:30, RG505 7:11, RG505 8:15, RG505 9:3, RG505 10:24, RG505 11:39, RG505 12:42, RG505 13:34",
        r#"
settings:
  shutdown-timeout: 60
  log-format: Pretty
  disable-prometheus: 'yes'
  default-retry-policy: {max-attempts: '70', initial-interval: 10 minuets}
  rocksdb-total-memory-size: 1 lot
  worker: 5
  log-filter: 5
  hlc-max-drift:
  tracing-headers: {a: 5, b: c}
  admin: {deployment-routing-headers: x-a}
  bifrost.replicated-loglet.rpc-timeout: 1m
  rocksdb-total-memtables-ratio: '0.5'
"#,
    ),
    case(
        "a size in thousands",
        "RG505 1:39, RG505 1:72",
        r#"
settings: {rocksdb-total-memory-size: 1G, worker.invoker.memory-limit: 100mb}
"#,
    ),
    case(
        "values that fit",
        "",
        r#"
settings:
  shutdown-timeout: 1h 30m
  log-format: json
  rocksdb-total-memory-size: 629145600
  default-retry-policy: {max-attempts: unlimited, initial-interval: PT5S}
  bifrost.replicated-loglet.rpc-timeout: 250ms..1m
  rocksdb-total-memtables-ratio: 1
"#,
    ),
    case(
        "a small limit, told once for three entries",
        "RG506 2:11",
        r#"
resources:
  memory: 512MiB
nodes:
  - {id: 1}
  - {id: 2}
  - {id: 3}
"#,
    ),
    case(
        "a small limit of one node",
        "RG506 3:33",
        r#"
nodes:
  - {id: 1}
  - {id: 2, resources: {memory: 600MiB}}
  - {id: 3}
"#,
    ),
    case(
        "RocksDB over its share",
        "RG506 1:21",
        r#"
resources: {memory: 1GiB}
settings: {rocksdb-total-memory-size: 1GiB}
"#,
    ),
    case(
        "pools set in the file",
        "RG506 1:45",
        r#"
settings: {worker: {invoker: {memory-limit: 3221225472}}}
"#,
    ),
    case(
        "many partitions",
        "RG506 1:13",
        r#"
partitions: 4000
"#,
    ),
    case(
        "reservations",
        "RG507 1:38, RG507 1:49",
        r#"
resources: {cpus: 1, reserve: {cpus: 2, memory: 4GiB}}
"#,
    ),
    case(
        "a reservation of all over the limit of one",
        "RG507 1:31",
        r#"
resources: {reserve: {memory: 1536MiB}}
nodes:
  - {id: 1}
  - {id: 2, resources: {memory: 1GiB}}
  - {id: 3}
"#,
    ),
    case(
        "a faulty value keeps rules silent",
        "RG023 3:21",
        r#"
replication: 5
nodes:
  - {id: 1, roles: [workers]}
  - {id: 2}
  - {id: 3}
"#,
    ),
    case(
        "anchors and merges",
        "RG502 2:30",
        r#"
nodes:
  - &a {id: 1, settings: &s {log-fliter: info}}
  - {<<: *a, id: 2}
  - {id: 3, settings: *s}
"#,
    ),
    case(
        "a folder as destination",
        "RG403 1:26",
        r#"
snapshots: {destination: file://snapshots/all}
"#,
    ),
    case(
        "one node with one port twice",
        "RG201 2:13",
        r#"
nodes:
  - {id: 1, ports: {ingress: 9070}}
  - {id: 2}
  - {id: 3}
"#,
    ),
    case(
        "a hidden setting of a wrong type",
        "RG511 1:12, RG505 1:56",
        r#"
settings: {worker.storage.rocksdb-periodic-compaction: 60}
"#,
    ),
    case(
        "a quorum of one among several",
        "RG305 2:19",
        r#"
nodes: 3
metadata_servers: 1
"#,
    ),
    case(
        "Kubernetes' own namespace, and a name that is no label",
        "RG601 1:7, RG601 2:25",
        r#"
name: orders-
kubernetes: {namespace: kube-system}
"#,
    ),
    case(
        "a namespace that is the cluster's name",
        "",
        r#"
name: Orders_1
kubernetes: {}
"#,
    ),
    case(
        "a group's name that pods cannot be named after",
        "RG602 2:36",
        r#"
nodes:
  - {count: 3, first_id: 1, group: abcdefghij-abcdefghij-abcdefghij-abcdefghij-abcdefghij}
kubernetes: {}
"#,
    ),
    case(
        "two groups of one name, and the same without Kubernetes",
        "RG602 3:13",
        r#"
nodes:
  - {group: a, count: 3, first_id: 1}
  - {group: A, count: 2, first_id: 11}
kubernetes: {}
"#,
    ),
    case(
        "labels and annotations of every kind",
        "RG603 2:25, RG603 2:28, RG603 3:24, RG603 4:17, RG606 4:17, RG603 5:49, RG603 6:39",
        r#"
kubernetes:
  node_selector: {pool: 3, 'bad key': x, fine: '', domain.example/pool: a_b.c-d}
  pod_annotations: {a: true, b: any text at all}
  zones: {eu.a: -x}
  ingress: {host: example.com, annotations: {a: 1}}
  network: {admin_from: [{pods: {app: 'a b'}}]}
"#,
    ),
    case(
        "a place in the middle that is empty",
        "RG604 1:8",
        r#"
nodes: 3
retired_ids: [2]
kubernetes: {}
"#,
    ),
    case(
        "places at the end may be given up",
        "",
        r#"
nodes: 3
retired_ids: [4, 5]
kubernetes: {}
"#,
    ),
    case(
        "a replaced node, and one that was added since",
        "",
        r#"
nodes: 4
retired_ids: [2]
kubernetes: {replacements: [{id: 4, in_place_of: 2}]}
"#,
    ),
    case(
        "a node replaced twice, in a group",
        "",
        r#"
nodes:
  - {group: a, count: 3, first_id: 11}
retired_ids: [12, 14]
kubernetes: {replacements: [{id: 14, in_place_of: 12}, {id: 15, in_place_of: 14}]}
"#,
    ),
    case(
        "a node replaced in each of two groups whose ids touch",
        "",
        r#"
nodes: [{group: a, count: 2, first_id: 1}, {group: b, count: 3, first_id: 3}]
retired_ids: [1, 4]
kubernetes: {replacements: [{id: 6, in_place_of: 1}, {id: 7, in_place_of: 4}]}
"#,
    ),
    case(
        "a group that grew beside one whose node was replaced by the id behind it",
        "",
        r#"
nodes: [{group: a, count: 2, first_id: 1}, {group: b, count: 4, first_id: 3}]
retired_ids: [1]
kubernetes: {replacements: [{id: 6, in_place_of: 1}]}
"#,
    ),
    case(
        "groups that touch, of which one has a place behind the other",
        "RG604 1:9",
        r#"
nodes: [{group: a, count: 2, first_id: 1}, {group: b, count: 3, first_id: 3}]
retired_ids: [1]
kubernetes: {}
"#,
    ),
    case(
        "replacements by nobody and of one that is there",
        "RG604 2:34, RG604 2:50",
        r#"
nodes: 3
kubernetes: {replacements: [{id: 9, in_place_of: 1}]}
"#,
    ),
    case(
        "two nodes in one place",
        "RG604 3:28",
        r#"
nodes: 3
retired_ids: [1, 2]
kubernetes: {replacements: [{id: 4, in_place_of: 2}, {id: 5, in_place_of: 2}]}
"#,
    ),
    case(
        "places of the operator, which leaves none out, whatever ids there were",
        "",
        r#"
nodes: 3
retired_ids: [2]
kubernetes: {flavor: operator}
"#,
    ),
    case(
        "a replacement for the chart, which has no words for one",
        "RG605 3:42",
        r#"
nodes: 3
retired_ids: [2]
kubernetes: {flavor: helm, replacements: [{id: 4, in_place_of: 2}]}
"#,
    ),
    case(
        "what the chart has no words for",
        "RG605 2:44, RG605 2:59, RG605 2:96, RG605 2:124",
        r#"
nodes: 3
kubernetes: {flavor: helm, priority_class: high, gateway: {host: a.example, name: g}, ingress: {host: a.example}, network: {policies: false}}
"#,
    ),
    case(
        "replications that differ, for the operator, which knows one",
        "RG605 2:14",
        r#"
nodes: 5
replication: {logs: 3, partitions: 2}
kubernetes: {flavor: operator}
"#,
    ),
    case(
        "replications that differ, for the chart, which founds the cluster by the same step as the manifests",
        "",
        r#"
nodes: 5
replication: {logs: 3, partitions: 2}
kubernetes: {flavor: helm}
"#,
    ),
    case(
        "a ServiceMonitor, for the operator, and annotations, which it has",
        "RG605 2:44",
        r#"
nodes: 3
kubernetes: {flavor: operator, monitoring: service_monitor, network: {metrics_from: [{}]}}
"#,
    ),
    case(
        "what only later charts have words for",
        "RG509 1:10, RG605 3:17, RG605 4:41",
        r#"
version: 1.5.3
nodes: 3
image: {digest: 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}
kubernetes: {flavor: helm, tolerations: [{key: only}]}
"#,
    ),
    case(
        "a digest for a chart that has words for it, and tolerations for one that has none",
        "RG605 4:41",
        r#"
version: 1.6.2
nodes: 3
image: {digest: 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}
kubernetes: {flavor: helm, tolerations: [{key: only}]}
"#,
    ),
    case(
        "tolerations and a digest, for a chart that has words for both",
        "",
        r#"
version: 1.7.12
nodes: 3
image: {digest: 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}
kubernetes: {flavor: helm, tolerations: [{key: only}]}
"#,
    ),
    case(
        "nodes that differ, for the operator",
        "RG605 1:1",
        r#"
nodes:
  - {id: 1}
  - {id: 2}
  - {id: 3, resources: {memory: 4GiB}}
kubernetes: {flavor: operator}
"#,
    ),
    case(
        "five nodes for the operator, three of them metadata servers",
        "",
        r#"
nodes: 5
kubernetes: {flavor: operator}
"#,
    ),
    case(
        "a zone of nowhere",
        "RG606 2:28",
        r#"
nodes: 3
kubernetes: {zones: {eu.a: eu-1a}}
"#,
    ),
    case(
        "a Secret that nobody reads",
        "RG607 3:22",
        r#"
object_store: none
nodes: 1
kubernetes: {secret: store}
"#,
    ),
    case(
        "credentials of the workload without a workload's identity",
        "RG607 1:40",
        r#"
object_store: {kind: gcs, credentials: ambient}
snapshots: {destination: gs://orders/snapshots}
kubernetes: {}
"#,
    ),
    case(
        "names that the schema lets pass and Kubernetes does not",
        "RG609 2:11, RG609 3:30, RG609 4:19, RG609 5:19, RG609 5:38, RG609 5:60, RG609 6:19, RG609 6:35",
        r#"
kubernetes:
  secret: a..b
  image_pull_secrets: [fine, a.-b]
  priority_class: a-.b
  ingress: {host: a..example, class: My Class, tls_secret: TLS}
  gateway: {host: 10.0.0.1, name: g..h}
"#,
    ),
    case(
        "tolerations of no taint",
        "RG609 2:23, RG609 2:43, RG609 2:57",
        r#"
kubernetes:
  tolerations: [{key: 'two words', value: 'a b'}, {key: /, effect: NoExecute}, {key: example.com/pool, value: ''}, {key: a, value: b_c.D}]
"#,
    ),
    case(
        "ranges of every kind",
        "RG609 3:27, RG609 3:48, RG609 4:25, RG609 4:43, RG609 5:27, RG609 6:26, RG609 6:62",
        r#"
kubernetes:
  network:
    ingress_from: [{cidr: 10.0.0.0/33}, {cidr: 10.0.0.1/8}, {cidr: 0.0.0.0/0}, {cidr: 10.0.0.7/32}]
    admin_from: [{cidr: 10.0.0/8}, {cidr: fd00::1/64}, {cidr: 'fd00::/8'}, {cidr: '::/0'}]
    metrics_from: [{cidr: 10.0.0.0/08}]
    services_to: [{cidr: 10.0.0.0/8, namespace: web}, {cidr: 10.1.0.0/16, pods: {app: a}}, {cidr: '2001:db8::/32'}]
"#,
    ),
    case(
        "metrics that are told of and closed",
        "RG610 1:26",
        r#"
kubernetes: {monitoring: annotations, network: {admin_from: [{namespace: ops}]}}
"#,
    ),
    case(
        "metrics that are read in the namespace",
        "",
        r#"
kubernetes: {monitoring: annotations, network: {metrics_from: [{}]}}
"#,
    ),
    case(
        "metrics without policies",
        "",
        r#"
kubernetes: {monitoring: service_monitor, network: {policies: false}}
"#,
    ),
    case(
        "metrics of the chart, which writes no policies",
        "",
        r#"
kubernetes: {flavor: helm, monitoring: service_monitor}
"#,
    ),
    case(
        "nodes that have to be apart, in one zone and on one machine",
        "RG612 5:56, RG612 5:111",
        r#"
nodes:
  - {group: a, count: 3, first_id: 1, location: eu.a}
  - {group: b, count: 3, first_id: 11, location: eu.b}
  - {group: c, count: 3, first_id: 21, location: eu.c}
kubernetes: {spread: required, zones: {eu.a: z1, eu.b: z1, eu.c: z2}, node_selector: {kubernetes.io/hostname: one}}
"#,
    ),
    case(
        "the same where it is only preferred",
        "",
        r#"
nodes: 3
kubernetes: {node_selector: {kubernetes.io/hostname: one}}
"#,
    ),
    case(
        "a class and a size that no storage has",
        "RG608 1:18, RG608 1:30",
        r#"
volumes: {class: Fast, size: 100MiB}
kubernetes: {}
"#,
    ),
    case(
        "the same without Kubernetes",
        "",
        r#"
name: orders
volumes: {class: Fast, size: 100MiB}
retired_ids: [2]
"#,
    ),
    case(
        "windows line ends, quoted keys",
        "RG101 3:12",
        "\"nodes\":\r\n  - {\"id\": 1}\r\n  - {\"id\": 1}\r\n  - {id: 3}\n",
    ),
    case(
        "a flow file",
        "RG104 1:24",
        r#"
{nodes: [{id: 1, name: 'A'}, {id: 2}, {id: 3}], version: 1.7.12}
"#,
    ),
    case(
        "a mistake that leads to a key of the file",
        "RG502 1:12, RG502 1:41",
        r#"
settings: {replication: 3, networking: {advertised-address: x}}
"#,
    ),
    case(
        "a deprecated setting of the right version",
        "",
        r#"
version: 1.6.2
settings: {http-proxy: 'http://proxy'}
"#,
    ),
    case(
        "RocksDB with more than half of the limit",
        "RG508 2:39",
        r#"
nodes: 3
settings: {rocksdb-total-memory-size: 1100MiB}
"#,
    ),
    case(
        "RocksDB with half of the limit",
        "",
        r#"
nodes: 3
resources: {memory: 4GiB}
settings: {rocksdb-total-memory-size: 2GiB}
"#,
    ),
    case(
        "RocksDB below what it needs, for one node",
        "RG508 3:51",
        r#"
nodes:
  - {id: 1}
  - {id: 2, settings: {rocksdb-total-memory-size: 128MiB}}
  - {id: 3}
"#,
    ),
    case(
        "RocksDB at what it needs",
        "",
        r#"
nodes: 3
settings: {rocksdb-total-memory-size: 256MiB}
"#,
    ),
    case(
        "a version without repairs",
        "RG509 1:10",
        r#"
version: 1.5.3
nodes: 3
"#,
    ),
    case(
        "the minor before the newest",
        "",
        r#"
version: 1.6.2
nodes: 3
"#,
    ),
    case(
        "a tag in the image",
        "RG510 1:21",
        r#"
image: {repository: "registry.example.com/restate:latest"}
nodes: 3
"#,
    ),
    case(
        "a tag in an image without a registry",
        "RG510 1:21",
        r#"
image: {repository: restate:1.7}
nodes: 3
"#,
    ),
    case(
        "a port in the image",
        "",
        r#"
image: {repository: "localhost:5000/restate"}
nodes: 3
"#,
    ),
    case(
        "snapshots to delete in a store of somebody else's",
        "RG405 3:59",
        r#"
nodes: 3
object_store: {kind: s3, region: eu-central-1}
snapshots: {destination: s3://orders/snapshots, retained: 3}
"#,
    ),
    case(
        "snapshots to delete in a store of ours",
        "",
        r#"
nodes: 3
snapshots: {retained: 3}
"#,
    ),
    case(
        "a setting that nobody promised, for the cluster and for a node",
        "RG511 2:27, RG511 5:35",
        r#"
nodes:
  - {settings: {bifrost: {record-size-limit: 1MiB}}, id: 1}
  - {id: 2}
  - {id: 3}
settings: {shutdown-timeout: 45s, bifrost.record-size-limit: 1MiB}
"#,
    ),
    case(
        "a CPU limit that is too tight, for the cluster and for a node",
        "RG512 3:31, RG512 5:19",
        r#"
nodes:
  - {id: 1}
  - {id: 2, resources: {cpus: 0.1, reserve: {cpus: 0.1}}}
  - {id: 3}
resources: {cpus: 0.25, reserve: {cpus: 0.1}}
"#,
    ),
    case(
        "a CPU limit that is just enough",
        "",
        r#"
nodes: 3
resources: {cpus: 0.5}
"#,
    ),
    case(
        "Kubernetes: keys that the manifests have already, and a domain that is none",
        "RG603 4:5, RG603 5:5, RG603 7:31",
        r#"
nodes: 3
kubernetes:
  pod_annotations:
    restate.dev/roles: mine
    a..b/x: mine
    example.com/x: mine
  node_selector: {disk: fast, topology.kubernetes.io/zone: a}
"#,
    ),
];

#[test]
fn the_catalogue_is_sorted_and_no_code_or_name_stands_in_it_twice() {
    let catalogue = rules::catalogue();
    let is_before = |pair: &[&diagnostic::Rule]| pair[0].code < pair[1].code;
    assert!(catalogue.windows(2).all(is_before));
    let names: BTreeSet<&str> = catalogue.iter().map(|rule| rule.slug).collect();
    assert_eq!(names.len(), catalogue.len());
}
