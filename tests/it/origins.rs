//! One search leads from a generated line to its origin, by the rule that docs/ARCHITECTURE.md states under "Where a generated line
//! comes from".

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::golden::files_below;

/// Folders of templates that the rule names for every target.
const SHARED: [&str; 4] = [
    "templates/certificates",
    "templates/scripts",
    "templates/operations",
    "templates/guide",
];
/// What the rule names for settings.
const SETTINGS: [&str; 3] = ["src/server.rs", "src/server", "src/facts/memory.rs"];

/// What the variables of the server begin with.
const PREFIX: &str = "RESTATE_";

/// A line of a golden file.
struct Line {
    example: String,
    orchestrator: String,
    file: PathBuf,
    text: String,
}

fn letters(text: &str) -> usize {
    text.chars().filter(char::is_ascii_alphabetic).count()
}

/// A line as it stands in a template: without its indentation, its alignment, what Compose and HCL double, and the prefix that all
/// variables of the server have.
fn plain(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    let text = words.join(" ").replace("$$", "$").replace("%%", "%");
    text.replace(PREFIX, "")
}

/// What is left of a line without what stands between the two marks.
fn between(line: &str, (start, end): (&str, &str)) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(start) {
        parts.push(before.to_owned());
        rest = after.split_once(end).map_or("", |(_, after)| after);
    }
    parts.push(rest.to_owned());
    parts
}

fn read(path: &Path) -> Vec<String> {
    if path.is_dir() {
        let files = files_below(path);
        return files.iter().flat_map(|file| read(file)).collect();
    }
    fs::read_to_string(path).into_iter().collect()
}

/// The constant pieces of the templates in which the rule says that the lines are.
fn of_templates(orchestrator: &str) -> BTreeSet<String> {
    let own = format!("templates/{orchestrator}");
    let folders = [own.as_str()].into_iter().chain(SHARED);
    let texts = folders.flat_map(|folder| read(Path::new(folder)));
    let mut pieces = BTreeSet::new();
    for line in texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()) {
        for part in between(&line, ("{{", "}}")) {
            pieces.extend(between(&part, ("{%", "%}")).iter().map(|part| plain(part)));
        }
    }
    pieces
}

/// The constant pieces of the texts in the modules in which the rule says that values are made.
fn of_code(orchestrator: &str) -> BTreeSet<String> {
    let module = format!("src/targets/{orchestrator}");
    let mut texts = read(Path::new(&module));
    texts.extend(read(Path::new(&format!("{module}.rs"))));
    for shared in ["guide", "operations", "store"] {
        texts.extend(read(Path::new(&format!("src/targets/{shared}.rs"))));
    }
    texts.extend(read(Path::new("src/topology/tls.rs")));
    texts.extend(read(Path::new("src/server.rs")));
    texts.extend(read(Path::new("src/server")));
    let mut pieces = BTreeSet::new();
    for text in texts {
        let text = text.replace("\\\"", "\u{1}");
        for literal in text.split('"').skip(1).step_by(2) {
            let literal = literal.replace('\u{1}', "\"").replace("\\n", "\n");
            for line in literal.replace("{{", "\u{2}").lines() {
                let parts = between(line, ("{", "}"));
                pieces.extend(parts.iter().map(|part| plain(&part.replace('\u{2}', "{"))));
            }
        }
    }
    pieces
}

/// The letters of the longest piece that the line has.
fn longest(pieces: &BTreeSet<String>, line: &str) -> usize {
    let found = pieces.iter().filter(|piece| line.contains(piece.as_str()));
    found.map(|piece| letters(piece)).max().unwrap_or(0)
}

/// The setting that a line sets, by its variable or its key in TOML.
fn setting(line: &str) -> Option<String> {
    if let Some((_, variable)) = line.split_once(PREFIX) {
        let is_part = |c: &char| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == '_';
        let variable: String = variable.chars().take_while(is_part).collect();
        return Some(variable.to_lowercase().replace("__", ".").replace('_', "-"));
    }
    let (key, _) = line.split_once(" = ")?;
    let is_key = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
    key.chars().all(is_key).then(|| key.to_owned())
}

/// Whether the search that the rule names finds something.
fn is_found(line: &Line) -> bool {
    let text = plain(&line.text);
    let all = letters(&text);
    let templates = of_templates(&line.orchestrator);
    let constant = longest(&templates, &text);
    // A key or a command whose value is long.
    let begins = |piece: &String| letters(piece) >= 4 && text.starts_with(piece.as_str());
    if constant * 2 >= all || templates.iter().any(begins) {
        return true;
    }
    let example = fs::read_to_string(format!("examples/{}/restate-cluster.yaml", line.example));
    let example = example.expect("an example");
    if let Some(setting) = setting(line.text.trim()) {
        let quoted = format!("\"{setting}\"");
        let is_ours = SETTINGS
            .iter()
            .flat_map(|path| read(Path::new(path)))
            .any(|text| text.contains(&quoted));
        let is_the_users = example.contains(setting.rsplit('.').next().unwrap_or_default());
        let table = fs::read_to_string("src/facts/settings.tsv").expect("a table");
        if is_ours || is_the_users || table.contains(&format!("\n{setting}\t")) {
            return true;
        }
    }
    let constant = constant.max(longest(&of_code(&line.orchestrator), &text));
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    let mut words = words.filter(|word| word.len() >= 4);
    (constant >= 4 && constant * 5 >= all) || words.all(|word| example.contains(word))
}

/// The lines of all golden files that say something. A row of a table stands for its header, which is constant.
fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    for file in files_below(Path::new("golden")) {
        let mut parts = file.iter().skip(1).map(|part| part.to_string_lossy());
        let (example, target) = (parts.next().expect("one"), parts.next().expect("one"));
        let orchestrator = target.split('-').next().unwrap_or_default().to_owned();
        let text = fs::read_to_string(&file).expect("readable");
        let (_, text) = text.split_once("\n---\n").expect("a header of insta");
        let mut header = None;
        for line in text.lines() {
            let is_row = line.starts_with('|');
            header = is_row.then(|| header.unwrap_or(line));
            let text = header.unwrap_or(line).to_owned();
            if letters(&text) >= 6 {
                lines.push(Line {
                    example: example.to_string(),
                    orchestrator: orchestrator.clone(),
                    file: file.clone(),
                    text,
                });
            }
        }
    }
    lines
}

#[test]
fn one_search_leads_from_random_golden_lines_to_their_origin() {
    let lines = lines();
    for seed in [1_u64, 2028, 11] {
        let mut state = seed;
        for _ in 0..8 {
            // A linear congruential generator, by Knuth's numbers.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let line = &lines[usize::try_from(state >> 33).expect("31 bits") % lines.len()];
            let (text, file) = (&line.text, line.file.display());
            assert!(
                is_found(line),
                "seed {seed}: no origin of {text:?} in {file}"
            );
        }
    }
}

/// The search itself can fail: a line that nothing of the house writes has no origin.
#[test]
fn a_line_that_nobody_writes_has_no_origin() {
    let line = |orchestrator: &str, text: &str| Line {
        example: "08-everything".into(),
        orchestrator: orchestrator.into(),
        file: PathBuf::new(),
        text: text.into(),
    };
    for text in [
        "zookeeper quarrels with xylophones",
        "RESTATE_XYLOPHONE__QUARRELS: 'zookeeper'",
    ] {
        assert!(!is_found(&line("compose", text)), "{text}");
    }
    // A line of one orchestrator's template is not looked for in another's.
    let own = of_templates("nomad");
    let others = of_templates("compose");
    let only = own
        .iter()
        .filter(|piece| letters(piece) > 40 && longest(&others, piece) * 5 < letters(piece))
        .find(|piece| !is_found(&line("compose", piece)));
    assert!(only.is_some());
}
