//! A key of the cluster file in a terminal.

use super::layout::{columns, paragraph};
use crate::schema::{Below, Field, Meaning};

/// Everything that the schema says of it.
pub(super) fn explanation(field: &Field) -> String {
    let mut text = format!("{}: a key of the cluster file\n", field.path);
    for meaning in &field.meanings {
        text.push('\n');
        text.push_str(&meaning_text(meaning));
    }
    text
}

fn meaning_text(meaning: &Meaning) -> String {
    let mut text = paragraph(&meaning.description, 2);
    text.push('\n');
    let default = match &meaning.default {
        Some(default) => default.clone(),
        None if meaning.is_required => "none, it must be written".into(),
        None => "none".into(),
    };
    let rows = [
        ("Of", meaning.within.join(" and ")),
        ("Type", meaning.kinds.join(", or ")),
        ("Default", default),
        ("Examples", meaning.examples.join("   ")),
    ];
    let rows: Vec<_> = rows
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| [name.to_owned(), value])
        .collect();
    text.push_str(&columns(&rows, 2));
    if !meaning.words.is_empty() {
        text.push_str("\n  Words\n");
        let words = meaning.words.iter().cloned().map(<[String; 2]>::from);
        text.push_str(&columns(&words.collect::<Vec<_>>(), 4));
    }
    if !meaning.below.is_empty() {
        text.push_str("\n  Keys below\n");
        let below: Vec<_> = meaning.below.iter().map(below_row).collect();
        text.push_str(&columns(&below, 4));
    }
    text
}

fn below_row(below: &Below) -> [String; 2] {
    let of = match below.within.join(" and ") {
        within if within.is_empty() => within,
        within => format!(" Of {within}."),
    };
    let kinds = below.kinds.join(", or ");
    let description = &below.description;
    [below.path.clone(), format!("{description}{of} ({kinds})")]
}
