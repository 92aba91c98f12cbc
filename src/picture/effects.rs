//! What still works while certain nodes are down, in words.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::Role;
use crate::topology::Topology;
use crate::topology::outage::Outage;
use crate::topology::survival::{Count, majority};

/// One thing that a cluster does, and whether it still does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Effect {
    /// What it is.
    pub what: &'static str,
    /// Whether it works.
    pub works: bool,
    /// Why, or what follows.
    pub why: String,
}

/// Everything that may stop, in the order in which a request goes through it.
pub fn of(topology: &Topology, outage: &Outage<'_>) -> Vec<Effect> {
    let ingresses = outage.count(Role::HttpIngress);
    let log_servers = outage.count(Role::LogServer);
    let workers = outage.count(Role::Worker);
    let members = outage.count(Role::MetadataServer);
    let admins = outage.count(Role::Admin);
    let log = topology.log_replication.notation();
    let partitions = topology.partition_replication.notation();
    // A partition whose leader is gone gets another one by way of the metadata.
    let has_leaders = outage.has_metadata() || workers.down == 0;
    let effect = |what, works, why| Effect { what, works, why };
    vec![
        effect(
            "requests are accepted",
            ingresses.up() > 0,
            up(ingresses, "ingress", "ingresses"),
        ),
        effect(
            "invocations make progress",
            outage.takes_records() && outage.runs_partitions() && has_leaders,
            format!(
                "{}; {}, {} the replication {log} of the log{}",
                up(workers, "worker", "workers"),
                up(log_servers, "log server", "log servers"),
                match outage.takes_records() {
                    true => "enough for",
                    false => "too few for",
                },
                match has_leaders {
                    true => "",
                    false => "; partitions led by a node that is down get no other leader",
                }
            ),
        ),
        effect(
            "everything written before can be read",
            outage.has_all_records(),
            match outage.has_all_records() {
                true => format!("each record has copies on other nodes too, by the replication {log}"),
                false => "records may have all their copies on these nodes: they are read again when the nodes are back, and are lost with their disks".to_owned(),
            },
        ),
        effect(
            "partitions get new leaders, and the configuration can change",
            outage.has_metadata(),
            format!(
                "{}, and {} are required",
                up(members, "metadata server", "metadata servers"),
                majority(members)
            ),
        ),
        effect(
            "each partition has a copy that runs",
            outage.has_all_partitions(),
            match outage.has_all_partitions() {
                true => format!("each partition has copies on other nodes too, by the replication {partitions}"),
                false if !outage.runs_partitions() => "no worker is up".to_owned(),
                false => format!(
                    "a partition may have all its copies on these nodes; another worker then starts it from {}, which takes longer",
                    match topology.snapshots {
                        Some(_) => "the last snapshot and the log",
                        None => "the log",
                    }
                ),
            },
        ),
        effect(
            "services can be registered, and the UI answers",
            admins.up() > 0,
            up(admins, "admin node", "admin nodes"),
        ),
    ]
}

/// How many nodes of a kind are up: `2 of 3 workers are up`.
fn up(count: Count, one: &str, many: &str) -> String {
    let Count { all, .. } = count;
    let up = count.up();
    match (up, all) {
        (_, 1) => format!("{up} of 1 {one} is up"),
        (1, _) => format!("1 of {all} {many} is up"),
        _ => format!("{up} of {all} {many} are up"),
    }
}
