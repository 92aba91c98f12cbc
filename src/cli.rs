//! The command line: its verbs and flags, and what runs them.
//!
//! Exit codes, the same for every verb: 0 success, 1 findings or drift, 2 the command failed.

mod adopt;
mod change;
mod completions;
mod deployed;
mod drift;
mod environment;
pub mod explain;
mod files;
mod fix;
mod generate;
mod here;
mod ignored;
mod import;
mod init;
mod input;
mod man;
mod overrides;
mod plan;
mod plans;
mod recorded;
mod replace;
mod scale;
mod schema;
mod show;
mod suggested;
mod terminal;
mod upgrade;
mod validate;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{
    ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum,
};

use crate::diagnostic::Rule;
use crate::facts::Release;
use crate::targets::{self, Flag, Orchestrator};
use terminal::Terminal;

/// Everything to run a Restate cluster, from one small file or a number.
#[derive(Debug, Parser)]
#[command(
    name = "restate-gen",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(after_help = "Exit codes: 0 success, 1 findings or drift, 2 the command failed.")]
pub struct Arguments {
    /// When to use colours on stderr. NO_COLOR is respected
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
    /// Say only what is wrong or may surprise: neither what was written nor what comes next
    #[arg(short, long, global = true)]
    quiet: bool,
    #[command(subcommand)]
    verb: Verb,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write a commented cluster file to start from
    #[command(after_help = examples(&[
        "init",
        "init --nodes 5 --output cluster",
        "init --output -",
    ]))]
    Init(InitArguments),
    #[command(flatten)]
    Generate(Generate),
    /// Generate only .env with its secrets, and .env.example
    // What a running cluster would take over is in the other files, which this verb leaves as they are.
    #[command(mut_arg("adopt", |flag| flag.hide(true)), mut_arg("by_hand", |flag| flag.hide(true)))]
    Env(GenerateArguments),
    /// Write a cluster file for a server that runs already, from its Compose file
    #[command(after_help = examples(&[
        "import docker-compose.yaml",
        "import docker-compose.yaml docker-compose.override.yaml --live",
        "import docker-compose.yaml --audit --format github",
    ]))]
    Import(ImportArguments),
    /// Check all generated files below a folder: whether they are what restate-gen generates now
    #[command(after_help = examples(&[
        "drift",
        "drift clusters --format github",
    ]))]
    Drift(DriftArguments),
    /// Plan scaling a running cluster
    #[command(after_help = examples(&[
        "scale --nodes 5",
        "scale --nodes 5 --write",
        "scale --to new.yaml --verbose",
    ]))]
    Scale(ScaleArguments),
    /// Plan replacing a node that lost its disk
    #[command(after_help = examples(&[
        "replace restate-2",
        "replace N2 --write",
    ]))]
    Replace(ReplaceArguments),
    /// Plan an upgrade to another server version
    #[command(after_help = examples(&[
        "upgrade",
        "upgrade 1.7.12 --write",
    ]))]
    Upgrade(UpgradeArguments),
    /// Plan the change to what the cluster file says now: version, replication, settings, nodes
    #[command(after_help = examples(&[
        "plan",
        "plan --nodes 5 --verbose",
        "plan old.yaml new.yaml --format json",
    ]))]
    Plan(PlanArguments),
    /// Check the cluster file and report everything that is wrong with it
    #[command(after_help = examples(&[
        "validate",
        "validate --fix --diff",
        "validate --against old.yaml restate-cluster.yaml",
    ]))]
    Validate(ValidateArguments),
    /// Show the cluster at a glance, and what still works while certain nodes are down
    #[command(after_help = examples(&[
        "show",
        "show --lose restate-2,zone:eu.a",
        "show --format mermaid",
    ]))]
    Show(ShowArguments),
    /// Explain a rule, a key of the cluster file or a server setting
    Explain {
        /// A rule by code or name (`RG007`, `duplicate-key`), a key of the cluster file (`nodes.ports`),
        /// or a server setting (`worker.invoker.memory-limit`) [default: a list of all rules]
        name: Option<String>,
    },
    /// Print the JSON schema of the cluster file, or of the reports in JSON
    Schema {
        /// Which schema
        #[arg(value_name = "OF", default_value = "cluster")]
        of: SchemaOf,
    },
    /// Print a completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Which cluster.
#[derive(Debug, Args)]
pub struct ClusterArguments {
    /// The cluster file, `-` for standard input [default: restate-cluster.yaml in the working directory or a folder above]
    #[arg(short, long, value_name = "FILE", env = "RESTATE_GEN_FILE")]
    file: Option<PathBuf>,
    /// Generate N identical nodes, overriding the file; no cluster file is needed
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    nodes: Option<String>,
}

/// The arguments of a generating verb.
#[derive(Debug, Args)]
pub struct GenerateArguments {
    #[command(flatten)]
    cluster: ClusterArguments,
    /// Folder for the generated files, `-` for the main file on stdout [default: the folder of the cluster file]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Overwrite files that this tool did not write, and those that were edited after it wrote them
    #[arg(long)]
    force: bool,
    /// Write nothing; exit 1 if the generated files are out of date, edited, missing, or left over
    #[arg(long)]
    check: bool,
    /// With --check: how findings are written
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "human",
        requires = "check",
        conflicts_with = "diff"
    )]
    format: Format,
    /// Write nothing; show what would change
    #[arg(long, visible_alias = "dry-run")]
    diff: bool,
    /// Generate for a new cluster, whatever was generated into the folder before
    #[arg(long)]
    new_cluster: bool,
    /// In a folder without a record: take what the generated files say as what runs, whatever the cluster file says now
    #[arg(long, conflicts_with_all = ["new_cluster", "check", "diff"])]
    adopt: bool,
    /// Also write what a running cluster takes over only by the steps of a plan: you take them yourself
    #[arg(long, conflicts_with = "new_cluster")]
    by_hand: bool,
    /// Leave out the findings of a rule, by its code or name; may be repeated
    #[arg(long, value_name = "RULE", value_parser = validate::rule)]
    allow: Vec<&'static Rule>,
}

impl GenerateArguments {
    /// Those of `--check` of the files in a folder.
    fn check(folder: &Path) -> Self {
        Self {
            cluster: ClusterArguments {
                file: None,
                nodes: None,
            },
            output: Some(folder.to_path_buf()),
            force: false,
            check: true,
            format: Format::Human,
            diff: false,
            new_cluster: false,
            adopt: false,
            by_hand: false,
            allow: Vec::new(),
        }
    }
}

/// A generating verb: every orchestrator in the table of targets has one.
#[derive(Debug)]
pub struct Generate {
    orchestrator: &'static Orchestrator,
    arguments: GenerateArguments,
    /// The flags of its own that were given, with their values.
    flags: Vec<(&'static Flag, String)>,
}

impl Subcommand for Generate {
    fn augment_subcommands(command: clap::Command) -> clap::Command {
        command.subcommands(targets::orchestrators().map(|orchestrator| {
            let verb = GenerateArguments::augment_args(clap::Command::new(orchestrator.verb));
            let flags = orchestrator.flags.iter().map(|flag| {
                clap::Arg::new(flag.key)
                    .long(flag.key)
                    .value_name(flag.value_name)
                    .help(flag.help)
            });
            let verb_alone = orchestrator.verb;
            verb.about(orchestrator.about)
                .after_help(examples(&[
                    &format!("{verb_alone} --nodes 3"),
                    &format!("{verb_alone} --diff"),
                    &format!("{verb_alone} --check --format github"),
                ]))
                .visible_aliases(orchestrator.alias)
                .args(flags)
        }))
    }

    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        targets::orchestrators().any(|orchestrator| orchestrator.verb == name)
    }
}

impl FromArgMatches for Generate {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let (verb, matches) = matches
            .subcommand()
            .ok_or_else(|| clap::Error::new(ErrorKind::MissingSubcommand))?;
        let orchestrator = targets::orchestrators()
            .find(|orchestrator| orchestrator.verb == verb)
            .ok_or_else(|| clap::Error::new(ErrorKind::InvalidSubcommand))?;
        let given = |flag: &'static Flag| Some((flag, matches.get_one(flag.key).cloned()?));
        Ok(Self {
            orchestrator,
            arguments: GenerateArguments::from_arg_matches(matches)?,
            flags: orchestrator.flags.iter().filter_map(given).collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The arguments of `drift`.
#[derive(Debug, Args)]
pub struct DriftArguments {
    /// Folders; every restate-gen.lock in them and below is looked at
    #[arg(value_name = "FOLDER", default_value = ".")]
    folders: Vec<PathBuf>,
    /// How findings are written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

/// The arguments of `import`.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// The Compose file, and its overrides behind it. `.env` next to it is read too
    #[arg(value_name = "SOURCE", required = true)]
    sources: Vec<PathBuf>,
    /// Folder for the cluster file [default: `restate` next to the source]
    #[arg(short, long, value_name = "DIR", conflicts_with = "audit")]
    output: Option<PathBuf>,
    /// A service that runs a node, where the files have servers of several clusters; may be repeated
    #[arg(long = "service", value_name = "NAME")]
    services: Vec<String>,
    /// Ask the running containers what the files do not say, by `docker inspect` and the servers' own endpoints. Only reads
    #[arg(long, conflicts_with = "audit")]
    live: bool,
    /// Write nothing; report what is wrong in the source
    #[arg(long)]
    audit: bool,
    /// With --audit: how findings are written
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "human",
        requires = "audit"
    )]
    format: Format,
    /// With --audit: treat findings of this severity as errors
    #[arg(long, value_name = "WHAT", requires = "audit")]
    deny: Option<Deny>,
    /// Leave out the findings of a rule, by its code or name; may be repeated
    #[arg(long, value_name = "RULE", value_parser = import::rule)]
    allow: Vec<&'static Rule>,
}

/// The arguments of every verb that plans a change of a running cluster.
#[derive(Debug, Args)]
pub struct ChangeArguments {
    /// What runs the cluster [default: the target of the generated files]
    #[arg(long, value_name = "TARGET", value_parser = change::orchestrator())]
    target: Option<&'static Orchestrator>,
    /// Folder of the generated files [default: the folder of the cluster file]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Write the plan into `operations`: its script, and the new files, which wait there until it runs. Runs nothing
    #[arg(long)]
    write: bool,
    /// Leave out the findings of a rule, by its code or name; may be repeated
    #[arg(long, value_name = "RULE", value_parser = change::rule)]
    allow: Vec<&'static Rule>,
    /// How the plan is printed
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        conflicts_with = "write"
    )]
    format: PlanFormat,
    /// Print all of the plan: conditions, commands, and how to undo each step
    #[arg(long, conflicts_with = "write")]
    verbose: bool,
}

/// How a plan is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people: a summary, or with `--verbose` all of it in Markdown.
    Text,
    /// For programs: `restate-gen schema plan` prints its schema.
    Json,
}

/// The arguments of `scale`.
#[derive(Debug, Args)]
pub struct ScaleArguments {
    /// The deployed cluster file [default: restate-cluster.yaml in the working directory or a folder above]
    #[arg(short, long, value_name = "FILE", env = "RESTATE_GEN_FILE")]
    file: Option<PathBuf>,
    /// The new number of nodes
    #[arg(
        long,
        value_name = "N",
        allow_hyphen_values = true,
        required_unless_present = "to",
        conflicts_with = "to"
    )]
    nodes: Option<String>,
    /// The new cluster file
    #[arg(long, value_name = "NEW")]
    to: Option<PathBuf>,
    #[command(flatten)]
    change: ChangeArguments,
}

/// The arguments of `replace`.
#[derive(Debug, Args)]
pub struct ReplaceArguments {
    /// The node that lost its disk, by name or id
    #[arg(value_name = "NODE")]
    node: String,
    /// The deployed cluster file [default: restate-cluster.yaml in the working directory or a folder above]
    #[arg(short, long, value_name = "FILE", env = "RESTATE_GEN_FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    change: ChangeArguments,
}

/// The arguments of `upgrade`.
#[derive(Debug, Args)]
pub struct UpgradeArguments {
    /// The new server version [default: the newest patch of the next minor, or of the same one if it is the newest]
    #[arg(value_name = "VERSION", value_parser = upgrade::release)]
    version: Option<Release>,
    /// The deployed cluster file [default: restate-cluster.yaml in the working directory or a folder above]
    #[arg(short, long, value_name = "FILE", env = "RESTATE_GEN_FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    change: ChangeArguments,
}

/// The arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanArguments {
    /// The deployed cluster file [default: what the files in the folder were generated from]
    #[arg(value_name = "OLD", requires = "new")]
    old: Option<PathBuf>,
    /// The new cluster file
    #[arg(value_name = "NEW", conflicts_with_all = ["file", "nodes"])]
    new: Option<PathBuf>,
    #[command(flatten)]
    cluster: ClusterArguments,
    #[command(flatten)]
    change: ChangeArguments,
}

/// The arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArguments {
    /// How many nodes
    #[arg(
        long,
        value_name = "N",
        default_value = "3",
        allow_hyphen_values = true
    )]
    nodes: String,
    /// Folder for the file, `-` for stdout
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    output: PathBuf,
    /// Overwrite an existing cluster file
    #[arg(long)]
    force: bool,
}

/// The arguments of `validate`.
#[derive(Debug, Args)]
pub struct ValidateArguments {
    /// Cluster files; more than one may be given
    #[arg(value_name = "FILE", action = ArgAction::Append)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    cluster: ClusterArguments,
    /// How findings are written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    /// The deployed cluster file: also report changes that the running cluster cannot make, or not by itself
    #[arg(long, value_name = "OLD")]
    against: Option<PathBuf>,
    /// Treat findings of this severity as errors
    #[arg(long, value_name = "WHAT")]
    deny: Option<Deny>,
    /// Leave out the findings of a rule, by its code or name; may be repeated
    #[arg(long, value_name = "RULE", value_parser = validate::rule)]
    allow: Vec<&'static Rule>,
    /// Exit 0 even if there are errors
    #[arg(long)]
    exit_zero: bool,
    /// Fix what needs no decision, such as misspelt keys; comments and layout stay
    #[arg(long, conflicts_with = "nodes")]
    fix: bool,
    /// With --fix: write nothing; show what would change
    #[arg(long, visible_alias = "dry-run", requires = "fix")]
    diff: bool,
}

/// What `--deny` treats as errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Deny {
    /// Warnings.
    Warnings,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, on stderr; all others go to stdout.
    Human,
    /// A line for each finding: `file:line:column: error[RG020] message`.
    Concise,
    /// For programs: everything; `restate-gen schema report` prints its schema.
    Json,
    /// SARIF 2.1.0, for GitHub code scanning and static analysis viewers.
    Sarif,
    /// Workflow commands, which GitHub Actions shows next to the changed lines.
    Github,
    /// A Code Quality report for GitLab.
    Gitlab,
    /// JUnit XML, for any other CI system.
    Junit,
}

/// The arguments of `show`.
#[derive(Debug, Args)]
pub struct ShowArguments {
    #[command(flatten)]
    cluster: ClusterArguments,
    /// How it is drawn
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: PictureFormat,
    /// Nodes that are down, by name or id, `zone:REGION.ZONE` or `region:REGION`: says what still works
    #[arg(long, value_name = "NODE", value_delimiter = ',')]
    lose: Vec<String>,
}

/// How a picture is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PictureFormat {
    /// For people, in a terminal
    Table,
    /// A flowchart of Mermaid, which GitHub and GitLab draw in Markdown
    Mermaid,
    /// A graph of Graphviz
    Dot,
    /// For programs: everything; `restate-gen schema show` prints its schema
    Json,
}

/// What there is a schema of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// The cluster file.
    Cluster,
    /// What `validate --format json` writes.
    Report,
    /// What `scale`, `replace`, `upgrade` and `plan` write with `--format json`.
    Plan,
    /// What `show` writes with `--format json`.
    Show,
}

/// The outcome of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// All well.
    Well,
    /// Findings, or drift.
    Findings,
}

/// The whole command line, for completions and the manual page.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// The end of the help of a verb.
fn examples(commands: &[&str]) -> String {
    let lines = commands
        .iter()
        .map(|command| format!("  restate-gen {command}"));
    format!("Examples:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

/// Reads the arguments and runs the command.
pub fn run() -> ExitCode {
    let Arguments { color, quiet, verb } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let terminal = Terminal::new(ColorChoice::Auto, false);
            match here::run(&terminal) {
                Ok(None) => error.exit(),
                Ok(Some(outcome)) => return ended(&terminal, Ok(outcome)),
                Err(error) => return ended(&terminal, Err(error)),
            }
        }
        Err(error) => suggested::with(error).exit(),
    };
    let terminal = Terminal::new(color, quiet);
    let outcome = match verb {
        Verb::Init(arguments) => init::run(&terminal, arguments),
        Verb::Generate(generate) => generate::run(&terminal, generate, None),
        Verb::Env(arguments) => {
            let generate = Generate {
                orchestrator: &targets::COMPOSE,
                arguments,
                flags: Vec::new(),
            };
            generate::run(&terminal, generate, Some(files::ENVIRONMENT))
        }
        Verb::Import(arguments) => import::run(&terminal, arguments),
        Verb::Drift(arguments) => drift::run(&terminal, arguments),
        Verb::Scale(arguments) => scale::run(&terminal, &arguments),
        Verb::Replace(arguments) => replace::run(&terminal, &arguments),
        Verb::Upgrade(arguments) => upgrade::run(&terminal, &arguments),
        Verb::Plan(arguments) => plan::run(&terminal, &arguments),
        Verb::Validate(arguments) => validate::run(&terminal, arguments),
        Verb::Show(arguments) => show::run(&terminal, &arguments),
        Verb::Explain { name } => explain::run(&terminal, name.as_deref()),
        Verb::Schema { of } => schema::run(&terminal, of),
        Verb::Completions { shell } => completions::run(&terminal, shell),
        Verb::Man => man::run(&terminal),
    };
    let outcome = match (outcome, terminal.finish()) {
        (Ok(_), Err(error)) => Err(error),
        (outcome, _) => outcome,
    };
    ended(&terminal, outcome)
}

/// The exit code; why the command failed is said.
fn ended(terminal: &Terminal, outcome: anyhow::Result<Outcome>) -> ExitCode {
    match outcome {
        Ok(Outcome::Well) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Err(error) => {
            terminal.failure(&error);
            ExitCode::from(2)
        }
    }
}
