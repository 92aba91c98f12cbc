//! The command line: what can be said, and who answers it.
//!
//! Exit codes, the same for every verb: 0 all well, 1 findings or drift, 2 the job could not be done.

mod completions;
mod files;
mod generate;
mod init;
mod input;
mod kubernetes;
mod man;
mod schema;
mod terminal;
mod validate;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};

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
    /// Generate docker-compose.yaml, .env, .env.example and OPERATIONS.md
    Compose(GenerateArguments),
    /// Generate Kubernetes manifests with a kustomization.yaml and OPERATIONS.md, or what the Helm chart or the operator takes
    #[command(visible_alias = "k8s")]
    Kubernetes(KubernetesArguments),
    /// Generate .env with its secrets and .env.example, without the rest
    Env(GenerateArguments),
    /// Check the cluster file and say everything that is wrong with it
    Validate(ValidateArguments),
    /// Print the JSON schema of the cluster file
    Schema,
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
        Verb::Env(arguments) => {
            generate::run(&terminal, arguments, "env", Some(&files::ENVIRONMENT))
        }
        Verb::Validate(arguments) => validate::run(&terminal, arguments),
        Verb::Schema => schema::run(&terminal),
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
