//! The document against the schema, every fault in one pass.
//!
//! A walker for the dozen keywords that the generator emits, in place of a general validator: that
//! one needs more time to compile the schema than a whole run may take, and tells of a choice only
//! that nothing fits. A test holds the two to the same verdict, and another the schema to the keywords
//! known here.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use regex_lite::Regex;
use serde_json::{Map, Number, Value};

use super::branch::{JsonType, Misfit, MisfitKind, choose};
use super::{MOST_FAULTS, keys};
use crate::source::{DocPath, Segment};

/// Every keyword that is checked, and those that only describe.
pub const KEYWORDS: &[&str] = &[
    "$ref",
    "type",
    "const",
    "pattern",
    "format",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "anyOf",
    "oneOf",
    "allOf",
    "title",
    "description",
    "default",
    "examples",
    "$schema",
];

/// Most bytes of a text that is compared with a pattern.
const MOST_MATCHED: usize = 16 << 10;

/// Everything in the value that does not fit the schema, at most about [`MOST_FAULTS`].
pub(super) fn misfits(value: &Value, schema: &'static Value) -> Vec<Misfit> {
    let walk = Walk::default();
    let mut found = Found {
        misfits: Vec::new(),
        any: false,
        collects: true,
    };
    walk.value(value, &Trail::Root, schema, &Trail::Root, &mut found);
    found.misfits
}

/// A path that costs nothing as long as all is well: linked through the stack.
enum Trail<'t> {
    Root,
    /// At a definition, where a reference leads.
    Definition(&'t str),
    Key(&'t Trail<'t>, &'t str),
    Index(&'t Trail<'t>, usize),
}

impl Trail<'_> {
    fn doc_path(&self) -> DocPath {
        match self {
            Trail::Root | Trail::Definition(_) => DocPath::root(),
            Trail::Key(above, key) => above.doc_path().key(*key),
            Trail::Index(above, index) => above.doc_path().segment(Segment::Index(*index)),
        }
    }

    fn pointer(&self) -> String {
        match self {
            Trail::Root => String::new(),
            Trail::Definition(pointer) => (*pointer).to_owned(),
            Trail::Key(above, key) => format!("{}/{key}", above.pointer()),
            Trail::Index(above, index) => format!("{}/{index}", above.pointer()),
        }
    }
}

/// What has been found: the misfits, or only whether there are any.
struct Found {
    misfits: Vec<Misfit>,
    any: bool,
    collects: bool,
}

impl Found {
    fn push(&mut self, at: &Trail<'_>, schema: &Trail<'_>, kind: MisfitKind) {
        self.any = true;
        if self.collects {
            self.misfits
                .push(Misfit::new(at.doc_path(), kind, schema.pointer()));
        }
    }

    /// Whether to look no further.
    fn is_enough(&self) -> bool {
        (self.any && !self.collects) || self.misfits.len() >= MOST_FAULTS
    }
}

#[derive(Default)]
struct Walk {
    /// The patterns met, compiled: few files have them all.
    patterns: RefCell<HashMap<&'static str, Option<Regex>>>,
}

impl Walk {
    fn value(
        &self,
        value: &Value,
        at: &Trail<'_>,
        schema: &'static Value,
        pointer: &Trail<'_>,
        found: &mut Found,
    ) {
        let Value::Object(keywords) = schema else {
            return;
        };
        let mut closed = false;
        let mut properties = None;
        // One pass instead of a lookup for each keyword: a list of nodes asks for them by the thousand.
        for (keyword, bound) in keywords {
            match (keyword.as_str(), value) {
                ("$ref", _) => {
                    let target = bound.as_str().unwrap_or_default();
                    let target = target.trim_start_matches('#');
                    if let Some(schema) = keys::schema_at(target) {
                        self.value(value, at, schema, &Trail::Definition(target), found);
                    }
                }
                ("type", _) if !is_of_kind(value, bound) => {
                    found.push(at, pointer, MisfitKind::WrongType(kinds_of(bound)));
                }
                ("const", _) if value != bound => {
                    let word = bound
                        .as_str()
                        .map_or_else(|| bound.to_string(), str::to_owned);
                    found.push(at, pointer, MisfitKind::NotOneOf(vec![word], Vec::new()));
                }
                ("anyOf" | "oneOf" | "allOf", _) => {
                    self.branches(value, at, (keyword, bound), pointer, found);
                }
                ("additionalProperties", _) => closed = bound == &Value::Bool(false),
                ("properties", _) => properties = bound.as_object(),
                ("required", Value::Object(entries)) => {
                    let keys = bound
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_str);
                    for key in keys.filter(|key| !entries.contains_key(*key)) {
                        found.push(at, pointer, MisfitKind::MissingKey(key.to_owned()));
                    }
                }
                (_, Value::String(text)) => {
                    if let Some(kind) = self.text(text, keyword, bound) {
                        found.push(at, pointer, kind);
                    }
                }
                (_, Value::Number(number)) => {
                    if let Some(kind) = self::number(number, keyword, bound) {
                        found.push(at, pointer, kind);
                    }
                }
                ("items", Value::Array(items)) => {
                    let pointer = Trail::Key(pointer, "items");
                    for (index, item) in items.iter().enumerate() {
                        if found.is_enough() {
                            return;
                        }
                        self.value(item, &Trail::Index(at, index), bound, &pointer, found);
                    }
                }
                (_, Value::Array(items)) => {
                    for kind in list(items, keyword, bound) {
                        found.push(at, pointer, kind);
                    }
                }
                _ => {}
            }
        }
        if let Value::Object(entries) = value {
            self.entries(entries, at, properties, closed, pointer, found);
        }
    }

    fn branches(
        &self,
        value: &Value,
        at: &Trail<'_>,
        (keyword, branches): (&'static str, &'static Value),
        pointer: &Trail<'_>,
        found: &mut Found,
    ) {
        let pointer = Trail::Key(pointer, keyword);
        let branches = branches.as_array().into_iter().flatten().enumerate();
        let branches = branches.map(|(index, branch)| (Trail::Index(&pointer, index), branch));
        if keyword == "allOf" {
            branches.for_each(|(pointer, branch)| self.value(value, at, branch, &pointer, found));
        } else {
            self.choice(value, at, &branches.collect::<Vec<_>>(), found);
        }
    }

    /// Any branch will do. Those of the generator's `oneOf` exclude each other, by a word or by the
    /// key `kind`, so that there is no need to look for a second one.
    fn choice(
        &self,
        value: &Value,
        at: &Trail<'_>,
        branches: &[(Trail<'_>, &'static Value)],
        found: &mut Found,
    ) {
        let fits = branches.iter().any(|(pointer, branch)| {
            let mut whether = Found {
                misfits: Vec::new(),
                any: false,
                collects: false,
            };
            self.value(value, at, branch, pointer, &mut whether);
            !whether.any
        });
        if fits {
            return;
        }
        found.any = true;
        if !found.collects {
            return;
        }
        let misfits = branches.iter().map(|(pointer, branch)| {
            let mut of_branch = Found {
                misfits: Vec::new(),
                any: false,
                collects: true,
            };
            self.value(value, at, branch, pointer, &mut of_branch);
            of_branch.misfits
        });
        found
            .misfits
            .extend(choose(&at.doc_path(), misfits.collect()));
    }

    /// How a string does not fit a keyword.
    fn text(&self, text: &str, keyword: &str, bound: &'static Value) -> Option<MisfitKind> {
        let length = || text.chars().count() as u64;
        match keyword {
            // Everything that has a form has a maximum below this too, which is said then, and sooner.
            "pattern" if text.len() <= MOST_MATCHED && !self.matches(bound.as_str()?, text) => {
                Some(MisfitKind::WrongForm)
            }
            "format" => {
                let fits = match bound.as_str()? {
                    "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
                    "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
                    _ => true,
                };
                (!fits).then_some(MisfitKind::WrongForm)
            }
            "minLength" if length() < bound.as_u64()? => Some(MisfitKind::TooShort),
            "maxLength" if length() > bound.as_u64()? => Some(MisfitKind::TooLong(bound.as_u64()?)),
            _ => None,
        }
    }

    fn matches(&self, pattern: &'static str, text: &str) -> bool {
        let mut patterns = self.patterns.borrow_mut();
        let regex = patterns
            .entry(pattern)
            .or_insert_with(|| Regex::new(pattern).ok());
        // The patterns are our own, and a test compiles each.
        regex.as_ref().is_none_or(|regex| regex.is_match(text))
    }

    fn entries(
        &self,
        entries: &Map<String, Value>,
        at: &Trail<'_>,
        properties: Option<&'static Map<String, Value>>,
        closed: bool,
        pointer: &Trail<'_>,
        found: &mut Found,
    ) {
        let of_properties = Trail::Key(pointer, "properties");
        for (key, value) in entries {
            if found.is_enough() {
                return;
            }
            match properties.and_then(|all| all.get_key_value(key)) {
                Some((name, schema)) => {
                    let (at, pointer) = (Trail::Key(at, key), Trail::Key(&of_properties, name));
                    self.value(value, &at, schema, &pointer, found);
                }
                None if closed => found.push(at, pointer, MisfitKind::UnknownKey(key.clone())),
                None => {}
            }
        }
    }
}

/// How a number does not fit a keyword.
fn number(number: &Number, keyword: &str, bound: &Value) -> Option<MisfitKind> {
    // Both bounds and values lie where a float is exact, or far beyond the bound.
    let number = number.as_f64()?;
    match keyword {
        "minimum" if number < bound.as_f64()? => Some(MisfitKind::Below(bound.clone())),
        "maximum" if number > bound.as_f64()? => Some(MisfitKind::Above(bound.clone())),
        _ => None,
    }
}

/// How a list as a whole does not fit a keyword.
fn list(items: &[Value], keyword: &str, bound: &Value) -> Vec<MisfitKind> {
    let (count, limit) = (items.len() as u64, bound.as_u64());
    match (keyword, limit) {
        ("minItems", Some(least)) if count < least => vec![MisfitKind::TooFew(least)],
        ("maxItems", Some(most)) if count > most => vec![MisfitKind::TooMany(most)],
        ("uniqueItems", _) if bound == &Value::Bool(true) => repeated(items)
            .into_iter()
            .map(|(second, first)| MisfitKind::Repeated(second, first))
            .collect(),
        _ => Vec::new(),
    }
}

/// The names in a `type`: one, or a list.
fn names(kinds: &Value) -> impl Iterator<Item = &str> {
    let several = kinds
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    kinds.as_str().into_iter().chain(several)
}

fn is_of_kind(value: &Value, kinds: &Value) -> bool {
    names(kinds).any(|kind| match value {
        Value::Null => kind == "null",
        Value::Bool(_) => kind == "boolean",
        Value::String(_) => kind == "string",
        Value::Array(_) => kind == "array",
        Value::Object(_) => kind == "object",
        Value::Number(number) => {
            kind == "number"
                || (kind == "integer" && number.as_f64().is_some_and(|n| n.fract() == 0.0))
        }
    })
}

fn kinds_of(kinds: &Value) -> Vec<JsonType> {
    names(kinds).filter_map(JsonType::named).collect()
}

/// Items that are there already: (index, index of the first).
fn repeated(items: &[Value]) -> Vec<(usize, usize)> {
    // Bounded: a list of roles with more than a hundred items has faults enough.
    let firsts = &items[..items.len().min(100)];
    let mut found = Vec::new();
    for (second, item) in items.iter().enumerate() {
        let before = &firsts[..second.min(firsts.len())];
        if let Some(first) = before.iter().position(|other| other == item) {
            found.push((second, first));
        }
    }
    found
}
