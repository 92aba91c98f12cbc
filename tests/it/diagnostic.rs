//! Findings: rules and their documentation, reports and how they print.

use restate_gen::diagnostic::allow::{self, Policy};
use restate_gen::diagnostic::human::{Colour, print};
use restate_gen::diagnostic::{Diagnostic, Report, Rule, Severity, reading};
use restate_gen::schema;
use restate_gen::source::{DocPath, Document};
use restate_gen::validation::validate;

/// The rules whose documentation is not a file of `src/rules`.
fn rules() -> impl Iterator<Item = &'static Rule> {
    let of_reading = reading::RULES.iter().chain(allow::RULES);
    of_reading.chain(schema::RULES).copied()
}

/// The codes of all that is found in a text by any rule.
fn codes(text: &str) -> Vec<&'static str> {
    let document = Document::parse("restate-cluster.yaml", text);
    let report = validate(&document, &Policy::default()).report;
    let findings = report.findings().iter();
    findings
        .map(|finding| finding.diagnostic.rule.code)
        .collect()
}

/// The fenced block of a section: (language, text).
fn fence<'d>(rule: &'d Rule, section: &str) -> (&'d str, &'d str) {
    let (_, rest) = rule
        .docs
        .split_once(&format!("## {section}\n"))
        .expect(rule.code);
    let (_, rest) = rest.split_once("```").expect(rule.code);
    let (fenced, _) = rest.split_once("```").expect(rule.code);
    fenced.split_once('\n').expect(rule.code)
}

#[test]
fn rules_are_sorted_and_their_codes_and_slugs_are_their_own() {
    let all: Vec<_> = rules().collect();
    assert!(all.windows(2).all(|pair| pair[0].code < pair[1].code));
    for rule in &all {
        assert_eq!(
            all.iter().filter(|other| other.slug == rule.slug).count(),
            1,
            "{}",
            rule.slug
        );
        let sections: Vec<_> = rule
            .docs
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .collect();
        assert_eq!(
            sections,
            ["What", "Why", "Fails", "Passes"],
            "{}",
            rule.code
        );
    }
}

#[test]
fn what_a_rule_says_fails_yields_that_code_alone_and_what_it_says_passes_nothing() {
    for rule in rules() {
        let (language, passes) = fence(rule, "Passes");
        let nothing: Vec<&str> = Vec::new();
        assert_eq!(
            (language, codes(passes)),
            ("yaml", nothing),
            "{}",
            rule.code
        );
        let (language, fails) = fence(rule, "Fails");
        match language {
            "yaml" => assert_eq!(codes(fails), [rule.code], "{fails}"),
            // Bytes that no fence can hold; their faults have rows in the table of `source`.
            "sh" => assert!(
                ["RG001", "RG002", "RG004"].contains(&rule.code),
                "{}",
                rule.code
            ),
            other => panic!("{}: a fence in {other}", rule.code),
        }
    }
}

#[test]
fn every_reason_names_its_source() {
    for rule in rules() {
        let (_, why) = rule.docs.split_once("## Why\n").expect(rule.code);
        let (why, _) = why.split_once("\n## ").expect(rule.code);
        let has_source = ["run: ", "](https://", "restatedev/restate"]
            .iter()
            .any(|mark| why.contains(mark));
        assert!(has_source, "{} has no source", rule.code);
    }
}

#[test]
fn a_finding_reads_like_one_of_rustc() {
    let text = "nodes: 3\nresources:\n  memory: 2G\nnodes: 5\nreplicaton: 2\n";
    let document = Document::parse("restate-cluster.yaml", text);
    let report = Report::new(&document, schema::read(&document).diagnostics);
    insta::assert_snapshot!(print(&report, Colour::Plain), @r"
    error[RG025]: `2G` is not a size with a binary unit
     --> restate-cluster.yaml:3:11
      |
    3 |   memory: 2G
      |           ^^
      |
      = help: write 2GiB (2 147 483 648 bytes), or 1907MiB if 2 000 000 000 bytes are meant

    error[RG007]: the key `nodes` is already in this mapping
     --> restate-cluster.yaml:4:1
      |
    1 | nodes: 3
      | ----- the first
    ...
    4 | nodes: 5
      | ^^^^^ the second
      |
      = help: keep one of the two

    error[RG020]: `replicaton` is not a key of a cluster file
     --> restate-cluster.yaml:5:1
      |
    5 | replicaton: 2
      | ^^^^^^^^^^ unknown key
      |
      = help: write `replication`

    restate-cluster.yaml: 3 errors
    ");
    let coloured = print(&report, Colour::Ansi);
    assert!(coloured.contains("\u{1b}["));
    assert!(!print(&report, Colour::Plain).contains('\u{1b}'));
}

#[test]
fn a_finding_without_a_file_is_placed_at_its_flag() {
    let mut document = Document::empty("command line");
    document.set(DocPath::of(["nodes"]), 0.into(), "--nodes 0");
    let report = Report::new(&document, schema::read(&document).diagnostics);
    insta::assert_snapshot!(print(&report, Colour::Plain), @r"
    error[RG024]: `0` is below 1, the minimum of `nodes`
    --> --nodes 0
     = help: write a number from 1 to 1000

    command line: 1 error
    ");
}

#[test]
fn a_finding_about_nothing_that_is_written_names_the_document() {
    let document = Document::empty("restate-cluster.yaml");
    let found =
        Diagnostic::new(schema::RULES[0], DocPath::of(["nodes"]), "something").help("do it");
    insta::assert_snapshot!(print(&Report::new(&document, [found]), Colour::Plain), @r"
    error[RG020]: something
    --> restate-cluster.yaml
     = help: do it

    restate-cluster.yaml: 1 error
    ");
}

#[test]
fn a_hint_reads_as_one_and_is_counted_but_is_no_error() {
    let document = Document::parse("restate-cluster.yaml", "nodes: 3\n");
    let rule = schema::RULES[0];
    let found = [
        Diagnostic::new(rule, DocPath::of(["nodes"]), "a thing to know").severity(Severity::Hint),
        Diagnostic::new(rule, DocPath::of(["nodes"]), "it will hurt").severity(Severity::Warning),
    ];
    let report = Report::new(&document, found);
    assert!(!report.has_errors());
    insta::assert_snapshot!(print(&report, Colour::Plain), @r"
    hint[RG020]: a thing to know
     --> restate-cluster.yaml:1:8
      |
    1 | nodes: 3
      |        ^

    warning[RG020]: it will hurt
     --> restate-cluster.yaml:1:8
      |
    1 | nodes: 3
      |        ^

    restate-cluster.yaml: 1 warning, 1 hint
    ");
}

#[test]
fn text_of_the_users_cannot_command_the_terminal() {
    let document = Document::parse("f", "\"\\e[31m\\u202E\\n\": 1\n");
    let report = Report::new(&document, schema::read(&document).diagnostics);
    let printed = print(&report, Colour::Plain);
    assert!(
        !printed.contains('\u{1b}') && !printed.contains('\u{202e}'),
        "{printed}"
    );
    assert!(
        printed.contains(r"`\u{1b}[31m\u{202e}\n` is not a key"),
        "{printed}"
    );
}

#[test]
fn what_is_said_twice_of_one_place_is_reported_once() {
    let document = Document::parse("f", "nodes: 3\n");
    let at = || DocPath::of(["nodes"]);
    let found = || Diagnostic::new(schema::RULES[0], at(), "twice");
    let other = Diagnostic::new(schema::RULES[0], at(), "another");
    let report = Report::new(&document, [found(), other, found()]);
    let messages: Vec<_> = report
        .findings()
        .iter()
        .map(|one| one.diagnostic.message.as_str())
        .collect();
    assert_eq!(messages, ["another", "twice"]);
}

#[test]
fn far_places_and_long_lines_are_named_instead_of_shown() {
    let text = format!("nodes: 3\n{}nodes: 4\n", "# far\n".repeat(500));
    let document = Document::parse("f", text);
    let printed = print(
        &Report::new(&document, schema::read(&document).diagnostics),
        Colour::Plain,
    );
    assert!(
        printed.contains("the first at 1:1") && printed.len() < 1000,
        "{printed}"
    );
    let text = format!("{{settings: {{a: \"{}\"}}, nodez: 3}}", "ü".repeat(5000));
    let document = Document::parse("f", text);
    let printed = print(
        &Report::new(&document, schema::read(&document).diagnostics),
        Colour::Plain,
    );
    assert!(
        printed.contains("f:1:5021") && printed.len() < 1000,
        "{printed}"
    );
}
