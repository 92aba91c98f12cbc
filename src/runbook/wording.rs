//! How the steps of a plan are worded: titles, reasons, how to undo them, and what an interruption leaves.

use crate::change::Change;
use crate::facts::{self, Caution, Upgrade};
use crate::plan::{Action, Plan, Purpose};
use crate::targets::operations::Operations;
use crate::topology::{Node, NodeId, Topology};

/// Seconds within which a healthy cluster must have done what a step waits for; many times what it took on a busy machine.
const SOON: u32 = 120;
/// Seconds for what starts servers or moves data.
const IN_A_WHILE: u32 = 600;

/// How a step is worded: its texts, and the seconds that it is given.
pub struct Wording {
    pub action: &'static str,
    pub title: String,
    pub why: String,
    pub question: String,
    pub undo: String,
    pub interrupted: String,
    pub seconds: u32,
}

/// What the change is, as a heading.
pub fn change(purpose: &Purpose) -> String {
    match purpose {
        Purpose::Scale { from, to } => format!("From {from} to {to} nodes"),
        Purpose::Replace { lost } => format!("Replace {lost}"),
        Purpose::Upgrade { from, to } => format!("From {from} to {to}"),
        Purpose::Replication { from, to } => format!("From {from} to {to} copies"),
        Purpose::Configure => "Change the configuration".to_owned(),
    }
}

/// Which nodes restart.
pub fn restarts(nodes: &[NodeId], named: &dyn Fn(&[NodeId]) -> String) -> String {
    match nodes {
        [] => "No node restarts.".to_owned(),
        [_] => format!("{} restarts.", named(nodes)),
        _ => format!("{} restart, one at a time.", named(nodes)),
    }
}

/// What to know before the change, in the course of which files are put in place `committed` times.
pub fn cautions(
    plan: &Plan,
    change: &Change,
    operations: &Operations,
    committed: usize,
) -> Vec<String> {
    let (before, after) = (change.before, change.after);
    let mut cautions = Vec::new();
    if operations.commits.is_some() {
        let times = match committed {
            1 => "It stops once".to_owned(),
            times => format!("It stops {times} times"),
        };
        cautions.push(format!("Your GitOps controller applies the files, run.sh does not. {times} for you to commit and push, and waits until the cluster has the files."));
    }
    if before.kubernetes.gitops && !after.kubernetes.gitops {
        cautions.push("A GitOps controller that still applies this folder would change everything back, so end that first, and keep the objects: with Argo CD by `argocd app delete <name> --cascade=false`; with Flux set `prune: false`, and then delete the Kustomization.".to_owned());
    }
    if before.nodes.len() == 1 {
        cautions.push("With one node nothing is served while it restarts. If it is lost before the last step, everything is lost. Make a backup first.".to_owned());
    } else if plan.during().nodes() == 0 {
        cautions.push(
            "For a while no node may fail. Run the plan when nothing else is going on.".to_owned(),
        );
    }
    let upgrade = facts::upgrade(&before.release, &after.release);
    if matches!(upgrade, Upgrade::Rollback { .. }) {
        cautions.push("This goes back to an older minor version. That works only if no feature of the newer version was enabled.".to_owned());
    }
    let on_the_way = facts::cautions(&before.release, &after.release);
    let of_this_cluster = on_the_way.filter(|one| concerns(one, after));
    cautions.extend(of_this_cluster.map(|one| format!("{}.", sentence(one.text))));
    if before.release.minor() != after.release.minor() {
        cautions.push("Change nothing else until all nodes run the new version.".to_owned());
    }
    if after.volumes.size > before.volumes.size && operations.enlarge.is_empty() {
        cautions.push(
            "Existing volumes keep their size; only those of new nodes get the new one.".to_owned(),
        );
    }
    if change.stores_elsewhere() {
        cautions.push("Snapshots in the old store are not copied. Keep the old store until the new one has snapshots of all partitions.".to_owned());
    }
    cautions
}

/// Whether any node lacks the setting that makes the caution irrelevant.
fn concerns(caution: &Caution, after: &Topology) -> bool {
    let lacks = |node: &Node, setting: &str| {
        let mut keys = setting.split('.');
        let first = keys.next().and_then(|key| node.settings.get(key));
        first
            .and_then(|value| keys.try_fold(value, |table, key| table.get(key)))
            .is_none()
    };
    caution
        .unless
        .is_none_or(|setting| after.nodes.iter().any(|node| lacks(node, setting)))
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

/// The words of the step that does this.
pub fn step(action: &Action, named: &dyn Fn(&[NodeId]) -> String, is_upgrade: bool) -> Wording {
    let nothing = "nothing to undo";
    let again = "nothing; run it again";
    let words =
        |action, title: String, why: &str, undo: &str, interrupted: &str, seconds| Wording {
            action,
            title,
            why: why.to_owned(),
            question: String::new(),
            undo: undo.to_owned(),
            interrupted: interrupted.to_owned(),
            seconds,
        };
    match action {
        Action::Check => words(
            "check",
            "Check that the cluster is healthy".into(),
            "Changing a degraded cluster may remove copies that it still needs.",
            nothing,
            again,
            SOON,
        ),
        Action::Enlarge => words(
            "enlarge",
            "Enlarge the volumes".into(),
            "The existing volumes have to grow before the files request more.",
            "volumes cannot shrink again",
            "some volumes are larger, the others unchanged; run it again",
            IN_A_WHILE,
        ),
        Action::Mark => words(
            "mark",
            "Create the StatefulSets again around their pods".into(),
            "Their claims have marks for GitOps controllers, or have them no longer, and a StatefulSet does not take that.",
            nothing,
            "some StatefulSets are missing, and their pods run on; run it again",
            IN_A_WHILE,
        ),
        Action::Snapshot => words(
            "snapshot",
            "Take snapshots and trim the log".into(),
            "A new node starts from a snapshot, and the log no longer needs what a snapshot contains.",
            nothing,
            "some partitions have a new snapshot, the others still have their log; run it again",
            SOON,
        ),
        Action::LeaveQuorum { node } => words(
            "leave-quorum",
            format!("Remove {} from the metadata quorum", named(&[*node])),
            "Every member counts towards the majority, even a dead one.",
            &format!("restatectl metadata-server add-node N{node}"),
            again,
            SOON,
        ),
        Action::JoinQuorum { nodes } => words(
            "join-quorum",
            format!("Add {} to the metadata quorum", named(nodes)),
            "A node that gains the role joins by itself only if it never was a member.",
            "restatectl metadata-server remove-node, one after the other",
            "some have joined; run it again",
            SOON,
        ),
        Action::Start { nodes } => words(
            "start",
            format!("Start {}", named(nodes)),
            "They join by themselves, and receive data from then on.",
            "do not stop them, they hold data from now on; finish the plan, then scale back",
            "some new nodes run, the others do not, and the old nodes are unchanged; run it again",
            IN_A_WHILE,
        ),
        Action::Roll { nodes } => Wording {
            question:
                "Restart the nodes with another minor version? Going back is not always possible."
                    .into(),
            ..words(
                "roll",
                format!(
                    "Restart {} with the new configuration, one after the other",
                    named(nodes)
                ),
                if is_upgrade {
                    "Both versions work together in the meantime, but two nodes down at once may be one too many."
                } else {
                    "They still run with the old files. Two nodes down at once may be one too many."
                },
                "see To go back",
                "some nodes run with the new configuration, the others with the old; run it again, it skips those that are up to date",
                IN_A_WHILE,
            )
        },
        Action::SetReplication { log, partition } => words(
            "set-replication",
            format!(
                "Set the replication to {} for the log and {} for partitions",
                log.notation(),
                partition.notation()
            ),
            "The server reads it from its configuration only when the cluster is provisioned.",
            "restatectl config set with the old values",
            "the old value, or the new one; run it again",
            IN_A_WHILE,
        ),
        Action::Drain { nodes } => words(
            "drain",
            format!("Drain {}", named(nodes)),
            "Logs and partitions move to the other nodes while all copies are still there.",
            "restatectl nodes set-storage-state --storage-state read-write, and set-worker-state --worker-state active, for the same nodes",
            "the nodes may already receive less, and still serve what they have; run it again",
            IN_A_WHILE,
        ),
        Action::Empty { nodes } => words(
            "empty",
            format!("Wait until no part of the log is on {}", named(nodes)),
            "Older records are trimmed once they are in a snapshot; until then these nodes are needed.",
            nothing,
            again,
            IN_A_WHILE,
        ),
        Action::Stop { nodes } => words(
            "stop",
            format!("Stop {} and keep the volumes", named(nodes)),
            "A removed node that still runs, or starts again, would join the cluster again.",
            "start them again with the old files, see To go back",
            "some still run, the others do not, and nothing needs them; run it again",
            SOON,
        ),
        Action::Clear { node } => Wording {
            question: format!(
                "Is the disk of {} lost for good? What is left of the node is deleted.",
                named(&[*node])
            ),
            ..words(
                "clear",
                format!("Delete what is left of {}", named(&[*node])),
                "If it started again, it would conflict with the new node, or come back under its old id.",
                "cannot be undone; do not replace a node whose disk still exists",
                again,
                SOON,
            )
        },
        Action::Forget { nodes } => Wording {
            question: format!(
                "Remove {} from the cluster for good? The ids are never used again.",
                named(nodes)
            ),
            ..words(
                "forget",
                format!("Remove {} from the cluster", named(nodes)),
                "The cluster no longer waits for them.",
                "cannot be undone",
                "some are removed; run it again",
                IN_A_WHILE,
            )
        },
        Action::Settle => words(
            "settle",
            "Apply everything else".into(),
            "Then what the orchestrator runs matches its files again.",
            nothing,
            again,
            IN_A_WHILE,
        ),
    }
}
