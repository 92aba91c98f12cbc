//! A change of a running cluster in Nomad's commands.

use crate::model::nomad::VolumeKind;
use crate::scale::Change;
use crate::targets::operations::{Operations, Roll, quoted};
use crate::topology::Node;

/// The commands for the change. `rollout.sh` brings the job to what the file says, one node after the other; groups that are no
/// longer in it go first.
pub fn operations(change: &Change) -> Operations {
    let nomad = &change.after.nomad;
    let apply = || vec!["sh prepare.sh".to_owned(), "sh rollout.sh".to_owned()];
    let functions = FUNCTIONS
        .replace("<namespace>", &quoted(&nomad.namespace))
        .replace("<job>", &quoted(&nomad.job));
    let removed = change.removed();
    let names: Vec<String> = removed.iter().map(|node| quoted(&node.name)).collect();
    let names = names.join(" ");
    let mut stop = apply();
    // A client that was cut off may still run the node, which would be back with the client.
    stop.push(format!("ended 'pending running unknown' {names}"));
    // With the group at nothing, nobody starts the node again under its old id. Its client may be gone with its disk, and then
    // never says what became of the allocation.
    let mut clear: Vec<String> = removed
        .iter()
        .map(|node| {
            let (job, node) = (quoted(&nomad.job), quoted(&node.name));
            format!("nomad job scale -detach {job} {node} 0")
        })
        .collect();
    clear.push(format!("ended 'pending running' {names}"));
    let all: Vec<String> = change
        .before
        .nodes
        .iter()
        .map(|node| quoted(&node.name))
        .collect();
    let server_version = SERVER_VERSION.replace("<job>", &quoted(&nomad.job));
    let mut functions: Vec<String> = functions.lines().map(str::to_owned).collect();
    let mut check = Vec::new();
    let added: Vec<String> = change
        .added()
        .iter()
        .map(|node| quoted(&super::node_volume(change.after, node)))
        .collect();
    if nomad.volume == VolumeKind::Dynamic && !added.is_empty() {
        let function = NO_VOLUME_OF.replace("<namespace>", &quoted(&nomad.namespace));
        functions.extend(function.lines().map(str::to_owned));
        check.push(format!("no_volume_of {}", added.join(" ")));
    }
    Operations {
        functions,
        check,
        applies_all_at_once: true,
        enlarge: Vec::new(),
        clear,
        start: apply(),
        roll: Roll::ByItself(apply()),
        stop,
        settle: apply(),
        delete_volumes: removed
            .iter()
            .filter_map(|node| delete_volume(change, node))
            .collect(),
        logs: format!(
            "nomad alloc logs -namespace {} -job -group <node> -task restate {}",
            quoted(&nomad.namespace),
            quoted(&nomad.job)
        ),
    }
    .with_version_checks(change, &server_version, &all)
}

/// How the node's volume is deleted, where Nomad made it.
fn delete_volume(change: &Change, node: &Node) -> Option<String> {
    let nomad = &change.before.nomad;
    let namespace = quoted(&nomad.namespace);
    let name = super::node_volume(change.before, node);
    match nomad.volume {
        VolumeKind::Dynamic => Some(format!(
            "nomad volume status -namespace {namespace} -type host -json | jq -r '.[] | select(.Name == \"{name}\") | .ID' | xargs nomad volume delete -namespace {namespace} -type host"
        )),
        VolumeKind::Csi => Some(format!(
            "nomad volume delete -namespace {namespace} {}",
            quoted(&name)
        )),
        VolumeKind::Static => None,
    }
}

/// A new node must find an empty volume: on that of an earlier cluster of the same name its partitions stay broken (`ahead-of-log`).
/// Without any volume Nomad says so in words, also where JSON was asked for.
const NO_VOLUME_OF: &str = r#"no_volume_of() {
  volumes=$(nomad volume status -namespace <namespace> -type host -json) || return 1
  for volume in "$@"; do
    if printf '%s' "$volumes" | jq -e --arg name "$volume" 'any(.[]; .Name == $name)' >/dev/null 2>&1; then
      echo "the volume $volume is there already, from an earlier cluster. When nobody wants it: nomad volume delete, with its id from nomad volume status -type host"
      return 1
    fi
  done
}"#;

const SERVER_VERSION: &str = r#"server_version() {
  nomad alloc exec -i=false -t=false -job -group "$1" -task restate <job> restate-server --version </dev/null
}"#;

/// `restatectl.sh` sees to it that a node answers which is up and belongs to the cluster.
const FUNCTIONS: &str = r#"export NOMAD_NAMESPACE=<namespace>
restatectl() { sh restatectl.sh "$@" </dev/null; }
# ended STATES NODE...: waits until no allocation of the nodes is in one of these states.
ended() (
  states=" $1 "
  shift
  nodes=" $* "
  end=$(($(date +%s) + 600))
  until nomad job allocs -json <job> | jq -e --arg states "$states" --arg nodes "$nodes" 'any(.[]; " \(.TaskGroup) " as $node | " \(.ClientStatus) " as $state | ($nodes | contains($node)) and ($states | contains($state))) | not' >/dev/null; do
    [ "$(date +%s)" -lt "$end" ] || exit 1
    sleep 2
  done
)"#;
