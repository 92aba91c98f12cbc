//! What the steps of a plan are called, why they are there, how one goes back, and what an interruption leaves.

use crate::facts::Upgrade;
use crate::scale::{Action, Change, Kind, ScalePlan, is_stored_elsewhere};
use crate::targets::operations::Operations;
use crate::topology::NodeId;

/// Seconds until a cluster that is well must have done what it is waited for; many times what it took on a busy machine.
const SOON: u32 = 120;
/// Seconds for what starts servers or moves data.
const IN_A_WHILE: u32 = 600;

/// The words of a step.
pub struct StepWords {
    pub action: &'static str,
    pub title: String,
    pub why: String,
    pub question: String,
    pub undo: String,
    pub interrupted: String,
    pub seconds: u32,
}

/// What the change is, as a heading.
pub fn change(kind: &Kind) -> String {
    match kind {
        Kind::Scale { from, to } => format!("From {from} to {to} nodes"),
        Kind::Replace { lost } => format!("A new node for {lost}"),
        Kind::Upgrade { from, to } => format!("From {from} to {to}"),
        Kind::Replication { from, to } => format!("From {from} to {to} copies"),
        Kind::Configure => "Another configuration".to_owned(),
    }
}

/// What to know before the change.
pub fn cautions(plan: &ScalePlan, change: &Change, operations: &Operations) -> Vec<String> {
    let (before, after) = (change.before, change.after);
    let mut cautions = Vec::new();
    if before.nodes.len() == 1 {
        cautions.push("One node has no second that could go on: whenever it restarts, nothing is served, and if it is lost before the last step, everything is. Have a backup.".to_owned());
    } else if plan.during().nodes() == 0 {
        cautions.push(
            "At some moment no node may fail: see the table. Do it when nothing else is going on."
                .to_owned(),
        );
    }
    let minor = after.release.minor();
    if before.release.minor() != minor {
        if !minor.caution.is_empty() {
            cautions.push(format!("{}.", sentence(minor.caution)));
        }
        if crate::facts::upgrade(before.release, after.release) == Upgrade::Rollback {
            cautions.push("This is the way back to an older minor version: it holds only as long as no feature of the newer one was switched on.".to_owned());
        }
        cautions.push("All nodes run the new version before anything else is changed.".to_owned());
    }
    if after.volumes.size > before.volumes.size && operations.enlarge.is_empty() {
        cautions.push(
            "Volumes that are there keep their size here; only those of new nodes get the new one."
                .to_owned(),
        );
    }
    if is_stored_elsewhere(before, after) {
        cautions.push("What is in the old store is not copied. Keep it until the new one has snapshots of all partitions.".to_owned());
    }
    cautions
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

/// The words of the step that does this.
pub fn step(action: &Action, named: &dyn Fn(&[NodeId]) -> String, is_upgrade: bool) -> StepWords {
    let nothing = "nothing to undo";
    let again = "nothing; run it again";
    let words =
        |action, title: String, why: &str, undo: &str, interrupted: &str, seconds| StepWords {
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
            "See that all is well".into(),
            "A change of a cluster that is not whole takes away what it may still need.",
            nothing,
            again,
            SOON,
        ),
        Action::Enlarge => words(
            "enlarge",
            "Make the volumes larger".into(),
            "What stores the data has to grow before the files ask for more.",
            "volumes do not become smaller again",
            "some are larger and the others as they were; run it again",
            IN_A_WHILE,
        ),
        Action::Snapshot => words(
            "snapshot",
            "Take snapshots and trim the log".into(),
            "A node that starts anew begins with a snapshot, and what is in one need no longer be in the log.",
            nothing,
            "some partitions have a snapshot, the others have their log; run it again",
            SOON,
        ),
        Action::LeaveQuorum { node } => words(
            "leave-quorum",
            format!("Take {} out of the metadata quorum", named(&[*node])),
            "Whoever is a member counts for the majority, whether it is there or not.",
            &format!("restatectl metadata-server add-node N{node}"),
            again,
            SOON,
        ),
        Action::JoinQuorum { nodes } => words(
            "join-quorum",
            format!("Take {} into the metadata quorum", named(nodes)),
            "A node that has the role anew joins by itself only when it never was a member.",
            "restatectl metadata-server remove-node, one after the other",
            "some have joined; run it again",
            SOON,
        ),
        Action::Start { nodes } => words(
            "start",
            format!("Start {}", named(nodes)),
            "They join by themselves, and get data from then on.",
            "not by stopping them: they hold data from now on. Let the plan end, then scale back",
            "some run and the others do not, and all that was there is as it was; run it again",
            IN_A_WHILE,
        ),
        Action::Roll { nodes } => StepWords {
            question:
                "Restart the nodes with another minor version? The way back is not always open."
                    .into(),
            ..words(
                "roll",
                format!(
                    "Bring {} to the new configuration, one after the other",
                    named(nodes)
                ),
                if is_upgrade {
                    "Two versions work side by side for as long as it takes; two nodes down at once may be one too many."
                } else {
                    "Their files are not those that they run with. Two nodes down at once may be one too many."
                },
                "see To go back",
                "some run as they shall and the others as they did; run it again, it leaves alone what is up to date",
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
            "The server reads it from its configuration only when the cluster is founded.",
            "restatectl config set with the old values",
            "nothing, or the new value; run it again",
            IN_A_WHILE,
        ),
        Action::Drain { nodes } => words(
            "drain",
            format!("Let {} take no more data", named(nodes)),
            "Logs and partitions move to the other nodes while all copies are still there.",
            "restatectl nodes set-storage-state --storage-state read-write, and set-worker-state --worker-state active, for them",
            "they may be asked for less already; they serve what they have. Run it again",
            IN_A_WHILE,
        ),
        Action::Empty { nodes } => words(
            "empty",
            format!("Wait until no part of the log is on {}", named(nodes)),
            "What was written before is trimmed once it is in a snapshot; until then they are needed.",
            nothing,
            again,
            IN_A_WHILE,
        ),
        Action::Stop { nodes } => words(
            "stop",
            format!("End {} and keep the volumes", named(nodes)),
            "A node that still runs, or starts again, when the cluster has forgotten it joins it anew.",
            "see To go back: with the old files they are started again",
            "some run and the others do not; nothing needs them. Run it again",
            SOON,
        ),
        Action::Clear { node } => StepWords {
            question: format!(
                "Is the disk of {} gone for good? What is left of the node is deleted.",
                named(&[*node])
            ),
            ..words(
                "clear",
                format!("Clear away what is left of {}", named(&[*node])),
                "Started again by anybody, it would be in the way of the new node, or come back under its old id.",
                "cannot be undone; a node whose disk is there after all should not be replaced",
                again,
                SOON,
            )
        },
        Action::Forget { nodes } => StepWords {
            question: format!(
                "Remove {} from the cluster for good? The ids are never used again.",
                named(nodes)
            ),
            ..words(
                "forget",
                format!("Remove {} from the cluster", named(nodes)),
                "Nobody waits for them any longer.",
                "cannot be undone",
                "some are removed; run it again",
                IN_A_WHILE,
            )
        },
        Action::Settle => words(
            "settle",
            "Bring all the rest to what the files say".into(),
            "What the orchestrator runs and what its files say is the same again.",
            nothing,
            again,
            IN_A_WHILE,
        ),
    }
}
