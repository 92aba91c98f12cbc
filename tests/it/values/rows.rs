//! The values that servers were asked about, and the rows that say what they made of them. It knows neither how a server
//! is asked nor what this tool says of a value.

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use restate_gen::facts::{Release, Setting, SettingKind, newest_patches};
use serde_json::{Value, json};

/// The newest known version of each minor line.
pub static VERSIONS: LazyLock<[&str; 3]> = LazyLock::new(|| {
    let newest: Vec<&str> = newest_patches().map(Release::text).collect();
    newest.try_into().expect("a column for each minor")
});

/// A value of each kind that somebody might write: the smallest and the largest of it, zero, and forms that are near.
pub fn probes(setting: &Setting) -> Vec<Value> {
    let numbers = [
        json!(0),
        json!(1),
        json!(u16::MAX),
        json!(u64::from(u16::MAX) + 1),
        json!(u32::MAX),
        json!(u64::from(u32::MAX) + 1),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(-1),
        json!(0.0),
        json!(0.5),
        json!(1.5),
        json!(-0.5),
    ];
    // Of no kind, times, two times, sizes, rates, hosts and paths, addresses.
    let texts = "|word|unlimited|0|5|0.5|true|a,b\
        |0s|1ms|10s|300000h|-10s|1y\
        |250ms..1m|1m..250ms|0s..1m\
        |0B|1B|64MiB|5GiB|16EiB|-1MiB\
        |10/s|10/min|0/s|10 per second\
        |host|host:1234|127.0.0.1:1234|::1|/tmp/x\
        |http://host:1234|https://host/path|s3://bucket/path|unix:/tmp/x";
    let others = [
        json!(true),
        json!([]),
        json!(["word"]),
        json!([1]),
        json!(["http://host:1234"]),
        json!([{"name": "word"}]),
        json!({}),
        json!({"x-a": "b"}),
        json!({"x-a": 1}),
    ];
    let words = match &setting.kind {
        SettingKind::Choice(words) => words.clone(),
        _ => Vec::new(),
    };
    let words = words
        .into_iter()
        .flat_map(|word| [word.to_owned(), word.to_uppercase()]);
    let mut all: Vec<Value> = numbers.into_iter().chain(others).collect();
    all.extend(texts.split('|').map(Value::from));
    for word in words.map(Value::from) {
        if !all.contains(&word) {
            all.push(word);
        }
    }
    all
}

/// What has to stand next to a setting so that its own value is judged: a server refuses its table without them.
pub fn companions(path: &str) -> Vec<(String, Value)> {
    let (table, key) = path.rsplit_once('.').unwrap_or(("", path));
    let beside = |pairs: &[(&str, Value)]| -> Vec<(String, Value)> {
        pairs
            .iter()
            .filter(|(other, _)| *other != key)
            .map(|(other, value)| (format!("{table}.{other}"), value.clone()))
            .collect()
    };
    let is_policy = table.ends_with("-policy") && table != "default-retry-policy";
    match key {
        "interval" if is_policy => beside(&[("type", json!("fixed-delay"))]),
        "type" if is_policy => beside(&[
            ("interval", json!("10s")),
            ("initial-interval", json!("10s")),
            ("factor", json!(2.0)),
        ]),
        _ if is_policy && table.contains("replicated-loglet") => beside(&[
            ("type", json!("exponential")),
            ("initial-interval", json!("10s")),
            ("factor", json!(2.0)),
        ]),
        _ if is_policy => beside(&[("type", json!("exponential"))]),
        "capacity" => beside(&[("rate", json!("10/s"))]),
        _ if table == "tls" => beside(&[
            ("cert-file", json!("/etc/restate/tls.crt")),
            ("key-file", json!("/etc/restate/tls.key")),
            ("ca-files", json!(["/etc/restate/ca.crt"])),
        ]),
        _ => Vec::new(),
    }
}

/// What a server made of the values of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// This version has no such setting.
    Absent,
    /// It takes every value and shows none: it does not read the setting.
    Unread,
    /// It takes these values, as JSON, and refuses all others.
    Takes(Vec<String>),
}

/// The rows: what each of [`VERSIONS`] made of each setting.
pub type Rows = BTreeMap<String, [Cell; 3]>;

/// Reads the rows.
pub fn read(text: &str) -> Rows {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let cells: Vec<Vec<&str>> = lines.map(|line| line.split('\t').collect()).collect();
    let sets = names(&cells);
    let cell = |name: &str| match name {
        "-" => Cell::Absent,
        "unread" => Cell::Unread,
        name => Cell::Takes(sets[name].clone()),
    };
    cells
        .iter()
        .filter(|row| row.len() == 4)
        .map(|row| (row[0].to_owned(), [1, 2, 3].map(|at| cell(row[at]))))
        .collect()
}

/// The sets of values in the rows, by name.
pub fn names(cells: &[Vec<&str>]) -> BTreeMap<String, Vec<String>> {
    let sets = cells.iter().filter(|row| row.len() == 2);
    sets.map(|row| {
        let values: Vec<Value> = serde_json::from_str(row[1]).expect("a set is a list of JSON");
        let values = values.iter().map(Value::to_string).collect();
        (row[0].to_owned(), values)
    })
    .collect()
}

/// The text of a file of `tests/data`; none where it is not there.
pub fn data(name: &str) -> Option<String> {
    fs::read_to_string(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).ok()
}

/// What became of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nobody asked, or the version has not all of the settings.
    Absent,
    /// `--dump-config` refuses them.
    Refused,
    /// It starts, and shows nothing of them.
    Ignored,
    /// It ends soon after its start.
    Ends,
    /// It runs, and is not healthy.
    Unhealthy,
    /// It is healthy.
    Healthy,
}

impl Fate {
    const WORDS: [(Self, &'static str); 6] = [
        (Self::Absent, "-"),
        (Self::Refused, "refused"),
        (Self::Ignored, "ignored"),
        (Self::Ends, "ends"),
        (Self::Unhealthy, "unhealthy"),
        (Self::Healthy, "healthy"),
    ];

    /// The word for it in a row.
    #[allow(dead_code, reason = "written by tests/values alone")]
    pub fn word(self) -> &'static str {
        let row = Self::WORDS.iter().find(|(fate, _)| *fate == self);
        row.expect("every fate has a word").1
    }

    fn of(word: &str) -> Self {
        let row = Self::WORDS.iter().find(|(_, of)| *of == word);
        row.unwrap_or_else(|| panic!("{word:?} is no fate")).0
    }
}

/// What became of each of [`VERSIONS`] with some settings, as JSON.
pub type Fates = BTreeMap<String, [Fate; 3]>;

/// Reads the rows on starts.
pub fn read_fates(text: &str) -> Fates {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        (cells[0].to_owned(), [1, 2, 3].map(|at| Fate::of(cells[at])))
    };
    lines.map(row).collect()
}
