//! Comments that allow findings, and what the command line allows or denies for one run.

use restate_gen::diagnostic::Severity;
use restate_gen::diagnostic::allow::{Policy, named_rule};
use restate_gen::rules::catalogue;
use restate_gen::source::Document;
use restate_gen::validation::validate;

/// The findings as `RG305 1:8`, in the order of the text.
fn found(text: &str, policy: &Policy) -> String {
    let document = Document::parse("restate-cluster.yaml", text);
    let report = validate(&document, policy).report;
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

/// What the comment is, the text, and what is found in it.
const COMMENTS: &[(&str, &str, &str)] = &[
    ("nothing is allowed", "nodes: 2\n", "RG305 1:8"),
    (
        "behind the line",
        "nodes: 2 # restate-gen: allow RG305 - test\n",
        "",
    ),
    (
        "by the rule's name",
        "nodes: 2 # restate-gen: allow no-node-to-spare - test\n",
        "",
    ),
    (
        "in lower case",
        "nodes: 2 # restate-gen: allow rg305 - test\n",
        "",
    ),
    (
        "with a long dash",
        "nodes: 2 # restate-gen: allow RG305 — test\n",
        "",
    ),
    (
        "with a dash in the reason",
        "nodes: 2 # restate-gen: allow RG305 - a test - and no more\n",
        "",
    ),
    (
        "without spaces behind the hash",
        "nodes: 2 #restate-gen: allow RG305 - test\n",
        "",
    ),
    (
        "before the first key",
        "# restate-gen: allow RG305 - test\nnodes: 2\n",
        "",
    ),
    (
        "before the first key and a modeline",
        "# restate-gen: allow RG305 - test\n# yaml-language-server: $schema=x\n---\n\nnodes: 2\n",
        "",
    ),
    (
        "behind a byte order mark",
        "\u{feff}# restate-gen: allow RG305 - test\nname: a\nnodes: 2\n",
        "",
    ),
    (
        "on the line before",
        "name: a\n# restate-gen: allow RG305 - test\nnodes: 2\n",
        "",
    ),
    (
        "with a comment and an empty line between",
        "name: a\n# restate-gen: allow RG305 - test\n# and\n\nnodes: 2\n",
        "",
    ),
    (
        "on a line of Windows",
        "name: a\r\nnodes: 2 # restate-gen: allow RG305 - test\r\n",
        "",
    ),
    (
        "two rules at once",
        "nodes: 2 # restate-gen: allow RG305, RG306 - test\n",
        "RG017 1:38",
    ),
    (
        "the rule of another line",
        "name: a # restate-gen: allow RG305 - test\nnodes: 2\n",
        "RG017 1:30, RG305 2:8",
    ),
    (
        "on the last line, for nothing below",
        "nodes: 3\n# restate-gen: allow RG305 - test\n",
        "RG017 2:22",
    ),
    (
        "twice, each of which would do",
        "# restate-gen: allow RG305 - test\nnodes: 2 # restate-gen: allow RG305 - test\n",
        "",
    ),
    (
        "what is not found in the file",
        "# restate-gen: allow RG305 - test\nnodes: 3\n",
        "RG017 1:22",
    ),
    (
        "no reason",
        "nodes: 2 # restate-gen: allow RG305\n",
        "RG305 1:8, RG016 1:10",
    ),
    (
        "an empty reason",
        "nodes: 2 # restate-gen: allow RG305 - \n",
        "RG305 1:8, RG016 1:10",
    ),
    (
        "a reason of dashes",
        "nodes: 2 # restate-gen: allow RG305 - ---\n",
        "RG305 1:8, RG016 1:10",
    ),
    (
        "no rule",
        "nodes: 2 # restate-gen: allow - test\n",
        "RG305 1:8, RG015 1:10",
    ),
    (
        "a rule that is not there",
        "nodes: 2 # restate-gen: allow RG399 - test\n",
        "RG305 1:8, RG015 1:31",
    ),
    (
        "one that is and one that is not",
        "nodes: 2 # restate-gen: allow RG305 RG399 - test\n",
        "RG015 1:37",
    ),
    (
        "a word it does not know",
        "nodes: 2 # restate-gen: ignore RG305 - test\n",
        "RG305 1:8, RG015 1:10",
    ),
    ("nothing said", "nodes: 3 # restate-gen:\n", "RG015 1:10"),
    (
        "a comment about the tool",
        "nodes: 3 # see the manual of restate-gen: it says more\n",
        "",
    ),
    (
        "a rule that cannot be allowed",
        "nodes: [{id: 1}, {id: 1}, {id: 3}] # restate-gen: allow RG101 - test\n",
        "RG101 1:23, RG015 1:57",
    ),
    (
        "a fault of the schema",
        "nods: 3 # restate-gen: allow RG020 - test\n",
        "RG020 1:1, RG015 1:30",
    ),
    (
        "an error that can be",
        "nodes: 3\nreplication: 4 # restate-gen: allow RG301 - test\n",
        "",
    ),
    (
        "while the file cannot be read, an idle one is not told",
        "nods: 2 # restate-gen: allow RG305 - test\n",
        "RG020 1:1",
    ),
    (
        "inside double quotes it is text",
        "name: \"a # restate-gen: allow RG305\"\n",
        "RG104 1:7",
    ),
    (
        "inside single quotes it is text",
        "settings: {node-labels: 'x # restate-gen: allow RG305'}\n",
        "RG502 1:12",
    ),
    (
        "inside a block it is text",
        "image:\n  repository: |\n    # restate-gen: allow RG305\n",
        "RG025 3:5",
    ),
    (
        "a hash inside a word is no comment",
        "name: a#restate-gen:allow\n",
        "RG104 1:7",
    ),
    (
        "behind quoted text on the line",
        "name: \"é#\" # restate-gen: allow RG305 - x\n",
        "RG104 1:7, RG017 1:33",
    ),
    (
        "behind another comment",
        "nodes: 2 # two # restate-gen: allow RG305 - test\n",
        "",
    ),
    (
        "without the colon",
        "nodes: 2 # restate-gen allow RG305 - test\n",
        "",
    ),
    (
        "with two dashes",
        "nodes: 2 # restate-gen: allow RG305 -- test\n",
        "",
    ),
    (
        "another version",
        "version: 9.0.0 # restate-gen: allow RG501 - x\nnodes: 3\n",
        "RG501 1:10, RG015 1:37",
    ),
    (
        "a setting that would be left out",
        "settings: {node-name: x} # restate-gen: allow RG504 - x\n",
        "RG504 1:12, RG015 1:47",
    ),
    (
        "a value that the server would not start with",
        "settings: {shutdown-timeout: 60} # restate-gen: allow RG505 - x\n",
        "",
    ),
];

#[test]
fn comments_allow_what_they_name_where_they_stand_and_are_told_of_when_idle() {
    let wrong: Vec<String> = COMMENTS
        .iter()
        .map(|(what, text, expected)| (what, expected, found(text, &Policy::default())))
        .filter(|(_, expected, found)| found != *expected)
        .map(|(what, expected, found)| format!("{what}: expected {expected:?}, found {found:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_run_leaves_out_what_it_is_told_to_allow_and_calls_no_comment_idle_for_it() {
    let rule = named_rule("RG305", &catalogue()).expect("a rule");
    let policy = Policy {
        allowed: vec![rule],
        ..Policy::default()
    };
    assert_eq!(found("nodes: 2\n", &policy), "");
    assert_eq!(
        found("nodes: 2 # restate-gen: allow RG305 - test\n", &policy),
        ""
    );
    assert_eq!(found("nods: 2\n", &policy), "RG020 1:1");
}

#[test]
fn a_run_that_denies_warnings_has_errors_where_warnings_were() {
    let policy = Policy {
        denies_warnings: true,
        ..Policy::default()
    };
    let document = Document::parse("restate-cluster.yaml", "nodes: 2\n");
    let usual = validate(&document, &Policy::default()).report;
    assert_eq!(usual.count(Severity::Warning), 1);
    assert!(!usual.has_errors());
    let strict = validate(&document, &policy).report;
    assert_eq!(strict.count(Severity::Error), 1);
    assert!(validate(&document, &policy).topology().is_none());
}

#[test]
fn rules_that_stand_for_what_cannot_be_rendered_cannot_be_allowed() {
    for code in ["RG001", "RG020", "RG101", "RG103", "RG104"] {
        assert!(named_rule(code, &catalogue()).is_err(), "{code}");
    }
    for code in ["RG106", "RG301", "RG017"] {
        assert!(named_rule(code, &catalogue()).is_ok(), "{code}");
    }
    let (_, help) = named_rule("no-node-to-spar", &catalogue()).expect_err("none of that name");
    assert_eq!(help, "write `no-node-to-spare`");
}
