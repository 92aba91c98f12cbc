//! `run.sh` on an orchestrator that keeps its progress and its lock: killed at any moment, run again here and on another
//! machine, and two at once. Each orchestrator is a tool that keeps both in files.

use super::stage::{Said, Stage};
use crate::runbook::script;

/// What every tool begins with: it answers as `restatectl` of a cluster with the nodes of `$STATE/nodes`, and `point` is a moment at
/// which the run is killed if `$STATE/kill` has its number.
const CLUSTER: &str = r#"
point() {
  [ -e "$STATE/kill" ] || return 0
  count=$(($(cat "$STATE/count" 2>/dev/null || echo 0) + 1))
  echo "$count" >"$STATE/count"
  [ "$count" -ne "$(cat "$STATE/kill")" ] || kill -9 0
}
# What of the folder is applied.
applied() {
  point
  cat nodes.yaml >"$STATE/nodes"
  echo applied >>"$STATE/did"
  if [ -e "$STATE/intruder" ]; then mv "$STATE/intruder" "$STATE/lock"; fi
  point
}
answer() {
  case "$*" in
    *'nodes list'*) printf ' NODE  STATUS  X\n'; for id in $(cat "$STATE/nodes"); do printf ' N%s    Alive   -\n' "$id"; done ;;
    *'partitions list'*)
      printf ' ID  NODE  MODE  STATUS\n'
      for id in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23; do
        printf ' %s N1:1 Leader Active\n %s N3:1 Follower Active\n' "$id" "$id"
      done ;;
    *'metadata-server list'*) printf ' NODE STATUS VERSION LEADER MEMBERS\n N1 Member v1 N1 [N1,N2,N3]\n' ;;
    *'config get'*) printf 'Log replication: {node: 2}\nPartition replication: {node: 2}\n' ;;
    *'metadata get'*) echo '"cluster_fingerprint": 7,' ;;
    *'snapshots create'*) point; echo snapshot >>"$STATE/did"; for id in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24; do echo "Snapshot created for partition $id"; done; point ;;
  esac
}
free() { [ ! -e "$STATE/$1" ] || { echo "$1 exists already" >&2; exit 1; }; }
kept() { cat "$STATE/$1" 2>/dev/null || :; }
"#;

/// Containers that are never started, as files. What comes after it are the other answers of a `docker`.
pub const PLAN_CONTAINERS: &str = r#"
which() { case "$*" in *restate-plan-lock*) echo lock ;; *restate-plan-new*) echo new ;; *restate-plan*) echo record ;; esac; }
case "$*" in
  'ps -aq --no-trunc --filter label=restate-gen.holder='*) if [ "$(cat "$STATE/lock" 2>/dev/null)" = "${*#*restate-gen.holder=}" ]; then echo id-restate-plan-lock; fi; exit 0 ;;
  'ps -aq --no-trunc --filter name='*)
    file=$(which "$*")
    if [ -e "$STATE/$file" ]; then case $file in record) echo id-restate-plan ;; *) echo "id-restate-plan-$file" ;; esac; fi
    exit 0 ;;
  'create --name '*)
    file=$(which "$3")
    point 2>/dev/null
    if [ -e "$STATE/$file" ]; then echo "the name $3 is in use" >&2; exit 1; fi
    printf '%s' "${5#restate-gen.holder=}" >"$STATE/$file"
    point 2>/dev/null
    exit 0 ;;
  'inspect --format {{index .Config.Labels "restate-gen.holder"}}'*) cat "$STATE/lock"; exit 0 ;;
  'inspect --format {{.Image}}'*) echo sha256:1; exit 0 ;;
  'cp '*restate-plan*:/progress\ *) cat "$STATE/$(which "$2")" >"$3"; exit ;;
  'cp '*)
    point 2>/dev/null
    cat "$2" >"$STATE/$(which "$3")"
    point 2>/dev/null
    exit 0 ;;
  'rename '*) point 2>/dev/null; mv "$STATE/new" "$STATE/record"; point 2>/dev/null; exit 0 ;;
  'rm -v '*) point 2>/dev/null; rm "$STATE/$(which "$3")"; code=$?; point 2>/dev/null; exit $code ;;
esac
"#;

const DOCKER: &str = r#"
case "$*" in
  'compose config'*)
    printf 'name: shop\nservices:\n'
    for id in 4 5; do
      printf '  restate-%s:\n    volumes:\n      - type: volume\n        source: data-%s\n        target: /restate-data\n' "$id" "$id"
    done
    printf 'volumes:\n  data-4:\n    name: shop-data-4\n  data-5:\n    name: shop-data-5\n' ;;
  'volume inspect '*) exit 1 ;;
  ps*) echo c-1 ;;
  'compose exec '*) answer "$@" ;;
  'compose up '*) applied ;;
esac
"#;

const KUBECTL: &str = r#"
set_record() { if [ -s "$STATE/new" ]; then mv "$STATE/new" "$STATE/record"; fi; }
case "$*" in
  *'get configmap restate-plan-lock '*) kept lock ;;
  *'create configmap restate-plan-lock '*) point; free lock; printf '%s' "${*#*--from-literal=holder=}" >"$STATE/lock"; point ;;
  *'patch configmap restate-plan-lock '*)
    point
    [ "$(kept lock)" = "$(printf '%s' "$*" | sed 's/.*"test"[^}]*"value": "\([^"]*\)".*/\1/')" ] || exit 1
    new=$(printf '%s' "$*" | sed 's/.*"replace"[^}]*"value": "\([^"]*\)".*/\1/')
    printf '%s' "$new" >"$STATE/lock"
    point ;;
  *'delete configmap restate-plan-lock '*) point; rm -f "$STATE/lock"; point ;;
  *'get configmap restate-plan '*) kept record ;;
  *'create configmap restate-plan '*) printf '%s' "${*#*--from-literal=progress=}" | sed 's/ --dry-run=client -o yaml$//' ;;
  *'apply -f -') point; cat >"$STATE/new"; set_record; point ;;
  *'delete configmap restate-plan '*) point; rm -f "$STATE/record"; point ;;
  *' exec '*) answer "$@" ;;
  *'get pods'*'-o name') echo pod/restate-1 ;;
  *'get pods'*) echo 'restate-1 true' ;;
  *--dry-run*) ;;
  'apply -k .') applied ;;
esac
"#;

/// A variable is its index and its value, with `|` for a line break; `jq` takes it apart.
const NOMAD: &str = r#"
last() { for argument in "$@"; do :; done; printf '%s' "$argument"; }
file() { case "$1" in */plan-lock) echo lock ;; */plan) echo record ;; *) echo 'another variable' >&2; exit 1 ;; esac; }
index() { if [ -e "$STATE/$1" ]; then cksum <"$STATE/$1" | cut -d ' ' -f 1; else echo 0; fi; }
case "$*" in
  'var get '*)
    file=$(file "$(last "$@")")
    if [ -e "$STATE/$file" ]; then printf '%s %s\n' "$(index "$file")" "$(tr '\n' '|' <"$STATE/$file")"; else echo 'Variable not found' >&2; exit 1; fi ;;
  'var put '*)
    point
    file=$(file "$7")
    [ "$4" = "$(index "$file")" ] || { echo 'Check-and-Set conflict' >&2; exit 1; }
    tr '|' '\n' >"$STATE/new"
    mv "$STATE/new" "$STATE/$file"
    point ;;
  'var purge '*) point; file=$(file "$5"); [ "$4" = "$(index "$file")" ] || exit 1; rm "$STATE/$file"; point ;;
  applied) applied ;;
  restatectl*) answer "$@" ;;
  'volume status'*) echo '[]' ;;
  *) echo '{}' ;;
esac
"#;

const JQ: &str = r#"
case "$*" in
  *Items.is*) sed -n 's/^[0-9]* //p' | tr '|' '\n' | sed '${/^$/d;}' ;;
  *ModifyIndex*) sed 's/^{}/0/; s/ .*//' ;;
  -n*) printf '%s' "$value" | tr '\n' '|' ;;
  *any*) exit 1 ;;
esac
"#;

const TARGETS: &[&str] = &["compose", "kubernetes", "nomad"];

/// A cluster of three nodes, and two machines that have the plan for five.
fn machines(target: &str) -> Stage {
    let stage = Stage::new();
    stage.tool("docker", &format!("{CLUSTER}{PLAN_CONTAINERS}{DOCKER}"));
    stage.tool("kubectl", &format!("{CLUSTER}{KUBECTL}"));
    stage.tool("nomad", &format!("{CLUSTER}{NOMAD}"));
    stage.tool("jq", JQ);
    // Nobody waits here for what never comes.
    stage.tool("sleep", "exit 0");
    stage.tool(
        "date",
        "printf x >>\"$STATE/clock\"; expr $(wc -c <\"$STATE/clock\") '*' 100",
    );
    stage.state("nodes", "1 2 3");
    for machine in ["one", "two"] {
        checkout(&stage, target, machine);
    }
    stage
}

/// The folder as it is committed, with the plan and without what a run left there.
fn checkout(stage: &Stage, target: &str, machine: &str) {
    let _ = std::fs::remove_dir_all(stage.path().join(machine));
    let write = |name: &str, text: &str| stage.write(&format!("{machine}/{name}"), text);
    write("operations/this/run.sh", &script("3-to-5", target));
    write("operations/this/files/restate-gen.lock", "after\n");
    write("operations/this/files/nodes.yaml", "1 2 3 4 5\n");
    write("nodes.yaml", "1 2 3\n");
    write("prepare.sh", "");
    write("rollout.sh", "nomad applied\n");
    write("restatectl.sh", "nomad restatectl \"$@\"\n");
}

fn run(stage: &Stage, machine: &str, arguments: &[&str]) -> Said {
    let script = format!("{machine}/operations/this/run.sh");
    let mut all = vec![script.as_str()];
    all.extend(arguments);
    stage.sh(&all, &[])
}

fn is_done(stage: &Stage, machine: &str) {
    assert_eq!(stage.read("state/nodes"), "1 2 3 4 5\n");
    assert_eq!(stage.read(&format!("{machine}/nodes.yaml")), "1 2 3 4 5\n");
    for left in ["lock", "record", "new"] {
        assert!(!stage.path().join("state").join(left).exists(), "{left}");
    }
}

/// A run can be killed before and after each thing that it does; between two of them nothing changes. The things are the same for
/// all, so of two orchestrators every second one is enough.
fn moments(target: &str) -> impl Iterator<Item = usize> {
    let step = if target == "kubernetes" { 2 } else { 4 };
    std::iter::once(1).chain((2..).step_by(step))
}

/// Runs it on the first machine until it is killed at the moment with that number; whether it was.
fn killed(stage: &Stage, moment: usize) -> bool {
    stage.state("kill", &moment.to_string());
    let said = run(stage, "one", &["--yes"]);
    let _ = std::fs::remove_file(stage.path().join("state/kill"));
    said.code.is_none()
}

const OTHER: &str = "0123456789abcdef far-away 77 2026-11-29T20:00:00Z";

#[test]
fn a_killed_run_continues_on_the_same_machine() {
    for target in TARGETS {
        let mut kills = 0;
        for moment in moments(target) {
            let stage = machines(target);
            if !killed(&stage, moment) {
                is_done(&stage, "one");
                break;
            }
            kills += 1;
            let again = run(&stage, "one", &["--yes"]);
            assert_eq!(again.code, Some(0), "{target} {moment}: {}", again.text);
            is_done(&stage, "one");
        }
        // The lock, five notes, the snapshot, two times that something is applied, and the end.
        assert!(kills >= 6, "{target}: {kills}");
    }
}

#[test]
fn another_machine_continues_what_a_dead_one_began_once_somebody_says_that_it_is_dead() {
    for target in TARGETS {
        let mut refused = 0;
        for moment in moments(target) {
            let stage = machines(target);
            if !killed(&stage, moment) {
                break;
            }
            let at = format!("{target} {moment}");
            let did = stage.read("state/did");
            let record = stage.read("state/record");
            if record.is_empty() && stage.path().join("one/operations/this/finished").exists() {
                // Another machine has to be told, by a commit.
                continue;
            }
            if !stage.read("state/lock").is_empty() {
                refused += 1;
                let two = run(&stage, "two", &["--yes"]);
                two.ends(
                    1,
                    &["another run is in progress, process ", "run.sh --take-over"],
                );
                assert_eq!(stage.read("state/did"), did, "{at}");
            }
            let two = run(&stage, "two", &["--yes", "--take-over"]);
            assert_eq!(two.code, Some(0), "{at}: {}", two.text);
            is_done(&stage, "two");
            for step in record.lines().filter_map(|line| line.strip_prefix("step ")) {
                let words = format!("[{step}/4] ");
                let line = two.text.lines().find(|line| line.starts_with(&words));
                assert!(line.expect("the step").ends_with(": already done"), "{at}");
            }
            // What the first machine noted no longer counts.
            if stage
                .read("one/operations/this/progress")
                .contains("\nrun ")
                && !stage.path().join("one/operations/this/finished").exists()
            {
                let words = "the cluster has nothing of this plan any more";
                run(&stage, "one", &["--yes"]).ends(1, &[words]);
                is_done(&stage, "two");
            }
        }
        assert!(refused >= 5, "{target}: {refused}");
    }
}

#[test]
fn two_runs_never_work_at_once() {
    for target in TARGETS {
        let stage = machines(target);
        stage.write("state/lock", OTHER);
        let words =
            "another run is in progress, process 77 on far-away, since 2026-11-29T20:00:00Z";
        run(&stage, "one", &["--yes"]).ends(1, &[words]);
        run(&stage, "one", &["--dry-run"]).ends(1, &[&format!("would stop: {words}")]);
        assert_eq!(stage.read("state/lock"), OTHER);
        assert_eq!(stage.read("state/did"), "");
        // It is taken over from whom it was seen with, and from nobody else.
        let script = stage.read("one/operations/this/run.sh");
        let (before, _) = script
            .split_once("\n# One lock for all plans")
            .expect("the functions");
        stage.write(
            "one/operations/this/take.sh",
            &format!("{before}\nheard=$(mktemp)\nlock_take mine '0 another 1 then'\n"),
        );
        let taken = stage.sh(&["one/operations/this/take.sh"], &[]);
        assert_ne!(taken.code, Some(0), "{target}: {}", taken.text);
        assert_eq!(stage.read("state/lock"), OTHER);
    }
}

/// A machine that slept finds that another one took the lock over.
#[test]
fn a_run_that_lost_its_lock_stops_before_its_next_command() {
    for target in TARGETS {
        let stage = machines(target);
        stage.write("state/intruder", OTHER);
        let said = run(&stage, "one", &["--yes"]);
        said.ends(
            1,
            &[
                "in step 3 of 4",
                "another run has taken the lock over, process 77 on far-away",
            ],
        );
        said.never(&["[4/4]"]);
        assert_eq!(stage.read("state/lock"), OTHER);
        assert_eq!(stage.read("state/did").matches("applied").count(), 1);
        assert!(!stage.read("state/record").contains("step 3"));
    }
}

#[test]
fn a_plan_that_is_half_done_elsewhere_is_in_the_way_of_others() {
    for target in TARGETS {
        let stage = machines(target);
        stage.write("state/record", "plan scale-3-to-4 0123\nrun 1\nstep 1\n");
        let said = run(&stage, "one", &["--yes"]);
        said.ends(
            1,
            &[
                "another plan is half done: scale-3-to-4.",
                "If its folder is lost: ",
            ],
        );
        stage.write("state/record", "plan this 0123\nrun 1\nstep 1\n");
        run(&stage, "one", &["--yes"]).ends(1, &["half done: another this, which is not this one"]);
        assert_eq!(stage.read("state/did"), "");
    }
}

#[test]
fn an_abandoned_plan_leaves_nothing_and_begins_at_its_first_step() {
    for target in TARGETS {
        let stage = machines(target);
        stage.write("state/intruder", OTHER);
        run(&stage, "one", &["--yes"]).ends(1, &["in step 3 of 4"]);
        let taking = ["--abandon", "--take-over", "--yes"];
        run(&stage, "two", &["--abandon", "--yes"]).ends(1, &["another run is in progress"]);
        run(&stage, "two", &["--abandon", "--take-over"]).ends(1, &["it needs an answer"]);
        assert!(stage.read("state/record").contains("step 2"));
        run(&stage, "two", &taking).ends(0, &["nothing is known of this plan any more"]);
        for left in ["lock", "record"] {
            assert!(!stage.path().join("state").join(left).exists());
        }
        // It was undone, and is run again.
        stage.state("nodes", "1 2 3");
        checkout(&stage, target, "two");
        let words = "the cluster has nothing of this plan any more";
        run(&stage, "one", &["--yes"]).ends(1, &[words]);
        let again = run(&stage, "two", &["--yes"]);
        again.ends(0, &["all steps are done"]);
        again.never(&["already done"]);
        is_done(&stage, "two");
    }
}

/// As earlier versions noted it: here alone.
#[test]
fn what_was_noted_here_alone_still_counts() {
    for target in TARGETS {
        let stage = machines(target);
        stage.write(
            "one/operations/this/progress",
            "cluster 7\nstep 1\nstep 2\n",
        );
        stage.write("state/intruder", OTHER);
        let said = run(&stage, "one", &["--yes"]);
        said.ends(1, &["trim the log: already done", "taken the lock over"]);
        let record = stage.read("state/record");
        assert!(record.contains("cluster 7\nstep 1\nstep 2"), "{record}");
    }
}

#[test]
fn a_cluster_that_does_not_say_who_has_the_lock_is_not_changed() {
    for (target, tool, answers) in [
        ("kubernetes", "kubectl", KUBECTL),
        ("nomad", "nomad", NOMAD),
        ("compose", "docker", DOCKER),
    ] {
        let stage = machines(target);
        let forbidden = "case \"$*\" in *restate-plan* | *restate-cluster/plan*) echo 'Permission denied' >&2; exit 1 ;; esac";
        stage.tool(tool, &format!("{CLUSTER}{forbidden}\n{answers}"));
        let words = [
            "Permission denied",
            "does not say whether another run is in progress",
        ];
        run(&stage, "one", &["--yes"]).ends(1, &words);
        assert_eq!(stage.read("state/did"), "");
    }
}
