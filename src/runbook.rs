//! A plan for one orchestrator: for people (`PLAN.md`), for machines (`run.sh`), for other tools (JSON).
//!
//! What is done, and in which order, is decided already; here it is said.

mod conditions;
mod functions;
pub mod json;
pub mod summary;
mod wording;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::change::Change;
use crate::model::Role;
use crate::plan::{Action, Condition, Plan, Purpose, Step, Survival};
use crate::render;
use crate::targets::operations::{
    self, Interim, Operations, Record, Roll, always_quoted, ids, quoted, rows,
};
use crate::topology::NodeId;
use crate::tree::{Keeping, RenderedFile, RenderedTree};

pub use conditions::ConditionText;

/// Seconds that a commit is waited for, which people review and push.
const A_DAY: u32 = 24 * 60 * 60;
/// Seconds that a condition is waited for before a step that needs it is not done.
const PATIENCE: u32 = 60;

/// The folder, in that of a plan, with the generated files as they will be.
pub const FILES: &str = "files";

/// A plan in the words of people and the commands of one orchestrator.
#[derive(Debug, Clone, Serialize)]
pub struct Runbook {
    /// What the folder of its files is called.
    pub name: String,
    /// What the change is.
    pub title: String,
    /// The cluster's name.
    pub cluster_name: String,
    /// Functions of sh that the commands use.
    pub functions: Vec<String>,
    /// The function `ready`, by lines.
    pub ready: Vec<String>,
    /// Where it is noted which steps are done.
    pub record: Record,
    /// What to know before, one sentence each.
    pub cautions: Vec<String>,
    /// What the cluster survives before, at worst on the way, and after.
    pub survives: [SurvivalRow; 3],
    /// Which nodes restart, as a sentence.
    pub restarts: String,
    /// What is waited for after files were put in place, where a GitOps controller applies them.
    pub arrived: Option<ConditionText>,
    /// The steps, in order.
    pub steps: Vec<StepText>,
    /// Whether one of them has something to undo: any of the following.
    pub undoes: bool,
    /// Whether new nodes start in one of them.
    pub starts: bool,
    /// Whether nodes restart in one of them.
    pub rolls: bool,
    /// Whether the replication changes in one of them.
    pub sets_replication: bool,
    /// Whether nodes are drained in one of them.
    pub drains: bool,
    /// Whether a metadata server leaves the quorum in one of them.
    pub leaves_quorum: bool,
    /// Whether nodes end in one of them.
    pub stops: bool,
    /// How many.
    pub step_count: usize,
    /// How the volumes of nodes that went are deleted in the end; none where no node went.
    pub delete_volumes: Vec<CommandText>,
    /// Whether any node went.
    pub has_volumes: bool,
    /// Where a node's log is seen.
    pub logs: String,
    /// The function that says why nothing happens, where there is one.
    pub why: Option<&'static str>,
    /// The names of nodes by id, for messages.
    pub rows: String,
    /// How long a condition is waited for before a step that needs it is given up, in seconds.
    pub patience: u32,
}

/// A row of the table of quorums.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SurvivalRow {
    /// When.
    pub when: &'static str,
    /// How many nodes the log can lose.
    pub log: usize,
    /// How many the metadata quorum can lose.
    pub metadata: usize,
    /// How many workers can be lost.
    pub partitions: usize,
}

/// A command.
#[derive(Debug, Clone, Serialize)]
pub struct CommandText {
    /// As people type it.
    pub command: String,
    /// As one word of sh.
    pub quoted: String,
}

/// A step for people and for sh.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StepText {
    /// From 1.
    pub number: usize,
    /// What kind of step it is.
    pub action: &'static str,
    /// The nodes that it is about.
    pub nodes: Vec<String>,
    /// What is done.
    pub title: String,
    /// The title as a word of sh.
    pub quoted_title: String,
    /// Why.
    pub why: String,
    /// What must hold before.
    pub needs: Vec<ConditionText>,
    /// The files that are put in place first; none where they are in place already, or not needed.
    pub files: Option<FilesText>,
    /// The commands.
    pub commands: Vec<String>,
    /// Whether there are any.
    pub has_commands: bool,
    /// Whether it is done for each node separately; the commands then have `$node`.
    pub is_for_each: bool,
    /// The names of those nodes, as words of sh.
    pub each: String,
    /// Whether those are more than one.
    pub has_several: bool,
    /// What is waited for after.
    pub waits: Vec<ConditionText>,
    /// Whether run.sh asks first, because the step cannot be undone.
    pub asks: bool,
    /// The question, as a word of sh; empty if it does not ask.
    pub question: String,
    /// How to undo it.
    pub undo: String,
    /// What an interruption leaves behind.
    pub interrupted: String,
    /// How many nodes may fail while it is done.
    pub survives_during: usize,
    /// How many once it is.
    pub survives_after: usize,
}

/// Files that are put in place. They wait in the plan's folder until a step applies any.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FilesText {
    /// The folder with them, in that of the plan.
    pub folder: String,
    /// The commands before that.
    pub before: Vec<String>,
    /// Whether the plan leads to these files; else they are in place for a few steps.
    pub are_final: bool,
}

impl FilesText {
    /// The new files.
    fn of_the_plan() -> Self {
        Self {
            folder: FILES.to_owned(),
            before: Vec::new(),
            are_final: true,
        }
    }
}

/// The runbook of a plan.
pub fn of(plan: &Plan, change: &Change, operations: &Operations) -> Runbook {
    let writer = Writer {
        names: change
            .before
            .nodes
            .iter()
            .chain(&change.after.nodes)
            .map(|node| (node.id, node.name.as_str()))
            .collect(),
        change,
        operations,
    };
    let mut steps: Vec<StepText> = plan
        .steps
        .iter()
        .filter(|step| match step.action {
            Action::Enlarge => !operations.enlarge.is_empty(),
            Action::Mark => !operations.mark.is_empty(),
            _ => true,
        })
        .enumerate()
        .map(|(index, step)| writer.step(index + 1, step, &plan.steps))
        .collect();
    let commits = operations.commits.as_ref();
    place_once(
        &mut steps,
        commits.and_then(|commits| commits.interim.as_ref()),
    );
    if let (Some(commits), Some(first)) = (commits, steps.first_mut())
        && commits.begins_there
    {
        first.needs.push(conditions::arrived(commits, PATIENCE));
    }
    let does = |is: &dyn Fn(&Action) -> bool| plan.steps.iter().any(|step| is(&step.action));
    let rolled = plan.steps.iter().filter_map(|step| match &step.action {
        Action::Roll { nodes } => Some(nodes.as_slice()),
        _ => None,
    });
    let row = |when, survival: Survival| SurvivalRow {
        when,
        log: survival.log,
        metadata: survival.metadata,
        partitions: survival.partitions,
    };
    let committed = steps.iter().filter(|step| step.files.is_some()).count();
    Runbook {
        name: name(&plan.purpose),
        title: wording::change(&plan.purpose),
        cluster_name: change.after.cluster_name.clone(),
        functions: functions::of(plan, change, operations),
        ready: operations.ready.clone(),
        record: operations.record.clone(),
        cautions: wording::cautions(plan, change, operations, committed),
        survives: [
            row("before", plan.before),
            row("at worst in between", plan.during()),
            row("after", plan.after()),
        ],
        restarts: wording::restarts(&rolled.collect::<Vec<_>>().concat(), &|nodes| {
            writer.named(nodes)
        }),
        arrived: commits.map(|commits| conditions::arrived(commits, A_DAY)),
        step_count: steps.len(),
        undoes: does(&|action| {
            !matches!(
                action,
                Action::Check
                    | Action::Enlarge
                    | Action::Mark
                    | Action::Snapshot
                    | Action::Clear { .. }
                    | Action::Settle
            )
        }),
        starts: does(&|action| matches!(action, Action::Start { .. })),
        rolls: does(&|action| matches!(action, Action::Roll { .. })),
        sets_replication: does(&|action| matches!(action, Action::SetReplication { .. })),
        drains: does(&|action| matches!(action, Action::Drain { .. })),
        leaves_quorum: does(&|action| matches!(action, Action::LeaveQuorum { .. })),
        stops: does(&|action| matches!(action, Action::Stop { .. })),
        steps,
        has_volumes: !operations.delete_volumes.is_empty(),
        delete_volumes: operations
            .delete_volumes
            .iter()
            .map(|deletion| CommandText {
                quoted: deletion.word.clone(),
                command: deletion.command.clone(),
            })
            .collect(),
        logs: operations.logs.clone(),
        why: operations.why,
        patience: PATIENCE,
        rows: rows(change.before.nodes.iter().chain(change.added())),
    }
}

/// Files are put in place once: by the first step that applies any, and where others have to be there before, by the next
/// one. Later steps apply the same files.
fn place_once(steps: &mut [StepText], interim: Option<&Interim>) {
    let interim = interim.map(|files| FilesText {
        folder: files.folder.clone(),
        before: files.before.clone(),
        are_final: false,
    });
    let mut folders = interim.into_iter().chain([FilesText::of_the_plan()]);
    for step in steps.iter_mut().filter(|step| step.files.is_some()) {
        step.files = folders.next();
    }
}

/// Where the cluster file is, from the folder of the generated files.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClusterFiles<'a> {
    /// The file that the plan replaces; none where it says what it should already.
    pub edited: Option<&'a str>,
    /// The file that is committed with the generated ones; none where there is no file.
    pub committed: Option<&'a str>,
}

/// `PLAN.md` and `run.sh`. `command` is how to make them again, and `generate` how to make the files of the cluster as it
/// was.
pub fn render(
    runbook: &Runbook,
    command: &str,
    generate: &str,
    cluster_file: ClusterFiles<'_>,
) -> RenderedTree {
    #[derive(Serialize)]
    struct View<'r> {
        command: &'r str,
        generate: &'r str,
        cluster_file: Option<String>,
        committed: Option<String>,
        #[serde(flatten)]
        runbook: &'r Runbook,
        described: Vec<Described<'r>>,
    }
    let view = View {
        command,
        generate,
        cluster_file: cluster_file.edited.map(quoted),
        committed: cluster_file.committed.map(quoted),
        runbook,
        described: described(runbook),
    };
    let replaced = |path, text| RenderedFile {
        path,
        text,
        keeping: Keeping::Replace,
    };
    RenderedTree::new(vec![
        replaced(
            "PLAN.md",
            render::render(render::template!("operations/PLAN.md"), &view),
        ),
        replaced(
            "run.sh",
            render::render(
                render::template!("operations/run.sh").including(&[operations::PARTS]),
                &view,
            ),
        ),
    ])
}

/// A step as `PLAN.md` describes it.
#[derive(Serialize)]
struct Described<'r> {
    #[serde(flatten)]
    step: &'r StepText,
    /// The functions that no step before uses, as a list in a sentence.
    functions: String,
}

/// The steps, each with the functions that it is the first to use.
fn described(runbook: &Runbook) -> Vec<Described<'_>> {
    let defined = runbook.functions.iter();
    let mut unused: BTreeSet<&str> = defined
        .filter_map(|line| functions::defined(line))
        .collect();
    let steps = runbook.steps.iter();
    steps
        .map(|step| {
            let conditions = step.needs.iter().chain(&step.waits);
            let looks = conditions.map(|condition| condition.look.as_str());
            let commands = step.commands.iter().map(String::as_str);
            let is_in_a_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let words = looks.chain(commands).flat_map(|command| {
                let words = command.split(move |c: char| !is_in_a_word(c));
                words.filter(|word| !word.is_empty())
            });
            let mut first: Vec<String> = Vec::new();
            for word in words {
                if unused.remove(word) {
                    first.push(format!("`{word}`"));
                }
            }
            Described {
                step,
                functions: first.join(", "),
            }
        })
        .collect()
}

/// The name of the folder.
fn name(purpose: &Purpose) -> String {
    match purpose {
        Purpose::Scale { from, to } => format!("scale-{from}-to-{to}"),
        Purpose::Replace { lost } => format!("replace-{lost}"),
        Purpose::Upgrade { from, to } => format!("upgrade-{from}-to-{to}"),
        Purpose::Replication { from, to } => format!("replication-{from}-to-{to}"),
        Purpose::Configure => "configure".to_owned(),
    }
}

/// Whether the step applies generated files, or ends what they have no longer: from then on the folder can be applied as a
/// whole only if it has the new ones.
pub fn applies_files(action: &Action) -> bool {
    match action {
        Action::Enlarge
        | Action::Mark
        | Action::Clear { .. }
        | Action::Start { .. }
        | Action::Roll { .. }
        | Action::Stop { .. }
        | Action::Settle => true,
        Action::Check
        | Action::Snapshot
        | Action::LeaveQuorum { .. }
        | Action::JoinQuorum { .. }
        | Action::SetReplication { .. }
        | Action::Drain { .. }
        | Action::Empty { .. }
        | Action::Forget { .. } => false,
    }
}

/// What the words of a step are made from.
struct Writer<'t> {
    names: BTreeMap<NodeId, &'t str>,
    change: &'t Change<'t>,
    operations: &'t Operations,
}

impl Writer<'_> {
    fn step(&self, number: usize, step: &Step, steps: &[Step]) -> StepText {
        let action = &step.action;
        let is_upgrade = self.change.before.release.minor() != self.change.after.release.minor();
        let mut words = wording::step(action, &|nodes| self.named(nodes), is_upgrade);
        let mut during = step.during;
        let rolls = |step: &&Step| matches!(step.action, Action::Roll { .. });
        // Where the files are applied as a whole, nodes restart in the first step that applies them.
        let enlarges = matches!(action, Action::Enlarge) && self.operations.commits.is_none();
        let starts = matches!(action, Action::Start { .. }) || enlarges;
        if self.operations.applies_all_at_once && starts && steps.iter().any(|step| rolls(&step)) {
            let rolls = steps.iter().filter(rolls);
            during = rolls.fold(during, |worst, roll| worst.at_worst(roll.during));
            words
                .why
                .push_str(" Existing nodes whose files changed restart too, one after the other.");
            "some nodes have started or restarted, the others have not; run it again"
                .clone_into(&mut words.interrupted);
        }
        let asks = match action {
            Action::Clear { .. } | Action::Forget { .. } => true,
            Action::Roll { .. } => is_upgrade,
            _ => false,
        };
        let (commands, is_for_each) = self.commands(action);
        let conditions = |conditions: &[Condition], seconds: u32| {
            conditions
                .iter()
                .map(|condition| conditions::text(condition, &|nodes| self.named(nodes), seconds))
                .collect()
        };
        let nodes = nodes_of(action);
        StepText {
            number,
            action: words.action,
            each: if is_for_each {
                let names: Vec<String> = nodes.iter().map(|id| quoted(self.name(*id))).collect();
                names.join(" ")
            } else {
                String::new()
            },
            has_several: nodes.len() > 1,
            nodes: nodes.iter().map(|id| self.name(*id).to_owned()).collect(),
            quoted_title: always_quoted(&words.title),
            title: words.title,
            why: words.why,
            needs: conditions(&step.needs, PATIENCE),
            files: applies_files(action).then(FilesText::of_the_plan),
            has_commands: !commands.is_empty(),
            commands,
            is_for_each,
            waits: conditions(&step.waits, words.seconds),
            asks,
            question: if asks {
                always_quoted(&words.question)
            } else {
                String::new()
            },
            undo: words.undo,
            interrupted: words.interrupted,
            survives_during: during.nodes(),
            survives_after: step.after.nodes(),
        }
    }

    fn commands(&self, action: &Action) -> (Vec<String>, bool) {
        let once = |command: String| (vec![command], false);
        match action {
            Action::Check => (self.operations.check.clone(), false),
            Action::Enlarge => (self.operations.enlarge.clone(), false),
            Action::Mark => (self.operations.mark.clone(), false),
            Action::Snapshot => once(format!("snapshot_all {}", self.change.before.partitions)),
            Action::LeaveQuorum { node } => once(format!(
                "restatectl metadata-server remove-node N{node} --yes"
            )),
            Action::JoinQuorum { nodes } => once(format!(
                "restatectl metadata-server add-node {} --yes",
                ids(nodes.iter().copied(), ",")
            )),
            Action::Start { .. } => (self.operations.start.clone(), false),
            Action::Roll { .. } => match &self.operations.roll {
                Roll::EachNode(command) => (vec![command.clone()], true),
                Roll::ByItself(commands) => (commands.clone(), false),
            },
            Action::SetReplication { log, partition } => once(format!(
                "restatectl config set --log-replication {} --partition-replication {} --yes",
                quoted(&log.notation()),
                quoted(&partition.notation())
            )),
            // restatectl refuses to set the state of a role that a node does not have.
            Action::Drain { nodes } => {
                let of = |role: Role, what: &str| {
                    let has = self.with_role(nodes, role);
                    let command = format!(
                        "restatectl nodes {what} --nodes {} --yes",
                        ids(has.iter().copied(), ",")
                    );
                    (!has.is_empty()).then_some(command)
                };
                let storage = match self.change.lost {
                    Some(lost) if nodes.contains(&lost) => {
                        Some(format!("no_more_records_on N{lost}"))
                    }
                    _ => of(
                        Role::LogServer,
                        "set-storage-state --storage-state read-only",
                    ),
                };
                let commands = [
                    storage,
                    of(Role::Worker, "set-worker-state --worker-state draining"),
                ];
                (commands.into_iter().flatten().collect(), false)
            }
            Action::Clear { .. } => (self.operations.clear.clone(), false),
            Action::Empty { nodes } => once(format!(
                "trim_until_empty {}",
                ids(nodes.iter().copied(), " ")
            )),
            Action::Stop { .. } => (self.operations.stop.clone(), false),
            Action::Forget { nodes } => once(format!("forget {}", ids(nodes.iter().copied(), ","))),
            Action::Settle => (self.operations.settle.clone(), false),
        }
    }

    /// Those of the nodes that have the role, as the cluster runs.
    fn with_role(&self, nodes: &[NodeId], role: Role) -> Vec<NodeId> {
        let having = self.change.before.nodes_with(role).map(|node| node.id);
        having.filter(|id| nodes.contains(id)).collect()
    }

    fn name(&self, id: NodeId) -> &str {
        self.names.get(&id).copied().unwrap_or_default()
    }

    /// The nodes by name, as a sentence has them.
    fn named(&self, nodes: &[NodeId]) -> String {
        match nodes {
            [] => "no node".to_owned(),
            [one] => self.name(*one).to_owned(),
            [first, .., last] if nodes.len() > 8 => format!(
                "{} nodes from {} to {}",
                nodes.len(),
                self.name(*first),
                self.name(*last)
            ),
            [most @ .., last] => {
                let most: Vec<&str> = most.iter().map(|id| self.name(*id)).collect();
                format!("{} and {}", most.join(", "), self.name(*last))
            }
        }
    }
}

fn nodes_of(action: &Action) -> Vec<NodeId> {
    match action {
        Action::Check
        | Action::Enlarge
        | Action::Mark
        | Action::Snapshot
        | Action::SetReplication { .. }
        | Action::Settle => Vec::new(),
        Action::LeaveQuorum { node } | Action::Clear { node } => {
            vec![*node]
        }
        Action::JoinQuorum { nodes }
        | Action::Start { nodes }
        | Action::Roll { nodes }
        | Action::Drain { nodes }
        | Action::Empty { nodes }
        | Action::Stop { nodes }
        | Action::Forget { nodes } => nodes.clone(),
    }
}
