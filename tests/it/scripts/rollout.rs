//! `rollout.sh` of Compose on a docker whose containers are lines of a file: what restarts, in which order, and what is refused.

use restate_gen::targets::compose;
use serde_json::{Value, json};

use super::stage::{Said, Stage};
use crate::golden::resolved;

/// Answers from `state`: `containers` (service, state, hash, image), `hashes` (what the files say), `image` (the one that is there),
/// `dead` (nodes that do not answer), `broken` (services that `up` fails for). Notes in `did` what changes something.
const DOCKER: &str = r#"
there() { awk "$@" "$STATE/containers"; }
case "$*" in
  info | 'compose config -q') ;;
  'compose config --hash *') cat "$STATE/hashes" ;;
  'compose config')
    echo 'name: shop'
    echo 'services:'
    while read -r service _; do printf '  %s:\n    image: %s\n' "$service" "$(cat "$STATE/tag")"; done <"$STATE/hashes"
    ;;
  'ps '*volume=/restate-data) there '$1 ~ /^restate-[0-9]/ && $2 == "running" { print "c-" $1 "-" $3 }' ;;
  'ps '*name=*) ;;
  'ps '*compose.service=*)
    service=${*#*compose.service=}
    states=.
    case $* in *status=running*) states=running ;; esac
    there -v service="${service%% *}" -v states="$states" '$1 == service && $2 ~ states { print "c-" $1 "-" $3 }'
    ;;
  'ps '*) there '{ print "c-" $1 "-" $3 }' ;;
  'inspect '*)
    format=$3
    shift 3
    for id in "$@"; do
      case $format in
        *State*) there -v id="$id" '"c-" $1 "-" $3 == id { print $1, $2, $3, "sha256:" $4 }' ;;
        *) there -v id="$id" '"c-" $1 "-" $3 == id { print $1 }' ;;
      esac
    done
    ;;
  'image inspect '*) cat "$STATE/image" ;;
  'wait '*) echo 0 ;;
  'compose exec -T restate-'*' restate-server --version') echo "restate-server $(cat "$STATE/version") (x)" ;;
  'compose up '*)
    echo "$*" >>"$STATE/did"
    shift 2
    for service in "$@"; do
      case $service in -*) continue ;; esac
      ! grep -qsx "$service" "$STATE/broken" || exit 1
      hash=$(awk -v service="$service" '$1 == service { print $2 }' "$STATE/hashes")
      hash=${hash#always-}
      there -v service="$service" '$1 != service' >"$STATE/next"
      echo "$service running $hash $(cat "$STATE/image")" >>"$STATE/next"
      mv "$STATE/next" "$STATE/containers"
    done
    ;;
  *'nodes list'*)
    printf ' NODE GEN NAME ADDRESS STATUS\n'
    for id in 1 2 3; do
      status=Dead
      ! there -v service="restate-$id" '$1 == service && $2 == "running"' | grep -q . || status=Alive
      ! grep -qsx "restate-$id" "$STATE/dead" || status=Dead
      printf ' N%s   1   x    h:%s     %s\n' "$id" "$id" "$status"
    done
    ;;
  *'partitions list'*)
    printf ' ID NODE MODE STATUS\n'
    for id in 0 1; do printf ' %s N1:1 Leader Active\n %s N3:1 Follower %s\n' "$id" "$id" "$(cat "$STATE/follower")"; done
    ;;
  *'metadata-server list'*) printf ' NODE STATUS VERSION LEADER MEMBERS\n N1 Member v1 N1 [%s]\n' "$(cat "$STATE/quorum")" ;;
  *'config get'*) printf '├ Number of partitions: 2\n├ Partition replication: {node: 2}\n' ;;
esac
"#;

const ALL: &[&str] = &[
    "restate-minio",
    "restate-bucket",
    "restate-1",
    "restate-2",
    "restate-3",
    "restate-provision",
    "restate-cluster",
];

/// Three nodes and their store as the project `shop`, which run as the files say.
fn shop() -> Stage {
    of(json!({"nodes": 3, "object_store": "minio"}))
}

fn of(file: Value) -> Stage {
    let stage = Stage::new();
    stage.tool("docker", DOCKER);
    // Nobody waits here for what never comes.
    stage.tool("sleep", "exit 0");
    stage.tool(
        "date",
        "printf x >>\"$STATE/clock\"; expr $(wc -c <\"$STATE/clock\") '*' 100",
    );
    let cluster = serde_json::from_value(file).expect("a cluster");
    let tree = compose::render(&resolved(&cluster), "restate-gen compose");
    stage.write("rollout.sh", &tree.file("rollout.sh").expect("it").text);
    let services = tree.main().text.clone();
    let services: Vec<&str> = ALL
        .iter()
        .copied()
        .filter(|name| services.contains(&format!("\n  {name}:\n")))
        .collect();
    let lines = |of: &dyn Fn(&str) -> String| {
        let lines: Vec<String> = services.iter().map(|service| of(service)).collect();
        lines.join("\n")
    };
    stage.state("hashes", &lines(&|service| format!("{service} old")));
    let state = |service: &str| match service {
        "restate-bucket" | "restate-provision" => "exited",
        _ => "running",
    };
    stage.state(
        "containers",
        &lines(&|service| format!("{service} {} old image", state(service))),
    );
    stage.state("image", "image");
    stage.state("tag", "server:1");
    stage.state("version", "1.7.12");
    stage.state("follower", "Active");
    stage.state("quorum", "N1,N2,N3");
    stage
}

/// Puts another text in the place of one in a file of the state.
fn change(stage: &Stage, name: &str, from: &str, to: &str) {
    let text = stage.read(&format!("state/{name}"));
    assert!(text.contains(from), "{text}");
    stage.state(name, text.replace(from, to).trim_end());
}

fn rollout(stage: &Stage) -> Said {
    let said = stage.sh(&["rollout.sh"], &[]);
    // Neither the lock nor the folder that it was in stays behind.
    assert!(!stage.path().join("operations/lock").exists());
    said
}

/// What was started or restarted, a line for each command.
fn did(stage: &Stage) -> String {
    stage
        .read("state/did")
        .replace("compose up -d --wait --no-deps ", "")
        .replace("compose up -d --wait --no-recreate ", "kept others: ")
        .replace("compose up -d ", "step ")
}

#[test]
fn nothing_restarts_that_runs_as_the_files_say() {
    let stage = shop();
    rollout(&stage).ends(0, &["nothing to restart"]);
    assert_eq!(did(&stage), "");
    assert!(!stage.path().join("operations").exists());
}

#[test]
fn what_changed_restarts_one_after_the_other_and_nothing_else() {
    let stage = shop();
    change(&stage, "hashes", "restate-1 old", "restate-1 new");
    change(&stage, "hashes", "restate-3 old", "restate-3 new");
    let said = rollout(&stage);
    said.ends(
        0,
        &[
            "restate-1: its configuration changed\nrestate-3: its configuration changed\n",
            "restarting restate-1\n",
            "done: everything runs as the files say",
        ],
    );
    said.never(&["restate-2:"]);
    assert_eq!(did(&stage), "restate-1\nrestate-3\n");
    rollout(&stage).ends(0, &["nothing to restart"]);
}

#[test]
fn a_dry_run_says_what_would_restart_and_changes_nothing() {
    let stage = shop();
    change(&stage, "hashes", "restate-1 old", "restate-1 new");
    let said = stage.sh(&["rollout.sh", "--dry-run"], &[]);
    said.ends(
        0,
        &["restate-1: its configuration changed\nnothing was restarted\n"],
    );
    assert_eq!(did(&stage), "");
    assert!(!stage.path().join("operations").exists());
    stage
        .sh(&["rollout.sh", "--wrong"], &[])
        .ends(2, &["usage: "]);
}

#[test]
fn another_image_restarts_all_and_the_store_first() {
    let stage = shop();
    stage.state("image", "another");
    rollout(&stage).ends(0, &["restate-2: its image changed"]);
    assert_eq!(
        did(&stage),
        "restate-minio\nstep restate-bucket\nrestate-1\nrestate-2\nrestate-3\nstep restate-provision\nkept others: restate-cluster\n"
    );
}

#[test]
fn no_node_restarts_while_the_cluster_is_not_whole() {
    for (state, value, words) in [
        ("dead", "restate-2", "restate-2 (N2) is not alive"),
        ("follower", "Starting", "partition 0 is active on 1 of 2"),
        ("quorum", "N1,N2", "the metadata quorum is N1 N2"),
    ] {
        let stage = shop();
        change(&stage, "hashes", "restate-1 old", "restate-1 new");
        stage.state(state, value);
        rollout(&stage).ends(
            1,
            &[
                words,
                "stopped: restate-1 was not restarted, nor the nodes after it",
            ],
        );
        assert_eq!(did(&stage), "", "{state}");
    }
}

#[test]
fn a_node_that_does_not_come_back_is_the_last_one() {
    let stage = shop();
    for node in ["restate-1", "restate-2", "restate-3"] {
        change(
            &stage,
            "hashes",
            &format!("{node} old"),
            &format!("{node} new"),
        );
    }
    stage.state("broken", "restate-2");
    rollout(&stage).ends(1, &["stopped: restate-2 failed: see docker compose logs"]);
    assert!(did(&stage).starts_with("restate-1\nrestate-2\n"));
    assert!(!did(&stage).contains("restate-3"));
    // Run again after the cause is gone, it continues with what is left.
    std::fs::remove_file(stage.path().join("state/broken")).expect("a file");
    stage.state("did", "");
    rollout(&stage).ends(0, &["done"]);
    assert_eq!(did(&stage).trim(), "restate-2\nrestate-3");
}

#[test]
fn what_is_down_comes_first() {
    // A new value broke node 3, and the next one is to heal it: it does not run, or runs without being alive.
    for broken in ["restarting", "running"] {
        let stage = shop();
        for node in ["restate-1", "restate-3"] {
            change(
                &stage,
                "hashes",
                &format!("{node} old"),
                &format!("{node} new"),
            );
        }
        change(
            &stage,
            "containers",
            "restate-3 running",
            &format!("restate-3 {broken}"),
        );
        if broken == "running" {
            stage.state("dead", "restate-3");
            stage.tool(
                "docker",
                &DOCKER.replace(
                    "shift 2\n",
                    "case $* in *restate-3) rm -f \"$STATE/dead\" ;; esac\n    shift 2\n",
                ),
            );
        }
        rollout(&stage).ends(0, &["done"]);
        assert_eq!(did(&stage), "restate-3\nrestate-1\n", "{broken}");
    }
}

#[test]
fn new_nodes_and_nodes_that_do_not_run_are_started_before_any_restarts() {
    let stage = shop();
    change(&stage, "containers", "restate-3 running old image\n", "");
    change(
        &stage,
        "containers",
        "restate-2 running",
        "restate-2 exited",
    );
    change(&stage, "hashes", "restate-1 old", "restate-1 new");
    rollout(&stage).ends(0, &["restate-3: it is new", "restate-2: it does not run"]);
    assert_eq!(did(&stage), "restate-2 restate-3\nrestate-1\n");
}

#[test]
fn a_node_that_is_no_longer_in_the_files_is_refused() {
    let stage = shop();
    let containers = stage.read("state/containers");
    stage.state(
        "containers",
        &format!("{containers}restate-4 running old image"),
    );
    change(&stage, "hashes", "restate-1 old", "restate-1 new");
    rollout(&stage).ends(
        1,
        &[
            "restate-4 runs, but is not in the files",
            "restate-gen scale",
        ],
    );
    assert_eq!(did(&stage), "");
}

#[test]
fn a_cluster_that_does_not_run_is_not_started() {
    let stage = shop();
    change(&stage, "containers", "running", "exited");
    rollout(&stage).ends(
        1,
        &[
            "no node of the cluster runs",
            "docker compose up -d --wait restate-cluster",
        ],
    );
    assert_eq!(did(&stage), "");
}

#[test]
fn a_plan_that_is_not_finished_goes_first() {
    let stage = shop();
    change(&stage, "hashes", "restate-1 old", "restate-1 new");
    stage.write("operations/configure/run.sh", "");
    for progress in [None, Some("step 1\n")] {
        if let Some(progress) = progress {
            stage.write("operations/configure/progress", progress);
        }
        rollout(&stage).ends(1, &["run sh operations/configure/run.sh"]);
        assert_eq!(did(&stage), "");
    }
    stage.write("operations/configure/finished", "");
    // Made for other files than those that are here.
    stage.write("restate-gen.lock", "now\n");
    stage.write("operations/upgrade/run.sh", "");
    stage.write("operations/upgrade/before.lock", "before\n");
    stage.write("operations/upgrade/files/restate-gen.lock", "after\n");
    // As version 0.1.0 noted it.
    stage.write("operations/scale-3-to-5/run.sh", "");
    stage.write("operations/scale-3-to-5/progress", "step 1\nfinished\n");
    rollout(&stage).ends(0, &["done"]);
    assert_eq!(did(&stage), "restate-1\n");
}

#[test]
fn another_run_goes_first_and_one_that_was_killed_is_forgotten() {
    let stage = shop();
    change(&stage, "hashes", "restate-1 old", "restate-1 new");
    let own = std::process::id().to_string();
    stage.write("operations/lock/pid", &own);
    let said = stage.sh(&["rollout.sh"], &[]);
    said.ends(1, &[&format!("another run is in progress, process {own}")]);
    assert_eq!(stage.read("operations/lock/pid"), own);
    stage.write("operations/lock/pid", "999999999");
    stage.write(".volumes-lock/pid", &own);
    rollout(&stage).ends(1, &["backup.sh or restore.sh is in progress"]);
    assert_eq!(did(&stage), "");
    stage.write(".volumes-lock/pid", "999999999");
    rollout(&stage).ends(0, &["done"]);
}

/// The hash that Compose 2.26 prints leaves out an `env_file`: then `docker compose up` decides, and restarts nothing.
#[test]
fn what_up_leaves_as_it_is_was_not_restarted() {
    let stage = shop();
    change(&stage, "hashes", "restate-2 old", "restate-2 always-old");
    let said = rollout(&stage);
    said.ends(0, &["it runs as the files say already"]);
    assert_eq!(did(&stage), "restate-2\n");
}

#[test]
fn one_node_simply_restarts() {
    let stage = of(json!({"nodes": 1, "object_store": "none"}));
    change(&stage, "hashes", "restate-1 old", "restate-1 new");
    stage.state("quorum", "N1");
    // It does not have to be well before: nobody takes over anyway.
    stage.state("follower", "Starting");
    stage.tool(
        "docker",
        &DOCKER.replace(
            "shift 2\n",
            "echo Active >\"$STATE/follower\"\n    shift 2\n",
        ),
    );
    rollout(&stage).ends(0, &["restarting restate-1", "done"]);
    assert_eq!(did(&stage), "restate-1\n");
}

/// Files may be generated twice before anybody applies them, and `.env` may have any version: the nodes know what they run.
#[test]
fn no_node_gets_a_version_that_cannot_follow_the_one_that_it_runs() {
    let rows = [
        ("1.5.3", "reg:5000/server:1.7.12", "skips a minor"),
        ("1.5.3", "server:1.7.12@sha256:abc", "the newest of 1.6"),
        // A tag without a version: the one that the files are for.
        ("1.5.3", "server:ours", "skips a minor"),
        ("1.7.12", "server:1.7.2", "pass --downgrade"),
        ("1.7.12", "server:1.6.2", "pass --downgrade"),
        ("1.7.12", "server:1.5.3", "too old to read its data"),
        ("1.6.2", "server:1.7.12", ""),
        ("1.7.2", "server:1.7.12-alpine", ""),
        // A server that does not say it.
        ("", "server:1.7.12", ""),
    ];
    for (runs, tag, words) in rows {
        let stage = shop();
        stage.state("image", "another");
        stage.state("version", runs);
        stage.state("tag", tag);
        if words.is_empty() {
            rollout(&stage).ends(0, &["done"]);
            continue;
        }
        let stopped = format!("stopped: nothing was restarted: restate-1 runs {runs}, and ");
        for arguments in [&["rollout.sh"][..], &["rollout.sh", "--dry-run"]] {
            stage.sh(arguments, &[]).ends(1, &[&stopped, words]);
        }
        assert_eq!(did(&stage), "", "{runs} {tag}");
        let code = i32::from(!words.contains("--downgrade"));
        stage
            .sh(&["rollout.sh", "--downgrade"], &[])
            .ends(code, &[]);
    }
    // The configuration alone asks no node.
    let stage = shop();
    stage.state("version", "1.5.3");
    stage.state("tag", "server:1.5.3");
    change(&stage, "hashes", "restate-1 old", "restate-1 new");
    rollout(&stage).ends(0, &["done"]);
}
