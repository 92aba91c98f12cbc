//! What a running cluster can become: a table of files before and after with what is found where in the second.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use proptest::prelude::*;
use restate_gen::diagnostic::Severity;
use restate_gen::diagnostic::allow::Policy;
use restate_gen::rules::{Check, RULES};
use restate_gen::source::Document;
use restate_gen::validation::{Deployed, validate_change};

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

const ZONES: &str =
    "nodes:\n- {id: 1, location: eu.a}\n- {id: 2, location: eu.b}\n- {id: 3, location: eu.c}\n";
const S3: &str = "object_store: {kind: s3, region: eu-central-1}\nsnapshots: {destination: s3://orders/snapshots}\n";

/// What it is, before, after, what is found.
const CHANGES: [(&str, &str, &str, &str); 71] = [
    ("nothing", "nodes: 3\n", "nodes: 3\n", ""),
    ("only a comment", "nodes: 3\n", "# three\nnodes:    3\n", ""),
    (
        "a default written out",
        "nodes: 3\n",
        "nodes: 3\npartitions: 24\nreplication: 2\nname: restate-cluster\nmetadata_servers: 3\n",
        "",
    ),
    ("a count that grows", "nodes: 3\n", "nodes: 5\n", ""),
    (
        "a count written as a list",
        "nodes: 3\n",
        "nodes: [{id: 3}, {id: 1}, {id: 2}]\n",
        "",
    ),
    (
        "a node in the middle of a list, which takes a place in the quorum",
        "nodes: [{id: 1}, {id: 2}, {id: 4}]\n",
        "nodes: [{id: 1}, {id: 3}, {id: 2}, {id: 4}]\n",
        "RG711 1:8",
    ),
    (
        "a node in the middle of a list that takes nobody's place",
        "metadata_servers: 1 # restate-gen: allow RG305 - test\nnodes: [{id: 1}, {id: 2}, {id: 4}]\n",
        "metadata_servers: 1 # restate-gen: allow RG305 - test\nnodes: [{id: 1}, {id: 3}, {id: 2}, {id: 4}]\n",
        "",
    ),
    (
        "a group that grows",
        "nodes:\n- {count: 3, first_id: 1}\n- {group: w, count: 2, first_id: 10, roles: [worker, http-ingress]}\n",
        "nodes:\n- {count: 3, first_id: 1}\n- {group: w, count: 4, first_id: 10, roles: [worker, http-ingress]}\n",
        "",
    ),
    (
        "more memory and processors",
        "resources: {memory: 2GiB}\n",
        "resources: {memory: 4GiB, cpus: 4}\n",
        "",
    ),
    (
        "a setting",
        "nodes: 3\n",
        "settings: {shutdown-timeout: 45s}\n",
        "",
    ),
    (
        "another interval of snapshots",
        "snapshots: {interval: 10m}\n",
        "snapshots: {interval: 5m}\n",
        "",
    ),
    (
        "another name",
        "name: orders\n",
        "name: shop\n",
        "RG701! 1:7",
    ),
    (
        "a name left out",
        "name: orders\nnodes: 3\n",
        "nodes: 3\n",
        "RG701!",
    ),
    (
        "a first name",
        "nodes: 3\n",
        "nodes: 3\nname: orders\n",
        "RG701! 2:7",
    ),
    (
        "more partitions",
        "nodes: 3\n",
        "nodes: 3\npartitions: 48\n",
        "RG702! 2:13",
    ),
    (
        "partitions left out",
        "partitions: 48\nnodes: 3\n",
        "nodes: 3\n",
        "RG702!",
    ),
    (
        "a new name for a node",
        "nodes: 3\n",
        "nodes: [{id: 1, name: alpha}, {id: 2}, {id: 3}]\n",
        "RG703! 1:23",
    ),
    (
        "a new id for a node",
        "nodes: [{id: 1, name: a}, {id: 2, name: b}, {id: 3, name: c}]\n",
        "nodes: [{id: 1, name: a}, {id: 2, name: b}, {id: 4, name: c}]\n",
        "RG703! 1:50",
    ),
    (
        "two nodes that change names",
        "nodes: [{id: 1, name: a}, {id: 2, name: b}, {id: 3}]\n",
        "nodes: [{id: 1, name: b}, {id: 2, name: a}, {id: 3}]\n",
        "RG703! 1:14, RG703! 1:32",
    ),
    (
        "a node in another zone",
        ZONES,
        "nodes:\n- {id: 1, location: eu.a}\n- {id: 2, location: eu.b}\n- {id: 3, location: eu.d}\n",
        "RG704! 4:21",
    ),
    ("a first location", "nodes: 3\n", ZONES, ""),
    (
        "a location left out",
        ZONES,
        "nodes:\n- {id: 1, location: eu.a}\n- {id: 2, location: eu.b}\n- {id: 3}\n",
        "RG704! 4:3",
    ),
    (
        "a node in a new zone",
        ZONES,
        "nodes:\n- {id: 1, location: eu.a}\n- {id: 2, location: eu.b}\n- {id: 3, location: eu.c}\n- {id: 4, location: eu.d}\n",
        "",
    ),
    (
        "more copies",
        "nodes: 5\n",
        "nodes: 5\nreplication: 3\n",
        "RG705 2:14",
    ),
    (
        "more copies of the log",
        "nodes: 5\nmetadata_servers: 3\n",
        "nodes: 5\nmetadata_servers: 3\nreplication: {logs: 3, partitions: 2}\n",
        "RG705 3:14",
    ),
    (
        "copies by zone",
        ZONES,
        "nodes:\n- {id: 1, location: eu.a}\n- {id: 2, location: eu.b}\n- {id: 3, location: eu.c}\nreplication: {zone: 2}\n",
        "RG705 5:14",
    ),
    ("one node to three", "nodes: 1\n", "nodes: 3\n", "RG705 1:8"),
    (
        "the next minor",
        "version: 1.6.2\n",
        "version: 1.7.12\n",
        "",
    ),
    (
        "a newer patch",
        "version: 1.7.10\n",
        "version: 1.7.12\n",
        "",
    ),
    (
        "a minor skipped",
        "version: 1.5.3\n",
        "version: 1.7.12\n",
        "RG706! 1:10",
    ),
    (
        "an older patch",
        "version: 1.7.12\n",
        "version: 1.7.10\n",
        "RG706 1:10",
    ),
    (
        "one minor back",
        "version: 1.7.12\n",
        "version: 1.6.2\n",
        "RG706 1:10",
    ),
    (
        "two minors back",
        "version: 1.7.12\n",
        "version: 1.5.3 # restate-gen: allow RG509 - test\n",
        "RG706! 1:10",
    ),
    (
        "a version left out that was the newest",
        "version: 1.7.12\nnodes: 3\n",
        "nodes: 3\n",
        "",
    ),
    (
        "a version left out that was not",
        "version: 1.5.3\nnodes: 3\n",
        "nodes: 3\n",
        "RG706!",
    ),
    (
        "a node gone and forgotten",
        "nodes: 4\n",
        "nodes: 3\n",
        "RG707! 1:8, RG709 1:8",
    ),
    (
        "two nodes gone and forgotten",
        "nodes: 5\nmetadata_servers: 3\n",
        "metadata_servers: 3\nnodes: 3\n",
        "RG707! 2:8, RG709! 2:8",
    ),
    (
        "a node gone and retired",
        "nodes: 4\n",
        "nodes: 3\nretired_ids: [4]\n",
        "RG709 1:8",
    ),
    (
        "a node gone, retired and drained",
        "nodes: 4\n",
        "# restate-gen: allow RG709 - drained\nnodes: 3\nretired_ids: [4]\n",
        "",
    ),
    (
        "a node gone that has no log",
        "nodes:\n- {count: 3, first_id: 1}\n- {id: 4, roles: [worker, http-ingress]}\n",
        "nodes: 3\nretired_ids: [4]\n",
        "RG709 1:8",
    ),
    (
        "many nodes gone that have no log",
        "nodes:\n- {count: 3, first_id: 1}\n- {count: 4, first_id: 4, roles: [worker, http-ingress]}\n",
        "nodes: 3\nretired_ids: [4, 5, 6, 7]\n",
        "RG709 1:8",
    ),
    (
        "a retired id that comes back",
        "nodes: 3\nretired_ids: [4, 5]\n",
        "nodes: 3\nretired_ids: [4]\n",
        "RG708! 2:14",
    ),
    (
        "no retired ids any more",
        "nodes: 3\nretired_ids: [4]\n",
        "nodes: 3\n",
        "RG708!",
    ),
    (
        "a log server that is none",
        "nodes: 4\n",
        "nodes:\n- {count: 3, first_id: 1}\n- {id: 4, roles: [worker, http-ingress, admin]}\n",
        "RG710 3:18",
    ),
    (
        "a worker that is none",
        "nodes: 4\n",
        "nodes:\n- {count: 3, first_id: 1}\n- {id: 4, roles: [log-server]}\n",
        "RG710 3:18",
    ),
    (
        "an ingress node that is none",
        "nodes:\n- {count: 3, first_id: 1}\n- {id: 4, roles: [worker, http-ingress]}\n",
        "nodes:\n- {count: 3, first_id: 1}\n- {id: 4, roles: [worker]}\n",
        "",
    ),
    (
        "two members less of five",
        "nodes: 5\nmetadata_servers: 5\n",
        "nodes: 5\nmetadata_servers: 3\n",
        "RG711 2:19",
    ),
    (
        "two members less of three",
        "nodes: 3\n",
        "nodes: 3\nmetadata_servers: 1\n",
        "RG305 2:19, RG711! 2:19",
    ),
    (
        "more members",
        "nodes: 5\nmetadata_servers: 3\n",
        "nodes: 5\nmetadata_servers: 5\n",
        "",
    ),
    (
        "a member by another",
        "nodes:\n- {count: 3, first_id: 1}\n- {id: 4, roles: [worker, log-server]}\n",
        "nodes:\n- {count: 2, first_id: 1}\n- {id: 3, roles: [worker, log-server, http-ingress, admin]}\n- {id: 4, roles: [worker, log-server, metadata-server]}\n",
        "RG711 2:3",
    ),
    (
        "another prefix of snapshots",
        "nodes: 3\n",
        "nodes: 3\nsnapshots: {destination: s3://restate/other}\n",
        "RG712 2:26",
    ),
    (
        "another bundled store",
        "object_store: minio\n",
        "object_store: seaweedfs\n",
        "RG712 1:15",
    ),
    ("from a bundled store to S3", "nodes: 3\n", S3, "RG712 1:15"),
    (
        "smaller volumes",
        "volumes: {size: 64GiB}\n",
        "volumes: {size: 32GiB}\n",
        "RG713 1:17",
    ),
    (
        "larger volumes",
        "volumes: {size: 32GiB}\n",
        "volumes: {size: 64GiB}\n",
        "",
    ),
    (
        "volumes of another class",
        "volumes: {class: fast}\n",
        "volumes: {class: slow}\n",
        "RG713 1:18",
    ),
    (
        "a version and a node at once",
        "version: 1.6.2\nnodes: 3\n",
        "version: 1.7.12\nnodes: 5\n",
        "RG714 1:10",
    ),
    (
        "rights to delete",
        "version: 1.6.2\nobject_store: {kind: s3, region: eu-central-1}\nsnapshots: {destination: s3://orders/snapshots}\n",
        S3,
        "RG715",
    ),
    (
        "a part that cannot be read is not judged",
        "nodes: 5\n",
        "nodes: many\npartitions: 48\n",
        "RG022! 1:8, RG702! 2:13",
    ),
    (
        "a list without ids from which the first goes",
        "nodes: [{name: a}, {name: b}, {name: c}, {name: d}]\n",
        "nodes: [{name: b}, {name: c}, {name: d}]\n",
        "RG106 1:9, RG703! 1:16, RG106 1:20, RG703! 1:27, RG106 1:31, RG703! 1:38",
    ),
    (
        "a list without ids with one more on top",
        "nodes: [{name: a}, {name: b}, {name: c}]\n",
        "nodes: [{name: z}, {name: a}, {name: b}, {name: c}]\n",
        "RG106 1:9, RG703! 1:16, RG106 1:20, RG703! 1:27, RG106 1:31, RG703! 1:38, RG106 1:42, RG703! 1:49",
    ),
    (
        "locations of a group",
        "nodes: [{count: 3, first_id: 1, location: eu.a}]\n",
        "nodes: [{count: 3, first_id: 1, location: eu.b}]\n",
        "RG704! 1:43",
    ),
    (
        "another Compose project",
        "name: orders\n",
        "name: orders\ncompose: {project: shop}\n",
        "RG701! 2:20",
    ),
    (
        "the digest of the old version",
        "version: 1.6.2\nimage: {digest: \"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}\n",
        "version: 1.7.12\nimage: {digest: \"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}\n",
        "RG716! 2:17",
    ),
    (
        "the same replication in other words",
        "nodes: 3\nreplication: 2\n",
        "nodes: 3\nreplication: {node: 2}\n",
        "",
    ),
    (
        "a lower replication, which shrinks the quorum",
        "nodes: 5\nreplication: 3\n",
        "nodes: 5\nreplication: 2\n",
        "RG705 2:14, RG711 2:14",
    ),
    (
        "a node gone that holds nothing",
        "nodes:\n- {count: 3, first_id: 1}\n- {id: 4, roles: [http-ingress]}\n",
        "nodes: 3\nretired_ids: [4]\n",
        "",
    ),
    (
        "no place for snapshots any more",
        "nodes: 3\n",
        "nodes: 3\nobject_store: none # restate-gen: allow RG401 - test\n",
        "RG712 2:15",
    ),
    (
        "a first place for snapshots together with nodes",
        "nodes: 1\nobject_store: none\n",
        "nodes: 3\nobject_store: minio\n",
        "RG705 1:8, RG712 2:15",
    ),
    (
        "a first place for snapshots",
        "nodes: 1\nobject_store: none\n",
        "nodes: 1\nobject_store: minio\n",
        "",
    ),
    (
        "the same destination with a slash at its end",
        "nodes: 3\nsnapshots: {destination: s3://restate/a}\n",
        "nodes: 3\nsnapshots: {destination: s3://restate/a/}\n",
        "",
    ),
];

#[test]
fn every_change_finds_exactly_what_it_says() {
    let wrong: Vec<String> = CHANGES
        .iter()
        .map(|(what, before, after, expected)| (what, expected, in_words(found(before, after))))
        .filter(|(_, expected, found)| found != *expected)
        .map(|(what, expected, found)| format!("{what}:\n expected {expected}\n found    {found}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_on_changes_is_found_somewhere_in_the_table() {
    let seen: BTreeSet<String> = CHANGES
        .iter()
        .flat_map(|(_, before, after, _)| found(before, after))
        .map(|(_, place)| place[..5].to_owned())
        .collect();
    for (rule, check, _) in &RULES {
        if matches!(check, Check::Change(_)) {
            assert!(seen.contains(rule.code), "{}", rule.code);
        }
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
        said.contains("the cluster has 24 partitions for good"),
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
fn an_allowance_of_a_rule_on_changes_is_never_idle() {
    let text = "nodes: 3 # restate-gen: allow RG709 - drained\n";
    let document = Document::parse("restate-cluster.yaml", text);
    let alone = restate_gen::validation::validate(&document, &Policy::default()).report;
    assert_eq!(alone.findings(), []);
    assert_eq!(in_words(found("nodes: 3\n", text)), "");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_count_of_three_or_more_that_grows_finds_nothing(count in 3..40u32, more in 0..40u32) {
        prop_assert_eq!(found(&format!("nodes: {count}\n"), &format!("nodes: {}\n", count + more)), vec![]);
    }
}
