//! A `docker` that answers from files, and the scripts of Compose on it.

use restate_gen::targets::compose;
use serde_json::{Value, json};

use super::record::PLAN_CONTAINERS;
use super::stage::{Said, Stage};
use crate::golden::resolved;

/// What `docker compose config` says of three nodes of the project `shop`: the first one's volume has a name of its own, the
/// second one's is a folder, and an application stands next to them.
const CONFIG: &str = r#"name: shop
services:
  app:
    image: app
  restate-cluster:
    image: server
    environment:
      RESTATE_CLUSTER_NAME: orders
  restate-provision:
    image: server
    volumes:
      - type: volume
        source: restate-provision-data
        target: /marker
        volume: {}
  restate-1:
    image: server
    environment:
      RESTATE_CLUSTER_NAME: orders
    volumes:
      - type: volume
        source: restate-1-data
        target: /restate-data
        volume: {}
  restate-2:
    image: server
    volumes:
      - type: bind
        source: "/srv/the data: 2"
        target: /restate-data
        bind:
          create_host_path: true
  restate-3:
    image: server
    volumes:
      - type: volume
        source: restate-3-data
        target: /restate-data
        volume: {}
  restate-4:
    image: server
    volumes:
      - type: volume
        source: restate-4-data
        target: /restate-data
        volume: {}
volumes:
  restate-provision-data:
    name: shop_provision-data
  restate-1-data:
    name: "the-first"
    external: true
  restate-3-data:
    name: shop_restate-3-data
  restate-4-data:
    name: shop_restate-4-data
"#;

/// Answers from `state`: `config`, `running` (services of the project that run), `volumes` (those that exist), `labelled` (what is
/// found by labels); fails with the words of `down` or `invalid` where there are such. What changes something is noted in `did`.
const DOCKER: &str = r#"
here() { [ -e "$STATE/$1" ]; }
listed() { here "$1" && grep -qx "$2" "$STATE/$1"; }
if here down; then cat "$STATE/down" >&2; exit 1; fi
case "$*" in
  info) ;;
  'compose config'*) if here invalid; then cat "$STATE/invalid" >&2; exit 15; fi; case "$*" in *-q) ;; *) cat "$STATE/config" ;; esac ;;
  'volume inspect '*) listed volumes "$3" ;;
  'volume ls '*) cat "$STATE/labelled" ;;
  'ps '*)
    service=${*#*compose.service=}
    service=${service%% *}
    case "$*" in
      *name=^*) ;;
      *compose.service=*) ! listed running "$service" || echo "c-$service" ;;
      *volume=/restate-data*) sed 's/^/c-/' "$STATE/running" | grep restate ;;
    esac
    ;;
  'compose exec '*) echo 'no such container' >&2; exit 1 ;;
  'compose ps '*) ;;
  'rm -f '*) ;;
  *) printf '%s\n' "$*" >>"$STATE/did"; case "$*" in *' tar '*|*version*) echo 'server 1.7.12' ;; esac ;;
esac
"#;

/// A folder with the files of three nodes without a store, and a docker that has them running as the project `shop`.
pub fn shop() -> Stage {
    let stage = Stage::new();
    stage.tool("docker", &format!("{PLAN_CONTAINERS}{DOCKER}"));
    stage.tool("tar", "exit 0");
    // Nobody waits here for what never comes.
    stage.tool("sleep", "exit 0");
    stage.tool(
        "date",
        "printf x >>\"$STATE/clock\"; expr $(wc -c <\"$STATE/clock\") '*' 100",
    );
    stage.state("config", CONFIG);
    stage.state(
        "running",
        "restate-1\nrestate-2\nrestate-3\nrestate-cluster\napp",
    );
    stage.state(
        "volumes",
        "the-first\nshop_restate-3-data\nshop_provision-data",
    );
    stage.state("labelled", "");
    let file: Value = json!({"nodes": 3, "object_store": {"kind": "s3", "region": "x"}, "snapshots": {"destination": "s3://bucket/b"}});
    let cluster = serde_json::from_value(file).expect("a cluster");
    let tree = compose::render(&resolved(&cluster), "restate-gen compose");
    for script in ["backup.sh", "restore.sh"] {
        stage.write(script, &tree.file(script).expect(script).text);
    }
    stage
}

/// What was done to containers and volumes.
pub fn did(stage: &Stage) -> String {
    stage.read("state/did")
}

fn backup(stage: &Stage) -> Said {
    stage.sh(&["backup.sh", "saved"], &[])
}

#[test]
fn both_scripts_say_what_docker_says_and_do_nothing() {
    for script in [
        &["backup.sh", "saved"][..],
        &["restore.sh", "saved", "--yes"],
    ] {
        let stage = shop();
        stage.state("down", "Cannot connect to the Docker daemon at unix:///x");
        let said = stage.sh(script, &[]);
        said.ends(
            1,
            &[
                "Cannot connect to the Docker daemon",
                "Docker does not answer. Nothing was done",
            ],
        );
        let stage = shop();
        stage.state("invalid", "required variable KEY is missing a value");
        let said = stage.sh(script, &[]);
        said.ends(
            1,
            &[
                "required variable KEY",
                "does not accept the files. Nothing was done",
            ],
        );
        assert_eq!(did(&stage), "");
    }
}

#[test]
fn a_backup_of_a_project_that_never_ran_starts_nothing() {
    let stage = shop();
    stage.state("volumes", "");
    backup(&stage).ends(
        1,
        &[
            "the project shop has no volume the-first",
            "docker compose ls",
        ],
    );
    assert_eq!(did(&stage), "");
}

#[test]
fn a_backup_takes_what_the_files_mount_and_leaves_the_application_alone() {
    let stage = shop();
    std::fs::create_dir_all("/tmp").expect("a folder");
    let config = CONFIG.replace(
        "/srv/the data: 2",
        &stage.path().join("the data: 2").display().to_string(),
    );
    std::fs::create_dir(stage.path().join("the data: 2")).expect("a folder");
    stage.state("config", &config);
    let overrides = [
        "docker-compose.override.yml",
        "docker-compose.override.yaml",
        "compose.override.yml",
        "compose.override.yaml",
    ];
    for name in overrides {
        stage.write(name, "services: {}\n");
    }
    backup(&stage).ends(0, &["complete"]);
    let did = did(&stage);
    assert!(
        did.contains("type=volume,\"source=the-first\",target=/volumes/restate-1-data,readonly"),
        "{did}"
    );
    assert!(
        did.contains("the data: 2\",target=/volumes/restate-2-data,readonly"),
        "{did}"
    );
    assert!(
        did.contains("compose stop restate-1 restate-2 restate-3 restate-cluster\n"),
        "{did}"
    );
    assert!(
        did.contains(
            "compose up -d --wait --no-recreate restate-1 restate-2 restate-3 restate-cluster\n"
        ),
        "{did}"
    );
    for name in overrides {
        assert_ne!(stage.read(&format!("saved/files/{name}")), "", "{name}");
    }
}

#[test]
fn a_node_that_is_not_in_the_files_is_no_backup_without_it() {
    let stage = shop();
    std::fs::create_dir(stage.path().join("d")).expect("a folder");
    stage.state(
        "config",
        &CONFIG.replace(
            "/srv/the data: 2",
            &stage.path().join("d").display().to_string(),
        ),
    );
    stage.state("running", "restate-1\nrestate-9");
    backup(&stage).ends(
        1,
        &["container c-restate-9 is a node that is not in the files"],
    );
    assert_eq!(did(&stage), "");
}
