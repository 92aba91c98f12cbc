//! What users read is plain English: phrases that made native readers stumble do not come back, and lines stay short.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Command;
use restate_gen::cli;
use serde_json::Value;

/// Phrases that are not used, with what is written instead.
const UNUSED: &[(&str, &str)] = &[
    ("is none", "is not one, is invalid"),
    ("shall", "must, will, should"),
    ("mend", "fix"),
    ("mends", "fixes"),
    ("mended", "fixed"),
    ("way out", "fix"),
    ("goes over", "overrides"),
    ("go over", "override"),
    ("stands in for", "replaces"),
    ("stand in for", "replace"),
    ("beside", "next to"),
    ("founds", "provisions"),
    ("founded", "provisioned"),
    ("like nodes", "identical nodes"),
    ("has no words for", "cannot express"),
    ("have no words for", "cannot express"),
    ("without a word", "silently"),
    ("in silence", "silently"),
    ("made anew", "created again"),
    ("asked for", "requested"),
    ("until it is told", "until it is set"),
    ("is no", "is not a"),
    ("a text", "a string"),
    ("leave away", "remove, drop"),
    ("from elsewhere", "set elsewhere"),
    ("are no", "are not"),
    ("go by", "rely on"),
    ("goes by", "relies on"),
    ("in nobody s way", "does not matter"),
    ("say --yes", "pass --yes"),
    ("to found", "to provision"),
    ("founding", "provisioning"),
    ("anew", "again"),
    ("goes on", "continues"),
    ("own words", "own message"),
    ("nobody wants", "nobody needs"),
    ("is there already", "exists already"),
    ("is whole", "is complete"),
    ("now and then", "sometimes"),
    ("stood still", "was stopped"),
    ("needs no more", "no longer needs"),
    ("need no more", "no longer need"),
    ("ends the server", "makes the server exit"),
    ("it and ends", "it and exits"),
];

/// Most columns of a line, but for code, tables and addresses.
const COLUMNS: usize = 120;

/// Every file below the folder whose name ends so.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("committed") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The lines of Markdown, each with its number, without those of fenced code.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_code = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The first unused phrase in a text, with what is written instead. What backticks hold is code.
fn unused(text: &str) -> Option<(&'static str, &'static str)> {
    unused_but(text, &[])
}

/// As `unused`, but for some phrases.
fn unused_but(text: &str, exempt: &[&str]) -> Option<(&'static str, &'static str)> {
    let words: Vec<String> = text
        .split('`')
        .step_by(2)
        .collect::<Vec<_>>()
        .join(" ` ")
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '`' | '-' | '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let text = format!(" {} ", words.join(" "));
    let mut phrases = UNUSED.iter().copied();
    phrases.find(|(phrase, _)| {
        !exempt.contains(phrase)
            && text.match_indices(&format!(" {phrase} ")).any(|(at, _)| {
                // `x is none of a, b, c` is plain, and so are `there is none`, `there is no node`, `is no longer`.
                let (before, after) = (&text[..=at], &text[at + phrase.len() + 1..]);
                let is_plain = before.ends_with(" there ")
                    || [" of ", " longer ", " more "]
                        .iter()
                        .any(|next| after.starts_with(next));
                !(is_plain && [" none", " no"].iter().any(|end| phrase.ends_with(end)))
            })
    })
}

/// What is wrong with the prose of a document: unused phrases anywhere, also across lines, and long lines.
fn faults_of(name: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let lines: Vec<(usize, &str)> = prose(text).collect();
    let mut paragraph = String::new();
    for (at, (number, line)) in lines.iter().enumerate() {
        let is_exempt = line.starts_with('|') || line.contains("://");
        if !is_exempt && line.chars().count() > COLUMNS {
            faults.push(format!("{name}:{number}: more than {COLUMNS} columns"));
        }
        paragraph.push_str(line);
        paragraph.push('\n');
        let is_last = lines
            .get(at + 1)
            .is_none_or(|(next, line)| line.trim().is_empty() || *next != number + 1);
        if is_last {
            if let Some((phrase, instead)) = unused(&paragraph) {
                faults.push(format!("{name}:{number}: `{phrase}`: write {instead}"));
            }
            paragraph.clear();
        }
    }
    faults
}

fn assert_plain(faults: Vec<String>) {
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn documents_are_plain() {
    let mut paths = files("docs", ".md");
    paths.retain(|path| !path.starts_with("docs/proof"));
    paths.extend(["README.md", "CONTRIBUTING.md"].map(PathBuf::from));
    let mut faults = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).expect("committed");
        faults.extend(faults_of(&path.display().to_string(), &text));
    }
    assert_plain(faults);
}

/// Older sections say what was true then.
#[test]
fn what_is_unreleased_is_plain() {
    let text = fs::read_to_string("CHANGELOG.md").expect("committed");
    let (_, rest) = text.split_once("## Unreleased\n").expect("a section");
    let unreleased = rest.split("\n## ").next().expect("a section");
    assert_plain(faults_of("CHANGELOG.md, Unreleased", unreleased));
}

#[test]
fn guides_and_plans_are_plain() {
    let mut faults = Vec::new();
    for path in files("templates", ".md") {
        let text = fs::read_to_string(&path).expect("committed");
        faults.extend(faults_of(&path.display().to_string(), &text));
    }
    assert_plain(faults);
}

/// What scripts print, and their comments.
#[test]
fn scripts_are_plain() {
    let mut faults = Vec::new();
    for path in files("templates", ".sh") {
        let text = fs::read_to_string(&path).expect("committed");
        for (number, line) in (1..).zip(text.lines()) {
            if let Some((phrase, instead)) = unused(line) {
                let name = path.display();
                faults.push(format!("{name}:{number}: `{phrase}`: write {instead}"));
            }
        }
    }
    assert_plain(faults);
}

/// Comments in the code, each block as a whole. Some phrases are plain there: a document's text is `a text`.
#[test]
fn comments_are_plain() {
    let exempt = ["a text", "go by", "goes by", "own words"];
    let mut faults = Vec::new();
    for folder in ["src", "e2e/src", "e2e/tests", "tests", "benches"] {
        for path in files(folder, ".rs") {
            let text = fs::read_to_string(&path).expect("committed");
            let lines: Vec<Option<&str>> = text
                .lines()
                .map(|line| line.trim_start().strip_prefix("//"))
                .collect();
            for block in lines.split(Option::is_none) {
                let block: Vec<&str> = block.iter().flatten().copied().collect();
                if let Some((phrase, instead)) = unused_but(&block.join(" "), &exempt) {
                    let name = path.display();
                    faults.push(format!("{name}: `{phrase}`: write {instead}: {block:?}"));
                }
            }
        }
    }
    assert_plain(faults);
}

/// As they are rendered: what templates get from views is read too.
#[test]
fn generated_comments_and_guides_are_plain() {
    let mut faults = Vec::new();
    for path in files("golden", ".snap") {
        let name = path.display().to_string();
        let text = fs::read_to_string(&path).expect("committed");
        let lines: Vec<&str> = match name.ends_with(".md.snap") {
            true => prose(&text).map(|(_, line)| line).collect(),
            false => text
                .lines()
                .filter(|line| line.trim_start().starts_with('#'))
                .collect(),
        };
        for line in lines {
            if let Some((phrase, instead)) = unused(line) {
                faults.push(format!("{name}: `{phrase}`: write {instead}: {line}"));
            }
        }
    }
    assert_plain(faults);
}

/// Every message, label and help that the cases of the rules pin.
#[test]
fn findings_are_plain() {
    let starts = ["error", "warning", "hint", "= help", "note"];
    let mut faults = Vec::new();
    for path in files("tests/rules", ".snap") {
        let text = fs::read_to_string(&path).expect("committed");
        for line in text.lines().map(str::trim_start) {
            if starts.iter().any(|start| line.starts_with(start))
                && let Some((phrase, instead)) = unused(line)
            {
                faults.push(format!(
                    "{}: `{phrase}`: write {instead}: {line}",
                    path.display()
                ));
            }
        }
    }
    assert_plain(faults);
}

#[test]
fn help_is_plain() {
    fn visit(command: &mut Command, faults: &mut Vec<String>) {
        let help = command.render_long_help().to_string();
        if let Some((phrase, instead)) = unused(&help) {
            faults.push(format!(
                "{}: `{phrase}`: write {instead}",
                command.get_name()
            ));
        }
        for verb in command.get_subcommands_mut() {
            visit(verb, faults);
        }
    }
    let mut faults = Vec::new();
    visit(&mut cli::command(), &mut faults);
    assert_plain(faults);
}

#[test]
fn descriptions_in_schemas_are_plain() {
    fn visit(value: &Value, faults: &mut Vec<String>) {
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    match value {
                        Value::String(text) if key == "description" => {
                            if let Some((phrase, instead)) = unused(text) {
                                faults.push(format!("`{phrase}`: write {instead}: {text}"));
                            }
                        }
                        value => visit(value, faults),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| visit(item, faults)),
            _ => {}
        }
    }
    let mut faults = Vec::new();
    for path in files("schema", ".json") {
        let text = fs::read_to_string(Path::new(&path)).expect("committed");
        visit(&serde_json::from_str(&text).expect("JSON"), &mut faults);
    }
    assert_plain(faults);
}

#[test]
fn the_check_itself_finds_phrases_across_lines_and_long_lines() {
    let long = "word ".repeat(25);
    let text = format!(
        "A value is\nnone.\n\n`is none`, `shall` and x is none of a, b. It is no longer so, as there is no node.\n\n{long}\n\n```sh\nshall {long}\n```\n\n| {long} |\n"
    );
    assert_eq!(
        faults_of("a", &text),
        [
            "a:2: `is none`: write is not one, is invalid",
            "a:6: more than 120 columns"
        ]
    );
}
