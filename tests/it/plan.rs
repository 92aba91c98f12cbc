//! The order of the steps of a change, and what is refused.

mod restarts;

use std::collections::BTreeSet;

use restate_gen::diagnostic::Severity;
use restate_gen::diagnostic::allow::{Policy, named_rule};
use restate_gen::plan::{self, Action, Plan, Purpose};
use restate_gen::rules;
use restate_gen::source::Document;
use restate_gen::topology::NodeId;
use restate_gen::validation::{Deployed, validate_change};

use crate::simulation::resolved;

/// The steps in short: `check snapshot start 4 5 settle`.
fn in_short(plan: &Plan) -> String {
    let ids =
        |nodes: &[NodeId]| -> String { nodes.iter().map(|node| format!(" {node}")).collect() };
    let words = plan.steps.iter().map(|step| match &step.action {
        Action::Check => "check".to_owned(),
        Action::Enlarge => "enlarge".to_owned(),
        Action::Mark => "mark".to_owned(),
        Action::Snapshot => "snapshot".to_owned(),
        Action::LeaveQuorum { node } => format!("leave {node}"),
        Action::JoinQuorum { nodes } => format!("join{}", ids(nodes)),
        Action::Start { nodes } => format!("start{}", ids(nodes)),
        Action::Roll { nodes } => format!("roll{}", ids(nodes)),
        Action::SetReplication { log, partition } => {
            format!("set {} {}", log.notation(), partition.notation())
        }
        Action::Drain { nodes } => format!("drain{}", ids(nodes)),
        Action::Empty { nodes } => format!("empty{}", ids(nodes)),
        Action::Stop { nodes } => format!("stop{}", ids(nodes)),
        Action::Clear { node } => format!("clear {node}"),
        Action::Forget { nodes } => format!("forget{}", ids(nodes)),
        Action::Settle => "settle".to_owned(),
    });
    words.collect::<Vec<String>>().join(", ")
}

fn planned(before: &str, after: &str, lost: Option<u32>) -> Plan {
    let (before, after) = (resolved(before), resolved(after));
    let change = before.to(&after, lost);
    assert_eq!(after.refused(&change), [""; 0]);
    plan::of(&change)
}

/// Three metadata servers of admin, three log servers, two workers.
const SPLIT: &str = "nodes:\n- {count: 3, first_id: 1, roles: [admin, metadata-server]}\n- {count: 3, first_id: 10, roles: [log-server]}\n- {count: 2, first_id: 20, roles: [worker, http-ingress]}\n";

/// What it is, before, after, the lost node, the steps.
const ORDERS: &[(&str, &str, &str, Option<u32>, &str)] = &[
    (
        "more nodes, the quorum as it was",
        "nodes: 3\n",
        "nodes: 5\n",
        None,
        "check, snapshot, start 4 5, settle",
    ),
    (
        "more nodes and more copies: nodes first, copies then, and the peers are told last",
        "nodes: 3\n",
        "nodes: 5\nreplication: 3\n",
        None,
        "check, snapshot, start 4 5, set 3 3, snapshot, roll 1 2 3, settle",
    ),
    (
        "fewer nodes and fewer copies: copies first, and nobody goes before it is empty",
        "nodes: 5\nreplication: 3\n",
        "nodes: 3\nretired_ids: [4, 5]\n",
        None,
        "check, snapshot, set 2 2, drain 4 5, leave 4, leave 5, empty 4 5, stop 4 5, forget 4 5, roll 1 2 3, settle",
    ),
    (
        "fewer nodes, the quorum as it was",
        "nodes: 5\n",
        "nodes: 3\nretired_ids: [4, 5]\n",
        None,
        "check, drain 4 5, empty 4 5, stop 4 5, forget 4 5, settle",
    ),
    (
        "one node to three",
        "nodes: 1\n",
        "nodes: 3\n",
        None,
        "check, snapshot, start 2 3, set 2 2, snapshot, roll 1, settle",
    ),
    (
        "three nodes to one",
        "nodes: 3\n",
        "nodes: 1\nretired_ids: [2, 3]\n",
        None,
        "check, snapshot, set 1 1, drain 2 3, leave 2, leave 3, empty 2 3, stop 2 3, forget 2 3, roll 1, settle",
    ),
    (
        "a node goes whose place in the quorum another takes: that one joins first",
        "nodes: 5\n",
        "nodes: 4\nretired_ids: [1]\n",
        None,
        "check, snapshot, roll 4, join 4, drain 1, leave 1, empty 1, stop 1, forget 1, roll 2 3 5, settle",
    ),
    (
        "a lost member of the quorum",
        "nodes: 3\n",
        "nodes: 3\nretired_ids: [3]\n",
        Some(3),
        "check, clear 3, leave 3, snapshot, start 4, drain 3, empty 3, forget 3, roll 1 2, settle",
    ),
    (
        "a lost node that was no member of the quorum",
        "nodes: 5\n",
        "nodes: 5\nretired_ids: [5]\n",
        Some(5),
        "check, clear 5, snapshot, start 6, drain 5, empty 5, forget 5, settle",
    ),
    (
        "a lost member whose place in the quorum another node takes: it joins before the others restart",
        "nodes: 5\n",
        "nodes: 5\nretired_ids: [1]\n",
        Some(1),
        "check, clear 1, leave 1, snapshot, start 6, drain 1, empty 1, forget 1, roll 4, join 4, roll 2 3 5, settle",
    ),
    (
        "a lost node without which nothing is written, and no snapshot taken",
        "nodes: 3\nreplication: 3\n",
        "nodes: 3\nreplication: 3\nretired_ids: [3]\n",
        Some(3),
        "check, clear 3, leave 3, start 4, drain 3, empty 3, forget 3, roll 1 2, settle",
    ),
    (
        "a lost worker that is nothing else",
        SPLIT,
        "retired_ids: [20]\nnodes:\n- {count: 3, first_id: 1, roles: [admin, metadata-server]}\n- {count: 3, first_id: 10, roles: [log-server]}\n- {count: 2, first_id: 21, roles: [worker, http-ingress]}\n",
        Some(20),
        "check, clear 20, snapshot, start 22, forget 20, settle",
    ),
    (
        "metadata servers go that are nothing else, and others join before",
        "metadata_servers: 3\nnodes:\n- {count: 3, first_id: 1}\n- {count: 2, first_id: 4, roles: [metadata-server]}\n",
        "retired_ids: [4, 5]\nnodes: [{count: 3, first_id: 1}]\n",
        None,
        "check, snapshot, roll 2 3, join 2 3, leave 4, leave 5, stop 4 5, forget 4 5, roll 1, settle",
    ),
    (
        "a worker goes that is nothing else",
        "nodes:\n- {count: 3, first_id: 1}\n- {id: 4, roles: [worker]}\n",
        "retired_ids: [4]\nnodes: [{count: 3, first_id: 1}]\n",
        None,
        "check, drain 4, stop 4, forget 4, settle",
    ),
    (
        "more copies",
        "nodes: 5\nmetadata_servers: 3\n",
        "nodes: 5\nmetadata_servers: 3\nreplication: 3\n",
        None,
        "check, set 3 3, snapshot, settle",
    ),
    (
        "fewer copies",
        "nodes: 5\nmetadata_servers: 3\nreplication: 3\n",
        "nodes: 5\nmetadata_servers: 3\nreplication: 2\n",
        None,
        "check, set 2 2, settle",
    ),
    (
        "partitions on more nodes: nothing of the log is on too few",
        "nodes: 5\nmetadata_servers: 3\n",
        "nodes: 5\nmetadata_servers: 3\nreplication: {logs: 2, partitions: 3}\n",
        None,
        "check, set 2 3, settle",
    ),
    (
        "locations before the copies by zone that need them",
        "nodes: 3\n",
        "nodes:\n- {id: 1, location: eu.a}\n- {id: 2, location: eu.b}\n- {id: 3, location: eu.c}\nreplication: {zone: 2}\n",
        None,
        "check, snapshot, roll 1 2 3, set {zone: 2} {zone: 2}, snapshot, settle",
    ),
    (
        "a log server more among the nodes that are there, before the copies that need it",
        "nodes:\n- {count: 2, first_id: 1}\n- {id: 3, roles: [worker]}\n",
        "replication: {logs: 3, partitions: 2}\nnodes:\n- {count: 2, first_id: 1}\n- {id: 3, roles: [worker, log-server]}\n",
        None,
        "check, snapshot, roll 3, set 3 2, snapshot, settle",
    ),
    (
        "a worker less, after the copies that needed it",
        "replication: 3\nnodes: 3\nmetadata_servers: 1\n",
        "replication: {logs: 3, partitions: 2}\nmetadata_servers: 1\nnodes:\n- {count: 2, first_id: 1}\n- {id: 3, roles: [log-server]}\n",
        None,
        "check, snapshot, set 3 2, roll 3, settle",
    ),
    (
        "the next minor version",
        "version: 1.6.2\nnodes: 3\n",
        "version: 1.7.12\nnodes: 3\n",
        None,
        "check, snapshot, roll 1 2 3, settle",
    ),
    (
        "memory of one node",
        "nodes: [{id: 1}, {id: 2}, {id: 3}]\n",
        "nodes: [{id: 1}, {id: 2, resources: {memory: 4GiB}}, {id: 3}]\n",
        None,
        "check, snapshot, roll 2, settle",
    ),
    (
        "more metadata servers, which may have been members once",
        "nodes: 5\nmetadata_servers: 3\n",
        "nodes: 5\nmetadata_servers: 5\n",
        None,
        "check, snapshot, roll 4 5, join 4 5, roll 1 2 3, settle",
    ),
    (
        "fewer metadata servers, which leave before they restart",
        "nodes: 5\nmetadata_servers: 5\n",
        "nodes: 5\nmetadata_servers: 3\n",
        None,
        "check, snapshot, leave 4, leave 5, roll 1 2 3 4 5, settle",
    ),
    (
        "snapshots elsewhere: nothing is trimmed before there are some",
        "nodes: 3\n",
        "nodes: 3\nobject_store: seaweedfs\n",
        None,
        "check, roll 1 2 3, snapshot, settle",
    ),
    (
        "a first place for snapshots",
        "nodes: 3\nobject_store: none # restate-gen: allow RG401 - test\n",
        "nodes: 3\n",
        None,
        "check, roll 1 2 3, snapshot, settle",
    ),
    (
        "snapshots at other times",
        "nodes: 3\n",
        "nodes: 3\nsnapshots: {interval: 5m}\n",
        None,
        "check, snapshot, roll 1 2 3, settle",
    ),
    (
        "larger volumes, of which no node is told",
        "nodes: 3\nkubernetes: {namespace: a}\n",
        "nodes: 3\nkubernetes: {namespace: a}\nvolumes: {size: 128GiB}\n",
        None,
        "check, enlarge, settle",
    ),
];

#[test]
fn steps_come_in_the_order_that_is_safe() {
    for (what, before, after, lost, expected) in ORDERS {
        let plan = planned(before, after, *lost);
        assert_eq!(in_short(&plan), *expected, "{what}");
    }
}

#[test]
fn a_change_is_called_what_people_call_it() {
    for (before, after, lost, expected) in [
        (
            "nodes: 3\n",
            "nodes: 5\n",
            None,
            Purpose::Scale { from: 3, to: 5 },
        ),
        (
            "nodes: 5\n",
            "nodes: 5\nretired_ids: [5]\n",
            Some(5),
            Purpose::Replace {
                lost: "restate-5".into(),
            },
        ),
        (
            "version: 1.6.2\n",
            "version: 1.7.12\n",
            None,
            Purpose::Upgrade {
                from: "1.6.2".into(),
                to: "1.7.12".into(),
            },
        ),
        (
            "nodes: 5\n",
            "nodes: 5\nreplication: 3\n",
            None,
            Purpose::Replication { from: 2, to: 3 },
        ),
        (
            "nodes: 3\n",
            "nodes: 3\ntelemetry: false\n",
            None,
            Purpose::Configure,
        ),
    ] {
        assert_eq!(planned(before, after, lost).purpose, expected);
    }
}

#[test]
fn what_is_survived_is_reckoned_before_on_the_way_and_after() {
    for (before, after, lost, expected) in [
        // Log, metadata and workers, three times.
        (
            "nodes: 3\n",
            "nodes: 5\nreplication: 3\n",
            None,
            "112 112 224",
        ),
        (
            "nodes: 5\nreplication: 3\n",
            "nodes: 3\nretired_ids: [4, 5]\n",
            None,
            "224 001 112",
        ),
        ("nodes: 1\n", "nodes: 3\n", None, "000 000 112"),
        (
            "nodes: 3\n",
            "nodes: 3\nretired_ids: [1]\n",
            Some(1),
            "001 001 112",
        ),
        ("version: 1.6.2\n", "version: 1.7.12\n", None, "112 001 112"),
    ] {
        let plan = planned(before, after, lost);
        let all = [plan.before, plan.during(), plan.after()];
        let all = all.map(|survival| {
            format!(
                "{}{}{}",
                survival.log, survival.metadata, survival.partitions
            )
        });
        assert_eq!(all.join(" "), expected, "{before} -> {after}");
    }
}

/// Before, after, the lost node, and the rules because of which there is no plan.
const REFUSED: &[(&str, &str, Option<u32>, &[&str])] = &[
    (
        "nodes: 5\n",
        "nodes: 4\nretired_ids: [1]\n",
        Some(1),
        &["RG722"],
    ),
    (
        "nodes: 5\n",
        "nodes: 5\nretired_ids: [1, 2]\n",
        Some(1),
        &["RG722"],
    ),
    ("nodes: 5\n", "nodes: 6\n", Some(1), &["RG722"]),
    ("nodes: 3\n", "nodes: 3\ntls: {}\n", None, &["RG718"]),
    (
        "nodes: 3\ntls: {mode: allow}\n",
        "nodes: 5\ntls: {mode: prefer}\n",
        None,
        &["RG714"],
    ),
    (
        "nodes: 3\nreplication: 1\n",
        "nodes: 3\nreplication: 1\nretired_ids: [3]\n",
        Some(3),
        &["RG721"],
    ),
    (
        "nodes: 2\nmetadata_servers: 2\n",
        "nodes: 2\nmetadata_servers: 2\nretired_ids: [2]\n",
        Some(2),
        &["RG721"],
    ),
    (
        "nodes: 2\n",
        "nodes: 2\nretired_ids: [1]\n",
        Some(1),
        &["RG721"],
    ),
    (
        "nodes: 3\n",
        "nodes: 3\nretired_ids: [3]\n",
        None,
        &["RG722"],
    ),
    (
        "nodes: 3\nobject_store: none\n",
        "nodes: 5\nobject_store: none\n",
        None,
        &["RG723"],
    ),
    (
        "nodes: 3\nobject_store: none\n",
        "nodes: 5\n",
        None,
        &["RG723"],
    ),
    (
        "version: 1.6.2\nnodes: 3\n",
        "version: 1.7.12\nnodes: 5\n",
        None,
        &["RG714"],
    ),
    (
        "nodes: 3\nvolumes: {size: 32GiB}\n",
        "nodes: 5\nvolumes: {size: 16GiB, class: fast}\nobject_store: seaweedfs\n",
        None,
        &["RG713", "RG713", "RG714"],
    ),
    (
        "nodes: 3\nnomad: {hosts: [10.0.0.1, 10.0.0.2, 10.0.0.3]}\n",
        "nodes: 3\nretired_ids: [1]\nnomad: {hosts: [10.0.0.1, 10.0.0.2, 10.0.0.3]}\n",
        Some(1),
        &["RG650"],
    ),
    (
        "nodes: 5\n",
        "nodes: 5\nretired_ids: [5]\nreplication: 3\n",
        Some(5),
        &["RG714"],
    ),
    (
        "nodes: 3\nmetadata_servers: 1\n",
        "nodes:\n- {id: 1, roles: [worker, log-server, admin, http-ingress]}\n- {id: 2}\n- {id: 3, roles: [worker, log-server]}\n",
        None,
        &["RG724"],
    ),
    (
        "nodes: 4\n",
        "nodes:\n- {count: 3, first_id: 1}\n- {id: 4, roles: [worker, http-ingress, admin]}\n",
        None,
        &["RG710"],
    ),
    (
        "nodes:\n- {count: 3, first_id: 1}\n- {id: 4, roles: [worker]}\n",
        "nodes:\n- {count: 3, first_id: 1}\n- {id: 4, roles: [log-server]}\n",
        None,
        &["RG725"],
    ),
    ("version: 1.5.3\n", "version: 1.7.12\n", None, &["RG706"]),
];

#[test]
fn what_has_no_safe_order_is_refused_all_of_it_in_one_run() {
    let mut tried = BTreeSet::new();
    for (before, after, lost, expected) in REFUSED {
        let (before, after) = (resolved(before), resolved(after));
        let refused = after.refused(&before.to(&after, *lost));
        assert_eq!(refused, *expected);
        tried.extend(refused);
    }
    let all = rules::refused_by_a_plan().into_iter().map(|rule| rule.code);
    assert_eq!(tried, all.collect());
}

/// What no plan is made for is an error however it is allowed. What only takes a decision is not found where it is allowed.
#[test]
fn a_plan_is_refused_whatever_is_allowed_unless_only_the_user_has_to_decide() {
    for (before, after, code, is_refused) in [
        ("nodes: 3\n", "nodes: 3\nretired_ids: [3]\n", "RG722", true),
        (
            "volumes: {size: 2GiB}\n",
            "volumes: {size: 1GiB}\n",
            "RG713",
            true,
        ),
        (
            "nodes: 3\n",
            "nodes: 1\nretired_ids: [2, 3]\n",
            "RG728",
            false,
        ),
        ("version: 1.7.12\n", "version: 1.7.10\n", "RG727", false),
        ("version: 1.7.12\n", "version: 1.6.2\n", "RG727", false),
    ] {
        let before = Document::parse("before.yaml", before);
        let deployed = Deployed::of(&before, &Policy::default()).expect("it runs");
        let rule = named_rule(code, &rules::catalogue()).expect("a rule");
        let by_comment = format!("# restate-gen: allow {code} - test\n{after}");
        for (text, allowed) in [
            (after, Vec::new()),
            (after, vec![rule]),
            (&by_comment, Vec::new()),
        ] {
            let is_allowed = text != after || !allowed.is_empty();
            let policy = Policy {
                allowed: rules::carried_out_by_a_plan()
                    .into_iter()
                    .chain(allowed)
                    .collect(),
                refused: rules::refused_by_a_plan(),
                ..Policy::default()
            };
            let document = Document::parse("restate-cluster.yaml", text);
            let report = validate_change(&document, &deployed, &policy).report;
            let mut findings = report.findings().iter();
            let found = findings.find(|finding| finding.diagnostic.rule == rule);
            let severity = found.map(|finding| finding.diagnostic.severity);
            let expected = (is_refused || !is_allowed).then_some(Severity::Error);
            assert_eq!(severity, expected, "{text}");
        }
    }
}
