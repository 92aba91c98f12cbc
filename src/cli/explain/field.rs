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
    let is_mapping = meaning.kinds == ["a mapping"];
    let default = match &meaning.default {
        Some(default) => default.clone(),
        None if meaning.is_required => "none, it is required".into(),
        // Each of its keys has a default of its own.
        None if is_mapping => String::new(),
        None => "none".into(),
    };
    let mut rows = vec![
        ["Belongs to".into(), meaning.within.join(", ")],
        ["Type".into(), meaning.kinds.join(", or ")],
        ["Default".into(), default],
    ];
    rows.retain(|[_, value]: &[String; 2]| !value.is_empty());
    for (index, example) in meaning.examples.iter().enumerate() {
        let name = if index == 0 { "Examples" } else { "" };
        rows.push([name.into(), example.clone()]);
    }
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

fn below_row(below: &Below) -> [String; 3] {
    let within = match below.within.join(", ") {
        within if within.is_empty() => within,
        within => format!(" ({within})"),
    };
    [
        below.path.clone(),
        below.kinds.join(" or "),
        format!("{}{within}", below.description),
    ]
}
