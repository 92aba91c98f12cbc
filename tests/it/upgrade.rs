//! `upgrade` as users run it: which version it chooses, what it writes, and what it refuses.

use std::fs;
use std::path::Path;

use restate_gen::facts;
use restate_gen::record::{FILE, Record};

use crate::cli::{Run, folder, run};
use crate::golden::all;
use crate::plan_commands::put_files_in_place;

fn deployed(text: &str, verb: &str) -> tempfile::TempDir {
    let folder = folder();
    fs::write(folder.path().join("restate-cluster.yaml"), text).expect("written");
    let made = run(folder.path(), &[verb]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    folder
}

fn text(folder: &Path) -> String {
    fs::read_to_string(folder.join("restate-cluster.yaml")).expect("a cluster file")
}

fn record(folder: &Path) -> Record {
    let text = fs::read_to_string(folder.join(FILE)).expect("a record");
    Record::parse(&text).expect("it can be read")
}

/// Does what run.sh does with files.
fn finish(folder: &Path, plan: &str) {
    put_files_in_place(folder, plan);
    let progress = folder.join("operations").join(plan).join("progress");
    fs::write(progress, "finished\n").expect("there is such a plan");
}

fn says(run: &Run, words: &[&str]) {
    for word in words {
        assert!(run.stderr.contains(word), "no {word:?}: {}", run.stderr);
    }
}

#[test]
fn without_a_version_it_goes_one_minor_at_a_time_and_ends_at_the_newest_patch() {
    let newest = facts::latest().text();
    for verb in ["compose", "kubernetes", "nomad"] {
        let before = "nodes: 3\nversion: 1.5.3 # restate-gen: allow RG509 - for now\nnomad: {one_host: true}\n";
        let folder = deployed(before, verb);
        let first = run(folder.path(), &["upgrade", "--write"]);
        assert_eq!(first.code, 0, "{}", first.stderr);
        says(
            &first,
            &[
                "note: upgrading from 1.5.3 to 1.6.2, the newest patch of 1.6, the next minor; no minor can be skipped\n",
                &format!(
                    "note: when all nodes run 1.6.2, run `restate-gen upgrade` again: it continues to {newest}\n"
                ),
                "next: sh operations/upgrade-1.5.3-to-1.6.2/run.sh\n",
            ],
        );
        finish(folder.path(), "upgrade-1.5.3-to-1.6.2");
        assert_eq!(text(folder.path()), before.replace("1.5.3", "1.6.2"));
        let second = run(folder.path(), &["upgrade", "--write"]);
        assert_eq!(second.code, 0, "{}", second.stderr);
        says(&second, &[&format!("to {newest}, the newest patch of 1.7")]);
        assert!(!second.stderr.contains("again"), "{}", second.stderr);
        finish(folder.path(), &format!("upgrade-1.6.2-to-{newest}"));
        assert_eq!(run(folder.path(), &[verb, "--check"]).code, 0);
        let third = run(folder.path(), &["upgrade"]);
        assert_eq!(third.code, 1);
        says(&third, &["this restate-gen knows none that is newer"]);
    }
}

#[test]
fn within_the_newest_minor_it_takes_the_newest_patch() {
    let newest = facts::latest().text();
    let folder = deployed("nodes: 3\nversion: 1.7.10\n", "compose");
    let plan = run(folder.path(), &["upgrade"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    says(
        &plan,
        &[&format!(
            "note: upgrading from 1.7.10 to {newest}, the newest patch of 1.7\n"
        )],
    );
}

#[test]
fn a_plan_says_what_each_minor_changes_and_what_this_file_needs() {
    let text = "nodes: 3\nversion: 1.6.2\nobject_store: {kind: s3, region: eu}\nsnapshots: {destination: 's3://bucket/c'}\n";
    let folder = deployed(text, "compose");
    let plan = run(folder.path(), &["upgrade"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    let from = facts::release("1.6.2").expect("known");
    for caution in facts::cautions(&from, facts::latest()) {
        let rest = &caution.text[1..];
        assert!(plan.stdout.contains(rest), "{rest}: {}", plan.stdout);
    }
    // What a setting has decided already is left out, but only where all nodes have it.
    let version = "version: 1.5.3 # restate-gen: allow RG509 - for now\n";
    let limit = "{worker: {invoker: {abort-timeout: 2m}}}";
    for (settings, is_said) in [
        (format!("nodes: 3\nsettings: {limit}\n"), false),
        (
            format!("nodes: [{{settings: {limit}}}, {{}}, {{}}]\n"),
            true,
        ),
    ] {
        let folder = deployed(&format!("{version}{settings}"), "compose");
        let plan = run(folder.path(), &["upgrade"]);
        assert_eq!(plan.code, 0, "{}", plan.stderr);
        assert!(
            plan.stdout.contains("1.6 has no local metadata store"),
            "{}",
            plan.stdout
        );
        let said = plan.stdout.contains("is given 10 minutes to end");
        assert_eq!(said, is_said, "{settings}: {}", plan.stdout);
    }
    // Of the file itself: its rules on changes.
    says(&plan, &["RG715"]);
}

#[test]
fn a_version_that_is_not_safe_is_refused_by_the_rules() {
    for (before, to, code) in [
        ("1.5.3", "1.7.12", "error[RG706]"),
        ("1.7.12", "1.5.3", "error[RG706]"),
        ("1.7.12", "1.7.10", "error[RG727]"),
        ("1.7.12", "1.7.12", "already has version 1.7.12"),
    ] {
        let folder = deployed(&format!("nodes: 3\nversion: {before}\n"), "compose");
        let present = all(folder.path());
        let refused = run(folder.path(), &["upgrade", to, "--write"]);
        assert_eq!(refused.code, 1, "{before} {to}: {}", refused.stderr);
        says(&refused, &[code]);
        assert!(all(folder.path()) == present, "{before} {to}");
    }
    let folder = deployed("nodes: 3\n", "compose");
    let unknown = run(folder.path(), &["upgrade", "1.9.0"]);
    assert_eq!(unknown.code, 2);
    says(&unknown, &["1.9.0", "not a version of 1.5, 1.6, 1.7"]);
    let back = run(folder.path(), &["upgrade", "1.7.10", "--allow", "RG727"]);
    assert_eq!(back.code, 0, "{}", back.stderr);
}

/// A cluster may run any patch, and the advice is never an older one.
#[test]
fn a_patch_that_is_not_known_is_generated_recorded_and_upgraded() {
    let newest = facts::latest().text();
    for verb in ["compose", "kubernetes", "nomad"] {
        let written = "nodes: 3\nnomad: {one_host: true}\nversion: 1.7.5-20260824\n";
        let folder = deployed(written, verb);
        let made = all(folder.path()).into_iter().map(|(_, bytes)| bytes);
        let made = made.collect::<Vec<_>>().concat();
        let made = String::from_utf8_lossy(&made);
        assert!(made.contains("1.7.5-20260824"), "{verb}");
        assert_eq!(record(folder.path()).cluster.version, "1.7.5-20260824");
        assert_eq!(run(folder.path(), &[verb, "--check"]).code, 0);
        let plan = run(folder.path(), &["upgrade"]);
        assert_eq!(plan.code, 0, "{}", plan.stderr);
        says(
            &plan,
            &[&format!(
                "from 1.7.5-20260824 to {newest}, the newest patch"
            )],
        );
        for to in ["1.7.6", "1.7.999", "1.7.5-20260831", "1.7.5"] {
            let plan = run(folder.path(), &["upgrade", to]);
            assert_eq!(plan.code, 0, "{to}: {}", plan.stderr);
        }
        let older = run(folder.path(), &["upgrade", "1.7.3"]);
        assert_eq!(older.code, 1);
        says(
            &older,
            &["error[RG727]: 1.7.3 is older than 1.7.5-20260824"],
        );
        let changed = written.replace("1.7.5-20260824", "1.7.999");
        fs::write(folder.path().join("restate-cluster.yaml"), changed).expect("written");
        let plan = run(folder.path(), &["plan"]);
        assert_eq!(plan.code, 0, "{}", plan.stderr);
        says(&plan, &["warning[RG516]"]);
    }
    for flavor in ["helm", "operator"] {
        let written = format!("version: 1.7.999\nkubernetes: {{flavor: {flavor}}}\n");
        let folder = deployed(&written, "kubernetes");
        let made = all(folder.path()).into_iter();
        let made = made.map(|(_, bytes)| String::from_utf8_lossy(&bytes).into_owned());
        let named = made.filter(|text| text.contains("1.7.999"));
        assert!(
            named.count() > 1,
            "{flavor}: the version is in the record alone"
        );
    }
    let folder = deployed("nodes: 3\nversion: 1.7.999\n", "compose");
    let none = run(folder.path(), &["upgrade"]);
    assert_eq!(none.code, 1);
    says(
        &none,
        &["version 1.7.999, and this restate-gen knows none that is newer"],
    );
    let newer = run(folder.path(), &["upgrade", "1.8.0"]);
    assert_eq!(newer.code, 2);
    says(&newer, &["a newer restate-gen may know more"]);
}

/// What the nodes say of themselves has no day of a build, so that is not what is waited for.
#[test]
fn another_build_of_the_same_version_is_rolled_out_without_asking_for_it() {
    let folder = deployed("nodes: 3\nversion: 1.7.12\n", "compose");
    let built = run(folder.path(), &["upgrade", "1.7.12-20260921", "--write"]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    let plan = "operations/upgrade-1.7.12-to-1.7.12-20260921";
    let script = fs::read_to_string(folder.path().join(plan).join("run.sh")).expect("made");
    assert!(!script.contains("server_version"), "{script}");
    let folder = deployed("nodes: 3\nversion: 1.7.12\n", "compose");
    let real = run(folder.path(), &["upgrade", "1.7.99-20261102", "--write"]);
    assert_eq!(real.code, 0, "{}", real.stderr);
    let plan = "operations/upgrade-1.7.12-to-1.7.99-20261102";
    let script = fs::read_to_string(folder.path().join(plan).join("run.sh")).expect("made");
    assert!(script.contains("runs 1.7.99 "), "{script}");
}

#[test]
fn a_file_that_says_no_version_gets_a_line_and_the_record_says_what_ran() {
    let newest = facts::latest().text();
    let folder = deployed("nodes: 3 # ours\n", "compose");
    // As if an older tool had made the files.
    let mut older = record(folder.path());
    older.cluster.version = "1.7.10".into();
    older.kept.insert("version".into(), "1.7.10".into());
    older.tool = "0.0.9".into();
    fs::write(folder.path().join(FILE), older.text()).expect("written");
    assert_eq!(run(folder.path(), &["compose"]).code, 0);
    let plan = run(folder.path(), &["upgrade", "--write"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    finish(folder.path(), &format!("upgrade-1.7.10-to-{newest}"));
    assert_eq!(
        text(folder.path()),
        format!("nodes: 3 # ours\nversion: {newest}\n")
    );
    assert_eq!(record(folder.path()).cluster.version, newest);
}

#[test]
fn a_folder_without_a_cluster_file_keeps_the_version_in_its_record() {
    let newest = facts::latest().text();
    let folder = folder();
    assert_eq!(run(folder.path(), &["compose", "--nodes", "3"]).code, 0);
    let back = ["upgrade", "1.7.10", "--allow", "RG727", "--write"];
    let planned = run(folder.path(), &back);
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    finish(folder.path(), &format!("upgrade-{newest}-to-1.7.10"));
    assert_eq!(record(folder.path()).cluster.version, "1.7.10");
    assert_eq!(
        record(folder.path()).command,
        "restate-gen compose --nodes 3"
    );
    for again in [
        &["compose", "--check"][..],
        &["compose", "--nodes", "3", "--check"],
    ] {
        let check = run(folder.path(), again);
        assert_eq!(check.code, 0, "{again:?}: {}", check.stderr);
    }
    let planned = run(folder.path(), &["upgrade", "--write"]);
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    finish(folder.path(), &format!("upgrade-1.7.10-to-{newest}"));
    assert_eq!(record(folder.path()).cluster.version, newest);
}

#[test]
fn a_number_of_nodes_on_the_command_line_does_not_stand_in_its_way() {
    let newest = facts::latest().text();
    let folder = folder();
    let path = folder.path().join("restate-cluster.yaml");
    fs::write(&path, "version: 1.7.10\n").expect("written");
    assert_eq!(run(folder.path(), &["compose", "--nodes", "5"]).code, 0);
    let planned = run(folder.path(), &["upgrade", "--write"]);
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    finish(folder.path(), &format!("upgrade-1.7.10-to-{newest}"));
    assert_eq!(text(folder.path()), format!("version: {newest}\n"));
    assert_eq!(record(folder.path()).cluster.nodes.len(), 5);
}

/// No node depends on the store, so starting a node starts no store.
#[test]
fn a_store_that_is_new_starts_before_the_first_node_that_uses_it() {
    for (before, after, starts) in [
        ("none", "minio", true),
        ("seaweedfs", "minio", true),
        ("minio", "none", false),
    ] {
        let folder = deployed(&format!("object_store: {before}\n"), "compose");
        let file = folder.path().join("restate-cluster.yaml");
        fs::write(file, format!("object_store: {after}\n")).expect("written");
        let planned = run(folder.path(), &["plan", "--write", "--allow", "RG712"]);
        assert_eq!(planned.code, 0, "{}", planned.stderr);
        let path = planned
            .stderr
            .lines()
            .find_map(|line| line.strip_prefix("next: sh "));
        let script = fs::read_to_string(folder.path().join(path.expect("a plan"))).expect("made");
        let start = "docker compose run --rm -T restate-bucket </dev/null && bring_up --no-deps";
        assert_eq!(script.contains(start), starts, "{before} to {after}");
        assert!(
            !script.contains("bring_up \"$node\""),
            "{before} to {after}"
        );
    }
}
