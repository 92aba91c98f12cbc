//! What `.env` says over the cluster file of a Compose folder, judged as if the file said it. What is generated never
//! depends on it.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::diagnostic::allow::Policy;
use crate::diagnostic::{At, Diagnostic, Finding, Origin, Severity, quoted};
use crate::model::Section;
use crate::model::environment::{EnvironmentFile, HostPort, HostPorts, Unread, Variable};
use crate::output::dotenv::{self, Fault};
use crate::rules;
use crate::schema;
use crate::source::{DocPath, Document, plain_value};
use crate::targets::compose::{Meaning, meaning};
use crate::topology::Topology;
use crate::validation::{Over, validate_for, validate_over};

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
/// ```
/// use restate_gen::diagnostic::allow::Policy;
/// use restate_gen::environment::{findings, read};
/// use restate_gen::source::Document;
///
/// let document = Document::parse("restate-cluster.yaml", "nodes: 3\n");
/// let file = read(".env", "NODE2_INGRESS_PORT_OVERRIDE=8080\n");
/// let found = findings(&document, &Policy::default(), None, &file);
/// assert_eq!(found[0].sentence().split(": ").next(), Some(".env:1 NODE2_INGRESS_PORT_OVERRIDE"));
/// ```
pub fn findings(
    document: &Document,
    policy: &Policy,
    section: Option<Section>,
    file: &EnvironmentFile,
) -> Vec<Finding> {
    let without = validate_for(document, policy, section);
    let known: HashSet<_> = without.report.findings().iter().map(identity).collect();
    let Some(topology) = without.topology() else {
        return Vec::new();
    };
    let (with, over, overriding) = laid_over(document, &topology, file);
    let report = validate_over(&with, policy, section, over).report;
    let mut found: Vec<Finding> = report
        .findings()
        .iter()
        .filter(|finding| !known.contains(&identity(finding)) && is_about(finding))
        .cloned()
        .collect();
    for finding in &mut found {
        if !matches!(finding.origin, Origin::Flag(_)) {
            let places = overriding.iter().cloned().map(Origin::Flag);
            finding
                .related
                .extend(places.map(|place| (place, "overrides the file".to_owned())));
        }
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

/// The document with the variables over it, what else they say, and the places of those that stand for a key.
fn laid_over(
    document: &Document,
    topology: &Topology,
    file: &EnvironmentFile,
) -> (Document, Over, Vec<String>) {
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
                overriding.push(place.clone());
            }
            Some(Meaning::Value(path)) => {
                with.set(DocPath::of(path.split('.')), read, place.as_str());
                overriding.push(place.clone());
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
    (with, Over { host_ports, found }, overriding)
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
