//! A rule in a terminal and as a page, and all of them as a list and as a table.

use super::layout::{columns, paragraph};
use crate::diagnostic::{Rule, Severity};

/// The rule's documentation, for a terminal.
pub(super) fn explanation(rule: &Rule) -> String {
    let mut text = format!(
        "{} {}: {}, since {}\n",
        rule.code,
        rule.slug,
        article(rule.severity),
        rule.since
    );
    let mut lines = rule.docs.lines();
    let mut gathered = String::new();
    let mut is_below_heading = false;
    while let Some(line) = lines.next() {
        let is_text = !line.is_empty() && !line.starts_with("## ") && !line.starts_with("```");
        if is_text && !line.starts_with("- ") {
            gathered.push_str(line);
            gathered.push('\n');
            continue;
        }
        let mut blocks = vec![paragraph(&without_links(&gathered), 2)];
        gathered = String::new();
        if line.starts_with("- ") {
            gathered = format!("{line}\n");
        } else if line.starts_with("```") {
            let fenced = lines.by_ref().take_while(|line| !line.starts_with("```"));
            blocks.push(fenced.map(|line| format!("    {line}\n")).collect());
        }
        for block in blocks.iter().filter(|block| !block.is_empty()) {
            if !is_below_heading {
                text.push('\n');
            }
            text.push_str(block);
            is_below_heading = false;
        }
        if let Some(heading) = line.strip_prefix("## ") {
            text.push_str(&format!("\n{heading}\n"));
            is_below_heading = true;
        }
    }
    text + &paragraph(&without_links(&gathered), 2)
}

/// A line or two of each rule.
pub(super) fn list(catalogue: &[&Rule]) -> String {
    let row = |rule: &&Rule| {
        [
            rule.code.to_owned(),
            rule.severity.to_string(),
            rule.slug.to_owned(),
            without_links(&first_sentence(rule.docs)),
        ]
    };
    columns(&catalogue.iter().map(row).collect::<Vec<_>>(), 0)
}

/// The rule's page in `docs/rules`.
pub(super) fn page(rule: &Rule) -> String {
    let severity = article(rule.severity);
    format!(
        "# {}: {}\n\nA finding is {severity}. Since {}.\n\n{}",
        rule.code, rule.slug, rule.since, rule.docs
    )
}

/// The index of `docs/rules`.
pub(super) fn index(catalogue: &[&Rule]) -> String {
    let row = |rule: &&Rule| {
        let what = first_sentence(rule.docs).replace('|', "\\|");
        format!(
            "| [{0}]({0}.md) | {1} | {2} | {what} |\n",
            rule.code, rule.severity, rule.slug
        )
    };
    let rows: String = catalogue.iter().map(row).collect();
    format!(
        "# Rules\n\n\
        What `restate-gen validate` finds in cluster files, `restate-gen import --audit` in Compose files, and\n\
        `restate-gen drift` in generated files.\n\
        `restate-gen explain RG007` prints the page of a rule, by its code or its name.\n\
        These pages are generated from the rules in the source by `RESTATE_GEN_BLESS=1 cargo test --test it explain`.\n\n\
        | rule | severity | name | what it finds |\n|--|--|--|--|\n{rows}"
    )
}

fn article(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "an error",
        Severity::Warning => "a warning",
        Severity::Hint => "a hint",
    }
}

/// The first sentence of What. A full stop within backticks ends none.
fn first_sentence(docs: &str) -> String {
    let what = docs.trim_start().trim_start_matches("## What").trim_start();
    let what = what.split("\n\n").next().unwrap_or_default();
    let mut is_code = false;
    let end = what.char_indices().find(|(at, character)| {
        is_code ^= *character == '`';
        let rest = &what[at + character.len_utf8()..];
        *character == '.' && !is_code && rest.starts_with(char::is_whitespace)
    });
    let sentence = end.map_or(what, |(at, _)| &what[..=at]);
    sentence.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Links as people read them: the text, then the address.
fn without_links(markdown: &str) -> String {
    let mut text = String::new();
    let mut rest = markdown;
    while let Some((before, behind)) = rest.split_once("](http") {
        let (Some(open), Some((address, after))) = (before.rfind('['), behind.split_once(')'))
        else {
            break;
        };
        let (lead, name) = (&before[..open], &before[open + 1..]);
        text.push_str(&format!("{lead}{name} <http{address}>"));
        rest = after;
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sentence_ends_where_a_reader_stops() {
        let docs = "## What\n\nA size such as `1. 5` or 1.5\nof the file. Another.\n\n## Why\n";
        assert_eq!(
            first_sentence(docs),
            "A size such as `1. 5` or 1.5 of the file."
        );
        assert_eq!(first_sentence("## What\n\nOne.\n\n## Why\n"), "One.");
    }

    #[test]
    fn a_section_may_show_two_files_with_text_between() {
        let rule = Rule {
            code: "RG999",
            slug: "example",
            severity: Severity::Hint,
            since: "0.1.0",
            docs: "## What\n\nA\nb.\n\n- c\n- d\n\n## Fails\n\n```yaml\na: 1\n```\n\nthen\n\n```yaml\na:\n  b\n```\n",
        };
        assert_eq!(
            explanation(&rule),
            "RG999 example: a hint, since 0.1.0\n\nWhat\n  A b.\n\n  - c\n\n  - d\n\nFails\n    a: 1\n\n  then\n\n    a:\n      b\n"
        );
    }

    #[test]
    fn a_link_becomes_its_text_and_its_address() {
        assert_eq!(
            without_links("see ([a, 1](https://a.b/c)) and `x[0]` [d](https://e)."),
            "see (a, 1 <https://a.b/c>) and `x[0]` d <https://e>."
        );
    }
}
