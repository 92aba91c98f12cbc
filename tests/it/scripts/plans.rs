//! `run.sh` before its first step, and what it says when a question has no answer.

use super::docker::{did, shop};
use super::stage::{Said, Stage};
use crate::runbook::script;

fn run(stage: &Stage, case: &str, target: &str) -> Said {
    stage.write("operations/this/run.sh", &script(case, target));
    stage.sh(&["operations/this/run.sh", "--yes"], &[])
}

const NOTHING: &str = "stopped: nothing was done: see above";

#[test]
fn what_docker_says_is_said_at_once() {
    for (state, words) in [
        ("down", "Cannot connect to the Docker daemon at unix:///x"),
        (
            "invalid",
            "required variable AWS_ACCESS_KEY_ID is missing a value",
        ),
    ] {
        let stage = shop();
        stage.state(state, words);
        let said = run(&stage, "3-to-5", "compose");
        said.ends(1, &[words, NOTHING]);
        said.never(&["does not answer"]);
        assert_eq!(did(&stage), "");
    }
}

#[test]
fn nothing_is_started_in_a_project_that_does_not_run() {
    let stage = shop();
    stage.state("running", "app");
    let said = run(&stage, "3-to-5", "compose");
    said.ends(
        1,
        &[
            "no node of the cluster runs in the project shop",
            "docker compose ls",
            NOTHING,
        ],
    );
    assert_eq!(did(&stage), "");
}

#[test]
fn a_question_without_an_answer_shows_what_was_answered_instead() {
    let said = run(&shop(), "3-to-5", "compose");
    said.ends(
        1,
        &[
            "last seen: restatectl does not answer",
            "last answer: no such container",
        ],
    );
}

#[test]
fn a_new_node_takes_no_volume_that_is_there_by_the_name_that_docker_has() {
    let stage = shop();
    let plan = script("3-to-5", "compose");
    let (_, rest) = plan.split_once("\nfiles() {").expect("the functions");
    let (functions, _) = rest
        .split_once("\n# Docker's own message")
        .expect("the functions");
    let functions = format!("files() {{{functions}\n");
    let asks = |node: &str| {
        stage.write("ask.sh", &format!("{functions}no_volume_of {node}\n"));
        stage.sh(&["ask.sh"], &[])
    };
    asks("restate-4").ends(0, &[]);
    asks("restate-1").ends(
        1,
        &[
            "the volume the-first exists already",
            "docker volume rm the-first\n",
        ],
    );
    stage.write("d/x", "");
    let folder = stage.path().join("d").display().to_string();
    let config = stage
        .read("state/config")
        .replace("/srv/the data: 2", &folder);
    stage.state("config", &config);
    asks("restate-2").ends(1, &[&format!("rm -r '{folder}'")]);
    // Files that cannot be resolved say nothing of volumes, which is not that there are none.
    asks("restate-9").ends(1, &["does not say where restate-9 keeps its data"]);
    stage.state("invalid", "services.restate-1 is not valid");
    asks("restate-4").ends(1, &["does not say where", "is not valid"]);
}

/// Compose merges the files of a list, and refuses what two of them with the same services become.
#[test]
fn files_of_a_plan_take_the_place_of_those_that_run() {
    let stage = shop();
    let plan = script("3-to-5", "compose");
    let (_, rest) = plan.split_once("\nfiles_to_come() (").expect("it");
    let (function, _) = rest.split_once("\n)\n").expect("its end");
    stage.write(
        "ask.sh",
        &format!("here=plan\nfiles_to_come() ({function}\n)\nfiles_to_come\n"),
    );
    stage.write("plan/files/docker-compose.yaml", "");
    stage.tool("docker", r#"echo "$COMPOSE_FILE by $*""#);
    let asks = |variables: &[(&str, &str)], list: &str| {
        let said = stage.sh(&["ask.sh"], variables);
        let expected = format!("{list} by compose --project-directory . config\n");
        assert_eq!(said.text, expected, "{variables:?}");
    };
    const STAGED: &str = "plan/files/docker-compose.yaml";
    asks(&[], STAGED);
    stage.write("compose.override.yaml", "");
    asks(&[], &format!("{STAGED}:compose.override.yaml"));
    let of_user = ("COMPOSE_FILE", "./docker-compose.yaml;our own.yaml");
    let separator = ("COMPOSE_PATH_SEPARATOR", ";");
    asks(&[of_user, separator], &format!("{STAGED};our own.yaml"));
    stage.write(".env", "A=b\nCOMPOSE_FILE=\"docker-compose.yaml:a.yaml\"\n");
    asks(&[], &format!("{STAGED}:a.yaml"));
}

#[test]
fn volumes_that_may_go_are_named_as_docker_has_them() {
    let plan = script("5-to-3", "compose");
    let stage = shop();
    stage.state("labelled", "foo_restate-4-data");
    let line = plan
        .lines()
        .find(|line| line.contains("docker volume rm") && line.contains("restate-4"));
    let (_, rest) = plan.split_once("\nfiles() {").expect("the functions");
    let (functions, _) = rest
        .split_once("\n# Docker's own message")
        .expect("the functions");
    stage.write(
        "say.sh",
        &format!(
            "say() {{ echo \"$*\"; }}\nfiles() {{{functions}\n{}\n",
            line.expect("a line")
        ),
    );
    let said = stage.sh(&["say.sh"], &[]);
    said.ends(0, &["docker volume rm foo_restate-4-data\n"]);
}

/// Answers as a Kubernetes or Nomad that is not there.
#[test]
fn what_the_other_orchestrators_say_is_said_at_once() {
    for (target, tool) in [("kubernetes", "kubectl"), ("nomad", "nomad")] {
        let stage = shop();
        stage.tool(tool, "echo 'connection refused' >&2; exit 1");
        let said = run(&stage, "3-to-5", target);
        said.ends(1, &["connection refused", NOTHING]);
        said.never(&["does not answer"]);
    }
    let stage = shop();
    stage.tool(
        "kubectl",
        "case \"$*\" in *current-context) echo other ;; esac",
    );
    run(&stage, "3-to-5", "kubernetes").ends(
        1,
        &[
            "there is no pod of a node in the namespace",
            "context other",
        ],
    );
    stage.tool("kubectl", "case \"$*\" in *pods*) echo pod/restate-1 ;; *dry-run=server*) echo 'error: bad file' >&2; exit 1 ;; esac");
    run(&stage, "3-to-5", "kubernetes").ends(1, &["error: bad file", NOTHING]);
    stage.tool("nomad", "case \"$*\" in *inspect*) echo job ;; esac");
    stage.tool("jq", "exit 1");
    run(&stage, "3-to-5", "nomad").ends(1, &["is stopped", NOTHING]);
}

/// What tells later runs which files the plan is for outlives every run, and the lock does not.
#[test]
fn a_run_that_stops_leaves_its_plan_as_it_was() {
    let stage = shop();
    stage.state("down", "Cannot connect");
    stage.write("restate-gen.lock", "now\n");
    stage.write("operations/this/before.lock", "now\n");
    run(&stage, "3-to-5", "compose").ends(1, &[NOTHING]);
    assert_eq!(stage.read("operations/this/before.lock"), "now\n");
    assert!(!stage.path().join("operations/lock").exists());
    stage.write("restate-gen.lock", "later\n");
    let other = "the files here are no longer those that this plan was made for";
    run(&stage, "3-to-5", "compose").ends(1, &[other]);
}
