//! `import`: a cluster file from what runs already, or only what is wrong there.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::terminal::Terminal;
use super::{Deny, ImportArguments, Outcome, files, input};
use crate::diagnostic::allow::{Policy, named_rule};
use crate::diagnostic::{Report, Rule, reading};
use crate::import::kind::{self, Kind};
use crate::import::{self, Answer, Answers, Asked, Deployment, Refused, rules};
use crate::output::{self, Foreign};
use crate::source::{self, Document};
use crate::targets::compose::ENV_FILE;
use crate::targets::operations::quoted;
use crate::tree::{Keeping, RenderedFile, RenderedTree};
use crate::validation::validate;

/// The folder for the files, next to the sources, where none is given: the sources' own main file has the name of ours.
const FOLDER: &str = "restate";
/// The report.
const REPORT: &str = "IMPORT.md";
/// What Compose lays over the generated file by itself.
const OVERRIDE: &str = "docker-compose.override.yaml";

/// Reads the sources, and writes a cluster file with its report, or with `--audit` only says what is wrong.
///
/// # Errors
/// When a source cannot be read, the output exists already, or `--live` reaches no Docker.
pub fn run(terminal: &Terminal, arguments: ImportArguments) -> Result<Outcome> {
    let ImportArguments {
        sources,
        output,
        services,
        live,
        audit,
        format,
        deny,
        allow,
    } = arguments;
    terminal.write_findings_as(format);
    let documents: Vec<Document> = sources
        .iter()
        .map(|path| source::load(path))
        .collect::<Result<_>>()?;
    let other = documents
        .iter()
        .find(|document| kind::of(document) != Kind::Compose);
    if let Some(other) =
        other.filter(|document| document.faults().is_empty() || !kind::of(document).is_read())
    {
        refuse(terminal, other);
        return Ok(Outcome::Findings);
    }
    let source = sources
        .first()
        .map(PathBuf::as_path)
        .unwrap_or(Path::new(""));
    let folder = source.parent().unwrap_or(Path::new(""));
    let output = output.unwrap_or_else(|| folder.join(FOLDER));
    let name = std::fs::canonicalize(match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    })
    .with_context(|| format!("cannot find {}", folder.display()))?;
    let name = name
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let read = |path: &str| output::read_lossy(&folder.join(path)).ok().flatten();
    let way = input::way_to(&output, source);
    let back = way.rsplit_once('/').map_or("", |(back, _)| back);
    let nothing = Answers::new();
    let mut asked = Asked {
        folder: &name,
        files: &read,
        services: &services,
        back,
        answers: &nothing,
    };
    let deployment = match Deployment::read(documents, &asked) {
        Ok(deployment) => deployment,
        Err(refused) => {
            say_refused(terminal, &refused);
            return Ok(Outcome::Findings);
        }
    };
    let policy = Policy {
        allowed: allow,
        denies_warnings: deny == Some(Deny::Warnings),
        ..Policy::default()
    };
    let found = rules::run(&deployment);
    if audit {
        let reports = rules::reports(&deployment, &found, &policy);
        reports.iter().for_each(|report| terminal.report(report));
        let has_errors = reports.iter().any(Report::has_errors);
        if reports.iter().all(|report| report.findings().is_empty()) {
            terminal.done("no findings");
        }
        return Ok(if has_errors {
            Outcome::Findings
        } else {
            Outcome::Well
        });
    }
    if let Some(present) = input::FILE_NAMES
        .map(|name| output.join(name))
        .into_iter()
        .find(|path| path.exists())
    {
        bail!(
            "{} already exists; nothing was written\nchoose another folder with --output, or move it away",
            present.display()
        );
    }
    let answers = match live {
        true => answers(&deployment)?,
        false => Answers::new(),
    };
    asked.answers = &answers;
    let draft = import::draft(&deployment, &asked);
    let command = format!(
        "restate-gen import {}",
        sources
            .iter()
            .map(|path| quoted(&path.display().to_string()))
            .collect::<Vec<_>>()
            .join(" ")
    );
    let forward = input::way_to(folder, &output.join(input::FILE_NAMES[0]));
    let file_name = source.file_name().unwrap_or_default().to_string_lossy();
    let heading = import::Heading {
        command: &command,
        back,
        folder: forward.rsplit_once('/').map_or("", |(folder, _)| folder),
        source: &file_name,
    };
    let report = draft.report(&deployment, &found, &heading);
    let file = |path, text: &str| RenderedFile {
        path,
        text: text.to_owned(),
        keeping: Keeping::Found,
    };
    let mut written = vec![file(input::FILE_NAMES[0], &draft.text)];
    written.extend(draft.overriding.as_deref().map(|text| file(OVERRIDE, text)));
    written.push(file(REPORT, &report));
    if !draft.secrets.is_empty() {
        let lines = draft
            .secrets
            .iter()
            .map(|(name, value)| format!("{name}='{}'\n", value.replace('\'', "\\'")));
        written.push(RenderedFile::merged(ENV_FILE, lines.collect()));
    }
    let changes = output::changes(&RenderedTree::new(written), &output, Foreign::Refuse)?;
    output::write(&[&output], &changes)?;
    for change in &changes {
        terminal.done(files::what_became_of(change));
    }
    let counts = [
        (draft.carried.len(), "carried over"),
        (draft.better.len(), "better"),
        (draft.left.len(), "not carried over"),
        (found.len(), "wrong in the source"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    terminal.done(format!(
        "{}: {}",
        counts.join(", "),
        output.join(REPORT).display()
    ));
    let cluster_file = output.join(input::FILE_NAMES[0]);
    if !draft.questions.is_empty() {
        for question in &draft.questions {
            terminal.say(format!("open: `{}`: {}", question.key, question.what));
            terminal.say(format!("  {}", question.command));
        }
        terminal.done(format!(
            "next: write the answers into {}, or import again with --live while the containers run",
            cluster_file.display()
        ));
        return Ok(Outcome::Findings);
    }
    let document = Document::parse(cluster_file.display().to_string(), draft.text);
    let judged = validate(&document, &policy).report;
    terminal.report(&judged);
    terminal.done(format!(
        "next: read {}, and follow its steps",
        output.join(REPORT).display()
    ));
    Ok(if judged.has_errors() {
        Outcome::Findings
    } else {
        Outcome::Well
    })
}

/// The rule that `--allow` names.
///
/// # Errors
/// When there is none, or it cannot be allowed.
pub fn rule(text: &str) -> Result<&'static Rule, String> {
    named_rule(text, &rules::catalogue()).map_err(|(message, help)| format!("{message}; {help}"))
}

/// Says what a file is that is not read.
fn refuse(terminal: &Terminal, document: &Document) {
    let kind = kind::of(document);
    let name = document.name();
    let help = match &kind {
        Kind::ClusterFile if document.text().trim().is_empty() => {
            "it is empty: pass the Compose file that runs the server"
        }
        Kind::ClusterFile => {
            "pass the Compose file that runs the server; a cluster file needs no import"
        }
        Kind::GoTemplate => "render it first, and pass what it makes",
        Kind::Hcl => "pass the Compose file that runs the server, where there is one",
        Kind::Manifest(_) | Kind::HelmValues | Kind::ServerConfiguration | Kind::Compose => {
            "only Compose files are read so far; write the cluster file by hand: `restate-gen init` has every key"
        }
    };
    terminal.refusal(
        format!("{name} is {}, which import does not read", kind.in_words()),
        help,
    );
}

fn say_refused(terminal: &Terminal, refused: &Refused) {
    let Refused { documents, reason } = refused;
    match reason {
        None => {
            for document in documents {
                terminal.report(&Report::new(document, reading::diagnostics(document)));
            }
        }
        Some((refusal, spot)) => {
            let place = spot
                .as_ref()
                .map(|spot| format!("{}: ", import::place(&documents[spot.document], spot)));
            terminal.refusal(
                format!("{}{}", place.unwrap_or_default(), refusal.message),
                &refusal.help,
            );
        }
    }
}

/// What the containers of the servers say. Only reads.
fn answers(deployment: &Deployment) -> Result<Answers> {
    let mut answers = Answers::new();
    for service in deployment.services() {
        let project = format!("label=com.docker.compose.project={}", deployment.project());
        let of_service = format!("label=com.docker.compose.service={service}");
        let containers = docker(&[
            "ps",
            "-aq",
            "--no-trunc",
            "--filter",
            &project,
            "--filter",
            &of_service,
        ])?;
        let Some(container) = containers.lines().next() else {
            bail!(
                "project {} has no container of {service}, so --live has nothing to ask\nstart it, or name the project with `name:` in the file or COMPOSE_PROJECT_NAME in .env",
                deployment.project()
            );
        };
        answers.insert(service.to_owned(), answer(container)?);
    }
    Ok(answers)
}

fn answer(container: &str) -> Result<Answer> {
    let inspected: Value = serde_json::from_str(&docker(&["inspect", container])?)
        .context("docker inspect does not print JSON")?;
    let inspected = &inspected[0];
    let text = |value: &Value| {
        value
            .as_str()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let mounts = inspected["Mounts"].as_array().into_iter().flatten();
    let mounts = mounts.filter_map(|mount| {
        let source = match mount["Type"].as_str() {
            Some("volume") => text(&mount["Name"]),
            _ => text(&mount["Source"]),
        };
        Some((text(&mount["Destination"])?, source?))
    });
    let mut answer = Answer {
        hostname: text(&inspected["Config"]["Hostname"]),
        mounts: mounts.collect(),
        ..Answer::default()
    };
    // A container that does not run answers nothing more.
    if inspected["State"]["Running"] == true {
        let said = docker(&["exec", container, "restate-server", "--version"]).unwrap_or_default();
        answer.version = said.split_whitespace().nth(1).map(str::to_owned);
        let health = docker(&[
            "exec",
            container,
            "curl",
            "--noproxy",
            "*",
            "-fsS",
            "-m",
            "5",
            "http://localhost:5122/health",
        ]);
        let health: Value = serde_json::from_str(&health.unwrap_or_default()).unwrap_or_default();
        answer.id = node_id(&health["node_id"]);
    }
    Ok(answer)
}

/// The id in what a server says of itself: `{"id": 1, "generation": 2}` or `N1:2`.
fn node_id(value: &Value) -> Option<u32> {
    let number = match value {
        Value::Object(of) => return of.get("id")?.as_u64()?.try_into().ok(),
        Value::String(text) => text.trim_start_matches('N').split(':').next()?.parse().ok(),
        _ => None,
    };
    number.filter(|id| *id > 0)
}

/// What a command of Docker's prints.
fn docker(arguments: &[&str]) -> Result<String> {
    let made = Command::new("docker").args(arguments).output();
    let made = made.context("--live asks Docker, and there is no `docker` on the PATH")?;
    if !made.status.success() {
        bail!(
            "docker {}: {}",
            arguments[0],
            String::from_utf8_lossy(&made.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&made.stdout).into_owned())
}
