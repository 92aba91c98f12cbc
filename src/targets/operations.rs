//! What a change of a running cluster is in an orchestrator's own commands.

use serde::Serialize;

use crate::change::Change;
use crate::render::{Template, joined, template};
use crate::topology::{Node, NodeId};
use crate::tree::RenderedTree;

/// What scripts that ask the cluster include.
pub const PARTS: &[Template] = &[
    template!("operations/commit.sh"),
    template!("operations/follows.sh"),
    template!("operations/lock.sh"),
    template!("operations/of-plan.sh"),
    template!("operations/place.sh"),
    template!("operations/record.sh"),
    template!("operations/wait.sh"),
    template!("operations/whole.sh"),
];

/// The commands of one orchestrator for one change. They are for the folder of the generated files, and for sh.
#[derive(Debug, Clone)]
pub struct Operations {
    /// Functions that the commands use, as lines of sh; `restatectl` is the first.
    pub functions: Vec<String>,
    /// The function `ready`, as lines of sh: it fails, with the orchestrator's own words, unless the orchestrator answers, takes the files,
    /// and has the cluster.
    pub ready: Vec<String>,
    /// Where it is noted which steps are done, and who is doing them.
    pub record: Record,
    /// What must be so before anything is done, beyond what the cluster itself says.
    pub check: Vec<String>,
    /// Whether each command that applies files applies all of them: nodes that are not in them go with the first such command.
    pub applies_all_at_once: bool,
    /// How the files get to the cluster where a GitOps controller applies them; none where these commands do.
    pub commits: Option<Commits>,
    /// How the volumes that are there become larger; none where they have no size, or keep it.
    pub enlarge: Vec<String>,
    /// How volumes get the marks of GitOps controllers, or lose them; none where no such controller comes or goes.
    pub mark: Vec<String>,
    /// How what is left of a lost node goes.
    pub clear: Vec<String>,
    /// How new nodes are started.
    pub start: Vec<String>,
    /// How nodes take on their new configuration.
    pub roll: Roll,
    /// How nodes end for good, their volumes kept.
    pub stop: Vec<String>,
    /// How all the rest becomes what the files say.
    pub settle: Vec<String>,
    /// How the volumes of removed nodes are deleted, once nobody needs them.
    pub delete_volumes: Vec<Deletion>,
    /// The function that says why nothing happens, as the orchestrator sees it.
    pub why: Option<&'static str>,
    /// How a node is looked after, for messages: its log, with `<node>` or `<pod>` for its name.
    pub logs: String,
}

/// Where the progress of a plan and its lock are, so that every machine sees them from which the cluster is changed.
#[derive(Debug, Clone, Serialize)]
pub struct Record {
    /// The functions that `record.sh` uses, as lines of sh.
    pub functions: Vec<String>,
    /// Where the progress is, in a sentence.
    pub place: String,
    /// The command that deletes both, for a text in double quotes of sh.
    pub erase: String,
}

/// How files get to the cluster by way of a repository.
#[derive(Debug, Clone)]
pub struct Commits {
    /// The function that tells whether the cluster has the files of the folder.
    pub arrived: &'static str,
    /// The command whose answer shows it.
    pub look: String,
    /// Whether the files that the change begins with came there in the same way.
    pub begins_there: bool,
    /// What the cluster has to have in between; none where the new files can follow the old ones.
    pub interim: Option<Interim>,
}

/// Files that the first step puts in place that applies any. The new ones follow in the next such step.
#[derive(Debug, Clone)]
pub struct Interim {
    /// What the folder with them is called, in that of the plan.
    pub folder: String,
    /// What must be done before anybody applies them.
    pub before: Vec<String>,
    /// Renders them. The text is how to make the files of the cluster again, for their headers.
    pub render: fn(&Change, &str) -> RenderedTree,
}

/// How a volume is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// The command.
    pub command: String,
    /// The command as one word of sh, for a script that says it: names that only the orchestrator knows are put in there.
    pub word: String,
}

impl Deletion {
    /// A command that is said as it is.
    pub fn verbatim(command: String) -> Self {
        Self {
            word: always_quoted(&command),
            command,
        }
    }
}

/// How nodes take on their new configuration, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Roll {
    /// By this command for each, in which `$node` is its name.
    EachNode(String),
    /// By these, which see to the order themselves.
    ByItself(Vec<String>),
}

impl Operations {
    /// These, and where the server's version changes what makes sure of it: that no minor version is skipped by a cluster that is not
    /// what its files say, and that the new one runs in the end. `names` are the nodes, or pods, that the orchestrator's function
    /// `server_version` is called with.
    #[must_use]
    pub fn with_version_checks(mut self, change: &Change, names: &[String]) -> Self {
        if !changes_version(change) {
            return self;
        }
        // What the server says of itself: another build of its image has the same version.
        let (before, after) = (&change.before.release, &change.after.release);
        let (before, after) = (before.version(), after.version());
        let names = names.join(" ");
        self.functions.extend(lines(RUNS));
        // A run that was begun may have brought the new version to some.
        self.check.push(format!("runs '{before} {after}' {names}"));
        self.settle.push(format!("runs {after} {names}"));
        self
    }
}

const RUNS: &str = include_str!("../../templates/operations/versions.sh");

/// Whether the server's version changes.
pub fn changes_version(change: &Change) -> bool {
    change.before.release.version() != change.after.release.version()
}

/// The ids as restatectl takes them: `N1 N2`.
pub fn ids(ids: impl IntoIterator<Item = NodeId>, between: &str) -> String {
    joined(ids.into_iter().map(|id| format!("N{id}")), between)
}

/// The names of nodes by id, for the messages of scripts: `N1=restate-1 N2=restate-2`.
pub fn rows<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> String {
    let rows = nodes.into_iter();
    joined(rows.map(|node| format!("N{}={}", node.id, node.name)), " ")
}

/// A text by lines.
pub fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// A word of sh: in quotes where it could be taken for more than a word.
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        always_quoted(word)
    }
}

/// A text as one word of sh, in quotes whatever it is.
pub fn always_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What [`quoted`] made a word of.
pub fn unquoted(word: &str) -> String {
    let inner = word
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    inner.map_or_else(|| word.to_owned(), |inner| inner.replace(r"'\''", "'"))
}
