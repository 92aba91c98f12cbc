//! Plans between cluster files, said for each orchestrator: pinned, and held to their schema and to what sh takes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use restate_gen::change::{Change, Files};
use restate_gen::diagnostic::allow::Policy;
use restate_gen::plan;
use restate_gen::rules;
use restate_gen::runbook::{self, ClusterFiles, Runbook};
use restate_gen::source::Document;
use restate_gen::targets::{TARGETS, Target};
use restate_gen::topology::NodeId;
use restate_gen::validation::{Deployed, validate_change};

use crate::golden::files_below;

/// A change that people make: what it is called, the file before and after, the node whose disk is gone, and the
/// orchestrators for which it is pinned.
struct Case {
    name: &'static str,
    before: &'static str,
    after: &'static str,
    lost: Option<u32>,
    targets: &'static [&'static str],
}

const ALL: &[&str] = &["compose", "kubernetes", "nomad"];
const COMPOSE: &[&str] = &["compose"];

const CASES: &[Case] = &[
    Case {
        name: "3-to-5",
        before: "nodes: 3\n",
        after: "nodes: 5\n",
        lost: None,
        targets: ALL,
    },
    Case {
        name: "5-to-3",
        before: "nodes: 5\n",
        after: "nodes: 3\nretired_ids: [4, 5]\n",
        lost: None,
        targets: ALL,
    },
    Case {
        name: "5-to-3-with-less-copies",
        before: "nodes: 5\nreplication: 3\n",
        after: "nodes: 3\nreplication: 2\nretired_ids: [4, 5]\n",
        lost: None,
        targets: COMPOSE,
    },
    Case {
        name: "1-to-3",
        before: "nodes: 1\n",
        after: "nodes: 3\n",
        lost: None,
        targets: COMPOSE,
    },
    Case {
        name: "replication-2-to-3",
        before: "nodes: 5\nreplication: 2\n",
        after: "nodes: 5\nreplication: 3\n",
        lost: None,
        targets: ALL,
    },
    Case {
        name: "replication-3-to-2",
        before: "nodes: 5\nreplication: 3\n",
        after: "nodes: 5\nreplication: 2\n",
        lost: None,
        targets: COMPOSE,
    },
    Case {
        name: "upgrade",
        before: "version: 1.6.2\n",
        after: "version: 1.7.12\n",
        lost: None,
        targets: ALL,
    },
    Case {
        name: "settings",
        before: "nodes: 3\n",
        after: "nodes: 3\nresources: {memory: 4GiB}\n",
        lost: None,
        targets: COMPOSE,
    },
    Case {
        name: "larger-volumes",
        before: "nodes: 3\n",
        after: "nodes: 3\nvolumes: {size: 128GiB}\n",
        lost: None,
        targets: &["kubernetes"],
    },
    Case {
        name: "another-store",
        before: "object_store: minio\n",
        after: "object_store: {kind: s3, region: eu-central-1}\nsnapshots: {destination: \"s3://orders/snapshots\"}\n",
        lost: None,
        targets: COMPOSE,
    },
    Case {
        name: "gitops-5-to-3",
        before: "nodes: 5\nkubernetes: {gitops: true, secret: restate-store}\n",
        after: "nodes: 3\nretired_ids: [4, 5]\nkubernetes: {gitops: true, secret: restate-store}\n",
        lost: None,
        targets: &["kubernetes"],
    },
    Case {
        name: "gitops-upgrade",
        before: "version: 1.6.2\nkubernetes: {gitops: true, secret: restate-store}\n",
        after: "version: 1.7.12\nkubernetes: {gitops: true, secret: restate-store}\n",
        lost: None,
        targets: &["kubernetes"],
    },
    Case {
        name: "gitops-larger-volumes",
        before: "nodes: 3\nkubernetes: {gitops: true, secret: restate-store}\n",
        after: "nodes: 3\nvolumes: {size: 128GiB}\nkubernetes: {gitops: true, secret: restate-store}\n",
        lost: None,
        targets: &["kubernetes"],
    },
    Case {
        name: "to-gitops",
        before: "nodes: 3\nkubernetes: {}\n",
        after: "nodes: 3\nkubernetes: {gitops: true, secret: restate-store}\n",
        lost: None,
        targets: &["kubernetes"],
    },
    Case {
        name: "gitops-replace-node-1",
        before: "nodes: 3\nkubernetes: {gitops: true, secret: restate-store}\n",
        after: "nodes: 3\nretired_ids: [1]\nkubernetes: {gitops: true, secret: restate-store, replacements: [{id: 4, in_place_of: 1}]}\n",
        lost: Some(1),
        targets: &["kubernetes"],
    },
    Case {
        name: "replace-node-1",
        before: "nodes: 3\n",
        after: "nodes: 3\nretired_ids: [1]\n",
        lost: Some(1),
        targets: &["compose", "nomad"],
    },
    Case {
        name: "replace-node-1-in-place",
        before: "nodes: 3\nkubernetes: {}\n",
        after: "nodes: 3\nretired_ids: [1]\nkubernetes: {replacements: [{id: 4, in_place_of: 1}]}\n",
        lost: Some(1),
        targets: &["kubernetes"],
    },
];

fn target(name: &str) -> &'static Target {
    let mut targets = TARGETS.iter();
    targets
        .find(|target| target.name == name)
        .expect("a target")
}

fn runbook(case: &Case, target: &Target) -> Runbook {
    let before = Document::parse("restate-cluster.yaml", case.before);
    let after = Document::parse("restate-cluster.yaml", case.after);
    let Ok(deployed) = Deployed::of(&before, &Policy::default()) else {
        panic!("{} does not run before", case.name);
    };
    let allowed = rules::carried_out_by_a_plan().into_iter();
    // Some end with less safety.
    let survived = rules::catalogue()
        .into_iter()
        .filter(|rule| rule.code == "RG728");
    let policy = Policy {
        allowed: allowed.chain(survived).collect(),
        refused: rules::refused_by_a_plan(),
        ..Policy::default()
    };
    let deployed = deployed.that_lost(case.lost.map(NodeId));
    let validation = validate_change(&after, &deployed, &policy);
    assert!(
        !validation.report.has_errors(),
        "{}: {:?}",
        case.name,
        validation.report.findings()
    );
    let (file, after) = validation.resolved().expect("no errors");
    let change = Change {
        before: deployed.topology(),
        after: &after,
        lost: case.lost.map(NodeId),
        files: Files {
            before: deployed.cluster(),
            after: &file,
        },
    };
    let operations = (target.operations.expect("a target with plans"))(&change);
    runbook::of(&plan::of(&change), &change, &operations)
}

/// `run.sh` of a case for a target.
pub fn script(case: &str, name: &str) -> String {
    let case = CASES.iter().find(|other| other.name == case);
    let book = runbook(case.expect("a case"), target(name));
    let tree = runbook::render(
        &book,
        "restate-gen plan",
        "restate-gen",
        ClusterFiles::default(),
    );
    tree.file("run.sh").expect("run.sh").text.clone()
}

#[test]
fn every_plan_reads_as_its_golden_does() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden-plans");
    let mut expected: BTreeSet<PathBuf> = BTreeSet::new();
    for case in CASES {
        for name in case.targets {
            let tree = runbook::render(
                &runbook(case, target(name)),
                "restate-gen plan",
                &format!("restate-gen {name}"),
                ClusterFiles {
                    edited: Some("restate-cluster.yaml"),
                    committed: Some("restate-cluster.yaml"),
                },
            );
            let folder = golden.join(case.name).join(name);
            for file in tree.files() {
                // The script is the same but for its steps, which the plan for people has too.
                if file.path == "run.sh"
                    && !["3-to-5", "5-to-3", "gitops-5-to-3"].contains(&case.name)
                {
                    continue;
                }
                expected.insert(folder.join(format!("{}.snap", file.path)));
                insta::with_settings!({
                    snapshot_path => &folder,
                    prepend_module_to_snapshot => false,
                    omit_expression => true,
                    description => format!("{}: {}", case.name, file.path),
                }, {
                    insta::assert_snapshot!(file.path, file.text);
                });
            }
        }
    }
    // What the commands print without `--verbose`.
    let short = CASES
        .iter()
        .filter(|case| case.targets == COMPOSE || case.targets == ALL);
    let short: Vec<String> = short
        .map(|case| runbook::summary::print(&runbook(case, target("compose"))))
        .collect();
    expected.insert(golden.join("summaries.snap"));
    insta::with_settings!({
        snapshot_path => &golden,
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("summaries", short.join("\n"));
    });
    let present: BTreeSet<PathBuf> = files_below(&golden).into_iter().collect();
    let stale: Vec<_> = present.difference(&expected).collect();
    assert!(
        stale.is_empty(),
        "goldens that nothing renders any more: {stale:?}"
    );
}

#[test]
fn every_plan_in_json_fits_the_published_schema() {
    let schema = runbook::json::schema();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for case in CASES {
        for name in case.targets {
            let text = runbook::json::print(&runbook(case, target(name)));
            let plan: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            let errors: Vec<String> = validator
                .iter_errors(&plan)
                .map(|error| error.to_string())
                .collect();
            assert_eq!(errors, [""; 0], "{} {name}", case.name);
            let steps = plan["steps"].as_array().expect("a list");
            assert_eq!(steps.last().expect("one")["action"], "settle");
        }
    }
    // The schema refuses what is not there.
    assert!(!validator.is_valid(&serde_json::json!({"version": 1, "steps": []})));
}

#[test]
fn the_committed_plan_schema_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/plan.schema.json");
    let generated = runbook::json::schema_text();
    if std::env::var_os("RESTATE_GEN_BLESS").is_some() {
        std::fs::write(&path, &generated).expect("it can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "schema/plan.schema.json is stale: run the tests with RESTATE_GEN_BLESS=1"
    );
}

#[test]
fn a_step_that_cannot_be_undone_asks_and_no_other_does() {
    for case in CASES {
        for name in case.targets {
            for step in runbook(case, target(name)).steps {
                let is_final = ["clear", "forget"].contains(&step.action)
                    || (step.action == "roll" && case.name.ends_with("upgrade"));
                assert_eq!(step.asks, is_final, "{} {name} {}", case.name, step.title);
                assert_eq!(
                    step.undo == "cannot be undone",
                    step.asks && step.action != "roll" && step.action != "clear"
                );
            }
        }
    }
}

/// A reader finds each function where a step first needs it, and at the end what it is.
#[test]
fn every_function_of_a_plan_is_explained_once_and_at_the_end() {
    for case in CASES {
        for name in case.targets {
            let book = runbook(case, target(name));
            let tree = runbook::render(
                &book,
                "restate-gen plan",
                "restate-gen",
                ClusterFiles::default(),
            );
            let plan = &tree.main().text;
            let (steps, functions) = plan.split_once("\n## Functions\n").expect("functions");
            assert!(!functions.contains("\n## "), "{} {name}", case.name);
            assert!(!steps.contains("```sh"), "{} {name}", case.name);
            for step in &book.steps {
                for command in &step.commands {
                    let word = command.split(' ').next().expect("a word");
                    if !functions.contains(&format!("\n{word}() ")) {
                        continue;
                    }
                    let named = steps.lines().filter(|line| {
                        line.starts_with("- First use of ") && line.contains(&format!("`{word}`"))
                    });
                    assert_eq!(named.count(), 1, "{} {name}: {word}", case.name);
                }
            }
        }
    }
}

#[test]
fn nodes_are_drained_of_what_they_have() {
    let case = Case {
        name: "split roles",
        before: "nodes: [{count: 3, first_id: 1}, {id: 11, roles: [worker]}, {id: 12, roles: [log-server]}]\nobject_store: minio\n",
        after: "nodes: [{count: 3, first_id: 1}]\nretired_ids: [11, 12]\nobject_store: minio\n",
        lost: None,
        targets: COMPOSE,
    };
    let book = runbook(&case, target("compose"));
    let drain = book.steps.iter().find(|step| step.action == "drain");
    assert_eq!(
        drain.expect("a step").commands,
        [
            "restatectl nodes set-storage-state --storage-state read-only --nodes N12 --yes",
            "restatectl nodes set-worker-state --worker-state draining --nodes N11 --yes",
        ]
    );
}

#[test]
fn what_a_file_calls_its_nodes_never_leaves_its_word_in_the_script() {
    use restate_gen::targets::operations::quoted;
    for (word, in_sh) in [
        ("restate-1", "restate-1"),
        ("", "''"),
        ("it's", r"'it'\''s'"),
        ("$(id)", "'$(id)'"),
        ("a b;c", "'a b;c'"),
        ("{node: 2}", "'{node: 2}'"),
    ] {
        assert_eq!(quoted(word), in_sh);
    }
}

/// Answers as a cluster of three nodes of which restate-2 is down until it is started.
#[cfg(unix)]
const DOCKER: &str = r#"#!/bin/sh
case "$*" in
  ps*status=running) echo running ;;
  'ps -aq '*) echo c-1 ;;
  *'nodes list'*)
    status=Dead
    if [ -f started ]; then status=Alive; fi
    printf ' NODE  STATUS  X\n N1    Alive   -\n N2    %-7s -\n N3    Alive   -\n' "$status"
    ;;
  *'partitions list'*)
    printf ' ID  NODE  MODE  STATUS\n'
    for id in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23; do
      printf ' %s N1:1 Leader Active\n %s N3:1 Follower Active\n' "$id" "$id"
    done
    ;;
  *'metadata-server list'*) printf ' NODE STATUS VERSION LEADER MEMBERS\n N1 Member v1 N1 [N1,N2,N3]\n' ;;
  *'config get'*) printf 'Log replication: {node: 2}\nPartition replication: {node: 2}\n' ;;
  *'up -d'*restate-2*) touch started ;;
esac
"#;

/// What a run of a script left behind.
#[cfg(unix)]
struct Ran {
    is_done: bool,
    said: String,
    folder: tempfile::TempDir,
}

#[cfg(unix)]
impl Ran {
    /// A file of the plan's folder; nothing where there is none.
    fn file(&self, name: &str) -> String {
        let path = self.folder.path().join("operations/this").join(name);
        std::fs::read_to_string(path).unwrap_or_default()
    }
}

/// Runs the script of the case for Compose, as far as `progress` says done before, with a `docker` that answers as given.
#[cfg(unix)]
fn run_of(case: &str, progress: &str, docker: &str) -> (bool, String) {
    let ran = run_with("--yes", case, progress, docker);
    (ran.is_done, ran.said)
}

#[cfg(unix)]
fn run_with(argument: &str, case: &str, progress: &str, docker: &str) -> Ran {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    let case = CASES.iter().find(|other| other.name == case);
    let tree = runbook::render(
        &runbook(case.expect("a case"), target("compose")),
        "restate-gen plan",
        "restate-gen compose",
        ClusterFiles::default(),
    );
    let folder = tempfile::tempdir().expect("a folder");
    let operation = folder.path().join("operations/this");
    fs::create_dir_all(&operation).expect("a folder");
    for file in tree.files() {
        fs::write(operation.join(file.path), &file.text).expect("a file");
    }
    fs::write(operation.join("progress"), progress).expect("a file");
    fs::create_dir(operation.join("files")).expect("a folder");
    fs::write(operation.join("files/restate-gen.lock"), "").expect("a file");
    let program = folder.path().join("docker");
    let containers = crate::scripts::record::PLAN_CONTAINERS;
    let docker = docker.replacen("#!/bin/sh\n", &format!("#!/bin/sh\n{containers}"), 1);
    fs::write(&program, docker).expect("a file");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a mode");
    // Nobody waits here for what never comes.
    for (name, text) in [
        ("sleep", "#!/bin/sh\n"),
        (
            "date",
            "#!/bin/sh\nprintf x >>clock\nexpr $(wc -c <clock) '*' 100\n",
        ),
    ] {
        let program = folder.path().join(name);
        fs::write(&program, text).expect("a file");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a mode");
    }
    let path = std::env::var("PATH").expect("a path");
    let run = std::process::Command::new("sh")
        .args(["operations/this/run.sh", argument])
        .current_dir(folder.path())
        .env("PATH", format!("{}:{path}", folder.path().display()))
        .env("STATE", folder.path())
        .output()
        .expect("sh runs");
    let said = [run.stdout, run.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    Ran {
        is_done: run.status.success(),
        said: said.concat(),
        folder,
    }
}

/// The functions of an orchestrator must not change what the script itself remembers.
#[cfg(unix)]
#[test]
fn a_run_that_stops_at_a_volume_says_in_which_step() {
    const VOLUME: &str = r#"  'compose config') printf '%s\n' 'services:' '  restate-4:' '    volumes:' '      - type: volume' '        source: v' '        target: /restate-data' 'volumes:' '  v:' '    name: left' ;;
  *'nodes list'*)"#;
    let docker = DOCKER.replace("status=Dead", "status=Alive");
    let docker = docker.replace("  *'nodes list'*)", VOLUME);
    let (is_done, said) = run_of("3-to-5", "", &docker);
    assert!(
        !is_done && said.contains("docker volume rm left\n"),
        "{said}"
    );
    let words = "stopped: in step 1 of 4, Check that the cluster is healthy: that failed";
    assert!(said.contains(words), "{said}");
}

/// Every command that is not a question, to `docker` or to `restatectl`.
#[cfg(unix)]
const NOTES_CHANGES: &str = r#"#!/bin/sh
case "$*" in
  *' up '* | *' rm '* | *create* | *set* | *remove* | *add-node* | *reconfigure*) printf '%s\n' "$*" >>changed ;;
esac
"#;

#[cfg(unix)]
#[test]
fn a_dry_run_asks_the_cluster_and_changes_nothing() {
    let noting = DOCKER.replace("#!/bin/sh\n", NOTES_CHANGES);
    let well = noting.replace("status=Dead", "status=Alive");
    for case in CASES
        .iter()
        .filter(|case| case.targets.contains(&"compose"))
    {
        let first = &runbook(case, target("compose")).steps[0];
        assert_eq!(
            first.action, "check",
            "{}: only that step is run",
            case.name
        );
    }
    let ran = run_with("--dry-run", "settings", "", &well);
    assert!(ran.is_done, "{}", ran.said);
    for words in [
        "  true now: restate-1, restate-2 and restate-3 are alive\n",
        "  true now: all 24 partitions are active on 2 or more nodes\n",
        "  true now: the metadata quorum is restate-1, restate-2 and restate-3\n",
        "  would wait at most 60 s until all 24 partitions",
        "\nnothing would stop it, as far as the cluster can be asked now\nnothing was done\n",
    ] {
        assert!(ran.said.contains(words), "no {words:?} in:\n{}", ran.said);
    }
    assert_eq!(ran.file("run.log") + &ran.file("progress"), "");
    assert!(!ran.folder.path().join("operations/lock").exists());
    assert!(!ran.folder.path().join("changed").exists());

    let ran = run_with("--dry-run", "settings", "", &noting);
    let words = "  would stop: not true now: restate-1, restate-2 and restate-3 are alive: restate-2 (N2) is not alive\n";
    assert!(!ran.is_done && ran.said.contains(words), "{}", ran.said);
    assert!(
        ran.said
            .ends_with("\n1 of these would stop it\nnothing was done\n"),
        "{}",
        ran.said
    );
    assert!(!ran.folder.path().join("changed").exists());

    // The step at hand of a run that was interrupted: the node that it left down does not have to be alive.
    let half = "step 1\nstep 2\nstep 3 restate-1\n";
    let ran = run_with("--dry-run", "settings", half, &noting);
    assert!(ran.is_done, "{}", ran.said);
    assert_eq!(ran.said.matches("  true now: ").count(), 2, "{}", ran.said);
}

/// The service of `restatectl` may be down, and a real run starts it.
#[cfg(unix)]
#[test]
fn a_dry_run_does_not_even_start_what_answers() {
    let docker = DOCKER.replace("#!/bin/sh\n", NOTES_CHANGES);
    let docker = docker.replace(
        "case \"$*\" in\n  ps*",
        "case \"$*\" in\n  'compose exec '*) exit 1 ;;\n  ps*",
    );
    let ran = run_with("--yes", "settings", "", &docker);
    assert!(ran.folder.path().join("changed").exists(), "{}", ran.said);
    let ran = run_with("--dry-run", "settings", "", &docker);
    assert!(
        ran.said.contains("restatectl does not answer"),
        "{}",
        ran.said
    );
    assert!(!ran.folder.path().join("changed").exists());
}

#[cfg(unix)]
#[test]
fn a_run_notes_with_times_what_it_did_and_waited_for() {
    let well = DOCKER.replace("status=Dead", "status=Alive");
    let well = well.replace(
        "  *'up -d'",
        "  *'snapshots create'*) for id in $(seq 24); do echo Snapshot created for partition $id; done ;;\n  *'up -d'",
    );
    let ran = run_with("--yes", "settings", "", &well);
    assert!(ran.is_done, "{}", ran.said);
    let log = ran.file("run.log");
    let lines: Vec<&str> = log
        .lines()
        .map(|line| {
            let (time, words) = line.split_once(' ').expect("a time");
            // The clock of these runs.
            assert!(time.parse::<u32>().is_ok(), "{line}");
            words
        })
        .collect();
    let mut rest = lines.iter();
    for words in [
        "run.sh, process ",
        "[1/4] Check that the cluster is healthy",
        "  true after ",
        "  done: step 1",
        "[3/4] Restart",
        "  + bring_up --no-deps restate-1",
        "  done: step 3 restate-1",
        "  done: step 3",
        "all steps are done",
    ] {
        assert!(
            rest.any(|line| line.starts_with(words)),
            "no {words:?} in:\n{log}"
        );
    }
    // One that stops says why there too.
    let ran = run_with("--yes", "settings", "", DOCKER);
    let log = ran.file("run.log");
    assert!(
        !ran.is_done && log.contains(" stopped: in step 1 of 4"),
        "{log}"
    );
    assert!(
        log.contains("last seen: restate-2 (N2) is not alive"),
        "{log}"
    );
}

#[cfg(unix)]
#[test]
fn a_run_goes_on_with_the_node_that_a_killed_one_left_down() {
    let (is_done, said) = run_of("settings", "step 1\nstep 2\nstep 3 restate-1\n", DOCKER);
    let restarts: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("  + bring_up --no-deps "))
        .collect();
    assert_eq!(restarts, ["restate-2", "restate-3"]);
    assert!(is_done, "{said}");
}

#[cfg(unix)]
#[test]
fn a_run_stops_where_the_cluster_has_nodes_that_the_file_has_not() {
    let well = DOCKER.replace("status=Dead", "status=Alive");
    let more = well.replace(
        "N3    Alive   -\\n'",
        "N3    Alive   -\\n N4    Alive   -\\n'",
    );
    assert_ne!(well, more);
    let (_, said) = run_of("settings", "", &well);
    assert!(!said.contains("the nodes of the cluster are"), "{said}");
    let (is_done, said) = run_of("settings", "", &more);
    assert!(!is_done);
    assert!(
        said.contains("the nodes of the cluster are N1 N2 N3 N4; nothing of this step was done"),
        "{said}"
    );
    assert!(!said.contains("  + "), "{said}");
}

#[cfg(unix)]
#[test]
fn snapshots_are_counted_whatever_restatectl_exits_with() {
    let well = DOCKER.replace("status=Dead", "status=Alive");
    let answering = |partitions: u32| {
        let line = "Snapshot created for partition";
        well.replace(
            "  *'up -d'",
            &format!(
                "  *'snapshots create'*) for id in $(seq {partitions}); do echo \"{line} $id: snap_1\"; done ;;\n  *'up -d'"
            ),
        )
    };
    let (_, said) = run_of("settings", "step 1\n", &answering(24));
    assert!(said.contains("[3/"), "{said}");
    let (is_done, said) = run_of("settings", "step 1\n", &answering(23));
    assert!(!is_done && !said.contains("[3/"), "{said}");
}

/// All functions of a run share their variables, and some of these hold what the run knows until its end.
#[test]
fn no_loop_takes_a_variable_that_holds_what_the_run_knows() {
    let kept = ["known", "token", "this", "host", "due", "progress", "stage"];
    for case in CASES {
        for name in case.targets {
            let script = script(case.name, name);
            for line in script.lines() {
                let mut words = line.split_whitespace();
                let taken = match words.next() {
                    Some("for") => words.next(),
                    _ => None,
                };
                assert!(
                    !taken.is_some_and(|variable| kept.contains(&variable)),
                    "{} {name}: {line}",
                    case.name
                );
            }
        }
    }
}
