//! Every plan, carried out on a model of a cluster: without a fault, with any one node failing for good at any moment, and
//! killed and run again at any moment.

mod model;

use std::cell::RefCell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
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
    carry_out(change, &scale::plan(&change), tally);
}

/// Carries the plan out in all ways.
fn carry_out(change: Change, plan: &ScalePlan, tally: &mut Tally) {
    let Change {
        before,
        after,
        lost,
    } = change;
    tally.plans += 1;
    let mut simulation = Simulation {
        change,
        files: Files::of(after),
        states: vec![Model::of(before, lost)],
        moments: Vec::new(),
        plan,
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

/// What it is, before, after, the lost node.
const CHANGES: &[(&str, &str, &str, Option<u32>)] = &[
    (
        "the next minor version",
        "version: 1.6.2\nnodes: 3\n",
        "version: 1.7.12\nnodes: 3\n",
        None,
    ),
    (
        "the next minor version of a cluster of one node",
        "version: 1.6.2\nnodes: 1\n",
        "version: 1.7.12\nnodes: 1\n",
        None,
    ),
    (
        "a setting",
        "nodes: 5\n",
        "nodes: 5\nsettings: {shutdown-timeout: 45s}\n",
        None,
    ),
    (
        "more metadata servers",
        "nodes: 5\nmetadata_servers: 3\n",
        "nodes: 5\nmetadata_servers: 5\n",
        None,
    ),
    (
        "fewer metadata servers",
        "nodes: 5\nmetadata_servers: 5\n",
        "nodes: 5\nmetadata_servers: 3\n",
        None,
    ),
    (
        "another metadata server",
        "nodes:\n- {count: 3, first_id: 1}\n- {id: 4, roles: [worker, log-server]}\n",
        "nodes:\n- {count: 2, first_id: 1}\n- {id: 3, roles: [worker, log-server, http-ingress, admin]}\n- {id: 4, roles: [worker, log-server, metadata-server]}\n",
        None,
    ),
    (
        "the first node of five goes, and with it a metadata server",
        "nodes: 5\n",
        "nodes: 4\nretired_ids: [1]\n",
        None,
    ),
    (
        "a zone more, which gets a metadata server",
        "nodes:\n- {count: 2, first_id: 1, location: eu.a}\n- {count: 2, first_id: 11, location: eu.b}\n",
        "nodes:\n- {count: 2, first_id: 1, location: eu.a}\n- {count: 2, first_id: 11, location: eu.b}\n- {count: 2, first_id: 21, location: eu.c}\n",
        None,
    ),
    (
        "locations, and copies by zone at once",
        "nodes: 3\n",
        "nodes:\n- {id: 1, location: eu.a}\n- {id: 2, location: eu.b}\n- {id: 3, location: eu.c}\nreplication: {zone: 2}\n",
        None,
    ),
    (
        "the only worker of a zone is lost",
        "replication: {zone: 2}\nnodes:\n- {id: 1, location: eu.a}\n- {id: 2, location: eu.a}\n- {id: 3, location: eu.b}\n",
        "replication: {zone: 2}\nretired_ids: [3]\nnodes:\n- {id: 1, location: eu.a}\n- {id: 2, location: eu.a}\n- {id: 4, location: eu.b}\n",
        Some(3),
    ),
    (
        "a log server of split roles is lost",
        "nodes:\n- {count: 3, first_id: 1, roles: [admin, metadata-server]}\n- {count: 3, first_id: 10, roles: [log-server]}\n- {count: 2, first_id: 20, roles: [worker, http-ingress]}\n",
        "retired_ids: [10]\nnodes:\n- {count: 3, first_id: 1, roles: [admin, metadata-server]}\n- {count: 3, first_id: 11, roles: [log-server]}\n- {count: 2, first_id: 20, roles: [worker, http-ingress]}\n",
        Some(10),
    ),
    (
        "a worker of split roles is lost",
        "nodes:\n- {count: 3, first_id: 1, roles: [admin, metadata-server]}\n- {count: 3, first_id: 10, roles: [log-server]}\n- {count: 2, first_id: 20, roles: [worker, http-ingress]}\n",
        "retired_ids: [20]\nnodes:\n- {count: 3, first_id: 1, roles: [admin, metadata-server]}\n- {count: 3, first_id: 10, roles: [log-server]}\n- {count: 2, first_id: 21, roles: [worker, http-ingress]}\n",
        Some(20),
    ),
    (
        "a node of admin alone goes",
        "nodes:\n- {count: 3, first_id: 1}\n- {id: 4, roles: [admin]}\n",
        "retired_ids: [4]\nnodes: [{count: 3, first_id: 1}]\n",
        None,
    ),
    (
        "a node of admin alone is lost",
        "nodes:\n- {count: 3, first_id: 1}\n- {id: 4, roles: [admin]}\n",
        "retired_ids: [4]\nnodes:\n- {count: 3, first_id: 1}\n- {id: 5, roles: [admin]}\n",
        Some(4),
    ),
    (
        "a worker takes on the role of a log server, and the replication rises to it",
        "replication: 2\nnodes:\n- {count: 2, first_id: 1}\n- {id: 3, roles: [worker]}\n",
        "replication: {logs: 3, partitions: 2}\nnodes:\n- {count: 2, first_id: 1}\n- {id: 3, roles: [worker, log-server]}\n",
        None,
    ),
    (
        "a node is a worker no more, and the replication falls for it",
        "replication: 3\nnodes: 3\nmetadata_servers: 1\n",
        "replication: {logs: 3, partitions: 2}\nmetadata_servers: 1\nnodes:\n- {count: 2, first_id: 1}\n- {id: 3, roles: [log-server]}\n",
        None,
    ),
    (
        "partitions on more nodes",
        "nodes: 5\nreplication: {logs: 3, partitions: 2}\n",
        "nodes: 5\nreplication: {logs: 3, partitions: 4}\n",
        None,
    ),
    (
        "a first place for snapshots",
        "nodes: 3\nobject_store: none # restate-gen: allow RG401 - test\n",
        "nodes: 3\n",
        None,
    ),
];

#[test]
fn changes_of_roles_zones_and_settings_are_carried_out_too() {
    let mut tally = Tally::default();
    for (_, before, after, lost) in CHANGES {
        let [before, after] = [before, after].map(|text| resolved(text));
        simulate(&before, &after, *lost, &mut tally);
    }
}

/// A node of a random file: its id, its roles and its zone.
type Entry = (u32, usize, usize);

const ROLES: [&str; 8] = [
    "",
    "",
    "roles: [worker, http-ingress, admin], ",
    "roles: [log-server], ",
    "roles: [admin, metadata-server], ",
    "roles: [worker, log-server], ",
    "roles: [worker, log-server, metadata-server], ",
    "roles: [http-ingress], ",
];
const ZONES: [&str; 4] = ["eu.a", "eu.b", "eu.c", "us.a"];
const COPIES: [&str; 9] = [
    "1",
    "2",
    "2",
    "3",
    "{logs: 3, partitions: 2}",
    "{logs: 2, partitions: 3}",
    "{zone: 2}",
    "{zone: 2, node: 3}",
    "{region: 2}",
];

fn file(nodes: &[Entry], has_zones: bool, copies: usize, retired: &[u32]) -> String {
    let mut text = format!(
        "replication: {}\nretired_ids: {retired:?}\nnodes:\n",
        COPIES[copies]
    );
    for (id, roles, zone) in nodes {
        let location = if has_zones {
            format!("location: {}, ", ZONES[*zone])
        } else {
            String::new()
        };
        text += &format!("- {{id: {id}, {}{location}}}\n", ROLES[*roles]);
    }
    text
}

/// What a random file becomes.
#[derive(Debug, Clone)]
enum News {
    Grow(Vec<Entry>),
    Shrink(Vec<bool>),
    Replace(prop::sample::Index),
    Copies(usize),
    Roles(Vec<Option<usize>>),
    Locations,
}

fn news() -> impl Strategy<Value = News> {
    let entry = || (0..1u32, 0..ROLES.len(), 0..ZONES.len());
    prop_oneof![
        prop::collection::vec(entry(), 1..3).prop_map(News::Grow),
        prop::collection::vec(any::<bool>(), 8).prop_map(News::Shrink),
        any::<prop::sample::Index>().prop_map(News::Replace),
        (0..COPIES.len()).prop_map(News::Copies),
        prop::collection::vec(prop::option::weighted(0.3, 0..ROLES.len()), 8).prop_map(News::Roles),
        Just(News::Locations),
    ]
}

/// Files before and after, and the lost node.
fn changed(
    (nodes, has_zones, copies): (Vec<Entry>, bool, usize),
    news: News,
    other_copies: Option<usize>,
) -> (String, String, Option<u32>) {
    let nodes: Vec<Entry> = (1..)
        .zip(nodes)
        .map(|(id, (_, roles, zone))| (id, roles, zone))
        .collect();
    let before = file(&nodes, has_zones, copies, &[]);
    let next = nodes.len() as u32 + 1;
    let mut copies = other_copies.unwrap_or(copies);
    let (mut after, mut has_zones, mut lost) = (nodes.clone(), has_zones, None);
    match news {
        News::Grow(more) => {
            after.extend(
                (next..)
                    .zip(more)
                    .map(|(id, (_, roles, zone))| (id, roles, zone)),
            );
        }
        News::Shrink(stay) => {
            let mut stay = stay.into_iter();
            after.retain(|_| stay.next().unwrap_or(true));
        }
        News::Replace(index) => {
            let node = &mut after[index.index(nodes.len())];
            lost = Some(node.0);
            node.0 = next;
        }
        News::Copies(other) => copies = other,
        News::Roles(roles) => {
            for (node, roles) in after.iter_mut().zip(roles) {
                node.1 = roles.unwrap_or(node.1);
            }
        }
        News::Locations => has_zones = true,
    }
    let kept: Vec<u32> = after.iter().map(|node| node.0).collect();
    let retired: Vec<u32> = (1..next).filter(|id| !kept.contains(id)).collect();
    (before, file(&after, has_zones, copies, &retired), lost)
}

/// What a file resolves to, where nothing stands against it.
fn sound(text: &str) -> Option<Topology> {
    let document = Document::parse("restate-cluster.yaml", text);
    let validation = validation::validate(&document, &Policy::default());
    let is_sound = !validation.report.has_errors();
    is_sound.then(|| validation.topology()).flatten()
}

#[test]
fn random_files_of_roles_and_zones_are_changed_without_loss() {
    let entry = (0..1u32, 0..ROLES.len(), 0..ZONES.len());
    let before = (
        prop::collection::vec(entry, 1..8),
        any::<bool>(),
        0..COPIES.len(),
    );
    let other_copies = prop::option::weighted(0.3, 0..COPIES.len());
    let changes = (before, news(), other_copies)
        .prop_map(|(before, news, copies)| changed(before, news, copies));
    let tally = RefCell::new(Tally::default());
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let result = runner.run(&changes, |(before, after, lost)| {
        let (Some(before), Some(after)) = (sound(&before), sound(&after)) else {
            return Ok(());
        };
        let change = Change {
            before: &before,
            after: &after,
            lost: lost.map(NodeId),
        };
        if scale::refusal(&change).is_none() {
            simulate(&before, &after, lost, &mut tally.borrow_mut());
        }
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.expect_err("an error"));
    println!("{:?}", tally.borrow());
    assert!(tally.borrow().plans > 100, "{:?}", tally.borrow());
}

/// The steps of a plan that is wrong.
type Spoilt = fn(&mut Vec<Step>);

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

const SHRINK: (&str, &str, Option<u32>) = (
    "nodes: 5\nreplication: 3\n",
    "nodes: 3\nreplication: 2\nretired_ids: [4, 5]\n",
    None,
);
const GROW: (&str, &str, Option<u32>) = (
    "nodes: 3\nreplication: 2\n",
    "nodes: 5\nreplication: 3\n",
    None,
);
const REPLACE: (&str, &str, Option<u32>) = ("nodes: 5\n", "nodes: 5\nretired_ids: [1]\n", Some(1));

/// What is wrong, with which change, and how it becomes so.
const SPOILT: &[(&str, (&str, &str, Option<u32>), Spoilt)] = &[
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
        without(steps, |action| matches!(action, Action::GiveUp { .. }))
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
        let change = Change {
            before: &before,
            after: &after,
            lost: lost.map(NodeId),
        };
        let mut plan = scale::plan(&change);
        spoil(&mut plan.steps);
        let carried_out = std::panic::catch_unwind(|| {
            carry_out(change, &plan, &mut Tally::default());
        });
        assert!(carried_out.is_err(), "{what}: nobody saw it");
    }
}
