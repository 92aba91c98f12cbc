//! Every plan, carried out on a model of a cluster: without a fault, with any one node failing for good at any moment, and
//! killed and run again at any moment.

mod files;
mod gitops;
mod model;
mod places;
mod spoilt;

use restate_gen::change::{self, Change};
use restate_gen::diagnostic::allow::Policy;
use restate_gen::model::{Cluster, Role};
use restate_gen::plan::{self, Action, Condition, Plan, Step, Survival};
use restate_gen::schema::{self, Reading};
use restate_gen::source::Document;
use restate_gen::topology::{NodeId, Topology};
use restate_gen::{rules, runbook, topology, validation};

use model::{Files, Halt, Model};
use places::{Copies, Nodes, bits, each};

/// A cluster file and what it resolves to.
pub struct Resolved {
    reading: Reading,
    file: Cluster,
    topology: Topology,
}

impl Resolved {
    /// What a file resolves to that can be read.
    pub fn of(text: &str) -> Self {
        let reading = schema::read(&Document::parse("restate-cluster.yaml", text));
        let file = reading.cluster.clone().expect("a cluster");
        let topology = topology::resolve(&file, topology::release(&file));
        Self {
            reading,
            file,
            topology,
        }
    }

    /// The change of this cluster to another file.
    pub fn to<'t>(&'t self, after: &'t Self, lost: Option<u32>) -> Change<'t> {
        Change {
            before: &self.topology,
            after: &after.topology,
            lost: lost.map(NodeId),
            files: change::Files {
                before: &self.file,
                after: &after.file,
            },
        }
    }

    /// The rules because of which there is no plan for a change to this cluster, by code.
    pub fn refused(&self, change: &Change) -> Vec<&'static str> {
        let refused = rules::refused_by_a_plan();
        let found = rules::run_on_change(change, &self.reading);
        let found = found.iter().filter(|found| refused.contains(&found.rule));
        found.map(|found| found.rule.code).collect()
    }
}

/// What a cluster file resolves to, where nothing stands against it.
fn sound(text: &str) -> Option<Resolved> {
    let document = Document::parse("restate-cluster.yaml", text);
    let report = validation::validate(&document, &Policy::default()).report;
    (!report.has_errors()).then(|| Resolved::of(text))
}

/// What a sound cluster file resolves to.
pub fn resolved(text: &str) -> Resolved {
    sound(text).unwrap_or_else(|| panic!("errors in {text}"))
}

/// `nodes: 3`, ids that are retired, and a replication: sound by itself, so nothing is checked.
fn counted(nodes: usize, retired: impl IntoIterator<Item = usize>, replication: usize) -> Resolved {
    let retired: Vec<usize> = retired.into_iter().collect();
    Resolved::of(&format!(
        "{{nodes: {nodes}, retired_ids: {retired:?}, replication: {replication}}}"
    ))
}

/// How much was tried.
#[derive(Debug, Default)]
struct Tally {
    plans: usize,
    crashes: usize,
    stops: usize,
    interruptions: usize,
}

/// What counts when a node has failed.
struct Standing {
    is_record_lost: bool,
    has_majority: bool,
    is_log_up: bool,
}

impl Standing {
    fn of(model: &Model) -> Self {
        Self {
            is_record_lost: model.is_record_lost(),
            has_majority: model.has_majority(),
            is_log_up: model.is_log_up_without(0),
        }
    }
}

/// A plan on a model, and what is wrong with it.
struct Simulation<'t> {
    change: Change<'t>,
    files: Files,
    plan: &'t Plan,
    /// The model before each step, and at the end.
    states: Vec<Model>,
    /// How many moments there are in each step.
    moments: Vec<usize>,
    /// Whether as much is survived as is claimed, and not only that much at least.
    is_exact: bool,
    tally: &'t mut Tally,
}

/// Simulates the change in all ways.
fn simulate(before: &Resolved, after: &Resolved, lost: Option<u32>, tally: &mut Tally) {
    let change = before.to(after, lost);
    let refused = after.refused(&change);
    assert!(refused.is_empty(), "{refused:?}: {}", told(&change, None));
    let plan = plan::of(&change);
    if lost.is_none() {
        assert_eq!(plan.before, change.before.survival());
    }
    assert_eq!(
        plan.after(),
        change.after.survival(),
        "{}",
        told(&change, None)
    );
    carry_out(change, &plan, tally);
}

/// Carries the plan out in all ways.
fn carry_out(change: Change, plan: &Plan, tally: &mut Tally) {
    let Change {
        before,
        after,
        lost,
        files: _,
    } = change;
    tally.plans += 1;
    let is_join = |step: &Step| matches!(step.action, Action::JoinQuorum { .. });
    let joins = plan.steps.iter().any(is_join);
    // A node that joins by itself where it never was a member does so earlier than the plan reckons with; and of nodes that
    // take on and give up roles one after the other, it reckons with the worst order.
    let keeps_roles = after.nodes.iter().all(|node| {
        let mut olds = before.nodes.iter();
        let old = olds.find(|old| old.id == node.id);
        let roles = [Role::Worker, Role::LogServer];
        old.is_none_or(|old| roles.iter().all(|role| old.has(*role) == node.has(*role)))
    });
    for (was_member, is_exact) in [(true, keeps_roles), (false, false)] {
        if !was_member && !joins {
            continue;
        }
        let mut simulation = Simulation {
            change,
            files: Files::of(after),
            states: vec![Model::of(before, lost, was_member)],
            moments: Vec::new(),
            plan,
            is_exact,
            tally,
        };
        simulation.runs_without_a_fault();
        simulation.folder_can_be_applied_at_any_time();
        simulation.stops_safely_when_a_node_fails();
        simulation.goes_on_after_an_interruption();
    }
}

/// What is said where something is wrong: the change, its steps, and the one in question.
fn told(change: &Change, at: Option<(&Plan, usize)>) -> String {
    let nodes = |topology: &Topology| -> Vec<String> {
        let nodes = topology.nodes.iter();
        nodes
            .map(|node| {
                let member = if node.has(Role::MetadataServer) {
                    "m"
                } else {
                    ""
                };
                format!("{}{member}", node.id)
            })
            .collect()
    };
    let mut text = format!(
        "{:?} x{:?} -> {:?} x{:?}, lost {:?}",
        nodes(change.before),
        change.before.log_replication,
        nodes(change.after),
        change.after.log_replication,
        change.lost,
    );
    if let Some((plan, at)) = at {
        for (index, step) in plan.steps.iter().enumerate() {
            let mark = if index == at { '>' } else { ' ' };
            text += &format!("\n{mark} {index} {:?}", step.action);
        }
    }
    text
}

impl Simulation<'_> {
    fn told(&self, step: usize) -> String {
        told(&self.change, Some((self.plan, step)))
    }

    /// Does the step's action; `moment` is called with the number of each.
    fn act(
        &self,
        model: &mut Model,
        step: &Step,
        mut moment: impl FnMut(usize, &mut Model) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let mut number = 0;
        let mut instant = |model: &mut Model| {
            number += 1;
            moment(number - 1, model)
        };
        // Before each restart the step's needs are checked, but not for the node itself.
        let may_restart = |model: &Model, node: Nodes| {
            step.needs.iter().all(|need| match need {
                Condition::Alive(nodes) => bits(nodes) & !node & !model.running == 0,
                need => model.holds(need),
            })
        };
        model.act(&step.action, &self.files, &mut instant, &may_restart)
    }

    fn runs_without_a_fault(&mut self) {
        let plan = self.plan;
        for (index, step) in plan.steps.iter().enumerate() {
            let mut model = self.states[index].clone();
            for need in &step.needs {
                assert!(model.holds(need), "{need:?} is false\n{}", self.told(index));
            }
            let mut moments = Vec::new();
            let result = self.act(&mut model, step, |_, model| {
                moments.push(model.clone());
                Ok(())
            });
            assert_eq!(result, Ok(()), "{}", self.told(index));
            for wait in &step.waits {
                assert!(
                    model.holds(wait),
                    "{wait:?} never comes true\n{}\n{model:?}",
                    self.told(index)
                );
            }
            assert!(!model.is_record_lost(), "{}", self.told(index));
            self.moments.push(moments.len());
            self.claims_what_is_so(index, &moments, step.during);
            self.claims_what_is_so(index, std::slice::from_ref(&model), step.after);
            self.states.push(model);
        }
        let (end, after) = (self.states.last().expect("a state"), self.change.after);
        let files = &self.files;
        let last = self.plan.steps.len() - 1;
        assert_eq!(end.known, files.nodes, "{}", self.told(last));
        assert_eq!(end.running, files.nodes, "{}", self.told(last));
        assert_eq!(end.members, files.members(), "{}", self.told(last));
        assert_eq!(
            (end.log, end.partition),
            (
                Copies::of(&after.log_replication),
                Copies::of(&after.partition_replication)
            )
        );
        assert!(!end.is_outdated(files), "{}", self.told(last));
    }

    /// Before each step, and at the end, somebody applies the folder of the generated files as a whole: the old ones until a
    /// step puts the new ones in place. Nodes that the files do not have end.
    fn folder_can_be_applied_at_any_time(&self) {
        let steps = &self.plan.steps;
        let placing = steps
            .iter()
            .position(|step| runbook::applies_files(&step.action))
            .expect("every plan ends with the new files");
        let old: Vec<NodeId> = self
            .change
            .before
            .nodes
            .iter()
            .map(|node| node.id)
            .collect();
        for state in &self.states[..=placing] {
            let forgotten = bits(&old) & !state.known;
            assert_eq!(forgotten, 0, "it would come back\n{}", self.told(placing));
        }
        // There is no such plan for an orchestrator that ends nodes which the files do not have.
        if plan::refusal_at_once(self.plan, "it").is_some() {
            return;
        }
        for (index, state) in self.states.iter().enumerate().skip(placing) {
            let mut model = state.clone();
            model.crash(state.running & !self.files.nodes);
            let step = index.min(steps.len() - 1);
            assert!(!model.is_record_lost(), "{}", self.told(step));
            assert_eq!(
                model.has_majority(),
                state.has_majority(),
                "{}",
                self.told(step)
            );
        }
    }

    /// As much is claimed as is survived.
    fn claims_what_is_so(&self, index: usize, moments: &[Model], claim: Survival) {
        let claimed = [claim.log, claim.metadata, claim.partitions].map(|nodes| nodes as u32);
        let most = claimed[0] + 1;
        let survived = moments.iter().map(|model| {
            [
                model.log_survives(most),
                model.metadata_survives(),
                model.partitions_survive(),
            ]
        });
        let survived =
            survived.reduce(|one, other| [0, 1, 2].map(|part| one[part].min(other[part])));
        let survived = survived.expect("a moment");
        let is_so = if self.is_exact {
            claimed == survived
        } else {
            (0..3).all(|part| claimed[part] <= survived[part])
        };
        assert!(
            is_so,
            "{claimed:?} claimed and {survived:?} survived\n{}",
            self.told(index)
        );
    }

    fn stops_safely_when_a_node_fails(&mut self) {
        for index in 0..self.plan.steps.len() {
            for moment in 0..self.moments[index] {
                let candidates = self.states[index].running | self.states[index + 1].running;
                for node in each(candidates) {
                    self.fails(index, moment, node);
                }
            }
        }
    }

    /// The node fails for good in a moment of a step.
    fn fails(&mut self, index: usize, moment: usize, node: Nodes) {
        let plan = self.plan;
        let during = plan.steps[index].during;
        let mut model = self.states[index].clone();
        let mut crashed = None;
        let mut result = self.act(&mut model, &plan.steps[index], |number, model| {
            if number == moment && model.known & node != 0 {
                model.crash(node);
                crashed = Some(Standing::of(model));
            }
            Ok(())
        });
        let Some(crashed) = crashed else {
            return;
        };
        self.tally.crashes += 1;
        let mut step = index;
        while result.is_ok() {
            let waits = &plan.steps[step].waits;
            step += 1;
            let next = plan.steps.get(step);
            let needs = next.map_or(&[][..], |next| &next.needs);
            if !waits.iter().chain(needs).all(|it| model.holds(it)) {
                result = Err(Halt::Refused("a wait or a need"));
            } else if let Some(next) = next {
                result = self.act(&mut model, next, |_, _| Ok(()));
            } else {
                break;
            }
        }
        let stopped = Standing::of(&model);
        let context = || {
            let told = self.told(index);
            format!("node bits {node:b} in moment {moment}\n{told}")
        };
        for standing in [&crashed, &stopped] {
            let is_lost = during.log > 0 && standing.is_record_lost;
            assert!(!is_lost, "a record is lost: {}", context());
            let is_still = during.metadata > 0 && !standing.has_majority;
            assert!(!is_still, "no majority: {}", context());
        }
        let is_still = during.log > 0 && !crashed.is_log_up;
        assert!(!is_still, "the log stands still: {}", context());
        assert!(
            crashed.is_record_lost || !stopped.is_record_lost,
            "a later step lost what the failure left: {}",
            context()
        );
        let goes = self.files.nodes & node == 0;
        assert!(result.is_err() || goes, "nobody saw it: {}", context());
        self.tally.stops += usize::from(result.is_err());
    }

    fn goes_on_after_an_interruption(&mut self) {
        let plan = self.plan;
        for (index, step) in plan.steps.iter().enumerate() {
            let expected = &self.states[index + 1];
            for moment in 0..=self.moments[index] {
                let mut model = self.states[index].clone();
                let result = self.act(&mut model, step, |number, _| {
                    if number == moment {
                        Err(Halt::Killed)
                    } else {
                        Ok(())
                    }
                });
                // After the last moment it was done and not yet noted.
                let is_done = moment == self.moments[index];
                assert_eq!(result.is_ok(), is_done);
                let context = || format!("killed in moment {moment}\n{}", self.told(index));
                // A run that rolls asks its needs before each restart.
                if !matches!(step.action, Action::Roll { .. }) {
                    for need in &step.needs {
                        assert!(model.holds(need), "{need:?} is false: {}", context());
                    }
                }
                let again = self.act(&mut model, step, |_, _| Ok(()));
                assert_eq!(again, Ok(()), "{}", context());
                assert_eq!(&model, expected, "{}", context());
                self.tally.interruptions += 1;
            }
        }
    }
}

/// The replications that so many nodes can have.
fn replications(nodes: usize) -> impl Iterator<Item = usize> {
    1..=nodes.min(5)
}

/// Each replication of the one number of nodes with each of the other.
fn pairs(from: usize, to: usize) -> Vec<(usize, usize)> {
    let pairs =
        replications(from).flat_map(|before| replications(to).map(move |after| (before, after)));
    pairs.collect()
}

#[test]
fn every_count_becomes_every_other_with_every_replication() {
    let mut tally = Tally::default();
    for from in 1..=9 {
        for to in 1..=9 {
            for (before, after) in pairs(from, to) {
                // Those that go are the last ones.
                let retired = to + 1..=from;
                let before = counted(from, [], before);
                let after = counted(to, retired, after);
                if before.topology != after.topology {
                    simulate(&before, &after, None, &mut tally);
                }
            }
        }
    }
    assert!(tally.plans > 1000, "{tally:?}");
    // Most failures hinder what follows.
    assert!(tally.stops * 2 > tally.crashes, "{tally:?}");
}

#[test]
fn a_cluster_that_shrank_grows_again_with_ids_that_are_new() {
    let mut tally = Tally::default();
    for from in 1..=6 {
        for to in from + 1..=from + 3 {
            for (before, after) in pairs(from, to) {
                let retired = || (from + 1..=from + 2).chain([1]);
                let before = counted(from, retired(), before);
                let after = counted(to, retired(), after);
                simulate(&before, &after, None, &mut tally);
            }
        }
    }
    assert!(tally.plans > 100, "{tally:?}");
}

#[test]
fn every_node_is_replaced_wherever_anything_is_left_to_heal_from() {
    let mut tally = Tally::default();
    for nodes in 2..=9 {
        for replication in replications(nodes).skip(1) {
            let before = counted(nodes, [], replication);
            for lost in 1..=nodes {
                let after = counted(nodes, [lost], replication);
                let is_only_member = nodes == 2 && lost == 1;
                if !is_only_member {
                    simulate(&before, &after, Some(lost as u32), &mut tally);
                }
            }
        }
    }
    assert!(tally.plans > 100, "{tally:?}");
}
