//! A key of the cluster file as the published schema describes it, in words that people read.

use serde_json::Value;

use super::keys::{self, schema_at};
use super::phrases::{
    apart, branches, brief_kinds, collect_words, flow, items_of, kinds, lowered, target, text_of,
};

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
        description: format!("The kind; the other keys of `{above}` depend on it."),
        kinds: vec!["one of the values below".into()],
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
                            none if none.is_empty() => "The kind.".into(),
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

fn joined(above: &str, key: &str, in_list: bool) -> String {
    match (above.is_empty(), in_list) {
        (true, _) => key.to_owned(),
        (false, true) => format!("{above}[].{key}"),
        (false, false) => format!("{above}.{key}"),
    }
}
