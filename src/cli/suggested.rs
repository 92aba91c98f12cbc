//! What is meant by words that other tools know and this one does not.

use clap::Command;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::targets::operations::quoted;

/// Words in the place of a verb, and what does that here.
const WORDS: &[(&[&str], &str)] = &[
    (
        &["check", "lint", "verify"],
        "`restate-gen validate` checks the cluster file; `restate-gen drift` checks the generated files",
    ),
    (
        &["generate", "gen", "render", "build"],
        "`restate-gen compose`, `restate-gen kubernetes` and `restate-gen nomad` generate the files",
    ),
    (
        &["diff"],
        "`restate-gen compose --diff` shows what would change in the files; `restate-gen plan` plans the change of a running cluster",
    ),
    (
        &["up", "start", "run", "deploy", "apply"],
        "restate-gen starts nothing: `restate-gen compose` generates the files, then `docker compose up -d --wait` starts them",
    ),
    (
        &["new", "create"],
        "`restate-gen init` writes a cluster file to start from",
    ),
    (
        &["docker", "docker-compose"],
        "`restate-gen compose` generates the files for Docker Compose",
    ),
    (
        &["helm"],
        "`restate-gen kubernetes --flavor helm` generates the values of the Helm chart",
    ),
    (
        &["status"],
        "`restate-gen` alone says what is in this folder",
    ),
];

/// The error with the command that does what is meant, where that is known.
pub fn with(mut error: clap::Error) -> clap::Error {
    let told = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    let tip = match error.kind() {
        ErrorKind::InvalidSubcommand => told(ContextKind::InvalidSubcommand).and_then(of_word),
        ErrorKind::UnknownArgument => told(ContextKind::InvalidArg).and_then(of_argument),
        _ => None,
    };
    if let Some(tip) = tip {
        // What is spelt alike is not what is meant.
        error.remove(ContextKind::SuggestedSubcommand);
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![StyledStr::from(tip)]),
        );
    }
    error
}

fn of_word(word: &str) -> Option<String> {
    let (_, tip) = WORDS.iter().find(|(words, _)| words.contains(&word))?;
    Some((*tip).to_owned())
}

/// What an argument means that the verb of the command line does not take.
fn of_argument(argument: &str) -> Option<String> {
    let command = super::command();
    let mut words = std::env::args_os().skip(1);
    let verb = words.find_map(|word| command.find_subcommand(word))?;
    let name = verb.get_name();
    if argument == "--dry-run" {
        return match name {
            "init" => Some("`restate-gen init -o -` prints the file and writes nothing".into()),
            _ if takes(verb, "write") => Some(format!(
                "`restate-gen {name}` writes nothing without --write"
            )),
            _ => None,
        };
    }
    let option = match argument {
        _ if argument.starts_with('-') => return None,
        _ if takes(verb, "nodes") && argument.parse::<u32>().is_ok() => "nodes",
        _ if name == "init" => "output",
        _ if takes(verb, "file") => "file",
        _ => return None,
    };
    Some(format!(
        "`restate-gen {name} --{option} {}`",
        quoted(argument)
    ))
}

fn takes(verb: &Command, option: &str) -> bool {
    let mut options = verb.get_arguments();
    options.any(|known| known.get_long() == Some(option))
}
