//! Plans whose files a GitOps controller applies: all the time, what is committed, and it changes back what differs.

use restate_gen::change::Change;
use restate_gen::plan::{self, Action, Plan};
use restate_gen::runbook;
use restate_gen::targets::operations::Operations;
use restate_gen::targets::{TARGETS, Target};
use restate_gen::tree::RenderedTree;
use serde_json::Value;

use super::model::{Files, Model};
use super::places::{Nodes, bits};
use super::{Simulation, Tally, resolved, told};

fn target() -> &'static Target {
    let mut targets = TARGETS.iter();
    let found = targets.find(|target| target.name == "kubernetes");
    found.expect("a target")
}

fn operations(change: &Change) -> Operations {
    (target().operations.expect("plans"))(change)
}

/// The nodes that run where these manifests are applied: those of the pods that a StatefulSet has and that can start.
fn nodes_of(tree: &RenderedTree) -> Nodes {
    let text = &tree.file("nodes.yaml").expect("there").text;
    let objects: Vec<Value> = text
        .split("\n---\n")
        .map(|text| serde_saphyr::from_str(text).expect("YAML"))
        .collect();
    let configurations = &objects[0]["data"];
    let sets = objects
        .iter()
        .filter(|object| object["kind"] == "StatefulSet");
    let pods = sets.flat_map(|set| {
        let first = set["spec"]["ordinals"]["start"].as_u64().unwrap_or(0);
        let replicas = set["spec"]["replicas"].as_u64().expect("a number");
        let name = set["metadata"]["name"].as_str().expect("a name");
        (first..first + replicas).map(move |ordinal| format!("{name}-{ordinal}"))
    });
    let ids = pods.filter_map(|pod| {
        let text = configurations[format!("{pod}.toml")].as_str();
        let mut lines = text.expect("each pod has a file").lines();
        let id = lines.find_map(|line| line.strip_prefix("force-node-id = "))?;
        Some(1 << id.parse::<u32>().expect("an id"))
    });
    ids.fold(0, |nodes, node: Nodes| nodes | node)
}

/// What is committed in each step, if anything is.
fn commits(change: &Change, plan: &Plan, operations: &Operations) -> Vec<Option<Nodes>> {
    let book = runbook::of(plan, change, operations);
    assert_eq!(book.steps.len(), plan.steps.len(), "{}", told(change, None));
    let interim = operations
        .commits
        .as_ref()
        .expect("commits")
        .interim
        .as_ref();
    let steps = book.steps.iter();
    let committed = steps.map(|step| {
        let files = step.files.as_ref()?;
        let tree = match interim {
            Some(interim) if interim.folder == files.folder => (interim.render)(change, "it"),
            _ => {
                assert!(files.are_final);
                (target().render)(change.after, "it")
            }
        };
        Some(nodes_of(&tree))
    });
    committed.collect()
}

/// What is committed is what runs, between any two steps, and a commit does what its step says and nothing else.
fn is_safe(change: Change, operations: &Operations) {
    let plan = plan::of(&change);
    let mut tally = Tally::default();
    let mut simulation = Simulation {
        change,
        files: Files::of(change.after),
        states: vec![Model::of(change.before, change.lost, true)],
        moments: Vec::new(),
        plan: &plan,
        is_exact: false,
        tally: &mut tally,
    };
    simulation.runs_without_a_fault();
    let commits = commits(&change, &plan, operations);
    let mut committed = nodes_of(&(target().render)(change.before, "it"));
    for (index, step) in plan.steps.iter().enumerate() {
        let state = &simulation.states[index];
        let told = || simulation.told(index);
        assert_eq!(state.running | state.flapping, committed, "{}", told());
        let Some(new) = commits[index] else {
            continue;
        };
        committed = new;
        let [starts, ends] = match &step.action {
            Action::Start { nodes } => [bits(nodes), 0],
            Action::Stop { nodes } => [0, bits(nodes)],
            _ => [0, 0],
        };
        assert_eq!(new & !state.running, starts, "{}", told());
        assert_eq!(state.running & !new, ends, "{}", told());
        let mut applied = state.clone();
        applied.crash(ends);
        assert!(!applied.is_record_lost(), "{}", told());
        assert_eq!(applied.has_majority(), state.has_majority(), "{}", told());
    }
    let end = simulation.states.last().expect("a state");
    assert_eq!(end.running, committed, "{}", told(&change, None));
}

const KEYS: &str = "kubernetes: {gitops: true, secret: restate-store}\n";

fn counted(nodes: usize, retired: impl IntoIterator<Item = usize>, replication: usize) -> String {
    let retired: Vec<usize> = retired.into_iter().collect();
    format!("{KEYS}nodes: {nodes}\nretired_ids: {retired:?}\nreplication: {replication}\n")
}

#[test]
fn every_commit_on_the_way_to_another_count_is_safe() {
    let mut plans = 0;
    for from in 1..=5 {
        for to in 1..=5 {
            for replication in 1..=from.min(to).min(3) {
                let before = resolved(&counted(from, [], replication));
                let after = resolved(&counted(to, to + 1..=from, replication));
                let change = before.to(&after, None);
                if from != to && after.refused(&change).is_empty() {
                    assert_eq!(plan::refusal_at_once(&plan::of(&change), "it"), None);
                    is_safe(change, &operations(&change));
                    plans += 1;
                }
            }
        }
    }
    assert!(plans > 30, "{plans}");
}

/// Files before and after, and the lost node.
const REPLACED: &[(&str, &str, u32)] = &[
    (
        "nodes: 3\nkubernetes: {gitops: true, secret: restate-store}\n",
        "nodes: 3\nretired_ids: [1]\nkubernetes: {gitops: true, secret: restate-store, replacements: [{id: 4, in_place_of: 1}]}\n",
        1,
    ),
    (
        "nodes: 5\nkubernetes: {gitops: true, secret: restate-store}\n",
        "nodes: 5\nretired_ids: [5]\nkubernetes: {gitops: true, secret: restate-store, replacements: [{id: 6, in_place_of: 5}]}\n",
        5,
    ),
    (
        "nodes: [{id: 1}, {id: 2}, {id: 3}]\nkubernetes: {gitops: true, secret: restate-store}\n",
        "nodes: [{id: 1}, {id: 4}, {id: 3}]\nretired_ids: [2]\nkubernetes: {gitops: true, secret: restate-store}\n",
        2,
    ),
    (
        "nodes: [{group: a, count: 2, first_id: 1}, {id: 11}]\nkubernetes: {gitops: true, secret: restate-store}\n",
        "nodes: [{group: a, count: 2, first_id: 1}, {id: 12}]\nretired_ids: [11]\nkubernetes: {gitops: true, secret: restate-store}\n",
        11,
    ),
];

#[test]
fn a_lost_node_is_in_no_file_that_is_committed_after_it_was_cleared() {
    for (before, after, lost) in REPLACED {
        let [before, after] = [before, after].map(|text| resolved(text));
        let change = before.to(&after, Some(*lost));
        is_safe(change, &operations(&change));
    }
}

/// Without files of its own for the step that clears, that commit would start the new node before the old one is out of the quorum.
#[test]
fn a_plan_with_one_commit_too_few_is_found_out() {
    for (before, after, lost) in REPLACED {
        let [before, after] = [before, after].map(|text| resolved(text));
        let change = before.to(&after, Some(*lost));
        let mut operations = operations(&change);
        operations.commits.as_mut().expect("commits").interim = None;
        let is_found = std::panic::catch_unwind(|| is_safe(change, &operations)).is_err();
        assert!(is_found, "nobody saw it");
    }
}
