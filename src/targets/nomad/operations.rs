//! A change of a running cluster in Nomad's commands.

use serde::Serialize;

use crate::change::Change;
use crate::facts::{Upgrade, upgrade};
use crate::model::nomad::{ServiceProvider, VolumeKind};
use crate::render::{self, joined, template};
use crate::targets::operations::{
    Deletion, Operations, Record, Roll, changes_version, lines, quoted,
};
use crate::topology::Node;
use crate::topology::nomad::Nomad;

/// What `nomad.sh` and `nomad-ready.sh` are made from.
#[derive(Serialize)]
struct FunctionsView {
    namespace: String,
    job: String,
    adds_volumes: bool,
    changes_version: bool,
    /// Whether nodes go without having been drained.
    clears: bool,
    /// Whether nodes have to be taken out of Nomad's own service discovery.
    unlists: bool,
}

/// The commands for the change. `rollout.sh` brings the job to what the file says, one node after the other; groups that are no
/// longer in it go first.
pub fn operations(change: &Change) -> Operations {
    let nomad = &change.after.nomad;
    // Who asks for an older version was told what that takes.
    let rollout = match upgrade(&change.before.release, &change.after.release) {
        Upgrade::OlderPatch | Upgrade::Rollback { .. } => "sh rollout.sh --downgrade",
        _ => "sh rollout.sh",
    };
    let apply = || vec!["sh prepare.sh".to_owned(), rollout.to_owned()];
    let removed = change.removed();
    let names = joined(removed.iter().map(|node| quoted(&node.name)), " ");
    let mut stop = apply();
    // A client that was cut off may still run the node, which would be back with the client.
    stop.push(format!("ended 'pending running unknown' {names}"));
    // Consul knows itself which of its agents are gone.
    let unlists = !removed.is_empty() && nomad.provider == ServiceProvider::Nomad;
    let unlist = unlists.then(|| format!("unlisted {names}"));
    stop.extend(unlist.clone());
    // With the group at nothing, nobody starts the node again under its old id. Its client may be gone with its disk, and then
    // never says what became of the allocation.
    let mut clear: Vec<String> = removed
        .iter()
        .map(|node| format!("nothing {}", quoted(&node.name)))
        .collect();
    clear.push(format!("ended 'pending running' {names}"));
    clear.extend(unlist);
    let all: Vec<String> = change
        .before
        .nodes
        .iter()
        .map(|node| quoted(&node.name))
        .collect();
    let added = change.added();
    let adds_volumes = nomad.volume == VolumeKind::Dynamic && !added.is_empty();
    let volume = |node: &&Node| quoted(&super::node_volume(change.after, node));
    let added = joined(added.iter().map(volume), " ");
    let view = FunctionsView {
        namespace: quoted(&nomad.namespace),
        job: quoted(&nomad.job),
        adds_volumes,
        changes_version: changes_version(change),
        clears: change.lost.is_some(),
        unlists,
    };
    Operations {
        functions: lines(&render::render(template!("operations/nomad.sh"), &view)),
        ready: lines(&render::render(
            template!("operations/nomad-ready.sh"),
            &view,
        )),
        record: Record {
            functions: lines(&render::render(
                template!("operations/nomad-record.sh"),
                &view,
            )),
            place: format!(
                "in the variable {} of the namespace {}",
                plan_variable(nomad),
                nomad.namespace
            ),
            erase: format!(
                "nomad var purge -namespace {namespace} {plan}, and the same with {plan}-lock",
                namespace = quoted(&nomad.namespace),
                plan = plan_variable(nomad),
            ),
        },
        check: if adds_volumes {
            vec![format!("no_volume_of {added}")]
        } else {
            Vec::new()
        },
        applies_all_at_once: true,
        commits: None,
        enlarge: Vec::new(),
        mark: Vec::new(),
        clear,
        start: apply(),
        roll: Roll::ByItself(apply()),
        stop,
        settle: apply(),
        delete_volumes: removed
            .iter()
            .filter_map(|node| delete_volume(change, node))
            .map(Deletion::verbatim)
            .collect(),
        why: None,
        logs: format!(
            "nomad alloc logs -namespace {} -job -group <node> -task restate {}",
            quoted(&nomad.namespace),
            quoted(&nomad.job)
        ),
    }
    .with_version_checks(change, &all)
}

/// The variable with the progress of a plan; its lock is another, with `-lock` at the end.
pub fn plan_variable(nomad: &Nomad) -> String {
    format!("{}/plan", nomad.job)
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
