//! What the command line allows or denies for one run. Comments that allow findings are cases: RG015 to RG017.

use restate_gen::diagnostic::Severity;
use restate_gen::diagnostic::allow::{Policy, named_rule};
use restate_gen::rules::catalogue;
use restate_gen::source::Document;
use restate_gen::validation::validate;

use crate::cases::in_words;

fn found(text: &str, policy: &Policy) -> String {
    let document = Document::parse("restate-cluster.yaml", text);
    in_words(&validate(&document, policy).report)
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
