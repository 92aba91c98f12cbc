//! A key of the cluster file as the published schema describes it, in words that people read.

use serde_json::Value;

use super::keys::{self, schema_at};

/// A key of the cluster file.
#[derive(Debug)]
pub struct Field {
    /// Where it stands, with `[]` for an item of a list: `nodes[].ports`.
    pub path: String,
    /// What it is: more than one where mappings of different form have a key of that name.
    pub meanings: Vec<Meaning>,
}

/// What a key is in mappings of one form or of several.
#[derive(Debug, PartialEq)]
pub struct Meaning {
    /// The forms of the mapping that have it, such as `` `kind: s3` ``; empty when every form has.
    pub within: Vec<String>,
    /// Sentences, without what is said of the default.
    pub description: String,
    /// What a value may be, a phrase each.
    pub kinds: Vec<String>,
    /// What holds when it is not written; none where nothing does.
    pub default: Option<String>,
    /// Whether the mapping cannot do without it.
    pub is_required: bool,
    /// Values as they may be written.
    pub examples: Vec<String>,
    /// The words it takes, each with its meaning.
    pub words: Vec<(String, String)>,
    /// The keys of the mapping that it holds.
    pub below: Vec<Below>,
}

/// A key one level further down.
#[derive(Debug, PartialEq)]
pub struct Below {
    /// Where it stands, from the top of the file.
    pub path: String,
    /// What a value may be, a word or two each.
    pub kinds: Vec<&'static str>,
    /// As that of [`Meaning`].
    pub description: String,
    /// As that of [`Meaning`].
    pub within: Vec<String>,
}

/// The key at a dotted path. Items of lists may be left out or counted: `nodes.ports`, `nodes[].ports` and
/// `nodes[0].ports` are the same.
///
/// ```
/// use restate_gen::schema;
///
/// let field = schema::field("nodes.ports").expect("a key of the cluster file");
/// assert_eq!(field.path, "nodes[].ports");
/// assert_eq!(field.meanings[0].description, "Host ports of this node.");
/// ```
pub fn field(name: &str) -> Option<Field> {
    let mut path = String::new();
    let mut found = vec![Occurrence {
        within: String::new(),
        is_required: false,
        schema: schema_at("")?,
    }];
    let mut is_everywhere = true;
    for segment in name.split('.') {
        let key = segment.split_once('[').map_or(segment, |(key, _)| key);
        let forms: Vec<Form> = found.iter().flat_map(|at| forms(at.schema)).collect();
        let having: Vec<&Form> = forms.iter().filter(|form| form.has(key)).collect();
        let in_list = having.first()?.in_list;
        is_everywhere = having.len() == forms.len();
        path = joined(&path, key, in_list);
        found = having
            .iter()
            .filter_map(|form| form.occurrence(key))
            .collect();
    }
    let meanings = meanings(&path, found, is_everywhere);
    Some(Field { path, meanings })
}

/// Where every key of the cluster file stands, in the order of the keys' names.
pub fn field_paths() -> Vec<&'static str> {
    keys::all_homes()
}

/// Where a key of that name may stand, fewest levels first.
pub fn fields_named(key: &str) -> impl Iterator<Item = &'static str> {
    keys::homes(key).iter().map(String::as_str)
}

/// A key in one form of the mapping above it.
struct Occurrence {
    within: String,
    is_required: bool,
    schema: &'static Value,
}

/// A form that a mapping may have.
struct Form {
    title: &'static str,
    in_list: bool,
    schema: &'static Value,
}

impl Form {
    fn property(&self, key: &str) -> Option<&'static Value> {
        self.schema.get("properties")?.get(key)
    }

    fn has(&self, key: &str) -> bool {
        self.property(key).is_some()
    }

    fn occurrence(&self, key: &str) -> Option<Occurrence> {
        let required = items_of(self.schema, "required").any(|name| name == key);
        Some(Occurrence {
            within: self.name(),
            is_required: required,
            schema: self.property(key)?,
        })
    }

    fn properties(&self) -> impl Iterator<Item = (&'static String, &'static Value)> {
        let properties = self.schema.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten()
    }

    /// The key that says which form it is, or else its title.
    fn name(&self) -> String {
        let constant = self.properties().find_map(|(key, schema)| {
            let word = schema.get("const")?.as_str()?;
            Some(format!("`{key}: {word}`"))
        });
        constant.unwrap_or_else(|| lowered(self.title))
    }
}

/// The forms of mapping that a schema allows, also as items of a list.
fn forms(schema: &'static Value) -> Vec<Form> {
    let mut found = Vec::new();
    collect_forms(schema, text_of(schema, "title"), false, &mut found);
    found
}

fn collect_forms(
    schema: &'static Value,
    title: &'static str,
    in_list: bool,
    found: &mut Vec<Form>,
) {
    if schema.get("properties").is_some() {
        found.push(Form {
            title,
            in_list,
            schema,
        });
    }
    if let Some(target) = target(schema) {
        // What the place says of itself comes before what the type says.
        let title = if title.is_empty() {
            text_of(target, "title")
        } else {
            title
        };
        collect_forms(target, title, in_list, found);
    }
    for branch in branches(schema) {
        let own = text_of(branch, "title");
        let title = if own.is_empty() { title } else { own };
        collect_forms(branch, title, in_list, found);
    }
    if let Some(items) = schema.get("items") {
        collect_forms(items, "", true, found);
    }
}

/// Like meanings become one.
fn meanings(path: &str, found: Vec<Occurrence>, is_everywhere: bool) -> Vec<Meaning> {
    if let Some(choice) = choice_of_form(path, &found) {
        return vec![choice];
    }
    let mut meanings: Vec<Meaning> = Vec::new();
    for Occurrence {
        within,
        is_required,
        schema,
    } in found
    {
        let mut meaning = meaning(path, schema);
        meaning.is_required = is_required;
        match meanings.iter_mut().find(|other| {
            meaning.within = other.within.clone();
            **other == meaning
        }) {
            Some(same) => same.within.push(within),
            None => {
                meaning.within = vec![within];
                meanings.push(meaning);
            }
        }
    }
    if is_everywhere && meanings.len() == 1 {
        meanings[0].within.clear();
    }
    meanings
}

/// The key that says which form a mapping has: its words are the forms.
fn choice_of_form(path: &str, found: &[Occurrence]) -> Option<Meaning> {
    let words: Option<Vec<_>> = found
        .iter()
        .map(|at| Some(at.schema.get("const")?.as_str()?.to_owned()))
        .collect();
    let words = words?;
    let above = path.rsplit_once('.').map_or("", |(above, _)| above);
    let known = field(above).map(|field| field.meanings).unwrap_or_default();
    let known: Vec<_> = known.into_iter().flat_map(|one| one.words).collect();
    let with_meaning = words.into_iter().map(|word| {
        let meaning = known.iter().find(|(name, _)| *name == word);
        let meaning = meaning.map(|(_, meaning)| meaning.clone());
        (word, meaning.unwrap_or_default())
    });
    Some(Meaning {
        within: Vec::new(),
        description: format!("Which one it is; the other keys of `{above}` depend on it."),
        kinds: vec!["one of the words below".into()],
        default: None,
        is_required: true,
        examples: Vec::new(),
        words: with_meaning.collect(),
        below: Vec::new(),
    })
}

fn meaning(path: &str, schema: &'static Value) -> Meaning {
    let described = text_of(schema, "description");
    let (description, default) = apart(described);
    let default = default.or_else(|| schema.get("default").map(flow));
    let named = target(schema)
        .into_iter()
        .chain(branches(schema).filter_map(target));
    let examples = [schema].into_iter().chain(named);
    let examples = examples.map(|schema| items_of(schema, "examples").map(flow).collect());
    let mut words = Vec::new();
    collect_words(schema, &mut words);
    Meaning {
        within: Vec::new(),
        description,
        kinds: kinds(schema),
        default,
        is_required: false,
        examples: examples
            .into_iter()
            .find(|list: &Vec<_>| !list.is_empty())
            .unwrap_or_default(),
        words,
        below: below(path, schema),
    }
}

fn below(path: &str, schema: &'static Value) -> Vec<Below> {
    let forms = forms(schema);
    let mut found: Vec<(usize, Below)> = Vec::new();
    for form in &forms {
        for (key, schema) in form.properties() {
            let path = joined(path, key, form.in_list);
            match found.iter_mut().find(|(_, known)| known.path == path) {
                Some((count, known)) => {
                    *count += 1;
                    known.within.push(form.name());
                }
                None => found.push((
                    1,
                    Below {
                        path,
                        kinds: brief_kinds(schema),
                        description: match apart(text_of(schema, "description")).0 {
                            none if none.is_empty() => "Which one it is.".into(),
                            description => description,
                        },
                        within: vec![form.name()],
                    },
                )),
            }
        }
    }
    let in_all = |(count, mut one): (usize, Below)| {
        if count == forms.len() {
            one.within.clear();
        }
        one
    };
    found.into_iter().map(in_all).collect()
}

/// What a value may be, a phrase each.
fn kinds(schema: &'static Value) -> Vec<String> {
    let mut found = Vec::new();
    collect_kinds(schema, "", &mut found);
    found.dedup();
    found
}

fn collect_kinds(schema: &'static Value, title: &'static str, found: &mut Vec<String>) {
    let phrase = match type_of(schema) {
        Some("string") if schema.get("const").is_some() => "one of the words below".into(),
        Some("string") => text_kind(schema, title),
        Some("integer") => format!("a whole number{}", bounds(schema)),
        Some("number") => format!("a number{}", bounds(schema)),
        Some("boolean") => "`true` or `false`".into(),
        Some("array") => match schema.get("items").map(kinds) {
            Some(items) => format!("a list, each item {}", items.join(" or ")),
            None => "a list".into(),
        },
        Some("object") if schema.get("properties").is_some() => "a mapping".into(),
        Some("object") => "a mapping with any keys".into(),
        Some("null") => return,
        _ => {
            if let Some(target) = target(schema) {
                collect_kinds(target, text_of(target, "title"), found);
            }
            for branch in branches(schema) {
                collect_kinds(branch, "", found);
            }
            return;
        }
    };
    found.push(phrase);
}

/// What a value may be, for a table.
fn brief_kinds(schema: &'static Value) -> Vec<&'static str> {
    let mut found: Vec<&str> = Vec::new();
    let nested = target(schema).into_iter().chain(branches(schema));
    match type_of(schema) {
        Some("string") if schema.get("const").is_some() => found.push("word"),
        Some("string") => found.push("text"),
        Some("integer") => found.push("whole number"),
        Some("boolean") => found.push("true or false"),
        Some("array") => found.push("list"),
        Some("object") => found.push("mapping"),
        Some("null") => {}
        Some(other) => found.push(other),
        None => found.extend(nested.flat_map(brief_kinds)),
    }
    found.dedup();
    found
}

/// A named form of text says in its title what it is.
fn text_kind(schema: &'static Value, title: &str) -> String {
    if branches(schema).any(|branch| branch.get("format").is_some()) {
        return "an IP address".into();
    }
    match schema.get("pattern").and_then(Value::as_str) {
        Some(_) if !title.is_empty() => lowered(title),
        Some(pattern) => format!("text that matches `{pattern}`"),
        None => match (schema.get("minLength"), schema.get("maxLength")) {
            (Some(least), Some(most)) => format!("text of {least} to {most} characters"),
            (Some(_), None) => "text, not empty".into(),
            (None, Some(most)) => format!("text of at most {most} characters"),
            (None, None) => "text".into(),
        },
    }
}

fn bounds(schema: &Value) -> String {
    match (schema.get("minimum"), schema.get("maximum")) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) => format!(" from {least} on"),
        (None, Some(most)) => format!(" up to {most}"),
        (None, None) => String::new(),
    }
}

fn collect_words(schema: &'static Value, found: &mut Vec<(String, String)>) {
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        found.push((word.to_owned(), text_of(schema, "description").to_owned()));
    }
    if let Some(target) = target(schema) {
        collect_words(target, found);
    }
    for branch in branches(schema).chain(schema.get("items")) {
        collect_words(branch, found);
    }
}

/// A description without its last sentence when that gives the default, and what it gives.
fn apart(description: &str) -> (String, Option<String>) {
    let Some((rest, default)) = description.rsplit_once(". Default") else {
        return (description.to_owned(), None);
    };
    let default = default.trim_start_matches(':').trim();
    let default = default.trim_end_matches('.');
    let alone = default.strip_prefix('`').and_then(|d| d.strip_suffix('`'));
    let default = match alone {
        Some(value) if !value.contains('`') => value,
        _ => default,
    };
    (format!("{rest}."), Some(default.to_owned()))
}

/// A value as it may be written behind a key.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains([',', '{', '[', '#', '"']) => value.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries = entries.iter();
            let entries: Vec<_> = entries
                .map(|(key, value)| format!("{key}: {}", flow(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

fn joined(above: &str, key: &str, in_list: bool) -> String {
    match (above.is_empty(), in_list) {
        (true, _) => key.to_owned(),
        (false, true) => format!("{above}[].{key}"),
        (false, false) => format!("{above}.{key}"),
    }
}

/// The type of a schema, its readiness for `null` aside.
fn type_of(schema: &'static Value) -> Option<&'static str> {
    match schema.get("type")? {
        Value::Array(types) => types
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null"),
        name => name.as_str(),
    }
}

fn target(schema: &'static Value) -> Option<&'static Value> {
    let reference = schema.get("$ref")?.as_str()?;
    schema_at(reference.trim_start_matches('#'))
}

fn branches(schema: &'static Value) -> impl Iterator<Item = &'static Value> {
    let keywords = ["anyOf", "oneOf", "allOf"].into_iter();
    keywords.flat_map(move |keyword| items_of(schema, keyword))
}

fn items_of(schema: &'static Value, keyword: &str) -> impl Iterator<Item = &'static Value> {
    let items = schema.get(keyword).and_then(Value::as_array);
    items.into_iter().flatten()
}

fn text_of(schema: &'static Value, keyword: &str) -> &'static str {
    schema
        .get(keyword)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// A title as it stands within a sentence; one that begins with a name stays.
fn lowered(title: &str) -> String {
    let mut characters = title.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}
