//! A change of a running cluster in Compose's commands.

use super::names::Names;
use crate::scale::Change;
use crate::targets::operations::{Operations, Roll, quoted};
use crate::topology::Node;

/// The commands for the change.
pub fn operations(change: &Change) -> Operations {
    let names = |nodes: &[&Node]| {
        let names: Vec<String> = nodes.iter().map(|node| quoted(&node.name)).collect();
        names.join(" ")
    };
    let added = names(&change.added());
    let removed: Vec<&Node> = change.removed();
    let end: Vec<String> = removed
        .iter()
        .map(|node| format!("end_node {}", quoted(&node.name)))
        .collect();
    let volumes: Vec<String> = removed
        .iter()
        .map(|node| {
            let volume = format!("{}_{}-data", change.before.compose.project, node.name);
            format!("docker volume rm {}", quoted(&volume))
        })
        .collect();
    let all: Vec<String> = change
        .before
        .nodes
        .iter()
        .map(|node| quoted(&node.name))
        .collect();
    Operations {
        functions: functions(
            &Names::of(change.after).cluster(),
            !added.is_empty(),
            !removed.is_empty(),
        ),
        check: if added.is_empty() {
            Vec::new()
        } else {
            vec![format!("no_volume_of {added}")]
        },
        applies_all_at_once: false,
        enlarge: Vec::new(),
        start: vec![format!("bring_up --no-deps {added}")],
        roll: Roll::EachNode(if change.before.object_store == change.after.object_store {
            "bring_up --no-deps \"$node\"".into()
        } else {
            // With what it depends on: the store that it shall use from now on, and its bucket.
            "bring_up \"$node\"".into()
        }),
        clear: end.clone(),
        stop: end,
        settle: vec!["bring_up --remove-orphans".into()],
        delete_volumes: volumes,
        logs: "docker compose logs <node>".into(),
    }
    .with_version_checks(change, SERVER_VERSION, &all)
}

fn functions(cluster: &str, adds: bool, removes: bool) -> Vec<String> {
    let restatectl = RESTATECTL.replace("CLUSTER", cluster);
    let used = [
        (true, restatectl.as_str()),
        (true, CONTAINERS),
        (true, BRING_UP),
        (adds, NO_VOLUME_OF),
        (removes, END_NODE),
    ];
    used.into_iter()
        .filter(|(is_used, _)| *is_used)
        .flat_map(|(_, text)| text.lines().map(str::to_owned))
        .collect()
}

/// `CLUSTER` is the service that holds `restatectl`. It is replaced in the last step; a run that was killed meanwhile may have left it down, and
/// then nothing could be asked any more.
const RESTATECTL: &str = r#"restatectl() {
  docker compose exec -T CLUSTER restatectl "$@" </dev/null || {
    code=$?
    [ -n "$(docker compose ps -q --status running CLUSTER)" ] || docker compose up -d --no-deps CLUSTER >&2
    return "$code"
  }
}"#;

/// A server may end while it starts, and is started again by its restart policy. In between Docker calls it unhealthy, and
/// Compose waits no longer (run: Docker 20.10, Compose 2.26). A Compose that was killed while it made a container anew leaves it under
/// a name with an id before it, which the next one cannot give again.
const BRING_UP: &str = r#"bring_up() {
  end=$(($(date +%s) + 180))
  until docker compose up -d --wait "$@"; do
    [ "$(date +%s)" -lt "$end" ] || return 1
    for container in $(
      for service in "$@"; do containers "$service" --filter 'name=^/?[0-9a-f]{12}_'; done
      # One of the others may be a node that serves.
      for service in $(docker compose config --services); do
        containers "$service" --filter 'name=^/?[0-9a-f]{12}_' --filter status=created --filter status=exited
      done
    ); do
      docker stop -t 90 "$container" && docker rm "$container" || :
    done
    sleep 2
  done
}"#;

/// Containers that Compose made for a service, by its own labels: also of one that is in the file no more.
const CONTAINERS: &str = r#"project() { docker compose config | sed -n 's/^name: //p'; }
containers() {
  service=$1
  shift
  docker ps -aq --filter "label=com.docker.compose.project=$(project)" --filter "label=com.docker.compose.service=$service" --filter label=com.docker.compose.oneoff=False "$@"
}"#;

const SERVER_VERSION: &str =
    r#"server_version() { docker compose exec -T "$1" restate-server --version </dev/null; }"#;

/// A new node must find an empty volume. One of its name may be left of an earlier cluster: `docker compose down -v` spares the
/// volumes of nodes that are in the file no more. A node that starts on it joins, and its partitions stay broken (`ahead-of-log`).
const NO_VOLUME_OF: &str = r#"no_volume_of() {
  for node in "$@"; do
    volume=$(project)_$node-data
    if docker volume inspect "$volume" >/dev/null 2>&1; then
      echo "the volume $volume is there already, from another node or an earlier cluster. When nobody wants it: docker volume rm $volume"
      return 1
    fi
  done
}"#;

/// A node's container is removed and not only stopped: a container that starts again would bring its node back into the cluster.
const END_NODE: &str = r#"end_node() {
  for container in $(containers "$1"); do
    docker stop -t 90 "$container" && docker rm "$container" || return 1
  done
}"#;
