//! Misfits, each with one cause: where the schema offers a choice, those of the branch that the
//! value's shape was meant for.

use serde_json::Value;

use crate::diagnostic::suggest::closest;
use crate::source::DocPath;

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
    /// The item at that index exists already, at the other index.
    Repeated(usize, usize),
}

/// A JSON type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JsonType {
    Null,
    Boolean,
    Integer,
    Number,
    Text,
    List,
    Mapping,
}

impl JsonType {
    /// By its name in a schema.
    pub(super) fn named(name: &str) -> Option<JsonType> {
        Some(match name {
            "null" => JsonType::Null,
            "boolean" => JsonType::Boolean,
            "integer" => JsonType::Integer,
            "number" => JsonType::Number,
            "string" => JsonType::Text,
            "array" => JsonType::List,
            "object" => JsonType::Mapping,
            _ => return None,
        })
    }
}

impl Misfit {
    /// A misfit of a value with the schema at that JSON Pointer.
    pub(super) fn new(path: DocPath, kind: MisfitKind, schema: String) -> Self {
        Self {
            path,
            is_misshapen: matches!(kind, MisfitKind::WrongType(_)),
            kind,
            schemas: vec![schema],
        }
    }
}

/// The keys that say which branch is meant: the tag of a mapping, and what makes an entry a group.
pub(super) const DISCRIMINATORS: [&str; 2] = ["kind", "count"];

/// The misfits of the branch that was meant.
pub(super) fn choose(path: &DocPath, branches: Vec<Vec<Misfit>>) -> Vec<Misfit> {
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
        .filter(|branch| fitting.len() == 1 || !is_ruled_out(path, branch))
        .min_by_key(|branch| {
            let unknown_here = unknown_keys(branch.iter().filter(is_here));
            (unknown_here, unknown_keys(branch.iter()), branch.len())
        })
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

fn unknown_keys<'m>(misfits: impl Iterator<Item = &'m Misfit>) -> usize {
    misfits
        .filter(|misfit| matches!(misfit.kind, MisfitKind::UnknownKey(_)))
        .count()
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
    let is_missing =
        |misfit: &&Misfit| matches!(misfit.kind, MisfitKind::MissingKey(_)) && misfit.path == *path;
    match branches.iter().flatten().find(is_missing) {
        Some(missing) => vec![missing.clone()],
        None => branches
            .into_iter()
            .min_by_key(Vec::len)
            .unwrap_or_default(),
    }
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
        types.retain(|kind| *kind != JsonType::Text);
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
