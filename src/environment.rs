//! What `.env` says over the cluster file of a Compose folder, judged as if the file said it. What is generated never
//! depends on it.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::diagnostic::allow::Policy;
use crate::diagnostic::{At, Diagnostic, Finding, Origin, Severity, listed, quoted};
use crate::model::Section;
use crate::model::environment::{EnvironmentFile, HostPort, HostPorts, Unread, Variable};
use crate::output::dotenv::{self, Fault};
use crate::rules;
use crate::schema;
use crate::source::{DocPath, Document, plain_value};
use crate::targets::compose::{Meaning, PROJECT, SERVER_VERSION, meaning};
use crate::topology::{self, Topology};
use crate::validation::{Over, Running, validate_for, validate_over};

/// Variables for what a cluster that runs cannot change freely, and their keys of the cluster file.
const LASTING: [(&str, &str); 2] = [(SERVER_VERSION, "version"), (PROJECT, "compose.project")];

/// Whether the variables may be a change of a cluster that runs.
pub fn may_change(file: &EnvironmentFile) -> bool {
    let mut variables = file.variables.iter();
    variables.any(|variable| LASTING.iter().any(|(name, _)| *name == variable.name))
}

/// What the text of a `.env` file says. `path` is how messages call the file.
pub fn read(path: &str, text: &str) -> EnvironmentFile {
    let dotenv::Reading {
        assignments,
        faults,
    } = dotenv::read(text);
    let variables = assignments.into_iter();
    let variables = variables.map(|dotenv::Assignment { line, name, value }| Variable {
        place: format!("{path}:{line} {name}"),
        name,
        value: match value {
            dotenv::Value::Text(text) => Some(text),
            dotenv::Value::Varies => None,
        },
    });
    let unread = faults.into_iter().map(|(line, fault)| Unread {
        place: format!("{path}:{line}"),
        reason: match fault {
            Fault::Name(character) => {
                let character = quoted(&character.to_string());
                format!("{character} stands before a `=`, and is not a part of a name")
            }
            Fault::Blank => "the name in front of the `=` has a blank in it".to_owned(),
            Fault::NoName => "there is no name in front of the `=`".to_owned(),
            Fault::NoEquals => "the last line has neither a `=` nor a line break".to_owned(),
            Fault::Quote => "the quote that ends the value is missing".to_owned(),
            Fault::Variable => {
                "`${` begins a variable, and its name and `}` do not follow".to_owned()
            }
        },
    });
    EnvironmentFile {
        variables: variables.collect(),
        unread: unread.collect(),
    }
}

/// What is wrong with the document once these variables are laid over it, and not without them; nothing where errors
/// stand against the document itself. Only an error may be about another place than that of a variable.
///
/// What `.env` said when the files of a running cluster were made is unknown. It counts as said since then, but for a
/// version and a project, which decide what data the nodes find.
///
/// ```
/// use restate_gen::diagnostic::allow::Policy;
/// use restate_gen::environment::{findings, read};
/// use restate_gen::source::Document;
/// use restate_gen::validation::Running;
///
/// let document = Document::parse("restate-cluster.yaml", "nodes: 3\n");
/// let file = read(".env", "NODE2_INGRESS_PORT_OVERRIDE=8080\n");
/// let found = findings(&document, &Policy::default(), Running::Nothing, None, &file);
/// assert_eq!(found[0].sentence().split(": ").next(), Some(".env:1 NODE2_INGRESS_PORT_OVERRIDE"));
/// ```
pub fn findings(
    document: &Document,
    policy: &Policy,
    running: Running,
    section: Option<Section>,
    file: &EnvironmentFile,
) -> Vec<Finding> {
    // Nearly every file says nothing that matters here, and then the rules need not run once more.
    let Some(cluster) = schema::read(document).cluster else {
        return Vec::new();
    };
    let topology = topology::resolve(&cluster, topology::release(&cluster));
    let overlay = laid_over(document, &topology, file);
    if overlay.says_nothing() {
        return Vec::new();
    }
    let without = validate_for(document, policy, section);
    let known: HashSet<_> = without.report.findings().iter().map(identity).collect();
    if without.report.has_errors() {
        return Vec::new();
    }
    let Overlay {
        document: with,
        over,
        overriding,
    } = overlay;
    let report = validate_over(&with, policy, Running::Nothing, section, over).report;
    let is_new = |finding: &&Finding| !known.contains(&identity(finding)) && is_about(finding);
    let mut found: Vec<Finding> = report.findings().iter().filter(is_new).cloned().collect();
    for finding in &mut found {
        if !matches!(finding.origin, Origin::Flag(_)) {
            let places = overriding.iter().map(|(_, place)| place);
            let places = places.cloned().map(Origin::Flag);
            finding
                .related
                .extend(places.map(|place| (place, "overrides the file".to_owned())));
        }
    }
    found.extend(of_change(document, policy, running, &with, &overriding));
    found
}

/// What a running cluster cannot become by the lasting values among the variables, and can without them.
fn of_change(
    document: &Document,
    policy: &Policy,
    running: Running,
    with: &Document,
    overriding: &[(&'static str, String)],
) -> Vec<Finding> {
    let mut changed = document.clone();
    let is_lasting = |key: &str| LASTING.iter().any(|(_, lasting)| *lasting == key);
    let lasting = overriding.iter().filter(|(key, _)| is_lasting(key));
    let mut keys = Vec::new();
    for (key, place) in lasting {
        let path = DocPath::of(key.split('.'));
        let value = with.get(&path).cloned().unwrap_or_default();
        changed.set(path, value, place.as_str());
        keys.push(quoted(key));
    }
    if keys.is_empty() || matches!(running, Running::Nothing) {
        return Vec::new();
    }
    let judged = |document| validate_over(document, policy, running, None, Over::default()).report;
    let without = judged(document);
    let known: HashSet<_> = without.findings().iter().map(identity).collect();
    let report = judged(&changed);
    let found = report.findings().iter().filter(|finding| {
        rules::is_on_changes(finding.diagnostic.rule)
            && !known.contains(&identity(finding))
            && is_about(finding)
    });
    let mut found: Vec<Finding> = found.cloned().collect();
    for finding in &mut found {
        let rule = finding.diagnostic.rule;
        let mut help = format!(
            "remove the variable, and set {} in the cluster file to change it",
            listed(&keys)
        );
        if !rules::refused_by_a_plan().contains(&rule) {
            help += &format!(
                "; if the cluster runs under the variable's value already, set that there and pass `--allow {}` once",
                rule.code
            );
        }
        finding.diagnostic.help = Some(help);
    }
    found
}

/// A finding whatever its place, which `.env` may move.
fn identity(finding: &Finding) -> (&'static str, String) {
    let Diagnostic { rule, message, .. } = &finding.diagnostic;
    (rule.code, message.clone())
}

/// Whether a variable is a place of the finding, or it is an error, which may be about any part of the file. What is
/// said of comments that allow findings is about the file alone.
fn is_about(finding: &Finding) -> bool {
    let is_variable = |origin: &Origin| matches!(origin, Origin::Flag(_));
    let mut related = finding.related.iter();
    let is_of_comments = finding.diagnostic.rule.code < "RG1";
    is_variable(&finding.origin)
        || related.any(|(origin, _)| is_variable(origin))
        || (finding.diagnostic.severity == Severity::Error && !is_of_comments)
}

/// What `.env` lays over a cluster file.
struct Overlay {
    /// The document with the variables over it.
    document: Document,
    /// What else they say.
    over: Over,
    /// The keys that they stand for, each with the place of its variable.
    overriding: Vec<(&'static str, String)>,
}

impl Overlay {
    fn says_nothing(&self) -> bool {
        let Over { host_ports, found } = &self.over;
        self.overriding.is_empty() && host_ports.is_empty() && found.is_empty()
    }
}

fn laid_over(document: &Document, topology: &Topology, file: &EnvironmentFile) -> Overlay {
    let mut with = document.clone();
    let mut host_ports = HostPorts::new();
    let mut found = rules::run_on_environment(topology, file);
    let mut overriding = Vec::new();
    for Variable { name, value, place } in &file.variables {
        // Compose takes an empty value for none.
        let Some(value) = value.as_ref().filter(|value| !value.is_empty()) else {
            continue;
        };
        let read = plain_value(value);
        match meaning(topology, name) {
            None => {}
            // Compose takes it for no limit.
            Some(Meaning::Like("resources.cpus")) if read.as_f64() == Some(0.0) => {}
            // What the file says already was judged with it.
            Some(Meaning::Text(path) | Meaning::Value(path)) if is_said(document, path, &read) => {}
            Some(Meaning::Text(path)) => {
                with.set(
                    DocPath::of(path.split('.')),
                    value.as_str().into(),
                    place.as_str(),
                );
                overriding.push((path, place.clone()));
            }
            Some(Meaning::Value(path)) => {
                with.set(DocPath::of(path.split('.')), read, place.as_str());
                overriding.push((path, place.clone()));
            }
            Some(Meaning::Like(path)) => found.extend(misfits(path, read, place)),
            Some(Meaning::Tag(path)) => {
                found.extend(misfits(path, value.as_str().into(), place));
            }
            Some(Meaning::HostPort(_, _, number)) if *value == number.to_string() => {}
            Some(Meaning::HostPort(of, port, _)) => {
                let given = json!({port: read});
                let misfits = match of {
                    None => misfits("object_store.ports", given, place),
                    Some(_) => misfits("nodes", json!([{"ports": given}]), place),
                };
                let number = read.as_u64().and_then(|number| u16::try_from(number).ok());
                if let (true, Some(number)) = (misfits.is_empty(), number) {
                    let variable = name.clone();
                    host_ports.insert((of, port), HostPort { number, variable });
                    with.lead(DocPath::of([".env", name.as_str()]), place.as_str());
                }
                found.extend(misfits);
            }
            Some(Meaning::Setting(path)) => {
                let of_setting = rules::run_on_setting(&topology.release, path, &as_setting(value));
                found.extend(at(of_setting, place));
            }
        }
    }
    Overlay {
        document: with,
        over: Over { host_ports, found },
        overriding,
    }
}

/// Whether the document gives the key at the dotted path that value.
fn is_said(document: &Document, path: &str, value: &Value) -> bool {
    document.get(&DocPath::of(path.split('.'))) == Some(value)
}

/// Why the key of a cluster file at that path would not take the value.
fn misfits(path: &str, value: Value, place: &str) -> Vec<Diagnostic> {
    let mut document = Document::empty(place);
    // A bundled store has most of the keys that `.env` may override.
    document.set(
        DocPath::of(["object_store"]),
        json!({"kind": "minio"}),
        place,
    );
    document.set(DocPath::of(path.split('.')), value, place);
    at(schema::read(&document).diagnostics, place)
}

/// The findings at the place of a variable.
fn at(found: Vec<Diagnostic>, place: &str) -> Vec<Diagnostic> {
    found
        .into_iter()
        .map(|diagnostic| Diagnostic {
            at: At::Flag(place.to_owned()),
            fix: None,
            ..diagnostic
        })
        .collect()
}

/// The value of a variable as the server reads it: a list is in brackets.
fn as_setting(value: &str) -> Value {
    let is_list = value.trim().starts_with('[') && value.trim().ends_with(']');
    let unread = || match is_list {
        true => Value::Array(Vec::new()),
        false => plain_value(value),
    };
    let list = is_list.then(|| serde_json::from_str(value).ok()).flatten();
    list.unwrap_or_else(unread)
}
