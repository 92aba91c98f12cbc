//! Every plan, carried out on a model of a cluster: without a fault, with any one node failing for good at any moment, and
//! killed and run again at any moment.

mod model;

use restate_gen::diagnostic::allow::Policy;
use restate_gen::model::Role;
use restate_gen::scale::{self, Action, Change, Condition, ScalePlan, Step, Survival};
use restate_gen::source::Document;
use restate_gen::topology::{NodeId, Topology};
use restate_gen::{rules, schema, topology, validation};

use model::{Copies, Files, Halt, Model, Nodes, bits, each};

/// What a cluster file resolves to.
pub fn resolved(text: &str) -> Topology {
    let document = Document::parse("restate-cluster.yaml", text);
    let report = validation::validate(&document, &Policy::default()).report;
    assert!(!report.has_errors(), "{text}");
    let cluster = schema::read(&document).cluster.expect("a cluster");
    topology::resolve(&cluster, rules::release(&cluster))
}

/// `nodes: 3`, ids that are retired, and a replication.
fn counted(nodes: usize, retired: impl IntoIterator<Item = usize>, replication: usize) -> Topology {
    let retired: Vec<usize> = retired.into_iter().collect();
    resolved(&format!(
        "nodes: {nodes}\nretired_ids: {retired:?}\nreplication: {replication}\n"
    ))
}

/// How close the plans' own arithmetic is.
#[derive(Debug, Default)]
struct Tally {
    plans: usize,
    crashes: usize,
    stops: usize,
    interruptions: usize,
    /// Steps during which as much is survived as the plan says.
    exact: usize,
    /// Steps during which more is.
    modest: usize,
}

/// A plan on a model, and what is wrong with it.
struct Simulation<'t> {
    change: Change<'t>,
    files: Files,
    plan: &'t ScalePlan,
    /// The model before each step, and at the end.
    states: Vec<Model>,
    /// How many moments there are in each step.
    moments: Vec<usize>,
    tally: &'t mut Tally,
}

/// Simulates the change in all ways.
fn simulate(before: &Topology, after: &Topology, lost: Option<u32>, tally: &mut Tally) {
    let lost = lost.map(NodeId);
    let change = Change {
        before,
        after,
        lost,
    };
    assert_eq!(scale::refusal(&change), None, "{}", told(&change, None));
    let plan = scale::plan(&change);
    tally.plans += 1;
    let mut simulation = Simulation {
        change,
        files: Files::of(after),
        states: vec![Model::of(before, lost)],
        moments: Vec::new(),
        plan: &plan,
        tally,
    };
    simulation.runs_without_a_fault();
    simulation.stops_safely_when_a_node_fails();
    simulation.goes_on_after_an_interruption();
}

/// What is said where something is wrong: the change, its steps, and the one in question.
fn told(change: &Change, at: Option<(&ScalePlan, usize)>) -> String {
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
        // Before each restart the step's needs are asked, but for the node itself.
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

    /// No more is claimed than is survived; whether as much is is counted.
    fn claims_what_is_so(&mut self, index: usize, moments: &[Model], claim: Survival) {
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
        let is_so = (0..3).all(|part| claimed[part] <= survived[part]);
        assert!(
            is_so,
            "{claimed:?} claimed and {survived:?} survived\n{}",
            self.told(index)
        );
        if claimed == survived {
            self.tally.exact += 1;
        } else {
            self.tally.modest += 1;
        }
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
                crashed = Some(model.clone());
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
            let Some(next) = plan.steps.get(step) else {
                if !waits.iter().all(|wait| model.holds(wait)) {
                    result = Err(Halt::Refused("a wait"));
                }
                break;
            };
            if !waits.iter().chain(&next.needs).all(|it| model.holds(it)) {
                result = Err(Halt::Refused("a wait or a need"));
                break;
            }
            result = self.act(&mut model, next, |_, _| Ok(()));
        }
        let context = || {
            format!(
                "node bits {node:b} in moment {moment}\n{}",
                self.told(index)
            )
        };
        for model in [&crashed, &model] {
            if during.log > 0 {
                assert!(!model.is_record_lost(), "a record is lost: {}", context());
            }
            if during.metadata > 0 {
                assert!(model.has_majority(), "no majority: {}", context());
            }
        }
        if during.log > 0 {
            assert!(
                crashed.is_log_up_without(0),
                "the log stands still: {}",
                context()
            );
        }
        assert!(
            crashed.is_record_lost() || !model.is_record_lost(),
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
                if before != after {
                    simulate(&before, &after, None, &mut tally);
                }
            }
        }
    }
    println!("{tally:?}");
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
