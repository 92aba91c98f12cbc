//! `.env` next to the files of Compose: it is judged like the cluster file, and never rendered.

use std::fs;
use std::path::Path;

use restate_gen::diagnostic::allow::Policy;
use restate_gen::environment::{findings, read};
use restate_gen::model::Section;
use restate_gen::source::Document;
use restate_gen::targets::compose;
use restate_gen::validation::Running;

use crate::cli::{folder, run};
use crate::golden::{cluster, examples, resolved};

const FILE: &str = "restate-cluster.yaml";
const S3: &str = "object_store: {kind: s3, region: eu-central-1}\nsnapshots: {destination: s3://orders/snapshots}\n";

/// What `.env` sets next to a cluster file, and the code and a part of what is said of it; nothing where it is sound.
const ROWS: &[(&str, &str, &str, &str)] = &[
    (
        "nodes: 3\n",
        "NODE2_INGRESS_PORT_OVERRIDE=8080",
        "RG201",
        "host port 8080",
    ),
    (
        "nodes: 3\n",
        "NODE1_ADMIN_PORT_OVERRIDE=9001",
        "RG201",
        "the console of minio",
    ),
    (
        "nodes: 3\n",
        "MINIO_API_PORT_OVERRIDE=9070",
        "RG201",
        "the api of minio",
    ),
    (
        "nodes: [{group: a, count: 3}]\n",
        "NODE3_NODE_PORT_OVERRIDE=25122",
        "RG201",
        "restate-3",
    ),
    (
        "nodes: [{id: 4}, {id: 5}, {id: 6}]\n",
        "NODE6_NODE_PORT_OVERRIDE=18005",
        "RG201",
        "restate-6",
    ),
    ("nodes: 3\n", "NODE1_ADMIN_PORT_OVERRIDE=99999", "", "99999"),
    ("nodes: 3\n", "NODE1_ADMIN_PORT_OVERRIDE=high", "", "high"),
    ("nodes: 3\n", "NODE1_ADMIN_PORT_OVERRIDE=0", "", "`0`"),
    ("nodes: 3\n", "RESTATE_VERSION=latest", "RG501", "latest"),
    ("nodes: 3\n", "RESTATE_CPUS=many", "", "many"),
    ("nodes: 3\n", "MINIO_VERSION=a/b", "", "a/b"),
    (
        "nodes: 3\n",
        "RESTATE_METADATA_CLIENT__ADDRESSES=http://a:5122,http://b:5122",
        "RG505",
        "is not a list",
    ),
    (
        "nodes: 3\n",
        "RESTATE_NODE2_ADVERTISED_ADDRESS=5122",
        "RG505",
        "is not a string",
    ),
    (
        "nodes: 3\n",
        "RESTATE_DEFAULT_REPLICATION=7",
        "RG686",
        "`7`",
    ),
    ("nodes: 3\n", "RESTATE_CLUSTER_NAME=shop", "RG686", "`shop`"),
    (
        S3,
        "RESTATE_WORKER__SNAPSHOTS__DESTINATION=gs://orders/snapshots",
        "RG403",
        "gs://",
    ),
    (
        S3,
        "RESTATE_WORKER__SNAPSHOTS__SNAPSHOT_INTERVAL_NUM_RECORDS=many",
        "",
        "many",
    ),
];

/// What is sound: values that nothing speaks against, and those that are nobody's to judge.
const SOUND: &[(&str, &str)] = &[
    (
        "nodes: 3\n",
        "NODE1_INGRESS_PORT_OVERRIDE=8081\nNODE2_INGRESS_PORT_OVERRIDE='8080' # swapped",
    ),
    (
        "nodes: 3\n",
        "NODE2_INGRESS_PORT_OVERRIDE=8080\nNODE2_INGRESS_PORT_OVERRIDE=8082",
    ),
    (
        "nodes: 3\n",
        "NODE1_INGRESS_PORT_OVERRIDE=${PORT}\nNODE2_INGRESS_PORT_OVERRIDE=",
    ),
    (
        "nodes: 3\n",
        "RESTATE_CPUS=0\nTZ=Europe/Berlin\nRESTATE_LOG_FILTER=debug",
    ),
    ("nodes: 3\n", "NODE9_INGRESS_PORT_OVERRIDE=8080\nMINE=99999"),
    (
        "nodes: 3\n",
        "RESTATE_CLUSTER_NAME=restate-cluster\nRESTATE_DEFAULT_REPLICATION=2",
    ),
    (
        "nodes: 3\n",
        "RESTATE_METADATA_CLIENT__ADDRESSES=[\"http://a:5122\",\"http://b:5122\"]",
    ),
];

/// A folder with the files of a cluster, and these lines at the end of its `.env`: their number is that of the first.
fn with(text: &str, lines: &str) -> (tempfile::TempDir, usize) {
    let folder = folder();
    fs::write(folder.path().join(FILE), text).expect("written");
    let made = run(folder.path(), &["compose"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let env = folder.path().join(".env");
    let before = fs::read_to_string(&env).expect("generated");
    fs::write(&env, format!("{before}{lines}\n")).expect("written");
    (folder, before.lines().count() + 1)
}

fn generated(folder: &Path) -> Vec<String> {
    let names = [
        "docker-compose.yaml",
        ".env.example",
        "OPERATIONS.md",
        "restate-gen.lock",
    ];
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect(name);
    names.map(read).to_vec()
}

#[test]
fn what_the_cluster_file_may_not_say_is_refused_in_the_environment_too() {
    for (text, lines, code, words) in ROWS {
        let (folder, line) = with(text, lines);
        let before = fs::read(folder.path().join(".env")).expect("there");
        let name = lines.split('=').next().expect("a name");
        for arguments in [&["compose"][..], &["compose", "--check"], &["validate"]] {
            let run = run(folder.path(), arguments);
            assert_eq!(run.code, 1, "{lines}: {arguments:?}: {}", run.stderr);
            for said in [&format!(".env:{line} {name}"), *code, *words] {
                assert!(run.stderr.contains(said), "{lines}: {said}: {}", run.stderr);
            }
            assert_eq!(run.stderr.matches("error[").count(), 1, "{}", run.stderr);
        }
        assert_eq!(fs::read(folder.path().join(".env")).expect("there"), before);
    }
}

#[test]
fn what_is_sound_in_the_environment_is_taken_and_changes_no_generated_file() {
    for (text, lines) in SOUND {
        let (folder, _) = with(text, lines);
        let before = generated(folder.path());
        for arguments in [&["validate"][..], &["compose"]] {
            let run = run(folder.path(), arguments);
            assert_eq!(run.code, 0, "{lines}: {}", run.stderr);
            assert!(!run.stderr.contains(".env:"), "{lines}: {}", run.stderr);
        }
        assert_eq!(generated(folder.path()), before, "{lines}");
    }
}

/// A `.env` that sets every variable to what holds anyway says nothing new.
#[test]
fn values_that_are_those_of_the_cluster_file_have_no_finding() {
    for example in examples() {
        let text = fs::read_to_string(example.join(FILE)).expect("readable");
        let document = Document::parse(FILE, text);
        let topology = resolved(&cluster(&example));
        let tree = compose::render(&topology, "restate-gen compose");
        let defaults = tree.files().iter().find(|file| file.path == ".env.example");
        let lines = defaults.expect("rendered").text.lines();
        let mut set: Vec<String> = lines
            .filter_map(|line| line.strip_prefix('#').filter(|line| !line.starts_with(' ')))
            .map(str::to_owned)
            .collect();
        assert!(set.len() > 5);
        set.push(format!("RESTATE_CLUSTER_NAME={}", topology.cluster_name));
        let set = read(".env", &set.join("\n"));
        let policy = Policy::default();
        for section in [None, Some(Section::Compose)] {
            let found = findings(&document, &policy, Running::Nothing, section, &set);
            let said: Vec<String> = found.iter().map(|finding| finding.sentence()).collect();
            assert_eq!(said, [""; 0], "{}", example.display());
        }
    }
}

#[test]
fn the_keys_that_the_user_must_fill_in_are_named_until_they_are() {
    let folder = folder();
    fs::write(folder.path().join(FILE), S3).expect("written");
    let made = run(folder.path(), &["compose", "-o", "out"]);
    let start = "cd out && docker compose up -d --wait\n";
    let keys = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in out/.env, then";
    assert!(
        made.stderr.ends_with(&format!("next: {keys} {start}")),
        "{}",
        made.stderr
    );
    let env = folder.path().join("out/.env");
    let text = fs::read_to_string(&env).expect("there");
    fs::write(
        &env,
        format!("{text}AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=hidden\n"),
    )
    .expect("written");
    let made = run(folder.path(), &["compose", "-o", "out"]);
    assert!(
        !made.stderr.contains("set AWS_ACCESS_KEY_ID"),
        "{}",
        made.stderr
    );
    assert!(!made.stderr.contains("hidden"), "{}", made.stderr);
}

/// Every verb that makes files for Compose, or commands for them, reads `.env` as Compose does, and names the line that it cannot.
#[test]
fn a_file_that_compose_cannot_read_stops_every_verb_of_it() {
    let folder = folder();
    fs::write(folder.path().join(FILE), "nodes: 3\n").expect("written");
    assert_eq!(run(folder.path(), &["compose"]).code, 0);
    let env = folder.path().join(".env");
    let sound = fs::read_to_string(&env).expect("there");
    let verbs: [&[&str]; 6] = [
        &["compose"],
        &["env"],
        &["validate"],
        &["scale", "--nodes", "5"],
        &["scale", "--nodes", "5", "--write"],
        &["replace", "restate-1"],
    ];
    for (bytes, place) in [
        (
            format!("# mine\nmy+name=1\n{sound}").into_bytes(),
            "--> .env:2\n",
        ),
        (b"A=\xff\n".to_vec(), "it is not UTF-8"),
    ] {
        fs::write(&env, &bytes).expect("written");
        for verb in verbs {
            let made = run(folder.path(), verb);
            let said = made.stdout.clone() + &made.stderr;
            assert!(
                said.contains("RG687") && said.contains(place),
                "{verb:?}: {said}"
            );
            assert_eq!(made.code, 1, "{verb:?}: {said}");
            assert_eq!(fs::read(&env).expect("there"), bytes, "{verb:?}");
        }
    }
}

/// What no cluster can become by an edit of its file, it cannot become by a variable either.
#[test]
fn a_version_or_a_project_that_the_cluster_cannot_have_is_refused_in_the_environment_too() {
    let file = "name: orders\nversion: 1.6.2\nnodes: 3\n";
    let old = "name: orders\nversion: 1.5.3 # restate-gen: allow RG509 - old\nnodes: 3\n";
    let rows = [
        (file, "RESTATE_VERSION=1.5.3", "RG727"),
        (file, "RESTATE_VERSION=1.6.1", "RG727"),
        (old, "RESTATE_VERSION=1.7.12", "RG706"),
        (file, "COMPOSE_PROJECT_NAME=shop", "RG717"),
        (file, "RESTATE_VERSION=1.7.12", ""),
        (file, "RESTATE_VERSION=1.6.2", ""),
        (file, "COMPOSE_PROJECT_NAME=orders", ""),
    ];
    for (text, lines, code) in rows {
        let (folder, line) = with(text, lines);
        fs::write(folder.path().join("before.yaml"), text).expect("written");
        let (name, _) = lines.split_once('=').expect("an assignment");
        for arguments in [
            &["compose"][..],
            &["compose", "--check"],
            &["validate", "--against", "before.yaml"],
            &["scale", "--nodes", "5"],
        ] {
            let run = run(folder.path(), arguments);
            let said = run.stdout.clone() + &run.stderr;
            if code.is_empty() && arguments[0] == "scale" && lines.contains("1.7.12") {
                // One change at a time.
                assert!(said.contains("RG714"), "{said}");
                continue;
            }
            if code.is_empty() {
                assert!(!said.contains(".env:"), "{lines}: {arguments:?}: {said}");
                continue;
            }
            assert_eq!(run.code, 1, "{lines}: {arguments:?}: {said}");
            for part in [&format!(".env:{line} {name}"), code, "remove the variable"] {
                assert!(
                    said.contains(part),
                    "{lines}: {arguments:?}: {part}: {said}"
                );
            }
        }
        // Nothing runs yet.
        let new = run(folder.path(), &["compose", "--new-cluster"]);
        assert_eq!(new.code, 0, "{lines}: {}", new.stderr);
        assert!(
            !new.stderr.contains("no generated file uses"),
            "{}",
            new.stderr
        );
    }
}

/// Where a variable was obeyed since the first start, the file follows it once.
#[test]
fn a_project_that_was_set_from_the_start_is_taken_over_into_the_file() {
    let (folder, _) = with("name: orders\nnodes: 3\n", "COMPOSE_PROJECT_NAME=shop");
    let text = "name: orders\nnodes: 3\ncompose: {project: shop}\n";
    fs::write(folder.path().join(FILE), text).expect("written");
    assert_eq!(run(folder.path(), &["compose"]).code, 1);
    let allowed = run(folder.path(), &["compose", "--allow", "RG717"]);
    assert_eq!(allowed.code, 0, "{}", allowed.stderr);
    assert_eq!(run(folder.path(), &["compose"]).code, 0);
}
