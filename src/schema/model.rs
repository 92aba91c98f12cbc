//! From a document to the model, as far as the document fits the schema.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::branch::DISCRIMINATORS;
use super::{MOST_FAULTS, check, rules};
use crate::diagnostic::{At, Diagnostic, quoted, reading};
use crate::model::{Cluster, MOST_NODES};
use crate::source::{DocPath, Document, Segment};

/// Most bytes of one `settings`, in memory: all settings that the server knows take about half of it. The same for each other table
/// whose keys are free.
const LARGEST_TABLE: usize = 64 << 10;

/// Most bytes of labels and annotations in memory, which each StatefulSet repeats.
const LARGEST_LABELS: usize = 16 << 10;

/// The tables whose keys are free, but for those of nodes, with what each holds and how large it may be.
const TABLES: [(&[&str], &str, usize); 17] = [
    (&["settings"], "settings", LARGEST_TABLE),
    (&["compose", "node"], "settings", LARGEST_TABLE),
    (&["compose", "store"], "settings", LARGEST_TABLE),
    (&["compose", "networks"], "networks", LARGEST_TABLE),
    (&["compose", "volumes"], "volumes", LARGEST_TABLE),
    (&["compose", "secrets"], "secrets", LARGEST_TABLE),
    (&["compose", "configs"], "configs", LARGEST_TABLE),
    (
        &["kubernetes", "service_account_annotations"],
        "annotations",
        LARGEST_LABELS,
    ),
    (
        &["kubernetes", "pod_annotations"],
        "annotations",
        LARGEST_LABELS,
    ),
    (&["kubernetes", "pod_labels"], "labels", LARGEST_LABELS),
    (&["kubernetes", "node_selector"], "labels", LARGEST_LABELS),
    (&["kubernetes", "pod"], "settings", LARGEST_TABLE),
    (&["kubernetes", "container"], "settings", LARGEST_TABLE),
    (&["kubernetes", "services"], "annotations", LARGEST_LABELS),
    (&["kubernetes", "zones"], "zones", 128 << 10),
    (&["kubernetes", "network"], "peers", LARGEST_TABLE),
    (
        &["kubernetes", "ingress", "annotations"],
        "annotations",
        LARGEST_LABELS,
    ),
];

/// What a document says.
#[derive(Debug)]
pub struct Reading {
    /// The model: the whole document, or what is left of it without [`Reading::dropped`]. None when
    /// the document cannot be read at all.
    pub cluster: Option<Cluster>,
    /// The faults of reading and of the schema, in no order.
    pub diagnostics: Vec<Diagnostic>,
    /// Values that are not in the model because they are faulty. What a rule would say of their
    /// absence is nonsense: see [`Reading::knows`]. List items keep their indices: a node that is
    /// dropped leaves one without any key, of other lists the whole list is dropped.
    pub dropped: Vec<DocPath>,
}

impl Reading {
    /// Whether the model holds what was written at a path, so that a rule may speak of it: nothing at,
    /// above or below it was dropped.
    pub fn knows(&self, path: &DocPath) -> bool {
        let touches = |dropped: &DocPath| dropped.is_within(path) || path.is_within(dropped);
        !self.dropped.iter().any(touches)
    }
}

/// Reads the model, and everything that is wrong with the text or does not fit the schema.
pub fn read(document: &Document) -> Reading {
    let mut diagnostics = reading::diagnostics(document);
    if !document.is_readable() {
        return Reading {
            cluster: None,
            diagnostics,
            dropped: Vec::new(),
        };
    }
    let misfits = check(document);
    // Beyond the bound it is unknown what else does not fit.
    if misfits.len() >= MOST_FAULTS {
        diagnostics.extend(misfits);
        return Reading {
            cluster: None,
            diagnostics,
            dropped: vec![DocPath::root()],
        };
    }
    let mut dropped: Vec<DocPath> = misfits.iter().filter_map(faulty_path).collect();
    diagnostics.extend(misfits);
    for (path, too_much) in too_much(document) {
        diagnostics.push(too_much);
        dropped.push(path);
    }
    let mut value = without_empty(document.value());
    drop_all(&mut value, &dropped);
    let cluster = Cluster::deserialize(&value).ok().or_else(|| {
        // The schema let something through that the types refuse, such as a size of nothing, or what
        // is left of a faulty mapping does not stand alone.
        for path in refused(&value) {
            if !dropped.iter().any(|faulty| faulty.is_within(&path)) {
                diagnostics.push(refusal(document, &path));
            }
            dropped.push(whole(path));
        }
        drop_all(&mut value, &dropped);
        Cluster::deserialize(&value).ok()
    });
    Reading {
        cluster,
        diagnostics,
        dropped,
    }
}

/// What a schema cannot add up: all nodes of a list, and all that one `settings` holds. Each node has its own
/// copy of the settings, so the two together bound the memory of a run.
fn too_much(document: &Document) -> Vec<(DocPath, Diagnostic)> {
    let tables = TABLES.into_iter();
    let mut found: Vec<_> = tables
        .filter_map(|(path, what, most)| {
            too_large(document, DocPath::of(path.iter().copied()), what, most)
        })
        .collect();
    let nodes = DocPath::of(["nodes"]);
    let Some(Value::Array(entries)) = document.get(&nodes) else {
        return found;
    };
    let count = |entry: &Value| {
        let count = entry.get("count").and_then(Value::as_u64);
        // A count beyond the bound is a fault of its own.
        count
            .filter(|count| *count <= MOST_NODES.into())
            .unwrap_or(1)
    };
    let sum: u64 = entries.iter().map(count).sum();
    // A list that is too long by itself has that finding.
    if sum > MOST_NODES.into() && entries.len() <= MOST_NODES as usize {
        let message = format!(
            "the list adds up to {sum} nodes, more than the {MOST_NODES} that a cluster can have"
        );
        let diagnostic = Diagnostic::new(&rules::OUT_OF_RANGE, nodes.clone().as_key(), message)
            .help(format!("write at most {MOST_NODES} nodes in all"));
        found.push((nodes, diagnostic));
        return found;
    }
    found.extend((0..entries.len()).filter_map(|index| {
        let path = nodes.clone().index(index).key("settings");
        too_large(document, path, "settings", LARGEST_TABLE)
    }));
    found
}

fn too_large(
    document: &Document,
    path: DocPath,
    what: &str,
    most: usize,
) -> Option<(DocPath, Diagnostic)> {
    let size = document.get(&path).map_or(0, size);
    (size > most).then(|| {
        let message = format!(
            "these {what} take {} KiB, more than the {} KiB that they may",
            size.div_ceil(1 << 10),
            most >> 10
        );
        let diagnostic = Diagnostic::new(&rules::WRONG_LENGTH, path.clone().as_key(), message)
            .help(format!("keep only the {what} that you need"));
        (path, diagnostic)
    })
}

/// About how many bytes a value takes.
fn size(value: &Value) -> usize {
    /// What each value takes besides its text.
    const OWN: usize = 64;
    OWN + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| key.len() + size(value))
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// What has to go so that the rest can be read.
fn faulty_path(misfit: &Diagnostic) -> Option<DocPath> {
    let At::Place(place) = &misfit.at else {
        return None;
    };
    let path = place.path.clone();
    // A mapping is useless without a key that it needs, and without the key that says what it is,
    // be it faulty or misspelt.
    let says_what = |key: &str| DISCRIMINATORS.contains(&key);
    let is_useless = if misfit.rule == &rules::UNKNOWN_KEY {
        misfit
            .fix
            .as_ref()
            .is_some_and(|fix| says_what(&fix.replacement))
    } else {
        misfit.rule == &rules::MISSING_KEY || path.last_key().is_some_and(says_what)
    };
    Some(whole(match path.parent() {
        Some(parent) if is_useless => parent,
        _ => path,
    }))
}

/// Of an item of a list the whole list, for without one item the others would have other indices
/// than in the text. Nodes stay: see [`drop_all`].
fn whole(path: DocPath) -> DocPath {
    match (path.segments().last(), path.parent()) {
        (Some(Segment::Index(_)), Some(list)) if !is_nodes(&list) => list,
        _ => path,
    }
}

fn is_nodes(path: &DocPath) -> bool {
    matches!(path.segments(), [Segment::Key(key)] if key == "nodes")
}

/// Removes what is at the paths. In place of a node that is dropped stays one without any key, so that
/// the index of each node is that of the text.
fn drop_all(value: &mut Value, paths: &[DocPath]) {
    for path in paths {
        let Some((last, above)) = path.segments().split_last() else {
            *value = Value::Object(Map::new());
            continue;
        };
        let parent = above
            .iter()
            .try_fold(&mut *value, |value, segment| match segment {
                Segment::Key(key) => value.get_mut(key),
                Segment::Index(index) => value.get_mut(index),
            });
        match (parent, last) {
            (Some(Value::Object(entries)), Segment::Key(key)) => {
                entries.shift_remove(key);
            }
            (Some(Value::Array(items)), Segment::Index(index)) if *index < items.len() => {
                items[*index] = Value::Object(Map::new());
            }
            _ => {}
        }
    }
}

/// Without keys that have no value, which mean their default, and with whole numbers as such:
/// the schema takes `2.0` for 2. Raw settings and
/// what is meant for Compose stay as they are.
fn without_empty(value: &Value) -> Value {
    match value {
        Value::Object(entries) => {
            let mut kept = Map::new();
            for (key, value) in entries.iter().filter(|(_, value)| !value.is_null()) {
                let value = match (key.as_str(), value) {
                    ("settings", value) => value.clone(),
                    // What it takes over from a Compose file is as raw, and a name alone declares a network there.
                    ("compose", Value::Object(section)) => {
                        let mut section = section.clone();
                        section.retain(|_, value| !value.is_null());
                        Value::Object(section)
                    }
                    _ => without_empty(value),
                };
                kept.insert(key.clone(), value);
            }
            Value::Object(kept)
        }
        Value::Array(items) => items.iter().map(without_empty).collect(),
        Value::Number(number) if number.is_f64() => match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => Value::from(float as i64),
            _ => value.clone(),
        },
        other => other.clone(),
    }
}

/// The deepest values that the model refuses, though the schema does not.
fn refused(value: &Value) -> Vec<DocPath> {
    let mut found = Vec::new();
    let fits = |value: &Value| Cluster::deserialize(value).is_ok();
    collect_refused(DocPath::root(), value, &fits, &mut found);
    found
}

/// Goes down into each child that is refused even without the others.
fn collect_refused(
    path: DocPath,
    value: &Value,
    fits: &dyn Fn(&Value) -> bool,
    found: &mut Vec<DocPath>,
) {
    let before = found.len();
    match value {
        Value::Object(entries) => {
            for (key, child) in entries {
                let alone = |child: &Value| {
                    let kept = DISCRIMINATORS
                        .iter()
                        .filter_map(|key| entries.get_key_value(*key));
                    let mut kept: Map<_, _> = kept
                        .map(|(key, value)| (key.clone(), value.clone()))
                        .collect();
                    kept.insert(key.clone(), child.clone());
                    fits(&Value::Object(kept))
                };
                if !alone(child) {
                    collect_refused(path.clone().key(key), child, &alone, found);
                }
            }
        }
        Value::Array(items) => {
            for (index, child) in items.iter().enumerate() {
                let alone = |child: &Value| fits(&Value::Array(vec![child.clone()]));
                if !alone(child) {
                    collect_refused(path.clone().index(index), child, &alone, found);
                }
            }
        }
        _ => {}
    }
    if found.len() == before {
        found.push(path);
    }
}

fn refusal(document: &Document, path: &DocPath) -> Diagnostic {
    let written = match document.get(path) {
        Some(Value::String(text)) => quoted(text),
        Some(Value::Number(number)) => quoted(&number.to_string()),
        _ => "this".to_owned(),
    };
    let message = format!("{written} is out of range for `{path}`");
    Diagnostic::new(&rules::OUT_OF_RANGE, path.clone(), message)
        .help("write a value above zero that a machine can have")
}
