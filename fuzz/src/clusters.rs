//! Cluster files from choices: an example, and changes to it.

use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};
use restate_gen::source::Document;
use serde_json::{Map, Value, json};

/// The committed schema: what may stand at each place.
static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../schema/cluster.schema.json")).expect("it is JSON")
});

/// The committed examples.
static EXAMPLES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    [
        include_str!("../../examples/01-one-node/restate-cluster.yaml"),
        include_str!("../../examples/02-three-nodes-at-1.5.3/restate-cluster.yaml"),
        include_str!("../../examples/03-five-nodes/restate-cluster.yaml"),
        include_str!("../../examples/04-split-roles/restate-cluster.yaml"),
        include_str!("../../examples/05-zones/restate-cluster.yaml"),
        include_str!("../../examples/06-external-s3/restate-cluster.yaml"),
        include_str!("../../examples/07-seaweedfs/restate-cluster.yaml"),
        include_str!("../../examples/08-everything/restate-cluster.yaml"),
    ]
    .map(|text| Document::parse("example", text).value().clone())
    .to_vec()
});

/// Names of the server's settings, dotted.
static SETTINGS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    include_str!("../../src/facts/settings.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split('\t').next())
        .collect()
});

/// Texts at the edge of what a key takes.
const TEXTS: [&str; 46] = [
    "",
    " ",
    "a",
    "-",
    "-a",
    "a-",
    "A",
    "é",
    "\u{202e}",
    "\n",
    "a\nb",
    "\r",
    "a\rb",
    "\t",
    "'",
    "\"",
    "\\",
    "#",
    " #",
    ": ",
    "$",
    "$$",
    "${X}",
    "${X:-}",
    "{{x}}",
    "%",
    "*a",
    "&a",
    "!a",
    "~",
    "null",
    "true",
    "no",
    "1",
    "1.0",
    "0x1",
    "0GiB",
    "1B",
    "2GiB",
    "16777216TiB",
    "0s",
    "1h 30m",
    "1.5.3",
    "1.7.12",
    "s3://restate/snapshots",
    "s3://",
];

/// Numbers at the edge of what a key takes.
const NUMBERS: [f64; 18] = [
    0.0,
    1.0,
    2.0,
    3.0,
    5.0,
    0.01,
    0.5,
    -1.0,
    127.0,
    128.0,
    1000.0,
    1001.0,
    65535.0,
    65536.0,
    4294967295.0,
    4294967296.0,
    9007199254740992.0,
    1e300,
];

/// A cluster file.
///
/// # Errors
/// When the choices run out.
pub fn cluster(choices: &mut Unstructured<'_>) -> Result<Value> {
    let mut cluster = match choices.int_in_range(0..=EXAMPLES.len())? {
        0 => json!({}),
        index => EXAMPLES[index - 1].clone(),
    };
    for _ in 0..choices.int_in_range(1..=8)? {
        change(choices, &mut cluster)?;
    }
    Ok(cluster)
}

/// One change.
fn change(choices: &mut Unstructured<'_>, cluster: &mut Value) -> Result<()> {
    match choices.int_in_range(0..=7)? {
        // A key of the file, with what the schema says of it.
        0..=3 => {
            let keys = SCHEMA["properties"].as_object().expect("a mapping");
            let index = choices.choose_index(keys.len())?;
            let (key, schema) = keys.iter().nth(index).expect("below the length");
            let value = valid(choices, schema, 0)?;
            if let Value::Object(entries) = cluster {
                entries.insert(key.clone(), value);
            }
        }
        // A setting of the server.
        4 => {
            let name = *choices.choose(&SETTINGS)?;
            let value = scalar(choices)?;
            if let Value::Object(entries) = cluster {
                let settings = entries.entry("settings").or_insert_with(|| json!({}));
                if let Value::Object(settings) = settings {
                    settings.insert(name.to_owned(), value);
                }
            }
        }
        // Anything at any place.
        5 => *place(choices, cluster)? = scalar(choices)?,
        // Something twice, or in another place.
        6 => {
            let taken = place(choices, cluster)?.clone();
            match place(choices, cluster)? {
                Value::Array(items) => items.push(taken),
                other => *other = taken,
            }
        }
        // Something less.
        _ => match place(choices, cluster)? {
            Value::Array(items) => drop(items.pop()),
            Value::Object(entries) => drop(entries.pop()),
            other => *other = Value::Null,
        },
    }
    Ok(())
}

trait Pop {
    fn pop(&mut self) -> Option<Value>;
}

impl Pop for Map<String, Value> {
    fn pop(&mut self) -> Option<Value> {
        let key = self.keys().next_back()?.clone();
        self.remove(&key)
    }
}

/// Some place in a value.
fn place<'v>(choices: &mut Unstructured<'_>, value: &'v mut Value) -> Result<&'v mut Value> {
    let count = match value {
        Value::Array(items) => items.len(),
        Value::Object(entries) => entries.len(),
        _ => 0,
    };
    // A third of all walks end here; there is one more way to continue than there are children.
    if count == 0 || choices.ratio(1, 3)? {
        return Ok(value);
    }
    let index = choices.choose_index(count)?;
    let child = match value {
        Value::Array(items) => &mut items[index],
        Value::Object(entries) => entries.values_mut().nth(index).expect("below the count"),
        _ => unreachable!("only collections have children"),
    };
    place(choices, child)
}

/// Text or number at the edge, or anything.
fn scalar(choices: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match choices.int_in_range(0..=9)? {
        0..=4 => (*choices.choose(&TEXTS)?).into(),
        5..=7 => number(*choices.choose(&NUMBERS)?),
        8 => choices.arbitrary::<&str>()?.into(),
        _ => choices.arbitrary::<bool>()?.into(),
    })
}

fn number(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e16 {
        Value::from(number as i64)
    } else {
        Value::from(number)
    }
}

/// A value that the schema takes, mostly.
fn valid(choices: &mut Unstructured<'_>, schema: &Value, depth: usize) -> Result<Value> {
    if depth > 8 || choices.ratio(1, 40)? {
        return scalar(choices);
    }
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name.trim_start_matches('#');
        let target = SCHEMA
            .pointer(pointer)
            .expect("the schema refers to what it has");
        return valid(choices, target, depth);
    }
    for choice in ["anyOf", "oneOf"] {
        if let Some(branches) = schema[choice].as_array() {
            let branch = choices.choose(branches)?;
            return valid(choices, branch, depth);
        }
    }
    if let Some(words) = schema["enum"].as_array() {
        return Ok(choices.choose(words)?.clone());
    }
    if let Some(word) = schema.get("const") {
        return Ok(word.clone());
    }
    if let Some(examples) = schema["examples"].as_array()
        && choices.arbitrary()?
    {
        return Ok(choices.choose(examples)?.clone());
    }
    let kind = match &schema["type"] {
        Value::String(kind) => kind.as_str(),
        // The second is `null`.
        Value::Array(kinds) => kinds[0].as_str().expect("a name"),
        _ => return scalar(choices),
    };
    Ok(match kind {
        "object" => {
            let mut entries = Map::new();
            let required = |key: &str| {
                let required = schema["required"].as_array();
                required.is_some_and(|keys| keys.iter().any(|name| name == key))
            };
            for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
                if required(key) || choices.ratio(1, 3)? {
                    entries.insert(key.clone(), valid(choices, schema, depth + 1)?);
                }
            }
            Value::Object(entries)
        }
        "array" => {
            let mut items = Vec::new();
            for _ in 0..choices.int_in_range(0..=4)? {
                items.push(valid(choices, &schema["items"], depth + 1)?);
            }
            Value::Array(items)
        }
        "integer" => {
            let least = schema["minimum"].as_u64().unwrap_or(0);
            // Few nodes mostly: many take long and tell nothing new.
            let few = if choices.ratio(9, 10)? { 12 } else { 1 << 40 };
            let most = schema["maximum"].as_u64().unwrap_or(u64::MAX);
            let most = most.min(least + few);
            Value::from(choices.int_in_range(least..=most)?)
        }
        "number" => number(*choices.choose(&NUMBERS)?),
        "boolean" => choices.arbitrary::<bool>()?.into(),
        "null" => Value::Null,
        _ => (*choices.choose(&TEXTS)?).into(),
    })
}
