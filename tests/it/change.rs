//! What a running cluster can become: a table of files before and after with what is found where in the second.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

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
const NINE: &str = "replication: {zone: 2}\nmetadata_servers: 3\nnodes:\n- {count: 3, first_id: 1, location: eu.a}\n- {count: 3, first_id: 11, location: eu.b}\n- {count: 3, first_id: 21, location: eu.c}\n";
const S3: &str = "object_store: {kind: s3, region: eu-central-1}\nsnapshots: {destination: s3://orders/snapshots}\n";

/// What it is, before, after, what is found.
const CHANGES: &[(&str, &str, &str, &str)] = &[
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
        "a count written as a list, on Kubernetes",
        "nodes: 3\nkubernetes: {}\n",
        "nodes: [{id: 3}, {id: 1}, {id: 2}]\nkubernetes: {}\n",
        "RG611! 1:8",
    ),
    (
        "a list written as a count, on Kubernetes",
        "nodes: [{id: 1}, {id: 2}, {id: 3}]\nkubernetes: {}\n",
        "nodes: 3\nkubernetes: {}\n",
        "RG611! 1:8",
    ),
    (
        "a group with another name, on Kubernetes",
        "nodes:\n- {group: a, count: 3, first_id: 1}\nkubernetes: {}\n",
        "nodes:\n- {group: b, count: 3, first_id: 1}\nkubernetes: {}\n",
        "RG611! 2:3",
    ),
    (
        "a group that grows, and a node in the place of another, on Kubernetes",
        "nodes:\n- {group: a, count: 4, first_id: 1}\nkubernetes: {}\n",
        "nodes:\n- {group: a, count: 5, first_id: 1}\n- {id: 21, roles: [worker]}\nkubernetes: {replacements: [{id: 5, in_place_of: 4}]}\nretired_ids: [4]\n",
        "RG709 1:1",
    ),
    (
        "manifests that become a resource of the operator",
        "nodes: 3\nkubernetes: {}\n",
        "nodes: 3\nkubernetes: {flavor: operator}\n",
        "RG611! 2:22",
    ),
    (
        "the chart that becomes the operator",
        "nodes: 3\nkubernetes: {flavor: helm}\n",
        "nodes: 3\nkubernetes: {flavor: operator}\n",
        "",
    ),
    (
        "another zone for a location, one for another that had none, and one for new nodes",
        "nodes:\n- {id: 1, location: eu.a}\n- {id: 2, location: eu.b}\n- {id: 3, location: eu.c}\nkubernetes: {zones: {eu.a: z1, eu.c: z3}} # restate-gen: allow RG606 - test\n",
        "nodes:\n- {id: 1, location: eu.a}\n- {id: 2, location: eu.b}\n- {id: 3, location: eu.c}\n- {id: 4, location: eu.d, roles: [worker]}\nkubernetes: {zones: {eu.a: z2, eu.b: z2, eu.c: z3, eu.d: z4}}\n",
        "RG611! 6:28, RG611 6:38",
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
        "RG711 1:1",
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
        "another namespace",
        "nodes: 3\n",
        "nodes: 3\nkubernetes: {namespace: shop}\n",
        "RG717! 2:25",
    ),
    (
        "another job of Nomad, and volumes of another kind",
        "nodes: 3\nnomad: {one_host: true}\n",
        "nodes: 3\nnomad: {one_host: true, job: shop, volume: csi, volume_plugin: ebs}\n",
        "RG717! 2:30, RG717! 2:44",
    ),
    (
        "another plugin of Nomad's volumes",
        "nodes: 3\nnomad: {one_host: true}\n",
        "nodes: 3\nnomad: {one_host: true, volume_plugin: other}\n",
        "RG717! 2:40",
    ),
    (
        "another Compose project",
        "name: orders\n",
        "name: orders\ncompose: {project: shop}\n",
        "RG717! 2:20",
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
    (
        "two nodes of one zone gone, with copies in two zones",
        NINE,
        "replication: {zone: 2}\nmetadata_servers: 3\nretired_ids: [22, 23]\nnodes:\n- {count: 3, first_id: 1, location: eu.a}\n- {count: 3, first_id: 11, location: eu.b}\n- {count: 1, first_id: 21, location: eu.c}\n",
        "RG709 4:1",
    ),
    (
        "two nodes of two zones gone, with copies in two zones",
        NINE,
        "replication: {zone: 2}\nmetadata_servers: 3\nretired_ids: [13, 23]\nnodes:\n- {count: 3, first_id: 1, location: eu.a}\n- {count: 2, first_id: 11, location: eu.b}\n- {count: 2, first_id: 21, location: eu.c}\n",
        "RG709! 4:1",
    ),
    (
        "two nodes of two zones gone, with three copies in two zones",
        "replication: {zone: 2, node: 3}\nmetadata_servers: 3\nnodes:\n- {count: 3, first_id: 1, location: eu.a}\n- {count: 3, first_id: 11, location: eu.b}\n- {count: 3, first_id: 21, location: eu.c}\n",
        "replication: {zone: 2, node: 3}\nmetadata_servers: 3\nretired_ids: [13, 23]\nnodes:\n- {count: 3, first_id: 1, location: eu.a}\n- {count: 2, first_id: 11, location: eu.b}\n- {count: 2, first_id: 21, location: eu.c}\n",
        "RG709 4:1",
    ),
    (
        "an early group that grows and takes the quorum",
        "nodes:\n- {count: 1, first_id: 1}\n- {count: 2, first_id: 101}\n",
        "nodes:\n- {count: 3, first_id: 1}\n- {count: 2, first_id: 101}\n",
        "RG711! 1:1",
    ),
    (
        "an error of before that is mended",
        "nodes: 3\nreplication: 4\n",
        "nodes: 3\nreplication: 2\n",
        "RG705 2:14",
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
    for (rule, check, _) in RULES {
        if matches!(check, Check::Change(_)) {
            assert!(seen.contains(rule.code), "{}", rule.code);
        }
    }
}

#[test]
fn no_file_is_a_change_of_itself() {
    let examples = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/examples"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path().join("restate-cluster.yaml"))
        .map(|path| fs::read_to_string(path).expect("an example"));
    let texts = CHANGES
        .iter()
        .flat_map(|(_, before, after, _)| [*before, *after])
        .map(str::to_owned)
        .chain(examples);
    let mut compared = 0;
    for text in texts {
        let document = Document::parse("before.yaml", text.as_str());
        // Some files of the table cannot be read, which is their point.
        if Deployed::of(&document, &Policy::default()).is_err() {
            continue;
        }
        compared += 1;
        let mut found = found(&text, &text);
        // Comments that allow what was found in the change to this file are idle now.
        found.retain(|(_, place)| place.starts_with("RG7"));
        assert_eq!(found, [], "{text}");
    }
    assert!(compared > CHANGES.len(), "{compared}");
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
        "run `restatectl config set --replication '2' --yes` before any node goes"
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
        "RG705 2:14"
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
            "the standard input is one file",
        ),
        (
            &["-f", "-", "--against", "-"],
            "nodes: 3\n",
            "the standard input is one file",
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
        ("version: 1.5.4\n", true),
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
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

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
