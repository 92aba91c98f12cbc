//! Folders with generated files and no record: which cluster they are of, and that nobody's data is lost by it.
//!
//! `tests/data/0.1.0` has files that version 0.1.0 wrote, with the cluster files that it made them from.

use std::fs;
use std::path::Path;

use indexmap::IndexMap;
use restate_gen::adoption::Candidate;
use restate_gen::diagnostic::allow::Policy;
use restate_gen::record::{ClusterFile, Described, FILE, Record};
use restate_gen::source::{DocPath, Document};
use restate_gen::standing;
use restate_gen::targets::TARGETS;
use restate_gen::validation::validate_for;
use tempfile::TempDir;

use crate::cli::{Run, folder, run};
use crate::golden::{all, examples, files_below};

const CLUSTER_FILE: &str = "restate-cluster.yaml";
const NOTE: &str = "note: there is no restate-gen.lock yet; the files here are of the cluster that restate-cluster.yaml describes, so it is made from both\n";
const OTHER: &str = "error: there is no restate-gen.lock yet, and the files here are not of the cluster that restate-cluster.yaml describes; nothing was written\n";

/// An example of 0.1.0 and a target whose files there are.
const OLD: &[(&str, &str)] = &[
    ("03-five-nodes", "compose"),
    ("03-five-nodes", "kubernetes"),
    ("03-five-nodes", "kubernetes-helm"),
    ("03-five-nodes", "kubernetes-operator"),
    ("03-five-nodes", "nomad"),
    ("05-zones", "kubernetes"),
    ("08-everything", "compose"),
    ("08-everything", "nomad"),
];

/// The verb and flags of the target.
fn verb(target: &str) -> Vec<&'static str> {
    let mut targets = TARGETS.iter();
    let target = targets.find(|row| row.name == target).expect("a target");
    target.verb.split(' ').collect()
}

/// A folder with files of 0.1.0, and their cluster file.
fn old(example: &str, target: &str) -> TempDir {
    let folder = folder();
    let from = Path::new("tests/data/0.1.0").join(example);
    for path in files_below(&from.join(target)) {
        let name = path.file_name().expect("a name");
        fs::copy(&path, folder.path().join(name)).expect("copied");
    }
    let text = fs::read_to_string(from.join(CLUSTER_FILE)).expect("readable");
    write(folder.path(), &allowed(&text));
    folder
}

/// The text with what 0.1.0 did not look at: where the pods of a location run.
fn allowed(text: &str) -> String {
    let comment = match text.contains("zone: 2") {
        true => "# restate-gen: allow RG617 - the machines are of one zone\n",
        false => "",
    };
    format!("{comment}{text}")
}

fn write(folder: &Path, text: &str) {
    fs::write(folder.join(CLUSTER_FILE), text).expect("written");
}

fn record(folder: &Path) -> Record {
    let text = fs::read_to_string(folder.join(FILE)).expect("a record");
    Record::parse(&text).expect("it can be read")
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
fn who_updates_from_0_1_0_goes_on_with_the_same_command() {
    for (example, target) in OLD {
        let folder = old(example, target);
        let verb = verb(target);
        let text = fs::read_to_string(folder.path().join(CLUSTER_FILE)).expect("there");
        let check = [&verb[..], &["--check"]].concat();
        let missing = "restate-gen.lock: error[RG903] the file is missing\n";
        refused(folder.path(), &check, &[NOTE, missing]);
        let made = run(folder.path(), &verb);
        assert_eq!(made.code, 0, "{example} {target}: {}", made.stderr);
        assert!(made.stderr.contains(NOTE), "{}", made.stderr);
        let record = record(folder.path());
        assert_eq!(record.target, *target);
        assert_eq!(record.cluster.version, "1.7.12", "{example} {target}");
        assert_eq!(record.cluster_file.text, text, "{example} {target}");
        // From then on it is as if this version had made them.
        let before = all(folder.path());
        for again in [&verb, &check] {
            let again = run(folder.path(), again);
            assert_eq!(again.code, 0, "{example} {target}: {}", again.stderr);
            assert!(
                !again.stderr.contains("note: there is no"),
                "{}",
                again.stderr
            );
        }
        assert!(all(folder.path()) == before, "{example} {target}");
    }
}

#[test]
fn what_the_cluster_file_leaves_open_stays_as_it_was() {
    let text = |folder: &TempDir, file: &str| {
        fs::read_to_string(folder.path().join(file)).expect("generated")
    };
    let compose = old("03-five-nodes", "compose");
    let made = run(compose.path(), &["compose"]);
    assert!(
        made.stderr.contains("note: what restate-cluster.yaml leaves open stays as it is: `version: 1.7.12`, `compose.prefix: ''`, `ports.scheme: decimal`\n"),
        "{}",
        made.stderr
    );
    let file = text(&compose, "docker-compose.yaml");
    for word in ["\n  provision:\n", "\n  minio-data:\n", ":-48080}:8080"] {
        assert!(file.contains(word), "no {word:?}");
    }
    let nomad = old("03-five-nodes", "nomad");
    assert_eq!(run(nomad.path(), &["nomad"]).code, 0);
    let file = text(&nomad, "restate.nomad.hcl");
    assert!(file.contains("static = 55122"), "{file}");
    // What the file says is what it says.
    let everything = old("08-everything", "compose");
    let made = run(everything.path(), &["compose"]);
    let kept = "stays as it is: `compose.prefix: ''`\n";
    assert!(made.stderr.contains(kept), "{}", made.stderr);
}

#[test]
fn what_env_decided_with_0_1_0_is_kept() {
    let folder = old("03-five-nodes", "compose");
    let env = "RESTATE_CLUSTER_NAME=shop\nRESTATE_DEFAULT_REPLICATION=3\nMINIO_ROOT_PASSWORD=a-long-one\n";
    fs::write(folder.path().join(".env"), env).expect("written");
    let made = run(folder.path(), &["compose"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let kept =
        "`name: shop`, `compose.project: restate-cluster`, `replication: {logs:3,partitions:3}`";
    assert!(made.stderr.contains(kept), "{}", made.stderr);
    let record = record(folder.path());
    assert_eq!(record.cluster.name, "shop");
    assert_eq!(record.cluster.deployment, "restate-cluster");
    assert_eq!(record.cluster.log_replication, 3);
    // A file that says otherwise is another cluster.
    let folder = old("03-five-nodes", "compose");
    fs::write(folder.path().join(".env"), env).expect("written");
    write(folder.path(), "name: orders\nnodes: 5\n");
    let name = "name: `shop` in the files, `orders` by restate-cluster.yaml";
    refused(folder.path(), &["compose"], &[OTHER, name]);
}

/// A cluster file that is not of the files, what is said of it, and the rule that refuses it once they are adopted.
const CHANGED: &[(&str, &str, &str, &str, &str)] = &[
    (
        "03-five-nodes",
        "compose",
        "nodes: 3\n",
        "node 4 restate-4 on restate-4-data: http-ingress, admin, worker, log-server: only in the files\n",
        "RG709",
    ),
    (
        "03-five-nodes",
        "compose",
        "nodes: 5\nname: shop\n",
        "name: `restate-cluster` in the files, `shop` by restate-cluster.yaml\n",
        "RG701",
    ),
    (
        "03-five-nodes",
        "compose",
        "nodes: 5\ncompose: {project: shop}\n",
        "compose.project: `restate-cluster` in the files, `shop` by restate-cluster.yaml\n",
        "RG717",
    ),
    (
        "03-five-nodes",
        "compose",
        "nodes: 5\ncompose: {prefix: restate-}\n",
        "compose.prefix: `''` in the files, `restate-` by restate-cluster.yaml\n",
        "RG717",
    ),
    (
        "03-five-nodes",
        "kubernetes",
        "nodes: [{id: 1}, {id: 2}, {id: 3}, {id: 4}, {id: 5}]\n",
        "place of restate-1: `restate-1` in the files, `restate-1-0` by restate-cluster.yaml\n",
        "RG611",
    ),
    (
        "05-zones",
        "kubernetes",
        "name: zoned\nreplication: {zone: 2}\nnodes:\n  - {group: a, count: 2, first_id: 1, location: eu-central.a}\n  - {group: b, count: 2, first_id: 11, location: eu-central.b}\n  - {group: d, count: 2, first_id: 21, location: eu-central.c}\n",
        "place of restate-21: `restate-c-21` in the files, `restate-d-21` by restate-cluster.yaml\n",
        "RG611",
    ),
    (
        "03-five-nodes",
        "kubernetes-helm",
        "nodes: 4\n",
        "node restate-4: http-ingress, admin, worker, log-server, metadata-server: only in the files\n",
        "RG709",
    ),
    (
        "03-five-nodes",
        "kubernetes-operator",
        "nodes: 5\nkubernetes: {namespace: shop}\n",
        "kubernetes.namespace: `restate-cluster` in the files, `shop` by restate-cluster.yaml\n",
        "RG717",
    ),
    (
        "03-five-nodes",
        "nomad",
        "nodes: 5\npartitions: 48\n",
        "partitions: `24` in the files, `48` by restate-cluster.yaml\n",
        "RG702",
    ),
    (
        "03-five-nodes",
        "nomad",
        "nodes: 5\nnomad: {job: shop}\n",
        "volume of restate-1: `restate-cluster-restate-1-data` in the files, `shop-restate-1-data` by restate-cluster.yaml\n",
        "RG717",
    ),
];

#[test]
fn files_of_another_cluster_are_refused_and_then_adopted_by_word() {
    for (example, target, text, said, rule) in CHANGED {
        let folder = old(example, target);
        write(folder.path(), &allowed(text));
        let verb = verb(target);
        refused(
            folder.path(),
            &verb,
            &[OTHER, said, "`--adopt`", "`--new-cluster`"],
        );
        let before = all(folder.path());
        let adopt = [&verb[..], &["--adopt"]].concat();
        let adopted = run(folder.path(), &adopt);
        assert_eq!(adopted.code, 0, "{text}: {}", adopted.stderr);
        let mut after = all(folder.path());
        after.retain(|(path, _)| !path.ends_with(FILE));
        assert!(after == before, "{text}: more was written than the record");
        // What the files say is what runs, and the rules on changes are the same as ever.
        refused(folder.path(), &verb, &[&format!("error[{rule}]")]);
        let new = [&verb[..], &["--new-cluster"]].concat();
        assert_eq!(run(folder.path(), &new).code, 0, "{text}");
    }
}

#[test]
fn a_plan_starts_from_what_was_adopted() {
    let folder = old("03-five-nodes", "compose");
    write(
        folder.path(),
        "nodes: 4\nmetadata_servers: 3\nports: {scheme: decimal}\n",
    );
    for plan in [&["plan"][..], &["scale", "--nodes", "3"]] {
        let words = [
            "there is no restate-gen.lock for docker-compose.yaml",
            "restate-gen compose",
        ];
        refused(folder.path(), plan, &words);
    }
    assert_eq!(run(folder.path(), &["compose", "--adopt"]).code, 0);
    let plan = run(folder.path(), &["plan", "--write"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    assert!(
        plan.stderr.contains("operations/scale-5-to-4"),
        "{}",
        plan.stderr
    );
}

#[test]
fn what_cannot_be_read_is_refused() {
    for (file, from, to, why) in [
        (
            "docker-compose.yaml",
            "services:",
            "services: [",
            "docker-compose.yaml is not YAML",
        ),
        (
            "docker-compose.yaml",
            "MARKER:",
            "MARKED:",
            "lacks its nodes or its provisioning step",
        ),
    ] {
        let folder = old("03-five-nodes", "compose");
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path)
            .expect("there")
            .replacen(from, to, 1);
        fs::write(&path, text).expect("written");
        for arguments in [&["compose"][..], &["compose", "--adopt"]] {
            refused(
                folder.path(),
                arguments,
                &[why, "version control", "`--new-cluster`"],
            );
        }
    }
    let folder = old("05-zones", "kubernetes");
    fs::remove_file(folder.path().join("provision.yaml")).expect("there");
    refused(
        folder.path(),
        &["kubernetes"],
        &["provision.yaml is missing"],
    );
}

#[test]
fn files_of_another_target_are_not_joined() {
    let folder = old("03-five-nodes", "nomad");
    let joined = ["compose", "-o", "."];
    refused(
        folder.path(),
        &joined,
        &["`restate-gen nomad`", "two targets"],
    );
    let apart = run(folder.path(), &["compose"]);
    assert_eq!(apart.code, 0, "{}", apart.stderr);
    assert!(folder.path().join("compose/docker-compose.yaml").exists());
    let folder = old("03-five-nodes", "kubernetes-helm");
    refused(
        folder.path(),
        &["kubernetes"],
        &["`restate-gen kubernetes --flavor helm`"],
    );
}

#[test]
fn there_may_be_nothing_to_adopt() {
    let folder = folder();
    write(folder.path(), "nodes: 3\n");
    for said in [
        "the folder has no generated files",
        "the folder has a record",
    ] {
        let made = run(folder.path(), &["compose", "--adopt"]);
        assert_eq!(made.code, 0, "{}", made.stderr);
        assert!(made.stderr.contains(said), "{}", made.stderr);
    }
    // A file that somebody else wrote is not adopted.
    fs::remove_file(folder.path().join(FILE)).expect("there");
    let main = folder.path().join("docker-compose.yaml");
    fs::write(main, "services: {}\n").expect("written");
    let foreign = run(folder.path(), &["compose", "--adopt"]);
    assert_eq!(foreign.code, 2, "{}", foreign.stderr);
    assert!(
        foreign.stderr.contains("was not generated by restate-gen"),
        "{}",
        foreign.stderr
    );
}

/// What this version generates is read back on every target, and gives the cluster that it is of, whatever the cluster
/// file says by then.
#[test]
fn every_example_is_adopted_as_it_runs() {
    let policy = Policy::default();
    let mut adopted = 0;
    for example in examples() {
        let text = fs::read_to_string(example.join(CLUSTER_FILE)).expect("committed");
        let document = Document::parse(CLUSTER_FILE, text.as_str());
        // What can be understood does not have a store that is not the default.
        let of_store = |line: &&str| {
            let keys = [
                "object_store",
                "snapshots",
                "  kind",
                "  version",
                "  ports",
                "  image",
            ];
            keys.iter().any(|key| line.starts_with(key))
        };
        let store: Vec<&str> = text.lines().filter(of_store).collect();
        let other = format!("name: other\nnodes: 1\n{}\n", store.join("\n"));
        for target in TARGETS {
            let of = || format!("{} {}", example.display(), target.name);
            let mut document = document.clone();
            if let Some(flavor) = target.flavor {
                let path = DocPath::of(["kubernetes", "flavor"]);
                document.set(path, flavor.name().into(), "--flavor");
            }
            let orchestrator = target.orchestrator;
            let validation = validate_for(&document, &policy, orchestrator.section);
            let Some(topology) = validation.topology() else {
                continue;
            };
            let tree = (target.render)(&topology, target.verb);
            let files = |path: &str| Some(tree.file(path)?.text.clone());
            let found = standing::read(target, &files, &|_| None).expect("generated");
            let Ok(same) = Candidate::of(document.clone(), &found, orchestrator, &policy) else {
                panic!("{}", of());
            };
            let differences = found.differences(&same.standing, "", "");
            assert_eq!(differences, Vec::<String>::new(), "{}", of());
            let mut document = Document::parse(CLUSTER_FILE, other.as_str());
            if let Some(flavor) = target.flavor {
                let path = DocPath::of(["kubernetes", "flavor"]);
                document.set(path, flavor.name().into(), "--flavor");
            }
            let Ok(differs) = Candidate::of(document, &found, orchestrator, &policy) else {
                panic!("{}", of());
            };
            assert!(!found.is_same_as(&differs.standing), "{}", of());
            let (text, taken) = differs
                .taken(&found, orchestrator)
                .unwrap_or_else(|| panic!("{}", of()));
            assert!(found.is_same_as(&taken.standing), "{}", of());
            let cluster_file = ClusterFile {
                name: CLUSTER_FILE.into(),
                flags: IndexMap::new(),
                text,
            };
            let record = taken.record("restate-gen", cluster_file, &files);
            let before = Described::of(target, &topology, record.cluster.retired_ids.clone());
            assert_eq!(record.cluster, before, "{}", of());
            adopted += 1;
        }
    }
    assert!(adopted > 20, "{adopted}");
}

/// What the files say and this version would have otherwise is a difference, and is adopted: a text of a file of 0.1.0,
/// the one in its place, and a part of what is said.
const EDITED: &[(&str, &str, &str, &str, &str)] = &[
    (
        "nomad",
        "restate.nomad.hcl",
        "      sticky          = true\n",
        "",
        "nomad.volume: static",
    ),
    (
        "nomad",
        "volume.hcl",
        "\"mkdir\"",
        "\"zfs\"",
        "nomad.volume_plugin: zfs",
    ),
    (
        "nomad",
        "volume.hcl",
        "64GiB",
        "96GiB",
        "volumes.size: 96GiB",
    ),
    (
        "nomad",
        "restate.nomad.hcl",
        "docker.restate.dev/",
        "mirror:5000/all/",
        "registry: mirror:5000/all",
    ),
    (
        "nomad",
        "restate.nomad.hcl",
        "restatedev/restate:1.7.12",
        "restatedev/restate:1.7.10",
        "version: 1.7.10",
    ),
    (
        "kubernetes",
        "nodes.yaml",
        "'64Gi'",
        "'1Ti'",
        "volumes.size: 1TiB",
    ),
    (
        "kubernetes",
        "nodes.yaml",
        "restatedev/restate:1.7.12",
        "restatedev/restate:1.7.10",
        "version: 1.7.10",
    ),
    (
        "kubernetes",
        "nodes.yaml",
        "docker.restate.dev/restatedev/restate:",
        "ours.io/server:",
        "image.repository: ours.io/server",
    ),
    (
        "kubernetes",
        "nodes.yaml",
        "restate:1.7.12",
        "restate:1.7.12@sha256:DIGEST",
        "image.digest: sha256:DIGEST",
    ),
    (
        "kubernetes-helm",
        "values.yaml",
        "size: '64Gi'",
        "size: '96Gi'",
        "volumes.size: 96GiB",
    ),
    (
        "kubernetes-operator",
        "restatecluster.yaml",
        "68719476736",
        "1099511627776",
        "volumes.size: 1TiB",
    ),
    (
        "compose",
        "docker-compose.yaml",
        "docker.restate.dev/",
        "mirror:5000/",
        "registry: mirror:5000",
    ),
    (
        "compose",
        "docker-compose.yaml",
        "restate:${RESTATE_VERSION:-1.7.12}",
        "restate:1.7.10",
        "version: 1.7.10",
    ),
];

fn edit(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).expect(file);
    assert!(text.contains(from), "{file}: no {from:?}");
    fs::write(path, text.replace(from, to)).expect("written");
}

#[test]
fn what_the_files_say_of_images_and_volumes_is_kept() {
    let digest = "a".repeat(64);
    for (target, file, from, to, said) in EDITED {
        let [to, said] = [to, said].map(|text| text.replace("DIGEST", &digest));
        let folder = old("03-five-nodes", target);
        edit(folder.path(), file, from, &to);
        let made = run(folder.path(), &verb(target));
        assert_eq!(made.code, 0, "{target} {said}: {}", made.stderr);
        assert!(
            made.stderr.contains(&format!("`{said}`")),
            "{target} {said}: {}",
            made.stderr
        );
        let kept = record(folder.path()).kept;
        let (key, _) = said.split_once(": ").expect("a key");
        assert!(kept.contains_key(key), "{target}: {kept:?}");
    }
}

#[test]
fn what_the_cluster_file_says_of_them_is_compared_and_adopted() {
    for (target, file, from, to, said, text) in [
        (
            "kubernetes",
            "nodes.yaml",
            "'64Gi'",
            "'1Ti'",
            "volumes.size: `1TiB` in the files, `64GiB` by",
            "volumes: {size: 64GiB}",
        ),
        (
            "kubernetes",
            "nodes.yaml",
            "'64Gi'",
            "'64Gi'",
            "registry: nothing in the files, `mirror:443` by",
            "registry: mirror:443",
        ),
        (
            "kubernetes",
            "nodes.yaml",
            "'64Gi'",
            "'64Gi'",
            "kubernetes.gitops: nothing in the files, `true` by",
            "kubernetes: {gitops: true, secret: ours}",
        ),
        (
            "nomad",
            "restate.nomad.hcl",
            "sticky",
            "sticky",
            "nomad.volume: `dynamic` in the files, `static` by",
            "nomad: {volume: static}",
        ),
        (
            "compose",
            "docker-compose.yaml",
            "1.7.12",
            "1.7.10",
            "version: `1.7.10` in the files, `1.7.12` by",
            "version: 1.7.12",
        ),
    ] {
        let folder = old("03-five-nodes", target);
        edit(folder.path(), file, from, to);
        let cluster_file = folder.path().join(CLUSTER_FILE);
        let before = fs::read_to_string(&cluster_file).expect("there");
        write(folder.path(), &format!("{before}{text}\n"));
        let verb = verb(target);
        refused(folder.path(), &verb, &[OTHER, said]);
        let adopted = run(folder.path(), &[&verb[..], &["--adopt"]].concat());
        assert_eq!(adopted.code, 0, "{text}: {}", adopted.stderr);
    }
}

#[test]
fn files_that_contradict_themselves_are_not_adopted() {
    for (target, file, from, to, why) in [
        (
            "compose",
            "docker-compose.yaml",
            "restate:${RESTATE_VERSION:-1.7.12}",
            "restate:1.7.10",
            "has nodes of several images",
        ),
        (
            "kubernetes",
            "nodes.yaml",
            "replicas: 5",
            "replicas: 4",
            "has 5 nodes in the StatefulSet restate, and 4 replicas",
        ),
    ] {
        let folder = old("03-five-nodes", target);
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).expect(file);
        assert!(text.contains(from), "{file}: no {from:?}");
        fs::write(path, text.replacen(from, to, 1)).expect("written");
        for adopt in [&[][..], &["--adopt"]] {
            let verb = [&verb(target)[..], adopt].concat();
            refused(folder.path(), &verb, &[why, "nothing was written"]);
        }
    }
}

/// Compose obeys `.env`, so what it says is what runs.
#[test]
fn the_version_and_the_project_of_env_are_what_runs() {
    let folder = old("03-five-nodes", "compose");
    let env = folder.path().join(".env");
    fs::write(&env, "RESTATE_VERSION=1.7.10\nCOMPOSE_PROJECT_NAME=shop\n").expect("written");
    let made = run(folder.path(), &["compose"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(made.stderr.contains("`version: 1.7.10`"), "{}", made.stderr);
    let cluster = record(folder.path()).cluster;
    assert_eq!(
        (&*cluster.version, &*cluster.deployment),
        ("1.7.10", "shop")
    );
    assert_eq!(run(folder.path(), &["compose", "--check"]).code, 0);
    // An image of somebody's own.
    let folder = old("03-five-nodes", "compose");
    fs::write(folder.path().join(".env"), "RESTATE_VERSION=ours\n").expect("written");
    let words = ["an image of version `ours`, which this restate-gen does not know"];
    refused(folder.path(), &["compose"], &words);
    refused(folder.path(), &["compose", "--adopt"], &words);
}

/// 0.1.0 wrote the files of two targets into one folder.
#[test]
fn of_two_targets_in_one_folder_each_gets_its_own_record() {
    let folder = old("03-five-nodes", "compose");
    let kubernetes = old("03-five-nodes", "kubernetes");
    let parts = ["kustomization.yaml", "nodes.yaml", "provision.yaml"];
    for part in parts {
        fs::copy(kubernetes.path().join(part), folder.path().join(part)).expect("copied");
    }
    let made = run(folder.path(), &["compose"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let said = "note: kustomization.yaml of `restate-gen kubernetes` is here too; it belongs into a folder of its own, such as kubernetes\n";
    assert!(made.stderr.contains(said), "{}", made.stderr);
    // Not a second set of files, for a cluster that nobody knows.
    let words = [
        "kustomization.yaml was generated by `restate-gen kubernetes`",
        "into kubernetes and run this again",
    ];
    refused(folder.path(), &["kubernetes"], &words);
    fs::create_dir(folder.path().join("kubernetes")).expect("a folder");
    for part in parts {
        let to = folder.path().join("kubernetes").join(part);
        fs::rename(folder.path().join(part), to).expect("moved");
    }
    let moved = run(folder.path(), &["kubernetes"]);
    assert_eq!(moved.code, 0, "{}", moved.stderr);
    assert!(moved.stderr.contains(NOTE), "{}", moved.stderr);
    assert!(folder.path().join("kubernetes").join(FILE).exists());
}
