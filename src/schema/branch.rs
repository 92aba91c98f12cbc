//! From the validator's errors to misfits, each with one cause: where the schema offers a choice,
//! the branch that the value's shape was meant for.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::paths::{Location, LocationSegment};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

use crate::diagnostic::suggest::closest;
use crate::source::{DocPath, Step};

/// One thing that does not fit.
#[derive(Debug, Clone)]
pub(super) struct Misfit {
    /// The value that does not fit; of unknown and missing keys, the mapping.
    pub(super) path: DocPath,
    pub(super) kind: MisfitKind,
    /// Whether the value is of a type that would not do whatever it said.
    is_misshapen: bool,
    /// JSON Pointers, within the schema, of the schemas that were meant for the value: the one
    /// that it does not fit, then those of the other branches.
    pub(super) schemas: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) enum MisfitKind {
    UnknownKey(String),
    MissingKey(String),
    WrongType(Vec<JsonType>),
    /// None of these words, nor of these types, which would do too.
    NotOneOf(Vec<String>, Vec<JsonType>),
    Below(Value),
    Above(Value),
    WrongForm,
    TooShort,
    TooLong(u64),
    TooFew(u64),
    TooMany(u64),
    /// The item at that index is there already, at the other index.
    Repeated(usize, usize),
    /// A keyword that the generated schema does not use.
    Other(String),
}

/// What an error of the validator comes down to.
pub(super) fn misfits(error: ValidationError<'_>) -> Vec<Misfit> {
    let parts = error.into_parts();
    let path = doc_path(&parts.instance_path);
    let schema = parent(parts.schema_path.as_str()).to_owned();
    let one = |kind| {
        vec![Misfit {
            path: path.clone(),
            is_misshapen: matches!(kind, MisfitKind::WrongType(_)),
            kind,
            schemas: vec![schema.clone()],
        }]
    };
    match parts.kind {
        ValidationErrorKind::AnyOf { context }
        | ValidationErrorKind::OneOfNotValid { context }
        | ValidationErrorKind::OneOfMultipleValid { context } => {
            let branches = context
                .into_iter()
                .map(|errors| errors.into_iter().flat_map(misfits).collect());
            choose(&path, branches.collect())
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .into_iter()
            .flat_map(|key| one(MisfitKind::UnknownKey(key)))
            .collect(),
        ValidationErrorKind::Required { property } => {
            one(MisfitKind::MissingKey(text_of(&property)))
        }
        ValidationErrorKind::Type { kind } => one(MisfitKind::WrongType(match kind {
            TypeKind::Single(one) => vec![one],
            TypeKind::Multiple(several) => several.iter().collect(),
        })),
        ValidationErrorKind::Constant { expected_value } => one(MisfitKind::NotOneOf(
            vec![text_of(&expected_value)],
            Vec::new(),
        )),
        ValidationErrorKind::Enum { options } => {
            let options = options
                .as_array()
                .map(|all| all.iter().map(text_of).collect());
            one(MisfitKind::NotOneOf(
                options.unwrap_or_default(),
                Vec::new(),
            ))
        }
        ValidationErrorKind::Minimum { limit } => one(MisfitKind::Below(limit)),
        ValidationErrorKind::Maximum { limit } => one(MisfitKind::Above(limit)),
        ValidationErrorKind::Pattern { .. } | ValidationErrorKind::Format { .. } => {
            one(MisfitKind::WrongForm)
        }
        ValidationErrorKind::MinLength { .. } => one(MisfitKind::TooShort),
        ValidationErrorKind::MaxLength { limit } => one(MisfitKind::TooLong(limit)),
        ValidationErrorKind::MinItems { limit } => one(MisfitKind::TooFew(limit)),
        ValidationErrorKind::MaxItems { limit } => one(MisfitKind::TooMany(limit)),
        ValidationErrorKind::UniqueItems => repeated(&parts.instance)
            .into_iter()
            .flat_map(|(second, first)| one(MisfitKind::Repeated(second, first)))
            .collect(),
        other => one(MisfitKind::Other(other.keyword().to_owned())),
    }
}

/// The keys that say which branch is meant: the tag of a mapping, and what makes an entry a group.
pub(super) const DISCRIMINATORS: [&str; 2] = ["kind", "count"];

/// The misfits of the branch that was meant.
fn choose(path: &DocPath, branches: Vec<Vec<Misfit>>) -> Vec<Misfit> {
    let is_here = |misfit: &&Misfit| misfit.path == *path;
    let (misshapen, fitting): (Vec<_>, Vec<_>) = branches.into_iter().partition(|branch| {
        let mut here = branch.iter().filter(is_here);
        here.any(|misfit| misfit.is_misshapen)
    });
    let fitting: Vec<_> = fitting
        .into_iter()
        .map(|branch| without_misspelt(path, branch))
        .collect();
    if fitting.is_empty() || only_words(path, &fitting) {
        let is_misshapen = fitting.is_empty();
        let all = misshapen.into_iter().chain(fitting).flatten();
        return vec![Misfit {
            is_misshapen,
            ..merged(path, all)
        }];
    }
    let Some(meant) = fitting
        .iter()
        .filter(|branch| !is_ruled_out(path, branch))
        .min_by_key(|branch| (unknown_keys(branch), branch.len()))
    else {
        return without_discriminator(path, fitting);
    };
    // What the other branches would take is worth a suggestion.
    let others = fitting
        .iter()
        .flatten()
        .filter(is_here)
        .flat_map(|misfit| &misfit.schemas);
    let others: Vec<_> = others.cloned().collect();
    let mut meant = meant.clone();
    for misfit in meant.iter_mut().filter(|misfit| misfit.path == *path) {
        misfit.schemas.extend(others.iter().cloned());
        misfit.schemas = distinct(std::mem::take(&mut misfit.schemas));
    }
    meant
}

/// Whether another word is all that any branch wants.
fn only_words(path: &DocPath, branches: &[Vec<Misfit>]) -> bool {
    branches.iter().all(|branch| {
        matches!(&branch[..], [Misfit { kind: MisfitKind::NotOneOf(..), path: here, .. }] if here == path)
    })
}

/// A key that is missing because it is misspelt is one fault, not two.
fn without_misspelt(path: &DocPath, branch: Vec<Misfit>) -> Vec<Misfit> {
    let unknown: Vec<_> = branch
        .iter()
        .filter_map(|misfit| match &misfit.kind {
            MisfitKind::UnknownKey(key) if misfit.path == *path => Some(key.clone()),
            _ => None,
        })
        .collect();
    let is_misspelt = |key: &str| unknown.iter().any(|other| closest(other, [key]).is_some());
    branch
        .into_iter()
        .filter(|misfit| !matches!(&misfit.kind, MisfitKind::MissingKey(key) if misfit.path == *path && is_misspelt(key)))
        .collect()
}

/// Whether a discriminator says that another branch is meant.
fn is_ruled_out(path: &DocPath, branch: &[Misfit]) -> bool {
    branch.iter().any(|misfit| match &misfit.kind {
        MisfitKind::MissingKey(_) => misfit.path == *path,
        MisfitKind::UnknownKey(key) => {
            misfit.path == *path && DISCRIMINATORS.contains(&key.as_str())
        }
        MisfitKind::NotOneOf(..) | MisfitKind::WrongType(_) => {
            misfit.path.last_key() == Some(DISCRIMINATORS[0])
                && misfit.path.parent().as_ref() == Some(path)
        }
        _ => false,
    })
}

fn unknown_keys(branch: &[Misfit]) -> usize {
    let unknown = |misfit: &&Misfit| matches!(misfit.kind, MisfitKind::UnknownKey(_));
    branch.iter().filter(unknown).count()
}

/// All branches are tagged and none of them is the one that is named: only the tag is at fault.
fn without_discriminator(path: &DocPath, branches: Vec<Vec<Misfit>>) -> Vec<Misfit> {
    let tag = path.clone().key(DISCRIMINATORS[0]);
    let tags: Vec<_> = branches
        .iter()
        .flatten()
        .filter(|misfit| misfit.path == tag)
        .cloned()
        .collect();
    if !tags.is_empty() {
        return vec![merged(&tag, tags.into_iter())];
    }
    let missing = branches
        .into_iter()
        .flatten()
        .find(|misfit| matches!(misfit.kind, MisfitKind::MissingKey(_)) && misfit.path == *path);
    missing.into_iter().collect()
}

/// Misfits of one value as one: all words and all types that would have done.
fn merged(path: &DocPath, misfits: impl Iterator<Item = Misfit>) -> Misfit {
    let (mut words, mut types, mut schemas) = (Vec::new(), Vec::new(), Vec::new());
    let mut is_word = false;
    for misfit in misfits.filter(|misfit| misfit.path == *path) {
        match misfit.kind {
            MisfitKind::WrongType(kinds) => types.extend(kinds),
            MisfitKind::NotOneOf(options, kinds) => {
                is_word = true;
                words.extend(options);
                types.extend(kinds);
            }
            _ => continue,
        }
        schemas.extend(misfit.schemas);
    }
    types.retain(|kind| *kind != JsonType::Null);
    let (words, mut types, schemas) = (distinct(words), distinct(types), distinct(schemas));
    let kind = if is_word {
        // Only some texts would do.
        types.retain(|kind| *kind != JsonType::String);
        MisfitKind::NotOneOf(words, types)
    } else {
        MisfitKind::WrongType(types)
    };
    Misfit {
        path: path.clone(),
        kind,
        is_misshapen: false,
        schemas,
    }
}

/// Each once, in order of appearance.
fn distinct<T: PartialEq>(all: Vec<T>) -> Vec<T> {
    let mut once = Vec::with_capacity(all.len());
    for one in all {
        if !once.contains(&one) {
            once.push(one);
        }
    }
    once
}

/// Items that are there already: (index, index of the first).
fn repeated(list: &Value) -> Vec<(usize, usize)> {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut found = Vec::new();
    for (second, item) in items.iter().enumerate() {
        // Bounded: a list of roles with more than a few hundred items is no such list.
        if let Some(first) = items[..second.min(100)]
            .iter()
            .position(|other| other == item)
        {
            found.push((second, first));
        }
    }
    found
}

fn doc_path(location: &Location) -> DocPath {
    location.into_iter().fold(DocPath::root(), |path, segment| {
        path.step(match segment {
            LocationSegment::Property(key) => Step::Key(key.into_owned()),
            LocationSegment::Index(index) => Step::Index(index),
        })
    })
}

fn parent(pointer: &str) -> &str {
    pointer.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn text_of(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
