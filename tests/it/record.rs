//! The record next to generated files: what it says, what it refuses, and that it is read as it was written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use indexmap::IndexMap;
use proptest::prelude::*;
use restate_gen::diagnostic::allow::Policy;
use restate_gen::diagnostic::{Diagnostic, Finding, Severity};
use restate_gen::model::Role;
use restate_gen::record::{ClusterFile, Described, FILE, FORMAT, Member, Record};
use restate_gen::rules;
use restate_gen::source::Document;
use restate_gen::targets::TARGETS;
use restate_gen::validation::{Deployed, validate, validate_change};
use serde_json::json;

use crate::cli::{Run, folder, run};
use crate::golden::all;
use crate::tries::tries;

const CLUSTER_FILE: &str = "restate-cluster.yaml";

fn write(folder: &Path, text: &str) {
    fs::write(folder.join(CLUSTER_FILE), text).expect("written");
}

fn record(folder: &Path) -> Record {
    let text = fs::read_to_string(folder.join(FILE)).expect("a record");
    Record::parse(&text).expect("it can be read")
}

/// The same record as an older version of the tool would have written it.
fn by_an_older_tool(folder: &Path, edit: impl FnOnce(&mut Record)) {
    let mut record = record(folder);
    record.tool = "0.0.9".into();
    edit(&mut record);
    fs::write(folder.join(FILE), record.text()).expect("written");
}

fn verbs() -> [&'static str; 3] {
    ["compose", "kubernetes", "nomad"]
}

/// Runs the command and checks that it refuses, says all the words, and writes nothing.
fn refused(folder: &Path, arguments: &[&str], words: &[&str]) -> Run {
    let before = all(folder);
    let refused = run(folder, arguments);
    assert_eq!(refused.code, 1, "{arguments:?}: {}", refused.stderr);
    for word in words {
        let said = &refused.stderr;
        assert!(said.contains(word), "{arguments:?}: no {word:?} in {said}");
    }
    assert!(
        all(folder) == before,
        "{arguments:?}: something was written"
    );
    refused
}

#[test]
fn it_says_what_the_files_were_made_from() {
    let folder = folder();
    write(
        folder.path(),
        "# Orders\nname: orders\nnodes: 2\nretired_ids: [1]\n\nnomad: {one_host: true}\n",
    );
    let made = run(folder.path(), &["nomad"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let text = fs::read_to_string(folder.path().join(FILE)).expect("a record");
    let (text, files) = text.split_once("files:\n").expect("the last section");
    for line in files.lines() {
        let (path, hash) = line.trim().split_once(": ").expect("a path and a hash");
        assert!(
            folder.path().join(path.trim_matches('\'')).exists(),
            "{path}"
        );
        assert_eq!(hash.len(), 64, "{line}");
    }
    insta::with_settings!({ snapshot_path => "record", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("restate-gen.lock", text);
    });
}

#[test]
fn the_same_file_and_record_give_the_same_bytes() {
    for verb in verbs() {
        let folder = folder();
        write(folder.path(), "nodes: 3\nnomad: {one_host: true}\n");
        assert_eq!(run(folder.path(), &[verb]).code, 0, "{verb}");
        let before = all(folder.path());
        for arguments in [&[verb][..], &[verb, "--check"]] {
            let again = run(folder.path(), arguments);
            assert_eq!(again.code, 0, "{arguments:?}: {}", again.stderr);
            assert!(all(folder.path()) == before, "{arguments:?}");
        }
    }
}

#[test]
fn what_a_running_cluster_cannot_become_is_refused_by_every_verb() {
    let before = "name: orders\nnodes: 5\nreplication: 2\nnomad: {one_host: true}\n";
    for (after, rule) in [
        ("name: payments\nnodes: 5\nreplication: 2\n", "RG701"),
        (
            "name: orders\nnodes: 5\nreplication: 2\npartitions: 48\n",
            "RG702",
        ),
        ("name: orders\nnodes: 3\nreplication: 2\n", "RG709"),
        ("name: orders\nnodes: 5\nreplication: 3\n", "RG705"),
        (
            "name: orders\nnodes: [{name: alpha}, {name: beta}, {name: gamma}]\n",
            "RG703",
        ),
    ] {
        for verb in verbs() {
            let folder = folder();
            write(folder.path(), before);
            assert_eq!(run(folder.path(), &[verb]).code, 0, "{verb}");
            let after = format!("{after}nomad: {{one_host: true}}\n");
            write(folder.path(), &after);
            refused(folder.path(), &[verb], &[&format!("error[{rule}]")]);
            refused(
                folder.path(),
                &[verb, "--check"],
                &[&format!("error[{rule}]")],
            );
            let new = run(folder.path(), &[verb, "--new-cluster"]);
            assert_eq!(new.code, 0, "{verb}: {}", new.stderr);
            assert_eq!(record(folder.path()).cluster_file.text, after);
        }
    }
}

#[test]
fn a_number_does_not_replace_the_nodes_of_a_file() {
    let folder = folder();
    write(
        folder.path(),
        "nodes: [{name: alpha}, {name: beta}, {name: gamma}]\n",
    );
    assert_eq!(run(folder.path(), &["compose"]).code, 0);
    refused(
        folder.path(),
        &["compose", "--nodes", "5"],
        &["error[RG703]"],
    );
}

#[test]
fn more_nodes_are_let_through() {
    for verb in verbs() {
        let folder = folder();
        let text = |nodes: u32| {
            format!("nodes: {nodes}\nmetadata_servers: 3\nnomad: {{one_host: true}}\n")
        };
        write(folder.path(), &text(3));
        assert_eq!(run(folder.path(), &[verb]).code, 0, "{verb}");
        write(folder.path(), &text(5));
        let more = run(folder.path(), &[verb]);
        assert_eq!(more.code, 0, "{verb}: {}", more.stderr);
        assert_eq!(record(folder.path()).cluster.nodes.len(), 5);
    }
}

#[test]
fn a_folder_without_a_cluster_file_is_generated_again_from_its_record() {
    let folder = folder();
    assert_eq!(run(folder.path(), &["compose", "--nodes", "3"]).code, 0);
    let before = all(folder.path());
    let again = run(folder.path(), &["compose"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(all(folder.path()) == before);
    refused(
        folder.path(),
        &["compose", "--nodes", "2"],
        &["error[RG709]"],
    );
    let plan = run(folder.path(), &["scale", "--nodes", "5", "--write"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    assert!(
        plan.stderr.contains("created operations"),
        "{}",
        plan.stderr
    );
}

#[test]
fn the_next_release_of_the_tool_changes_no_running_cluster() {
    for verb in verbs() {
        let folder = folder();
        write(folder.path(), "nodes: 3\nnomad: {one_host: true}\n");
        assert_eq!(run(folder.path(), &[verb]).code, 0, "{verb}");
        // As if an older tool had known no newer server, and had decided otherwise on all that the file leaves open.
        by_an_older_tool(folder.path(), |record| {
            record.cluster.version = "1.6.2".into();
            record.cluster.partitions = 12;
            record.cluster.name = "older".into();
            record.cluster.log_replication = json!(1);
            record.kept = IndexMap::new();
        });
        let again = run(folder.path(), &[verb]);
        assert_eq!(again.code, 0, "{verb}: {}", again.stderr);
        let once = record(folder.path());
        assert_eq!(once.cluster.version, "1.6.2");
        assert_eq!(once.cluster.partitions, 12);
        assert_eq!(once.cluster.name, "older");
        assert_eq!(once.cluster.log_replication, json!(1));
        // And so it stays, with the tool of now.
        let before = all(folder.path());
        assert_eq!(run(folder.path(), &[verb]).code, 0, "{verb}");
        assert!(all(folder.path()) == before, "{verb}");
    }
}

#[test]
fn an_id_never_comes_back_though_no_file_retires_it() {
    let folder = folder();
    write(folder.path(), "nodes: 3\nmetadata_servers: 1\n");
    assert_eq!(run(folder.path(), &["compose"]).code, 0);
    write(folder.path(), "nodes: 2\nmetadata_servers: 1\n");
    let fewer = run(folder.path(), &["compose", "--allow", "RG709"]);
    assert_eq!(fewer.code, 0, "{}", fewer.stderr);
    assert_eq!(record(folder.path()).cluster.retired_ids, [3]);
    write(folder.path(), "nodes: 3\nmetadata_servers: 1\n");
    let more = run(folder.path(), &["compose"]);
    assert_eq!(more.code, 0, "{}", more.stderr);
    let ids: Vec<u32> = record(folder.path())
        .cluster
        .nodes
        .iter()
        .map(|node| node.id)
        .collect();
    assert_eq!(ids, [1, 2, 4]);
}

#[test]
fn an_edited_file_is_not_overwritten() {
    for verb in verbs() {
        let folder = folder();
        write(folder.path(), "nodes: 3\nnomad: {one_host: true}\n");
        assert_eq!(run(folder.path(), &[verb]).code, 0, "{verb}");
        let guide = folder.path().join("OPERATIONS.md");
        let text = fs::read_to_string(&guide).expect("generated") + "Ours.\n";
        fs::write(&guide, &text).expect("written");
        let edited = "OPERATIONS.md was edited after restate-gen wrote it";
        refused(folder.path(), &[verb], &[edited, "--force"]);
        let edited = "error[RG901] the file was edited after restate-gen wrote it";
        let checked = refused(folder.path(), &[verb, "--diff"], &[edited]);
        assert!(checked.stdout.contains("-Ours."), "{}", checked.stdout);
        assert_eq!(run(folder.path(), &[verb, "--force"]).code, 0);
        assert!(!fs::read_to_string(&guide).expect("there").contains("Ours."));
    }
}

#[test]
fn what_is_no_longer_generated_is_removed_unless_it_was_edited() {
    for is_edited in [false, true] {
        let folder = folder();
        write(folder.path(), "nodes: 3\nnomad: {one_host: true}\n");
        assert_eq!(run(folder.path(), &["nomad"]).code, 0);
        let store = folder.path().join("store.nomad.hcl");
        if is_edited {
            let text = fs::read_to_string(&store).expect("generated") + "# Ours\n";
            fs::write(&store, text).expect("written");
        }
        let external = "nodes: 3\nnomad: {one_host: true}\nobject_store: {kind: s3, region: eu}\nsnapshots: {destination: 's3://bucket/c'}\n";
        write(folder.path(), external);
        let changed = run(folder.path(), &["nomad"]);
        assert_eq!(changed.code, 0, "{}", changed.stderr);
        assert_eq!(store.exists(), is_edited, "{}", changed.stderr);
        let said = match is_edited {
            true => "store.nomad.hcl is no longer generated; it was edited, so it stays",
            false => "removed store.nomad.hcl",
        };
        assert!(changed.stderr.contains(said), "{}", changed.stderr);
    }
}

#[test]
fn check_says_what_became_of_each_file() {
    let folder = folder();
    write(folder.path(), "nodes: 3\nnomad: {one_host: true}\n");
    assert_eq!(run(folder.path(), &["nomad"]).code, 0);
    fs::remove_file(folder.path().join("volume.hcl")).expect("generated");
    fs::write(
        folder.path().join("prepare.sh"),
        "#!/bin/sh\n# Generated by restate-gen\n",
    )
    .expect("written");
    let external = "nodes: 3\nnomad: {one_host: true}\nobject_store: {kind: s3, region: eu}\nsnapshots: {destination: 's3://bucket/c'}\n";
    write(folder.path(), external);
    for said in [
        "volume.hcl: error[RG903] the file is missing\n",
        "prepare.sh:1:1: error[RG901] the file was edited after restate-gen wrote it\n",
        "error[RG902] the file is out of date\n",
        "store.nomad.hcl: error[RG904] the file is no longer generated\n",
        "\nhelp[RG903]: restore it from version control, or run `restate-gen nomad`\n",
    ] {
        refused(folder.path(), &["nomad", "--check"], &[said]);
    }
}

#[test]
fn one_folder_has_one_target() {
    let folder = folder();
    write(folder.path(), "nodes: 3\nkubernetes: {}\n");
    assert_eq!(run(folder.path(), &["compose"]).code, 0);
    // Where no folder is given, those of the second have their own.
    let other = run(folder.path(), &["kubernetes"]);
    assert_eq!(other.code, 0, "{}", other.stderr);
    let manifest = fs::read_to_string(folder.path().join("kubernetes/nodes.yaml")).expect("there");
    assert!(
        manifest.contains("restate-gen kubernetes -o kubernetes`"),
        "{manifest}"
    );
    refused(
        folder.path(),
        &["kubernetes", "-o", "."],
        &[
            "was generated by `restate-gen compose`",
            "--output ./kubernetes",
        ],
    );
    // Two flavors are two targets.
    refused(
        folder.path(),
        &["kubernetes", "--flavor", "helm"],
        &["error[RG611]"],
    );
    assert_eq!(run(folder.path(), &["kubernetes", "--check"]).code, 0);
    assert_eq!(run(folder.path(), &["compose", "--check"]).code, 0);
}

#[test]
fn a_cluster_file_is_found_in_folders_above() {
    let folder = folder();
    write(folder.path(), "nodes: 3\n");
    let below = folder.path().join("services/orders");
    fs::create_dir_all(&below).expect("writable");
    let made = run(&below, &["compose"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(
        made.stderr.contains("using ../../restate-cluster.yaml"),
        "{}",
        made.stderr
    );
    assert!(folder.path().join("docker-compose.yaml").exists());
    assert_eq!(run(folder.path(), &["compose", "--check"]).code, 0);
    let elsewhere = run(&below, &["compose", "-o", "."]);
    assert_eq!(elsewhere.code, 0, "{}", elsewhere.stderr);
    let text = fs::read_to_string(below.join("docker-compose.yaml")).expect("there");
    assert!(
        text.contains("`restate-gen compose -o services/orders`"),
        "{text}"
    );
}

#[test]
fn a_plan_needs_no_old_file() {
    let folder = folder();
    write(folder.path(), "nodes: 5\nreplication: 2\n");
    assert_eq!(run(folder.path(), &["compose"]).code, 0);
    let nothing = run(folder.path(), &["plan"]);
    assert!(
        nothing.stderr.contains("nothing changes"),
        "{}",
        nothing.stderr
    );
    write(folder.path(), "nodes: 5\nreplication: 3\n");
    let refused = refused(folder.path(), &["compose"], &["restate-gen plan"]);
    assert!(refused.stderr.contains("RG705"), "{}", refused.stderr);
    let planned = run(folder.path(), &["plan", "--write"]);
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    // A file that was edited without a plan starts no other one.
    write(folder.path(), "nodes: 5\nreplication: 3\npartitions: 24\n");
    let other = run(folder.path(), &["scale", "--nodes", "7"]);
    assert_eq!(other.code, 2, "{}", other.stderr);
    assert!(
        other
            .stderr
            .contains("has changed since the files were generated")
    );
}

#[test]
fn a_record_that_cannot_be_read_stops_everything() {
    let folder = folder();
    write(folder.path(), "nodes: 3\n");
    assert_eq!(run(folder.path(), &["compose"]).code, 0);
    let text = fs::read_to_string(folder.path().join(FILE)).expect("a record");
    for (broken, why) in [
        ("<<<<<<< ours\n".to_owned() + &text, "merge conflict"),
        (text.replace("format: 1", "format: 2"), "a newer version"),
        (
            text.replace("target: compose", "target: swarm"),
            "no target `swarm`",
        ),
        (
            text.replace("partitions: 24", "partitions: many"),
            "invalid type",
        ),
        (
            text.replace("format: 1\n", "format: 1\nmore: true\n"),
            "unknown field",
        ),
        ("{".into(), "not YAML"),
    ] {
        fs::write(folder.path().join(FILE), broken).expect("written");
        let before = all(folder.path());
        for arguments in [&["compose"][..], &["scale", "--nodes", "5"], &["plan"]] {
            let stopped = run(folder.path(), arguments);
            assert_eq!(stopped.code, 2, "{arguments:?}: {}", stopped.stderr);
            let fix = match why {
                "a newer version" => "install that version",
                "merge conflict" => "take the side that was applied",
                _ => "version control",
            };
            for word in [why, fix] {
                assert!(
                    stopped.stderr.contains(word),
                    "{arguments:?}: {}",
                    stopped.stderr
                );
            }
        }
        assert!(all(folder.path()) == before);
    }
}

#[test]
fn a_record_leads_out_of_no_folder() {
    let folder = folder();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).expect("writable");
    write(&inner, "nodes: 3\n");
    assert_eq!(run(&inner, &["compose"]).code, 0);
    let outside = folder.path().join("outside");
    fs::write(&outside, "ours").expect("written");
    let mut hostile = record(&inner);
    let hash = "0d9d1f4e5bb5e9d3a0f3a2f4e39e8b0d4ad3a2f4e39e8b0d4ad3a2f4e39e8b0d";
    hostile.files.insert("../outside".into(), hash.into());
    fs::write(inner.join(FILE), hostile.text()).expect("written");
    assert_eq!(run(&inner, &["compose"]).code, 0);
    assert!(outside.exists());
}

fn record_of(text: String, flag: String, name: String) -> Record {
    Record {
        format: FORMAT,
        tool: "1.2.3".into(),
        target: TARGETS[0].name.into(),
        command: "restate-gen compose".into(),
        cluster: Described {
            name: name.clone(),
            version: "1.7.12".into(),
            deployment: name.clone(),
            partitions: 24,
            log_replication: json!({"zone": 2, "node": 3}),
            partition_replication: json!(2),
            object_store: "s3".into(),
            snapshots: Some(format!("s3://{name}")),
            retired_ids: vec![2, 7],
            nodes: vec![Member {
                id: 1,
                name: name.clone(),
                place: Some(format!("{name}-0")),
                location: "eu.a".into(),
                roles: vec![Role::Worker, Role::LogServer],
            }],
        },
        cluster_file: ClusterFile {
            name,
            flags: [
                ("nodes".to_owned(), json!(3)),
                ("kubernetes.namespace".to_owned(), json!(flag)),
            ]
            .into(),
            text,
        },
        plan: Some("replace-restate-1".into()),
        kept: [("version".to_owned(), json!(flag))].into(),
        files: BTreeMap::from([("a b.yaml".to_owned(), "ab".repeat(32))]),
    }
}

/// A cluster file that says all that the other says too, so that nothing is kept from the record.
fn cluster_file() -> impl Strategy<Value = String> {
    let name = prop_oneof![9 => Just("orders"), 1 => Just("payments")];
    let partitions = prop_oneof![9 => Just(24), 1 => Just(48)];
    let version = prop_oneof![Just("1.6.2"), Just("1.7.12"), Just("1.7.10")];
    let names = "[ab]";
    let nodes = prop_oneof![
        4 => (1..6_u32).prop_map(|count| count.to_string()),
        1 => proptest::collection::vec(names, 1..4).prop_map(|names| {
            let nodes = names.iter().enumerate();
            let nodes: Vec<String> = nodes.map(|(at, name)| format!("{{name: {name}{at}}}")).collect();
            format!("[{}]", nodes.join(", "))
        }),
    ];
    (name, partitions, version, nodes, 1..4_u8, 1..3_u8).prop_map(
        |(name, partitions, version, nodes, replication, servers)| {
            let servers = servers * 2 - 1;
            format!("name: {name}\nversion: {version}\nnodes: {nodes}\npartitions: {partitions}\nreplication: {replication}\nmetadata_servers: {servers}\nnomad: {{one_host: true}}\n")
        },
    )
}

/// Whether a running cluster can become what the new file says without a plan, by the rules on changes.
fn can_become(old: &str, new: &str) -> Option<bool> {
    let [old, new] = [old, new].map(|text| Document::parse(CLUSTER_FILE, text));
    let deployed = Deployed::of(&old, &Policy::default()).ok()?;
    let is_sound = |document| !validate(document, &Policy::default()).report.has_errors();
    if !is_sound(&old) || !is_sound(&new) {
        return None;
    }
    let report = validate_change(&new, &deployed, &Policy::default()).report;
    let by_a_plan = [rules::carried_out_by_a_plan(), rules::refused_by_a_plan()].concat();
    // The record retires the ids of removed nodes, whatever the file says.
    let by_the_record = ["RG707", "RG708"];
    let stands_against = |finding: &Finding| {
        let Diagnostic { rule, severity, .. } = &finding.diagnostic;
        (*severity == Severity::Error && !by_the_record.contains(&rule.code))
            || by_a_plan.contains(rule)
    };
    Some(!report.findings().iter().any(stands_against))
}

proptest! {
    #![proptest_config(tries(24))]

    /// No verb writes what the rules on changes forbid, and what is written is of one piece.
    #[test]
    fn no_verb_writes_what_a_running_cluster_cannot_become(old in cluster_file(), new in cluster_file()) {
        let Some(is_allowed) = can_become(&old, &new) else {
            return Ok(());
        };
        for verb in verbs() {
            let folder = folder();
            write(folder.path(), &old);
            prop_assert_eq!(run(folder.path(), &[verb]).code, 0);
            write(folder.path(), &new);
            let before = all(folder.path());
            let changed = run(folder.path(), &[verb]);
            prop_assert_eq!(changed.code == 0, is_allowed, "{}: {}", verb, changed.stderr);
            if is_allowed {
                prop_assert_eq!(run(folder.path(), &[verb, "--check"]).code, 0);
                prop_assert_eq!(record(folder.path()).cluster_file.text, new.clone());
            } else {
                prop_assert!(all(folder.path()) == before, "{}", verb);
            }
        }
    }
}

proptest! {
    #[test]
    fn it_is_read_as_it_was_written(
        text in prop_oneof!["\\PC*", "([ -~]{0,12}\n){0,4}", "[ \t\r\n#:{}a\u{85}\u{2028}\u{feff}'\"-]{0,24}"],
        flag in "\\PC{0,8}",
        name in "[a-z1-9\u{e9}' :#-]{0,8}",
    ) {
        let record = record_of(text, flag, name);
        prop_assert_eq!(Record::parse(&record.text()), Ok(record));
    }
}

#[test]
fn while_a_plan_is_half_done_its_files_stay() {
    for verb in verbs() {
        let folder = folder();
        let text =
            |nodes: u8| format!("nodes: {nodes}\nmetadata_servers: 3\nnomad: {{one_host: true}}\n");
        write(folder.path(), &text(3));
        assert_eq!(run(folder.path(), &[verb]).code, 0, "{verb}");
        let planned = run(folder.path(), &["scale", "--nodes", "5", "--write"]);
        assert_eq!(planned.code, 0, "{}", planned.stderr);
        let plan = "operations/scale-3-to-5";
        let warning = format!("warning: {plan} is half done");
        let progress = folder.path().join(plan).join("progress");
        // What was noted elsewhere is not here, and nothing is known.
        assert!(
            !run(folder.path(), &[verb]).stderr.contains("half done"),
            "{verb}"
        );
        fs::write(&progress, "1\n").expect("written");
        for arguments in [&[verb][..], &[verb, "--check"]] {
            let same = run(folder.path(), arguments);
            assert_eq!(same.code, 0, "{arguments:?}: {}", same.stderr);
            assert!(same.stderr.starts_with(&warning), "{}", same.stderr);
        }
        write(folder.path(), &text(7));
        let words = [
            &*warning,
            &format!("error: the files here are those of {plan}, which is half done"),
            "`--by-hand`",
        ];
        refused(folder.path(), &[verb], &words);
        refused(
            folder.path(),
            &[verb, "--check"],
            &[&warning, "is out of date"],
        );
        fs::write(&progress, "1\nfinished\n").expect("written");
        assert!(
            !run(folder.path(), &[verb, "--check"])
                .stderr
                .contains("half done")
        );
        fs::write(&progress, "1\n").expect("written");
        refused(folder.path(), &[verb, "--force"], &words);
        let planned = run(folder.path(), &["plan"]);
        assert!(planned.stderr.starts_with(&warning), "{}", planned.stderr);
        let written = run(folder.path(), &[verb, "--by-hand"]);
        assert_eq!(written.code, 0, "{verb}: {}", written.stderr);
    }
}

/// A file that was left over because somebody had edited it is theirs, also when it is generated again.
#[test]
fn what_was_left_over_with_an_edit_is_not_overwritten_later() {
    let folder = folder();
    let with_store = "nodes: 3\nnomad: {one_host: true}\n";
    let without = format!(
        "{with_store}object_store: {{kind: s3, region: x}}\nsnapshots: {{destination: s3://bucket/a}}\n"
    );
    write(folder.path(), with_store);
    assert_eq!(run(folder.path(), &["nomad"]).code, 0);
    let store = folder.path().join("store.nomad.hcl");
    let edited = fs::read_to_string(&store).expect("generated") + "# ours\n";
    fs::write(&store, &edited).expect("written");
    write(folder.path(), &without);
    let made = run(folder.path(), &["nomad", "--allow", "RG712"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let stays = "store.nomad.hcl is no longer generated; it was edited, so it stays";
    assert!(made.stderr.contains(stays), "{}", made.stderr);
    write(folder.path(), with_store);
    let words = ["store.nomad.hcl was edited", "`--diff`", "`--force`"];
    refused(folder.path(), &["nomad", "--allow", "RG712"], &words);
    let check = run(folder.path(), &["nomad", "--check", "--allow", "RG712"]);
    assert!(check.stderr.contains("store.nomad.hcl"), "{}", check.stderr);
    assert!(check.stderr.contains("RG901"), "{}", check.stderr);
    let forced = run(folder.path(), &["nomad", "--allow", "RG712", "--force"]);
    assert_eq!(forced.code, 0, "{}", forced.stderr);
}

/// Git may give a checkout the line ends of Windows.
#[test]
fn line_ends_are_no_edit() {
    for verb in verbs() {
        let folder = folder();
        write(folder.path(), "nodes: 3\nnomad: {one_host: true}\n");
        assert_eq!(run(folder.path(), &[verb]).code, 0);
        for (path, text) in all(folder.path()) {
            let text = String::from_utf8(text)
                .expect("a text")
                .replace('\n', "\r\n");
            fs::write(folder.path().join(path), text).expect("written");
        }
        for arguments in [&[verb, "--check"][..], &["drift"], &[verb]] {
            let made = run(folder.path(), arguments);
            assert_eq!(made.code, 0, "{arguments:?}: {}", made.stderr);
            assert!(!made.stderr.contains("updated"), "{}", made.stderr);
        }
        let plan = run(
            folder.path(),
            &["scale", "--nodes", "5", "--allow", "RG206"],
        );
        assert!(!plan.stderr.contains("has changed"), "{}", plan.stderr);
        assert!(!plan.stderr.contains("was edited"), "{}", plan.stderr);
        // What is edited is said, and where.
        let path = folder.path().join("OPERATIONS.md");
        let text = fs::read_to_string(&path).expect("generated");
        fs::write(&path, text + "ours\r\n").expect("written");
        let check = run(folder.path(), &[verb, "--check"]);
        assert_eq!(check.code, 1, "{}", check.stderr);
        assert!(check.stderr.contains("RG901"), "{}", check.stderr);
        let diff = run(folder.path(), &[verb, "--diff"]);
        assert_eq!(diff.stdout.matches("\n-").count(), 1, "{}", diff.stdout);
    }
}

/// `compose` and `plan` mean the same number of nodes, and the command that is named makes the plan.
#[test]
fn a_number_of_the_command_line_is_not_lost_between_the_verbs() {
    for text in ["nodes: 3\n", ""] {
        let folder = folder();
        if !text.is_empty() {
            write(folder.path(), text);
        }
        assert_eq!(run(folder.path(), &["compose", "--nodes", "5"]).code, 0);
        let fewer: &[&str] = match text.is_empty() {
            true => &["compose", "--nodes", "3"],
            false => &["compose"],
        };
        refused(folder.path(), fewer, &["`restate-gen plan --nodes 3`"]);
        let plan = run(folder.path(), &["plan", "--nodes", "3"]);
        assert_eq!(plan.code, 0, "{}", plan.stderr);
        let same = refused(folder.path(), &["plan"], &["nothing changes"]);
        if !text.is_empty() {
            let words = "the files here were generated with `--nodes 5`, which still holds";
            assert!(same.stderr.contains(words), "{}", same.stderr);
        }
    }
}
