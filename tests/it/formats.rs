//! The machine formats of a report: what each one holds, that its readers take it, and that nothing
//! in a value can break out of it.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use jsonschema::Validator;
use restate_gen::diagnostic::{Diagnostic, Report, Rule, Severity};
use restate_gen::diagnostic::{concise, github, gitlab, json, junit, reading, sarif};
use restate_gen::source::{DocPath, Document};
use restate_gen::{rules, schema};
use serde_json::Value;

use crate::cli::{folder, run};

/// A printer of a format.
type Print = fn(&[Report<'_>]) -> String;

const FORMATS: &[(&str, Print)] = &[
    ("concise", concise::print),
    ("json", json::print),
    ("sarif", sarif::print),
    ("github", github::print),
    ("gitlab", gitlab::print),
    ("junit", junit::print),
];

static STRICT: Rule = Rule {
    code: "RG901",
    slug: "strict",
    severity: Severity::Error,
    since: "0.1.0",
    docs: "## What\n\nA value is wrong. It stays wrong.\n\n## Why\n\nBecause.\n",
};

static MILD: Rule = Rule {
    code: "RG902",
    slug: "mild",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: "## What\n\nA value may be wrong.\n\n## Why\n\nBecause.\n",
};

/// What readers of any format have to get through unharmed: line breaks, what ends a command, a
/// property, a section or a tag, what looks like an escape or a link, controls, quotes.
const HOSTILE: &str = "a\nb\r\nc\rd\te ::error::f %0A %25 g, h: i ]]> </failure> & \"q\" 'p' [l](0) \u{1b}[31m \u{0} \u{7f} \u{85} \u{2028} \u{202e} \u{fffe} é🦀";

/// A file of every kind of finding: flag and document, stretches in one line and over two, with
/// characters of two, three and four bytes before them.
fn document() -> Document {
    let text = "name: \"é–🦀\" # 名\nnodes: 3\nresources:\n  memory: 2G\nversion: \"é\n  2\"\n";
    let mut document = Document::parse("./deploy/clüster.yaml", text);
    document.set(DocPath::of(["partitions"]), 0.into(), "--partitions 0");
    document
}

fn report(document: &Document) -> Report<'_> {
    let at = |text: &str| {
        let start = document.text().find(text).expect("there");
        start..start + text.len()
    };
    let found = [
        Diagnostic::new(&STRICT, DocPath::of(["partitions"]), "`0` is too few")
            .help("write 1 or more"),
        Diagnostic::new(
            &MILD,
            restate_gen::diagnostic::At::Document,
            "no line is to blame",
        ),
        Diagnostic::new(&STRICT, at("\"é–🦀\""), "`é–🦀` is no name")
            .label("the name")
            .related(at("名"), "the mark")
            .related(DocPath::of(["partitions"]), "the flag")
            .help("write `crab`")
            .fix(at("\"é–🦀\""), "crab"),
        // Up to the next line's start: nothing of that line is meant.
        Diagnostic::new(&MILD, at("nodes: 3\n"), "`3` is few").help("write 5"),
        Diagnostic::new(&MILD, at("2G"), "`2G` is a thing to know").severity(Severity::Hint),
        Diagnostic::new(&STRICT, at("\"é\n  2\""), "two lines are one too many"),
    ];
    Report::new(document, found)
}

/// A report in which every text is hostile, also the file's name.
fn hostile_report(document: &Document) -> Report<'_> {
    let severities = [Severity::Error, Severity::Warning, Severity::Hint];
    let found = severities.map(|severity| {
        Diagnostic::new(
            &STRICT,
            DocPath::of(["nodes"]),
            format!("{severity} {HOSTILE}"),
        )
        .severity(severity)
        .label(HOSTILE)
        .related(0..1, HOSTILE)
        .related(DocPath::of(["partitions"]), HOSTILE)
        .help(HOSTILE)
        .fix(0..1, HOSTILE)
    });
    let at_flag = Diagnostic::new(&STRICT, DocPath::of(["partitions"]), HOSTILE);
    Report::new(document, found.into_iter().chain([at_flag]))
}

fn hostile_document() -> Document {
    let mut document = Document::parse(format!("./x/{HOSTILE}.yaml"), "nodes: 3\n");
    document.set(DocPath::of(["partitions"]), 0.into(), HOSTILE);
    document
}

/// Every report of this test, and one for each file with which a rule shows how it fails.
fn with_each_report(mut check: impl FnMut(&[Report<'_>])) {
    let (empty, one, hostile) = (Document::empty("e"), document(), hostile_document());
    check(&[]);
    check(&[Report::new(&empty, [])]);
    check(&[report(&one), hostile_report(&hostile), report(&one)]);
    let all = rules::RULES.iter().map(|(rule, ..)| *rule);
    for rule in all
        .chain(schema::RULES.iter().copied())
        .chain(reading::RULES.iter().copied())
    {
        let (_, rest) = rule.docs.split_once("## Fails\n").expect(rule.code);
        let (_, rest) = rest.split_once("```yaml\n").unwrap_or_default();
        let document = Document::parse("fails.yaml", rest.split("```").next().unwrap_or_default());
        let reading = schema::read(&document);
        let found = rules::run(&reading);
        check(&[Report::new(
            &document,
            reading.diagnostics.into_iter().chain(found),
        )]);
    }
}

fn parsed(text: &str) -> Value {
    assert!(text.ends_with('\n'));
    serde_json::from_str(text).expect("JSON")
}

#[track_caller]
fn assert_valid(validator: &Validator, text: &str) {
    let value = parsed(text);
    let faults: Vec<String> = validator
        .iter_errors(&value)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

static REPORT: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::draft7::new(&json::schema()).expect("a schema"));

static SARIF: LazyLock<Validator> = LazyLock::new(|| {
    let schema = fs::read_to_string("tests/data/sarif-schema-2.1.0.json").expect("committed");
    // In the pattern of a language a bracket closes nothing, which strict readers refuse.
    let schema = schema.replace("-[a-zA-Z]{2}]?$", "(-[a-zA-Z]{2})?$");
    jsonschema::draft7::options()
        .should_validate_formats(true)
        .build(&serde_json::from_str(&schema).expect("JSON"))
        .expect("a schema")
});

#[test]
fn each_format_reads_as_it_was_read() {
    let document = document();
    for (name, print) in FORMATS {
        insta::with_settings!({
            snapshot_path => Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/formats"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(*name, print(&[report(&document)]));
        });
    }
}

#[test]
fn the_committed_report_schema_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/report.schema.json");
    let generated = json::schema_text();
    if std::env::var_os("RESTATE_GEN_BLESS").is_some() {
        fs::write(&path, &generated).expect("the schema can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "schema/report.schema.json is stale: run the tests with RESTATE_GEN_BLESS=1"
    );
}

#[test]
fn every_report_fits_its_schema() {
    with_each_report(|reports| {
        assert_valid(&REPORT, &json::print(reports));
        assert_valid(&SARIF, &sarif::print(reports));
    });
    // And the schemas do refuse.
    let document = document();
    let mut value = parsed(&json::print(&[report(&document)]));
    value["files"][0]["findings"][0]["origin"]["kind"] = "elsewhere".into();
    assert!(!REPORT.is_valid(&value));
    let mut value = parsed(&sarif::print(&[report(&document)]));
    value["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] =
        "a b".into();
    assert!(!SARIF.is_valid(&value));
}

/// What the schema leaves open and GitHub demands.
#[test]
fn sarif_has_what_code_scanning_demands() {
    let demanded = |value: &Value, pointers: &[&str]| {
        for pointer in pointers {
            let found = value.pointer(pointer).unwrap_or(&Value::Null);
            let is_there = match found {
                Value::String(text) => !text.is_empty(),
                found => found.is_u64(),
            };
            assert!(is_there, "{pointer} in {value}");
        }
    };
    with_each_report(|reports| {
        let log = parsed(&sarif::print(reports));
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
        for rule in rules {
            demanded(
                rule,
                &[
                    "/id",
                    "/shortDescription/text",
                    "/fullDescription/text",
                    "/help/text",
                ],
            );
            let description = rule["fullDescription"]["text"].as_str().expect("a text");
            assert!(description.chars().count() <= 1024);
        }
        for result in run["results"].as_array().expect("results") {
            demanded(
                result,
                &[
                    "/message/text",
                    "/partialFingerprints/primaryLocationLineHash",
                    "/locations/0/physicalLocation/artifactLocation/uri",
                    "/locations/0/physicalLocation/region/startLine",
                    "/locations/0/physicalLocation/region/startColumn",
                    "/locations/0/physicalLocation/region/endLine",
                    "/locations/0/physicalLocation/region/endColumn",
                ],
            );
            let index = result["ruleIndex"].as_u64().expect("an index");
            let rule = &rules[usize::try_from(index).expect("small")];
            assert_eq!(rule["id"], result["ruleId"]);
        }
    });
}

#[test]
fn paths_become_uris_from_the_folder_of_the_run() {
    for (name, path, uri) in [
        ("a.yaml", "a.yaml", "a.yaml"),
        ("./a//b/./c.yaml", "a/b/c.yaml", "a/b/c.yaml"),
        ("../a.yaml", "../a.yaml", "../a.yaml"),
        ("a b:c%ü.yaml", "a b:c%ü.yaml", "a%20b%3Ac%25%C3%BC.yaml"),
        ("/srv/a#?.yaml", "/srv/a#?.yaml", "file:///srv/a%23%3F.yaml"),
        ("<stdin>", "<stdin>", "%3Cstdin%3E"),
    ] {
        let document = Document::parse(name, "nodes: 0\n");
        let report = Report::new(&document, schema::read(&document).diagnostics);
        assert_eq!(report.path(), path);
        let log = parsed(&sarif::print(&[report]));
        let location = &log["runs"][0]["results"][0]["locations"][0];
        let artifact = &location["physicalLocation"]["artifactLocation"];
        assert_eq!(artifact["uri"], uri);
        let is_relative = !uri.starts_with("file:");
        assert_eq!(artifact["uriBaseId"] == "%SRCROOT%", is_relative, "{name}");
    }
}

/// A workflow command as GitHub's runner reads it: name, properties, message.
fn command(line: &str) -> (String, Vec<(String, String)>, String) {
    let unescaped = |text: &str| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n");
        let text = text.replace("%3A", ":").replace("%2C", ",");
        text.replace("%25", "%")
    };
    let rest = line.strip_prefix("::").expect("a command");
    let (head, message) = rest.split_once("::").expect("a message");
    let (name, properties) = head.split_once(' ').expect("properties");
    let properties = properties
        .split(',')
        .map(|property| property.split_once('=').expect("a value"))
        .map(|(key, value)| (key.to_owned(), unescaped(value)))
        .collect();
    (name.to_owned(), properties, unescaped(message))
}

/// The hostile text as formats show it that cannot hold every control character.
fn shown(text: &str, is_held: impl Fn(char) -> bool) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if is_held(c) {
            out.push(c);
        } else {
            out.extend(c.escape_default());
        }
    }
    out
}

#[test]
fn hostile_texts_come_back_as_they_were() {
    let document = hostile_document();
    let report = || [hostile_report(&document)];
    let path = format!("x/{HOSTILE}.yaml");

    let value = parsed(&json::print(&report()));
    let finding = &value["files"][0]["findings"][1];
    assert_eq!(value["files"][0]["name"], format!("./{path}"));
    assert_eq!(finding["message"], format!("error {HOSTILE}"));
    assert_eq!(finding["related"][0]["label"], HOSTILE);
    assert_eq!(finding["related"][1]["origin"]["flag"], HOSTILE);
    assert_eq!(finding["fix"]["replacement"], HOSTILE);

    let value = parsed(&sarif::print(&report()));
    let message = value["runs"][0]["results"][1]["message"]["text"].as_str();
    let message = message.expect("a text");
    // Two links of ours, none of the user's.
    assert_eq!(message.matches("](").count(), 2 + 4);
    assert_eq!(message.matches(r"\](0)").count(), 4, "{message}");

    let value = parsed(&gitlab::print(&report()));
    assert_eq!(
        value[1]["description"],
        format!("error {HOSTILE}; {HOSTILE}")
    );
    assert_eq!(value[1]["location"]["path"], path);

    let printed = github::print(&report());
    let lines: Vec<&str> = printed
        .split_terminator(['\n', '\r', '\u{85}', '\u{2028}'])
        .collect();
    assert_eq!(printed.split_terminator('\n').count(), 4);
    let is_held = |c: char| !c.is_control() || matches!(c, '\n' | '\r');
    let (name, properties, message) = command(printed.split_terminator('\n').nth(1).expect("four"));
    assert_eq!(name, "error");
    let keys: Vec<&str> = properties.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(
        keys,
        ["file", "line", "endLine", "col", "endColumn", "title"]
    );
    assert_eq!(properties[0].1, shown(&path, is_held));
    let sentence = shown(&format!("error {HOSTILE}; {HOSTILE}"), is_held);
    assert!(message.starts_with(&sentence), "{message:?}");
    // No line but ours starts a command, whatever a reader takes for the end of a line.
    let commands = lines
        .iter()
        .filter(|line| line.trim_start().starts_with("::"));
    assert_eq!(commands.count(), 4);

    let printed = junit::print(&report());
    let tree = roxmltree::Document::parse(&printed).expect("well-formed");
    let is_held = |c: char| {
        matches!(c, '\t' | '\n' | '\r') || !(c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'))
    };
    let suite = tree.root_element().first_element_child().expect("a suite");
    assert_eq!(
        suite.attribute("name"),
        Some(shown(&path, is_held).as_str())
    );
    let failures: Vec<_> = tree
        .descendants()
        .filter(|node| node.has_tag_name("failure"))
        .collect();
    assert_eq!(failures.len(), 3);
    assert_eq!(
        failures[1].attribute("message"),
        Some(sentence_of(is_held).as_str())
    );
    let text = failures[1].text().expect("a text");
    assert!(text.contains(&shown(HOSTILE, is_held)), "{text:?}");
}

fn sentence_of(is_held: impl Fn(char) -> bool) -> String {
    shown(&format!("error {HOSTILE}; {HOSTILE}"), is_held)
}

#[test]
fn junit_counts_what_it_holds_and_names_each_case_once() {
    with_each_report(|reports| {
        let printed = junit::print(reports);
        let tree = roxmltree::Document::parse(&printed).expect("well-formed");
        let root = tree.root_element();
        assert!(root.has_tag_name("testsuites"));
        assert_eq!(
            root.children().filter(|node| node.is_element()).count(),
            reports.len()
        );
        for suite in tree
            .descendants()
            .filter(|node| node.has_tag_name("testsuite"))
        {
            let count = |name: &str| {
                let nodes = suite.descendants().filter(|node| node.has_tag_name(name));
                nodes.count().to_string()
            };
            assert_ne!(count("testcase"), "0");
            assert_eq!(suite.attribute("tests"), Some(count("testcase").as_str()));
            assert_eq!(suite.attribute("failures"), Some(count("failure").as_str()));
            let cases = suite
                .descendants()
                .filter(|node| node.has_tag_name("testcase"));
            let names: Vec<_> = cases.map(|case| case.attribute("name")).collect();
            assert_eq!(
                names.iter().collect::<HashSet<_>>().len(),
                names.len(),
                "{names:?}"
            );
        }
    });
}

/// The fingerprints of a text's findings.
fn fingerprints(texts: &[&str]) -> Vec<String> {
    let documents: Vec<Document> = texts
        .iter()
        .map(|text| Document::parse("f", *text))
        .collect();
    let reports: Vec<Report<'_>> = documents
        .iter()
        .map(|document| Report::new(document, schema::read(document).diagnostics))
        .collect();
    let issues = parsed(&gitlab::print(&reports));
    let results = parsed(&sarif::print(&reports));
    let results = results["runs"][0]["results"].as_array().expect("results");
    let issues = issues.as_array().expect("issues");
    assert_eq!(issues.len(), results.len());
    let pairs = issues.iter().zip(results);
    pairs
        .map(|(issue, result)| {
            let fingerprint = &issue["fingerprint"];
            assert_eq!(&result["partialFingerprints"]["finding/v1"], fingerprint);
            fingerprint.as_str().expect("a text").to_owned()
        })
        .collect()
}

#[test]
fn fingerprints_are_all_different_and_go_with_their_line() {
    let text = "resources:\n  memory: 2G\nnodes:\n  - resources: {memory: 2G}\n  - resources: {memory: 2G}\n";
    let before = fingerprints(&[text]);
    assert_eq!(before.len(), 3);
    assert_eq!(before.iter().collect::<BTreeSet<_>>().len(), 3);
    // Lines that come before, other blanks and other line breaks change nothing.
    let moved = format!(
        "# moved\n\nname: x\n{}",
        text.replace("  memory", "    memory")
    );
    assert_eq!(fingerprints(&[&moved]), before);
    assert_eq!(fingerprints(&[&text.replace('\n', "\r\n")]), before);
    // Another value is another finding.
    let other = fingerprints(&[&text.replacen("2G", "3G", 1)]);
    assert_ne!(other[0], before[0]);
    assert_eq!(other[1..], before[1..]);
    // The same file twice in a run still has no fingerprint twice.
    let twice = fingerprints(&[text, text]);
    assert_eq!(twice[..3], before);
    assert_eq!(twice.iter().collect::<BTreeSet<_>>().len(), 6);
}

#[test]
fn every_format_exits_alike_and_says_what_it_has_to_say_on_stdout() {
    let folder = folder();
    for (name, text) in [
        ("sound.yaml", "nodes: 3\nobject_store: minio\n"),
        ("warned.yaml", "nodes: 3\nports: {bind: 0.0.0.0}\n"),
        ("faulty.yaml", "nodes: 0\n"),
    ] {
        fs::write(folder.path().join(name), text).expect("writable");
    }
    for (files, code, reports) in [
        (&["sound.yaml"][..], 0, 1),
        (&["warned.yaml"], 0, 1),
        (&["faulty.yaml"], 1, 1),
        (&["sound.yaml", "faulty.yaml"], 1, 2),
        (&["missing.yaml"], 2, 0),
        (&["missing.yaml", "faulty.yaml"], 2, 1),
        (&["faulty.yaml", "missing.yaml", "gone.yaml"], 2, 1),
    ] {
        for format in ["human", "json", "sarif", "github", "gitlab", "junit"] {
            let arguments = [&["validate", "--format", format], files].concat();
            let run_of = run(folder.path(), &arguments);
            assert_eq!(run_of.code, code, "{arguments:?}: {run_of:?}");
            let unread = files.len() - reports;
            assert_eq!(
                run_of.stderr.matches("cannot open").count(),
                unread,
                "{run_of:?}"
            );
            let said = if format == "human" {
                &run_of.stderr
            } else {
                &run_of.stdout
            };
            let is_faulty = files.contains(&"faulty.yaml");
            assert_eq!(
                said.contains("RG024"),
                is_faulty,
                "{arguments:?}: {run_of:?}"
            );
            match format {
                "human" => assert_eq!(run_of.stdout, ""),
                "github" => {}
                // Nothing that could be taken for a run without findings.
                _ if reports == 0 => assert_eq!(run_of.stdout, ""),
                "json" => {
                    let files = parsed(said)["files"].as_array().expect("files").len();
                    assert_eq!(files, reports);
                }
                "junit" => assert_eq!(said.matches("</testsuite>").count(), reports),
                _ => drop(parsed(said)),
            }
        }
    }
}

#[test]
fn a_flag_is_the_place_in_a_run_without_a_file() {
    let folder = folder();
    for format in ["json", "sarif", "github", "gitlab", "junit"] {
        let run_of = run(
            folder.path(),
            &["validate", "--nodes", "0", "--format", format],
        );
        assert_eq!((run_of.code, run_of.stderr.as_str()), (1, ""), "{format}");
        assert!(run_of.stdout.contains("--nodes 0"), "{format}: {run_of:?}");
    }
}
