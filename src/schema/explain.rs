//! How a misfit is worded: the value, what is expected, and the fix.

use serde_json::Value;

use super::branch::{JsonType, Misfit, MisfitKind};
use super::forms::{Form, counted, number};
use super::{keys, rules};
use crate::diagnostic::suggest::closest;
use crate::diagnostic::{Diagnostic, quoted};
use crate::source::{DocPath, Document, Segment};

/// The finding that a misfit makes.
pub(super) fn diagnostic(document: &Document, misfit: &Misfit) -> Diagnostic {
    let at = misfit.path.as_value();
    let written = Written::new(document, &misfit.path);
    let key = key_of(&misfit.path);
    match &misfit.kind {
        MisfitKind::UnknownKey(unknown) => unknown_key(misfit, unknown),
        MisfitKind::MissingKey(missing) => missing_key(misfit, missing),
        MisfitKind::WrongType(types) => wrong_type(misfit, types, &written),
        MisfitKind::NotOneOf(words, types) => not_one_of(misfit, words, types, &written),
        MisfitKind::Below(limit) => {
            let limit = number(limit);
            let message = format!("{written} is below {limit}, the minimum of {key}");
            Diagnostic::new(&rules::OUT_OF_RANGE, at, message).help(range_help(misfit))
        }
        MisfitKind::Above(limit) => {
            let limit = number(limit);
            let message = format!("{written} is above {limit}, the maximum of {key}");
            Diagnostic::new(&rules::OUT_OF_RANGE, at, message).help(range_help(misfit))
        }
        MisfitKind::WrongForm => {
            let form = Form::of(&misfit.schemas[0]);
            let message = format!("{written} is not {}", form.name());
            let finding = Diagnostic::new(&rules::WRONG_FORM, at.clone(), message)
                .help(form.way_out(written.text()));
            match form.meant(written.text()) {
                Some(meant) => finding.fix(at, meant),
                None => finding,
            }
        }
        MisfitKind::TooShort => {
            Diagnostic::new(&rules::WRONG_LENGTH, at, format!("{key} is empty"))
                .help("write a value, or leave the key out for its default")
        }
        MisfitKind::TooLong(most) => {
            let length = counted(written.text().chars().count() as u64, "character");
            let message = format!("{written} has {length}, and {key} allows at most {most}");
            Diagnostic::new(&rules::WRONG_LENGTH, at, message).help("shorten it")
        }
        MisfitKind::TooFew(least) => {
            let message = match least {
                1 => format!("{key} is an empty list"),
                least => format!("{key} needs at least {}", counted(*least, "item")),
            };
            Diagnostic::new(&rules::WRONG_LENGTH, at, message)
                .help("write an item, or leave the key out for its default")
        }
        MisfitKind::TooMany(most) => {
            let message = format!("{key} allows at most {}", counted(*most, "item"));
            Diagnostic::new(&rules::WRONG_LENGTH, at, message).help("delete the rest")
        }
        MisfitKind::Repeated(second, first) => {
            let at = |index| misfit.path.clone().index(index);
            let item = Written::new(document, &at(*second));
            Diagnostic::new(
                &rules::REPEATED_ITEM,
                at(*second),
                format!("{item} is already in {key}"),
            )
            .related(at(*first), "the first")
            .help("delete one of the two")
        }
    }
}

fn unknown_key(misfit: &Misfit, unknown: &str) -> Diagnostic {
    let path = misfit.path.clone().key(unknown);
    let parent = if misfit.path.is_root() {
        "a cluster file".to_owned()
    } else {
        format!("`{}`", misfit.path)
    };
    let allowed: Vec<_> = misfit
        .schemas
        .iter()
        .flat_map(|schema| keys::allowed(schema))
        .collect();
    let near = closest(
        unknown,
        allowed.iter().copied().filter(|key| *key != unknown),
    );
    let message = format!("{} is not a key of {parent}", quoted(unknown));
    let finding = Diagnostic::new(&rules::UNKNOWN_KEY, path.as_key(), message).label("unknown key");
    if let Some(near) = near {
        return finding
            .help(format!("write `{near}`"))
            .fix(path.as_key(), near);
    }
    let is_in_other_branch = allowed.contains(&unknown);
    let is_of_nodes =
        matches!(misfit.path.segments().first(), Some(Segment::Key(key)) if key == "nodes");
    let homes = keys::homes(unknown);
    finding.help(match homes {
        // An entry of `nodes` without `count` is one node, and cannot have what groups have.
        _ if is_in_other_branch && is_of_nodes => group_help(misfit).to_owned(),
        homes if is_in_other_branch || homes.contains(&generic(&misfit.path, unknown)) => {
            "delete it, or choose the `kind` that has it".to_owned()
        }
        // Restate's own keys are in kebab-case, ours are not.
        [] if unknown.contains('-') && misfit.path.is_root() => {
            "put Restate's own settings under `settings`".to_owned()
        }
        [] if allowed.is_empty() => "delete it".to_owned(),
        [] => {
            // Elsewhere than in `nodes`, the first branch is that of the `kind` which is written.
            let allowed = match is_of_nodes {
                true => allowed,
                false => keys::allowed(&misfit.schemas[0]).collect(),
            };
            let ours: Vec<_> = allowed
                .into_iter()
                .filter(|key| !key.starts_with('$'))
                .collect();
            format!("use one of {}", listed(&ours))
        }
        [home] => format!("put it at `{home}`"),
        homes => {
            let homes: Vec<_> = homes.iter().take(3).map(String::as_str).collect();
            format!("put it at {}", listed(&homes).replace(", ", " or "))
        }
    })
}

/// Where a key would be, whatever the indices: `nodes[].ports`.
fn generic(path: &DocPath, key: &str) -> String {
    let mut home = String::new();
    for segment in path.segments() {
        match segment {
            Segment::Key(key) if home.is_empty() => home.push_str(key),
            Segment::Key(key) => {
                home.push('.');
                home.push_str(key);
            }
            Segment::Index(_) => home.push_str("[]"),
        }
    }
    format!("{home}.{key}")
}

fn group_help(misfit: &Misfit) -> &'static str {
    match misfit.schemas[0].ends_with("/Node") {
        true => "add `count` to make the entry a group of nodes, or use the keys of one node",
        false => "leave `count` out to make the entry one node, or use the keys of a group",
    }
}

fn missing_key(misfit: &Misfit, missing: &str) -> Diagnostic {
    let path = misfit.path.clone().key(missing);
    let message = format!("`{}` has no `{missing}`, which is required", misfit.path);
    let finding = Diagnostic::new(&rules::MISSING_KEY, path.as_key(), message);
    let property = format!("{}/properties/{missing}", misfit.schemas[0]);
    match missing {
        "kind" => finding.help("add `kind`: minio, seaweedfs, s3, gcs, azure or none"),
        _ => match keys::schema_at(&property).and_then(|schema| schema["description"].as_str()) {
            Some(description) => finding.help(format!("add `{missing}`: {}", lowered(description))),
            None => finding.help(format!("add `{missing}`")),
        },
    }
}

fn wrong_type(misfit: &Misfit, types: &[JsonType], written: &Written<'_>) -> Diagnostic {
    let path = &misfit.path;
    let types: Vec<_> = types
        .iter()
        .copied()
        .filter(|kind| *kind != JsonType::Null)
        .collect();
    let form = misfit
        .schemas
        .iter()
        .map(|schema| Form::of(schema))
        .find(|form| *form != Form::Unnamed);
    let new = |message: String| Diagnostic::new(&rules::WRONG_TYPE, path.as_value(), message);
    let expected: Vec<_> = types.iter().map(|kind| type_name(*kind, misfit)).collect();
    match (&types[..], written.value) {
        (_, None | Some(Value::Null)) => {
            let message = format!("{} has no value", key_of(path));
            new(message).help(format!("write {}", alternatives(&expected, "or")))
        }
        ([JsonType::Text], Some(Value::Number(_)))
            if matches!(form, Some(Form::Size | Form::Time)) =>
        {
            let form = form.unwrap_or(Form::Unnamed);
            new(format!(
                "{written} has no unit: {} needs {}",
                key_of(path),
                form.name()
            ))
            .help(form.way_out(written.text()))
        }
        ([JsonType::Text], Some(Value::Number(_) | Value::Bool(_))) => {
            let read_as = kind_of(written.value);
            let quotes = format!("\"{}\"", written.text());
            new(format!(
                "{written} is read as {read_as}, and {} needs a string",
                key_of(path)
            ))
            .help(format!("put it in quotes: {quotes}"))
            .fix(path.as_value(), quotes)
        }
        // Unquoted, yet text: by a tag, which stands before the place, so no change of it helps.
        ([JsonType::Boolean], Some(Value::String(text)))
            if matches!(text.as_str(), "true" | "false") && written.is_bare =>
        {
            new(format!("{written} is a string because of its tag"))
                .help(format!("remove the tag: {text}"))
        }
        ([JsonType::Boolean], Some(Value::String(text))) if truth(text).is_some() => {
            let truth = truth(text).unwrap_or_default();
            new(format!(
                "{written} is a string, and {} needs true or false",
                key_of(path)
            ))
            .help(format!("write {truth}"))
            .fix(path.as_value(), truth)
        }
        ([JsonType::List], Some(Value::String(_) | Value::Number(_))) => {
            new(format!("{written} is not a list"))
                .help(format!("write it as a list: [{}]", written.text()))
                .fix(path.as_value(), format!("[{}]", written.text()))
        }
        (types, Some(Value::String(text)))
            if takes_number(types)
                && text
                    .parse::<u32>()
                    .is_ok_and(|number| number.to_string() == *text) =>
        {
            let diagnostic = new(format!(
                "{written} is a string, and {} needs a number",
                key_of(path)
            ));
            if written.is_bare {
                diagnostic.help(format!("remove the tag: {text}"))
            } else {
                diagnostic
                    .help(format!("remove the quotes: {text}"))
                    .fix(path.as_value(), text.clone())
            }
        }
        _ => new(neither(written, &expected))
            .help(format!("write {}", alternatives(&expected, "or"))),
    }
}

fn not_one_of(
    misfit: &Misfit,
    words: &[String],
    types: &[JsonType],
    written: &Written<'_>,
) -> Diagnostic {
    let at = misfit.path.as_value();
    let mut expected: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    expected.extend(types.iter().map(|kind| type_name(*kind, misfit)));
    let message = match written.value {
        Some(Value::Null) => format!("{} has no value", key_of(&misfit.path)),
        _ => neither(written, &expected),
    };
    let finding = Diagnostic::new(&rules::UNKNOWN_VALUE, at.clone(), message);
    match closest(written.text(), words.iter().map(String::as_str)) {
        Some(near) => finding.help(format!("write `{near}`")).fix(at, near),
        None => finding.help(format!("write {}", alternatives(&expected, "or"))),
    }
}

/// `x is not A`, `x is neither A nor B`, `x is not one of A, B, C`.
fn neither(written: &Written<'_>, expected: &[String]) -> String {
    match expected {
        [one] => format!("{written} is not {one}"),
        [one, other] => format!("{written} is neither {one} nor {other}"),
        _ => format!("{written} is not one of {}", expected.join(", ")),
    }
}

/// `A`, `A or B`, `A, B or C`.
fn alternatives(all: &[String], word: &str) -> String {
    match all.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
        None => "another value".to_owned(),
    }
}

fn listed(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// What a type is called, with the bounds that the schema sets.
fn type_name(kind: JsonType, misfit: &Misfit) -> String {
    let schemas = || {
        misfit
            .schemas
            .iter()
            .filter_map(|pointer| keys::schema_at(pointer))
    };
    let form = misfit
        .schemas
        .iter()
        .map(|schema| Form::of(schema))
        .find(|form| *form != Form::Unnamed);
    match (kind, form) {
        (JsonType::Integer | JsonType::Number, _) => {
            let name = if kind == JsonType::Integer {
                "a whole number"
            } else {
                "a number"
            };
            let limits =
                schemas().find_map(|schema| Some((schema.get("minimum")?, schema.get("maximum")?)));
            match limits {
                Some((least, most)) => format!("{name}{}", bounds(Some(least), Some(most))),
                None => name.to_owned(),
            }
        }
        (JsonType::Text, Some(form)) => form.name().to_owned(),
        (JsonType::Text, None) => "a string".to_owned(),
        (JsonType::Boolean, _) => "true or false".to_owned(),
        (JsonType::List, _) => "a list".to_owned(),
        (JsonType::Mapping, _) => "a mapping".to_owned(),
        (JsonType::Null, _) => "nothing".to_owned(),
    }
}

/// ` from 1 to 1000`, ` from 1 on`; a bound that is only a machine's is left out.
fn bounds(least: Option<&Value>, most: Option<&Value>) -> String {
    let most = most.filter(|most| most.as_u64().is_none_or(|most| most < u64::from(u32::MAX)));
    match (least, most) {
        (Some(least), Some(most)) => format!(" from {} to {}", number(least), number(most)),
        (Some(least), None) => format!(" of at least {}", number(least)),
        (None, Some(most)) => format!(" up to {}", number(most)),
        (None, None) => String::new(),
    }
}

fn range_help(misfit: &Misfit) -> String {
    let schema = keys::schema_at(&misfit.schemas[0]);
    let bound = |name| schema.and_then(|schema| schema.get(name));
    format!(
        "write a number{}",
        bounds(bound("minimum"), bound("maximum"))
    )
}

fn takes_number(types: &[JsonType]) -> bool {
    types
        .iter()
        .any(|kind| matches!(kind, JsonType::Integer | JsonType::Number))
}

/// What a word for yes or no means, as YAML 1.1 would have read it.
fn truth(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "on" | "y" | "true" => Some("true"),
        "no" | "off" | "n" | "false" => Some("false"),
        _ => None,
    }
}

/// How messages call what a path leads to: `memory`, or `nodes[2]` for a list item.
fn key_of(path: &DocPath) -> String {
    match path.last_key() {
        Some(key) => quoted(key),
        None => quoted(&path.to_string()),
    }
}

fn kind_of(value: Option<&Value>) -> &'static str {
    match value {
        Some(Value::Bool(_)) => "true or false",
        Some(Value::Number(_)) => "a number",
        Some(Value::String(_)) => "a string",
        Some(Value::Array(_)) => "a list",
        Some(Value::Object(_)) => "a mapping",
        Some(Value::Null) | None => "nothing",
    }
}

/// The first letter in lower case, without the full stop: a description within a phrase.
fn lowered(description: &str) -> String {
    let sentence = description
        .split(". ")
        .next()
        .unwrap_or(description)
        .trim_end_matches('.');
    let mut letters = sentence.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}

/// A value as the user wrote it.
struct Written<'d> {
    value: Option<&'d Value>,
    text: String,
    /// Whether a string is shown as it is, without quotes.
    is_bare: bool,
}

impl<'d> Written<'d> {
    fn new(document: &'d Document, path: &DocPath) -> Self {
        let value = document.get(path);
        let as_written = document.written(&path.as_value());
        let is_bare =
            value.is_some_and(|value| value.as_str().is_some() && value.as_str() == as_written);
        let text = match (value, as_written) {
            (Some(Value::String(text)), _) => text.clone(),
            // As written: `1.70` is not `1.7`, and `0x10` not `16`.
            (Some(Value::Number(_) | Value::Bool(_)), Some(written)) => written.to_owned(),
            (Some(value @ (Value::Number(_) | Value::Bool(_))), None) => value.to_string(),
            // Collections are called by their kind: they may be as large as the file.
            (Some(Value::Null | Value::Array(_) | Value::Object(_)) | None, _) => String::new(),
        };
        Self {
            value,
            text,
            is_bare,
        }
    }

    fn text(&self) -> &str {
        &self.text
    }
}

impl std::fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.value {
            Some(Value::Array(_) | Value::Object(_)) | None => f.write_str(kind_of(self.value)),
            Some(Value::String(text)) if text.is_empty() => f.write_str("an empty string"),
            Some(_) => f.write_str(&quoted(&self.text)),
        }
    }
}
