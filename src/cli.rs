//! The command line: what can be said, and who answers it.
//!
//! Exit codes, the same for every verb: 0 all well, 1 findings or drift, 2 the job could not be done.

mod change;
mod completions;
pub mod explain;
mod files;
mod fix;
mod generate;
mod init;
mod input;
mod kubernetes;
mod man;
mod nomad;
mod overrides;
mod plan;
mod replace;
mod scale;
mod schema;
mod terminal;
mod validate;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::diagnostic::Rule;
use terminal::Terminal;

/// Everything to run a Restate cluster, from one small file or a number.
#[derive(Debug, Parser)]
#[command(
    name = "restate-gen",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(after_help = "Exit codes: 0 all well, 1 findings or drift, 2 the job could not be done.")]
pub struct Arguments {
    /// When to colour what is written on stderr. NO_COLOR is honoured.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
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
    Init(InitArguments),
    /// Generate docker-compose.yaml, .env, .env.example, backup.sh, restore.sh and OPERATIONS.md
    Compose(GenerateArguments),
    /// Generate Kubernetes manifests with a kustomization.yaml and OPERATIONS.md, or what the Helm chart or the operator takes
    #[command(visible_alias = "k8s")]
    Kubernetes(KubernetesArguments),
    /// Generate Nomad jobs, the scripts that prepare and roll them out, and OPERATIONS.md
    Nomad(GenerateArguments),
    /// Generate .env with its secrets and .env.example, without the rest
    Env(GenerateArguments),
    /// Plan more nodes or fewer for a cluster that holds data, step by step
    Scale(ScaleArguments),
    /// Plan a new node for one whose disk is gone
    Replace(ReplaceArguments),
    /// Plan the way from one cluster file to another: version, replication, settings, nodes
    Plan(PlanArguments),
    /// Check the cluster file and say everything that is wrong with it
    Validate(ValidateArguments),
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
        /// The shell it is for.
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Which cluster.
#[derive(Debug, Args)]
pub struct ClusterArguments {
    /// The cluster file, `-` for standard input [default: restate-cluster.yaml in the working directory]
    #[arg(short, long, value_name = "FILE", env = "RESTATE_GEN_FILE")]
    file: Option<PathBuf>,
    /// That many like nodes, over what the file says; without a file it is enough
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    nodes: Option<String>,
}

/// What a generating verb takes.
#[derive(Debug, Args)]
pub struct GenerateArguments {
    #[command(flatten)]
    cluster: ClusterArguments,
    /// Where the files go, `-` for the main file on stdout [default: the folder of the cluster file]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Replace files that this tool did not write
    #[arg(long)]
    force: bool,
    /// Write nothing; exit 1 when the files are not what they would be
    #[arg(long)]
    check: bool,
    /// Write nothing; show what would change
    #[arg(long)]
    diff: bool,
}

/// What `kubernetes` takes.
#[derive(Debug, Args)]
pub struct KubernetesArguments {
    #[command(flatten)]
    generate: GenerateArguments,
    /// Namespace of all objects, over what the file says
    #[arg(long, value_name = "NAME")]
    namespace: Option<String>,
    /// `raw` manifests, values for the `helm` chart, or a resource for the `operator`, over what the file says [default: raw]
    #[arg(long, value_name = "FLAVOR")]
    flavor: Option<String>,
}

/// What every verb takes that plans a change of a cluster that holds data.
#[derive(Debug, Args)]
pub struct ChangeArguments {
    /// What runs the cluster [default: the one that there are generated files for]
    #[arg(long, value_name = "TARGET")]
    target: Option<TargetName>,
    /// Where the generated files are [default: the folder of the cluster file]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Write the cluster file, what is generated from it, and the plan with its script into `operations`; nothing is run
    #[arg(long)]
    write: bool,
    /// How the plan is printed
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        conflicts_with = "write"
    )]
    format: PlanFormat,
}

/// What runs a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TargetName {
    /// Docker Compose.
    Compose,
    /// Kubernetes, by raw manifests.
    Kubernetes,
    /// Nomad.
    Nomad,
}

/// How a plan is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people, in Markdown.
    Text,
    /// For programs: `restate-gen schema plan` prints its schema.
    Json,
}

/// What `scale` takes.
#[derive(Debug, Args)]
pub struct ScaleArguments {
    /// The cluster file as it is deployed [default: restate-cluster.yaml in the working directory]
    #[arg(short, long, value_name = "FILE", env = "RESTATE_GEN_FILE")]
    file: Option<PathBuf>,
    /// How many nodes it shall have
    #[arg(
        long,
        value_name = "N",
        allow_hyphen_values = true,
        required_unless_present = "to",
        conflicts_with = "to"
    )]
    nodes: Option<String>,
    /// The cluster file as it shall be
    #[arg(long, value_name = "NEW")]
    to: Option<PathBuf>,
    #[command(flatten)]
    change: ChangeArguments,
}

/// What `replace` takes.
#[derive(Debug, Args)]
pub struct ReplaceArguments {
    /// The node whose disk is gone, by name or id
    #[arg(value_name = "NODE")]
    node: String,
    /// The cluster file as it is deployed [default: restate-cluster.yaml in the working directory]
    #[arg(short, long, value_name = "FILE", env = "RESTATE_GEN_FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    change: ChangeArguments,
}

/// What `plan` takes.
#[derive(Debug, Args)]
pub struct PlanArguments {
    /// The cluster file as it is deployed
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The cluster file as it shall be
    #[arg(value_name = "NEW")]
    new: PathBuf,
    #[command(flatten)]
    change: ChangeArguments,
}

/// What `init` takes.
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
    /// Where the file goes, `-` for stdout
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    output: PathBuf,
    /// Replace a cluster file that is there
    #[arg(long)]
    force: bool,
}

/// What `validate` takes.
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
    /// The cluster file as it is deployed: also say what the running cluster cannot become, or not by itself
    #[arg(long, value_name = "OLD")]
    against: Option<PathBuf>,
    /// Take findings of that severity for errors
    #[arg(long, value_name = "WHAT")]
    deny: Option<Deny>,
    /// Leave out the findings of a rule, by its code or name; may be given more than once
    #[arg(long, value_name = "RULE", value_parser = validate::rule)]
    allow: Vec<&'static Rule>,
    /// Exit 0 also when there are errors
    #[arg(long)]
    exit_zero: bool,
    /// Mend what can be mended without a decision; comments and layout stay
    #[arg(long, conflicts_with = "nodes")]
    fix: bool,
    /// With --fix: write nothing, show what would change
    #[arg(long, requires = "fix")]
    diff: bool,
}

/// What `--deny` takes for errors.
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
    /// For programs: everything; `restate-gen schema report` prints its schema.
    Json,
    /// SARIF 2.1.0, for GitHub code scanning and viewers of static analysis.
    Sarif,
    /// Workflow commands, which GitHub Actions shows at the lines of a change.
    Github,
    /// A report of GitLab's Code Quality.
    Gitlab,
    /// JUnit's XML, for any other CI system.
    Junit,
}

/// What there is a schema of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// The cluster file.
    Cluster,
    /// What `validate --format json` writes.
    Report,
    /// What `scale`, `replace` and `plan` write with `--format json`.
    Plan,
}

/// What the job came to.
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

/// Reads the arguments and does what they say.
pub fn run() -> ExitCode {
    let Arguments { color, verb } = Arguments::parse();
    let terminal = Terminal::new(color);
    let outcome = match verb {
        Verb::Init(arguments) => init::run(&terminal, arguments),
        Verb::Compose(arguments) => generate::run(&terminal, arguments, "compose", None),
        Verb::Kubernetes(arguments) => kubernetes::run(&terminal, arguments),
        Verb::Nomad(arguments) => nomad::run(&terminal, arguments),
        Verb::Env(arguments) => {
            generate::run(&terminal, arguments, "env", Some(&files::ENVIRONMENT))
        }
        Verb::Scale(arguments) => scale::run(&terminal, &arguments),
        Verb::Replace(arguments) => replace::run(&terminal, &arguments),
        Verb::Plan(arguments) => plan::run(&terminal, &arguments),
        Verb::Validate(arguments) => validate::run(&terminal, arguments),
        Verb::Explain { name } => explain::run(&terminal, name.as_deref()),
        Verb::Schema { of } => schema::run(&terminal, of),
        Verb::Completions { shell } => completions::run(&terminal, shell),
        Verb::Man => man::run(&terminal),
    };
    match outcome {
        Ok(Outcome::Well) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Err(error) => {
            terminal.failure(&error);
            ExitCode::from(2)
        }
    }
}
