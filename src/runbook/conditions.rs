//! A plan's conditions on the cluster: in words, as a call of run.sh, and as the command that shows them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::ReplicationProperty;
use crate::plan::Condition;
use crate::targets::operations::{Commits, always_quoted, ids, quoted};
use crate::topology::NodeId;

/// A condition for people and for sh.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ConditionText {
    /// What holds.
    pub words: String,
    /// The words as one of sh.
    pub quoted_words: String,
    /// The call of run.sh's function that checks it.
    pub call: String,
    /// The command whose answer shows it.
    pub look: String,
    /// How long it is waited for.
    pub seconds: u32,
}

/// The condition, with nodes as `named` names them, and the seconds that it is waited for.
pub fn text(
    condition: &Condition,
    named: &dyn Fn(&[NodeId]) -> String,
    seconds: u32,
) -> ConditionText {
    let (words, call) = match condition {
        Condition::Alive(nodes) => (
            format!("{} alive", is_or_are(&named(nodes), nodes)),
            format!("alive {}", ids(nodes.iter().copied(), " ")),
        ),
        Condition::Down(nodes) => (
            format!("{} down", is_or_are(&named(nodes), nodes)),
            format!("down {}", ids(nodes.iter().copied(), " ")),
        ),
        Condition::Unknown(nodes) => (
            format!("the cluster does not know {}", named(nodes)),
            format!("unknown {}", ids(nodes.iter().copied(), " ")),
        ),
        Condition::Known(nodes) => (
            format!("the cluster knows {} and no other node", named(nodes)),
            format!("known {}", ids(nodes.iter().copied(), " ")),
        ),
        Condition::LogsReplicated(log) => {
            let log = property(log);
            (
                format!("new records of every log have the replication {log}"),
                format!("logs_replicated {}", quoted(&log)),
            )
        }
        Condition::PartitionsActive { partitions, copies } => (
            format!("all {partitions} partitions are active on {copies} or more nodes"),
            format!("partitions_active {partitions} {copies}"),
        ),
        Condition::Quorum(nodes) => (
            format!("the metadata quorum is {}", named(nodes)),
            format!("quorum {}", ids(nodes.iter().copied(), " ")),
        ),
        Condition::Replication { log, partition } => {
            let [log, partition] = [log, partition].map(property);
            (
                format!("the replication is {log} for the log and {partition} for partitions"),
                format!("replication {} {}", quoted(&log), quoted(&partition)),
            )
        }
        Condition::NoPartitionOn(nodes) => (
            format!("no partition runs on {}", named(nodes)),
            format!("no_partition_on {}", ids(nodes.iter().copied(), " ")),
        ),
        Condition::NoLogOn(nodes) => (
            format!("no part of the log is on {}", named(nodes)),
            format!("no_log_on {}", ids(nodes.iter().copied(), " ")),
        ),
    };
    ConditionText {
        quoted_words: always_quoted(&words),
        words,
        call,
        look: look(condition).to_owned(),
        seconds,
    }
}

/// That the cluster has the files of the folder, where a GitOps controller applies them.
pub fn arrived(commits: &Commits, seconds: u32) -> ConditionText {
    let words = "the cluster has the files of this folder".to_owned();
    ConditionText {
        quoted_words: always_quoted(&words),
        words,
        call: commits.arrived.to_owned(),
        look: commits.look.clone(),
        seconds,
    }
}

/// The property as the server writes it.
fn property(property: &ReplicationProperty) -> String {
    match property {
        ReplicationProperty::Nodes(nodes) => format!("{{node: {nodes}}}"),
        scoped => scoped.notation(),
    }
}

/// What to ask for the condition by hand.
fn look(condition: &Condition) -> &'static str {
    match condition {
        Condition::Alive(_) | Condition::Down(_) | Condition::Unknown(_) | Condition::Known(_) => {
            "restatectl nodes list --extra"
        }
        Condition::PartitionsActive { .. } | Condition::NoPartitionOn(_) => {
            "restatectl partitions list"
        }
        Condition::Quorum(_) => "restatectl metadata-server list",
        Condition::Replication { .. } => "restatectl config get",
        Condition::LogsReplicated(_) => "restatectl logs list",
        Condition::NoLogOn(_) => "restatectl logs describe --all",
    }
}

fn is_or_are(named: &str, nodes: &[NodeId]) -> String {
    format!("{named} {}", if nodes.len() == 1 { "is" } else { "are" })
}
