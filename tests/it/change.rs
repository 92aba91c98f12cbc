//! What a running cluster can become. Each change that a rule finds or lets pass is a case: RG701 and on.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use restate_gen::diagnostic::Severity;
use restate_gen::diagnostic::allow::Policy;
use restate_gen::source::Document;
use restate_gen::validation::{Deployed, validate_change};

use crate::cases;
use crate::tries::tries;

fn found(before: &str, after: &str) -> Vec<(Severity, String)> {
    let before = Document::parse("before.yaml", before);
    let deployed = Deployed::of(&before, &Policy::default()).expect("a cluster that runs");
    let after = Document::parse("restate-cluster.yaml", after);
    let report = validate_change(&after, &deployed, &Policy::default()).report;
    let findings = report.findings().iter();
    findings
        .map(|finding| {
            let code = finding.diagnostic.rule.code;
            let place = match finding.origin.extent() {
                Some(extent) => format!("{code} {}:{}", extent.start.line, extent.start.column),
                None => code.to_owned(),
            };
            (finding.diagnostic.severity, place)
        })
        .collect()
}

/// As `RG701 1:7`, errors with a mark: `RG701! 1:7`.
fn in_words(found: Vec<(Severity, String)>) -> String {
    let words: Vec<String> = found
        .into_iter()
        .map(|(severity, place)| match severity {
            Severity::Error => format!("{}!{}", &place[..5], &place[5..]),
            Severity::Warning | Severity::Hint => place,
        })
        .collect();
    words.join(", ")
}

#[test]
fn no_file_is_a_change_of_itself() {
    let examples = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/examples"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path().join("restate-cluster.yaml"))
        .map(|path| fs::read_to_string(path).expect("an example"));
    let cases = cases::all().into_values().flatten().filter_map(|case| {
        let before = case.before?;
        let after = String::from_utf8(case.text).expect("UTF-8");
        Some([before, after])
    });
    let texts = cases.flatten().chain(examples);
    let mut compared = 0;
    for text in texts {
        let document = Document::parse("before.yaml", text.as_str());
        // Some files of the cases cannot be read, which is their point.
        if Deployed::of(&document, &Policy::default()).is_err() {
            continue;
        }
        compared += 1;
        let mut found = found(&text, &text);
        // Comments that allow what was found in the change to this file are idle now.
        found.retain(|(_, place)| place.starts_with("RG7"));
        assert_eq!(found, [], "{text}");
    }
    assert!(compared > 100, "{compared}");
}

fn help_of(code: &str, before: &str, after: &str) -> String {
    let before = Document::parse("before.yaml", before);
    let deployed = Deployed::of(&before, &Policy::default()).expect("a cluster that runs");
    let after = Document::parse("restate-cluster.yaml", after);
    let report = validate_change(&after, &deployed, &Policy::default()).report;
    let mut findings = report.findings().iter();
    let found = findings.find(|finding| finding.diagnostic.rule.code == code);
    let help = found.and_then(|finding| finding.diagnostic.help.clone());
    help.expect("a finding with help")
}

#[test]
fn fewer_copies_are_told_before_nodes_go_and_more_after_nodes_came() {
    let (two, three) = ("nodes: 5\nreplication: 2\n", "nodes: 5\nreplication: 3\n");
    assert_eq!(
        help_of("RG705", two, three),
        "start the nodes that it needs, then run `restatectl config set --replication '3' --yes`"
    );
    assert_eq!(
        help_of("RG705", three, two),
        "run `restatectl config set --replication '2' --yes` before any node is removed"
    );
}

#[test]
fn a_member_that_others_displace_may_be_kept_and_one_that_is_meant_to_go_is_told() {
    let group = |count: u32| {
        format!("nodes:\n- {{count: {count}, first_id: 1}}\n- {{count: 2, first_id: 101}}\n")
    };
    let displaced = help_of("RG711", &group(1), &group(3));
    let kept = "give them `roles` with `metadata-server` to keep them";
    assert!(displaced.starts_with(kept), "{displaced}");
    let roles = "roles: [http-ingress, admin, worker, log-server, metadata-server]";
    let as_told = group(3).replace("first_id: 101", &format!("first_id: 101, {roles}"));
    assert_eq!(in_words(found(&group(1), &as_told)), "");
    let fewer = "nodes: 5\nreplication: 2\n";
    let fewer_copies = help_of("RG711", "nodes: 5\nreplication: 3\n", fewer);
    let kept = "write `metadata_servers: 5` to keep them";
    assert!(fewer_copies.starts_with(kept), "{fewer_copies}");
    let as_told = format!("{fewer}metadata_servers: 5\n");
    assert_eq!(
        in_words(found("nodes: 5\nreplication: 3\n", &as_told)),
        "RG705 2:14, RG728! 2:14"
    );
    for (before, after) in [
        (
            "nodes: 5\nmetadata_servers: 5\n",
            "nodes: 5\nmetadata_servers: 3\n",
        ),
        ("nodes: 3\n", "nodes: 2\nretired_ids: [3]\n"),
    ] {
        let meant = help_of("RG711", before, after);
        assert!(
            meant.starts_with("run `restatectl metadata-server remove-node`"),
            "{meant}"
        );
    }
}

#[test]
fn the_command_compares_with_the_file_as_it_is_deployed() {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    write("old.yaml", "partitions: 24\n");
    write("new.yaml", "partitions: 48\n");
    write("broken.yaml", "partitions: many\n");
    let code = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_restate-gen"))
            .current_dir(folder.path())
            .arg("validate")
            .args(arguments)
            .output()
            .expect("it runs");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        (output.status.code(), stderr)
    };
    assert_eq!(code(&["new.yaml"]).0, Some(0));
    let (exit, said) = code(&["new.yaml", "--against", "old.yaml"]);
    assert_eq!(exit, Some(1));
    assert!(
        said.contains("the cluster was provisioned with 24 partitions"),
        "{said}"
    );
    assert_eq!(code(&["old.yaml", "--against", "old.yaml"]).0, Some(0));
    let (exit, said) = code(&["new.yaml", "--against", "broken.yaml"]);
    assert_eq!(exit, Some(2));
    assert!(said.contains("broken.yaml has 1 error,"), "{said}");
    assert_eq!(code(&["new.yaml", "--against", "missing.yaml"]).0, Some(2));
    assert_eq!(
        code(&["new.yaml", "old.yaml", "--against", "old.yaml"]).0,
        Some(2)
    );
}

#[test]
fn the_old_file_may_come_from_standard_input_unless_the_new_one_does_or_nothing_comes() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("new.yaml"), "partitions: 48\n").expect("written");
    let code = |arguments: &[&str], input: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_restate-gen"))
            .current_dir(folder.path())
            .arg("validate")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut stdin = child.stdin.take().expect("a pipe");
        // The command may end before it reads.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        (output.status.code(), stderr)
    };
    let against_stdin = ["new.yaml", "--against", "-"];
    assert_eq!(code(&against_stdin, "partitions: 48\n").0, Some(0));
    assert_eq!(code(&against_stdin, "partitions: 24\n").0, Some(1));
    for (arguments, input, expected) in [
        (
            &against_stdin[..],
            "",
            "is empty, so there is nothing to compare with",
        ),
        (
            &against_stdin,
            "\n",
            "is empty, so there is nothing to compare with",
        ),
        (
            &against_stdin,
            "partitions: many\n",
            "see `restate-gen validate -`",
        ),
        (
            &["-", "--against", "-"],
            "nodes: 3\n",
            "only one of the two files can be standard input",
        ),
        (
            &["-f", "-", "--against", "-"],
            "nodes: 3\n",
            "only one of the two files can be standard input",
        ),
    ] {
        let (exit, said) = code(arguments, input);
        assert_eq!(exit, Some(2), "{arguments:?} {said}");
        assert!(said.contains(expected), "{arguments:?} {said}");
    }
    // The flag is the new file's alone.
    let (exit, said) = code(&["--nodes", "4", "--against", "-"], "nodes: 5\n");
    assert_eq!(exit, Some(1));
    assert!(said.contains("id 5 left the file"), "{said}");
}

#[test]
fn only_errors_that_leave_open_what_runs_hinder_a_comparison() {
    for (text, hinders) in [
        ("nodes: 3\nreplication: 4\n", false),
        ("settings: {worker.foo: 1}\n", false),
        ("nodes: 0\n", true),
        ("nodez: 3\n", true),
        ("nodes: [{id: 1}, {id: 1}]\n", true),
        ("version: 1.8.0\n", true),
        ("nodes: [\n", true),
    ] {
        let document = Document::parse("before.yaml", text);
        let alone = restate_gen::validation::validate(&document, &Policy::default()).report;
        assert!(alone.has_errors(), "{text}");
        assert_eq!(
            Deployed::of(&document, &Policy::default()).is_err(),
            hinders,
            "{text}"
        );
    }
}

#[test]
fn an_allowance_of_a_rule_on_changes_is_never_idle() {
    let text = "nodes: 3 # restate-gen: allow RG709 - drained\n";
    let document = Document::parse("restate-cluster.yaml", text);
    let alone = restate_gen::validation::validate(&document, &Policy::default()).report;
    assert_eq!(alone.findings(), []);
    assert_eq!(in_words(found("nodes: 3\n", text)), "");
}

/// Groups of nodes in zones: zone and count of each. Each group has room for a hundred ids.
fn groups() -> impl Strategy<Value = Vec<(u8, u32)>> {
    prop::collection::vec((0..3u8, 1..6u32), 1..5)
}

fn file(groups: &[(u8, u32)], retired: &BTreeSet<u32>) -> String {
    let retired: Vec<u32> = retired.iter().copied().collect();
    let mut text = format!("retired_ids: {retired:?}\nnodes:\n");
    for ((zone, count), first) in groups.iter().zip((1..).step_by(100)) {
        let zone = char::from(b'a' + zone);
        text += &format!("- {{count: {count}, first_id: {first}, location: eu.{zone}}}\n");
    }
    text
}

fn ids(groups: &[(u8, u32)]) -> BTreeSet<u32> {
    groups
        .iter()
        .zip((1..).step_by(100))
        .flat_map(|((_, count), first)| first..first + count)
        .collect()
}

proptest! {
    #![proptest_config(tries(64))]

    #[test]
    fn a_count_of_three_or_more_that_grows_finds_nothing(count in 3..40u32, more in 0..40u32) {
        prop_assert_eq!(found(&format!("nodes: {count}\n"), &format!("nodes: {}\n", count + more)), vec![]);
    }

    #[test]
    fn a_last_group_that_grows_finds_no_error(groups in groups(), more in 0..9u32) {
        let mut grown = groups.clone();
        // An earlier one may take the quorum away from nodes with higher ids, which is one.
        grown.last_mut().expect("a group").1 += more;
        let errors: Vec<_> = found(&file(&groups, &BTreeSet::new()), &file(&grown, &BTreeSet::new()))
            .into_iter()
            .filter(|(severity, place)| *severity == Severity::Error && place.starts_with("RG7"))
            .collect();
        prop_assert_eq!(errors, vec![]);
    }

    #[test]
    fn an_id_that_goes_is_retired_or_found_whatever_else_changes(
        before in groups(),
        after in groups(),
        retired in prop::collection::btree_set(1..6u32, 0..4),
    ) {
        let retired: BTreeSet<u32> = retired.difference(&ids(&after)).copied().collect();
        let found = found(&file(&before, &BTreeSet::new()), &file(&after, &retired));
        let has = |code: &str| found.iter().any(|(_, place)| place.starts_with(code));
        let (before, after) = (ids(&before), ids(&after));
        let gone: BTreeSet<u32> = before.difference(&after).copied().collect();
        prop_assert_eq!(has("RG709"), !gone.is_empty());
        prop_assert_eq!(has("RG707"), !gone.is_subset(&retired));
    }
}
