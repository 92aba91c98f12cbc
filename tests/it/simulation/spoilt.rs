//! Whether the simulation sees anything: plans that are wrong, each in one way.

use restate_gen::plan::{self, Action, Condition, Step};
use restate_gen::topology::NodeId;

use super::{Tally, carry_out, resolved};

/// Files before and after, and the lost node.
type News = (&'static str, &'static str, Option<u32>);
/// How a plan becomes wrong.
type Spoil = fn(&mut Vec<Step>);

fn without(steps: &mut Vec<Step>, is_meant: fn(&Action) -> bool) {
    let all = steps.len();
    steps.retain(|step| !is_meant(&step.action));
    assert!(steps.len() < all, "a step less");
}

/// The first of the one is done after the last of the other.
fn late(steps: &mut Vec<Step>, one: fn(&Action) -> bool, other: fn(&Action) -> bool) {
    let from = steps
        .iter()
        .position(|step| one(&step.action))
        .expect("the one");
    let to = steps
        .iter()
        .rposition(|step| other(&step.action))
        .expect("the other");
    assert!(from < to, "in this order");
    let step = steps.remove(from);
    steps.insert(to, step);
}

const SHRINK: News = (
    "nodes: 5\nreplication: 3\n",
    "nodes: 3\nreplication: 2\nretired_ids: [4, 5]\n",
    None,
);
const GROW: News = (
    "nodes: 3\nreplication: 2\n",
    "nodes: 5\nreplication: 3\n",
    None,
);
const REPLACE: News = ("nodes: 5\n", "nodes: 5\nretired_ids: [1]\n", Some(1));

/// What is wrong, with which change, and how it becomes so.
const SPOILT: &[(&str, News, Spoil)] = &[
    ("nothing is drained", SHRINK, |steps| {
        without(steps, |action| matches!(action, Action::Drain { .. }))
    }),
    ("nothing is emptied", SHRINK, |steps| {
        without(steps, |action| matches!(action, Action::Empty { .. }))
    }),
    ("members stay in the quorum", SHRINK, |steps| {
        without(steps, |action| matches!(action, Action::LeaveQuorum { .. }))
    }),
    ("nodes run on", SHRINK, |steps| {
        without(steps, |action| matches!(action, Action::Stop { .. }))
    }),
    (
        "nodes are stopped when they are forgotten",
        SHRINK,
        |steps| {
            late(
                steps,
                |action| matches!(action, Action::Stop { .. }),
                |action| matches!(action, Action::Forget { .. }),
            )
        },
    ),
    (
        "the replication falls when the nodes are gone",
        SHRINK,
        |steps| {
            late(
                steps,
                |action| matches!(action, Action::SetReplication { .. }),
                |action| matches!(action, Action::Forget { .. }),
            )
        },
    ),
    (
        "the replication rises before the nodes are there",
        GROW,
        |steps| {
            late(
                steps,
                |action| matches!(action, Action::Start { .. }),
                |action| matches!(action, Action::SetReplication { .. }),
            )
        },
    ),
    ("the replication stays", GROW, |steps| {
        without(steps, |action| {
            matches!(action, Action::SetReplication { .. })
        })
    }),
    ("what was written before is not trimmed", GROW, |steps| {
        without(steps, |action| matches!(action, Action::Snapshot))
    }),
    ("nothing is waited for", GROW, |steps| {
        for step in steps {
            step.waits.clear();
            step.needs.clear();
        }
    }),
    ("the lost node comes back", REPLACE, |steps| {
        without(steps, |action| matches!(action, Action::Clear { .. }))
    }),
    ("the lost node is still counted on", REPLACE, |steps| {
        without(steps, |action| matches!(action, Action::Drain { .. }))
    }),
    ("what had a copy on the lost node stays", REPLACE, |steps| {
        without(steps, |action| matches!(action, Action::Empty { .. }))
    }),
    ("the new member does not join", REPLACE, |steps| {
        let members = steps.iter().position(|step| {
            matches!(&step.action, Action::Roll { nodes } if nodes.as_slice() == [NodeId(4)])
        });
        steps.remove(members.expect("a roll of the new member"));
    }),
    ("needs that the step itself undoes", SHRINK, |steps| {
        for step in steps
            .iter_mut()
            .filter(|step| matches!(step.action, Action::Stop { .. }))
        {
            step.needs
                .push(Condition::Alive((1..=5).map(NodeId).collect()));
        }
    }),
    ("a failure more of the log", GROW, |steps| {
        steps[3].during.log += 1
    }),
    ("a failure less of the log", GROW, |steps| {
        steps[3].during.log -= 1;
    }),
    ("a failure more of the metadata", GROW, |steps| {
        steps[3].during.metadata += 1;
    }),
    ("a failure more of the partitions", GROW, |steps| {
        steps[3].during.partitions += 1;
    }),
];

#[test]
fn a_plan_with_a_fault_is_found_out() {
    for (what, (before, after, lost), spoil) in SPOILT {
        let [before, after] = [before, after].map(|text| resolved(text));
        let change = before.to(&after, *lost);
        let mut plan = plan::of(&change);
        spoil(&mut plan.steps);
        let carried_out = std::panic::catch_unwind(|| {
            carry_out(change, &plan, &mut Tally::default());
        });
        assert!(carried_out.is_err(), "{what}: nobody saw it");
    }
}
