//! `explain`, and the pages of docs/rules that are written from the same source.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use restate_gen::cli::explain::{catalogue, explanation, pages};
use restate_gen::{facts, schema};

fn explain(name: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_restate-gen"));
    command.arg("explain").args(name).env("NO_COLOR", "1");
    command.output().expect("it runs")
}

fn list() -> String {
    let output = explain(None);
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn the_pages_of_the_rules_are_those_of_the_source() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let pages = pages();
    let wanted: BTreeSet<String> = pages.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(wanted.len(), catalogue().len() + 1);
    let there = || -> BTreeSet<String> {
        let entries = fs::read_dir(&folder).into_iter().flatten();
        entries
            .map(|entry| entry.expect("an entry").file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .collect()
    };
    if std::env::var_os("RESTATE_GEN_BLESS").is_some() {
        fs::create_dir_all(&folder).expect("writable");
        for stale in there().difference(&wanted) {
            fs::remove_file(folder.join(stale)).expect("removable");
        }
        for (name, text) in &pages {
            fs::write(folder.join(name), text).expect("writable");
        }
    }
    let advice = "run `RESTATE_GEN_BLESS=1 cargo test --test it explain`";
    assert_eq!(there(), wanted, "docs/rules: {advice}");
    for (name, text) in &pages {
        let committed = fs::read_to_string(folder.join(name)).expect("readable");
        assert!(committed == *text, "docs/rules/{name} is stale: {advice}");
    }
}

#[test]
fn the_index_links_to_every_page_and_every_row_has_its_columns() {
    let pages = pages();
    let (_, index) = pages.last().expect("an index");
    for rule in catalogue() {
        let row = index
            .lines()
            .find(|line| line.starts_with(&format!("| [{0}]({0}.md) |", rule.code)));
        let row = row.expect(rule.code).replace("\\|", "");
        assert_eq!(row.matches('|').count(), 5, "{row}");
        assert!(row.ends_with(". |"), "{row}");
    }
}

#[test]
fn explanations_are_as_they_were_read() {
    // Not the whole list: docs/rules/README.md has it, and each new rule would touch two files.
    let list = list();
    let (first, _) = list.split_once("RG010").expect("a rule of reading");
    let text = |name: &str| explanation(name).expect(name);
    insta::with_settings!({
        snapshot_path => Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/explain"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("list", first);
        insta::assert_snapshot!("rule", text("RG016"));
        insta::assert_snapshot!("field-of-a-list", text("nodes.ports"));
        insta::assert_snapshot!("field-of-two-forms", text("nodes.roles"));
        insta::assert_snapshot!("field-of-many-forms", text("object_store"));
        insta::assert_snapshot!("field-of-one-form", text("object_store.region"));
        insta::assert_snapshot!("field", text("snapshots.interval"));
        insta::assert_snapshot!("setting", text("worker.invoker.memory-limit"));
        insta::assert_snapshot!("setting-renamed", text("connect-timeout"));
    });
}

#[test]
fn every_rule_has_a_line_in_the_list_and_an_explanation_by_code_and_by_name() {
    let list = list();
    let at_margin: Vec<&str> = list.lines().filter(|line| !line.starts_with(' ')).collect();
    let catalogue = catalogue();
    assert_eq!(at_margin.len(), catalogue.len());
    let columns: BTreeSet<Option<usize>> = catalogue
        .iter()
        .zip(&at_margin)
        .map(|(rule, line)| line.find(rule.slug))
        .collect();
    assert!(
        columns.len() == 1 && !columns.contains(&None),
        "{columns:?}"
    );
    for (rule, line) in catalogue.iter().zip(&at_margin) {
        let words: Vec<&str> = line.split_whitespace().take(3).collect();
        assert_eq!(words, [rule.code, &rule.severity.to_string(), rule.slug]);

        let text = explanation(rule.code).expect(rule.code);
        for other in [
            &rule.code.to_lowercase(),
            rule.slug,
            &rule.slug.to_uppercase(),
        ] {
            assert_eq!(explanation(other).as_ref(), Some(&text), "{other}");
        }
        // Nothing of the Markdown is left, nothing is lost.
        assert!(
            !text.contains("](http") && !text.contains("```"),
            "{}",
            rule.code
        );
        let words = |text: &str| -> BTreeSet<String> {
            let text = text.replace(['[', ']', '(', ')', '<', '>', '`', '#'], " ");
            text.split_whitespace().map(str::to_owned).collect()
        };
        let printed = words(&text);
        let lost: Vec<String> = words(rule.docs)
            .into_iter()
            .filter(|word| !printed.contains(word))
            // The languages of the fences, and stops that stood behind a link.
            .filter(|word| !["yaml", "sh", ".", ",", ";", ":"].contains(&word.as_str()))
            .collect();
        assert!(lost.is_empty(), "{} lost {lost:?}", rule.code);
    }
}

#[test]
fn every_key_of_the_cluster_file_is_explained_with_and_without_brackets() {
    for path in schema::field_paths() {
        let field = schema::field(path).expect(path);
        assert_eq!(field.path, path);
        for meaning in &field.meanings {
            assert!(
                meaning.description.ends_with('.') && !meaning.kinds.is_empty(),
                "{path}: {meaning:?}"
            );
            let is_choice = meaning
                .kinds
                .iter()
                .any(|kind| kind.contains("values below"));
            assert_eq!(is_choice, !meaning.words.is_empty(), "{path}: {meaning:?}");
            for below in &meaning.below {
                assert!(schema::field(&below.path).is_some(), "{}", below.path);
            }
        }
        let text = explanation(path).expect(path);
        for other in [path.replace("[]", ""), path.replace("[]", "[0]")] {
            assert_eq!(explanation(&other).as_ref(), Some(&text), "{other}");
        }
    }
}

#[test]
fn a_default_is_what_the_description_says_of_it_or_else_that_of_the_schema() {
    for (path, default) in [
        ("nodes", "3"),
        ("name", "restate-cluster"),
        ("partitions", "24"),
        ("ports.publish", "[ingress, admin, fabric]"),
        ("resources.memory", "2GiB"),
        ("version", "the newest that this tool knows"),
        ("object_store.allow_http", "false"),
    ] {
        let field = schema::field(path).expect(path);
        assert_eq!(
            field.meanings[0].default.as_deref(),
            Some(default),
            "{path}"
        );
    }
    let count = schema::field("nodes.count").expect("a key");
    assert!(count.meanings[0].is_required && count.meanings[0].default.is_none());
}

#[test]
fn every_setting_of_every_release_is_explained_by_its_path_and_its_variable() {
    let releases = facts::releases().iter();
    let paths: BTreeSet<&str> = releases
        .flat_map(facts::Release::settings)
        .map(|setting| setting.path)
        .collect();
    for path in paths {
        let text = explanation(path).expect(path);
        assert!(text.contains(&facts::environment_variable(path)), "{path}");
        let is_read = text.lines().any(|line| line.contains(": read"));
        assert!(is_read, "{path}: {text}");
    }
    let by_path = explanation("worker.invoker.memory-limit");
    for other in [
        "RESTATE_WORKER__INVOKER__MEMORY_LIMIT",
        "settings.worker.invoker.memory-limit",
        "nodes[0].settings.worker.invoker.memory-limit",
    ] {
        assert_eq!(explanation(other), by_path, "{other}");
    }
    let table = explanation("worker.invoker").expect("a table");
    assert!(table.contains("  worker.invoker.memory-limit") && table.contains("1.5 GiB"));
}

#[test]
fn lines_fit_a_terminal() {
    let slugs = catalogue().into_iter().map(|rule| rule.slug);
    for name in slugs.chain(schema::field_paths()) {
        let text = explanation(name).expect(name);
        for line in text.lines() {
            // Files are shown as they are, and an address is never broken.
            let is_whole =
                line.starts_with("    ") || line.contains("http") || line.contains("matches");
            assert!(is_whole || line.chars().count() <= 100, "{name}: {line}");
            assert_eq!(line.trim_end(), line, "{name}");
        }
    }
}

#[test]
fn an_unknown_name_is_no_explanation_and_what_was_meant_is_named() {
    for (name, says) in [
        ("RG999", "`restate-gen explain` lists the rules"),
        ("duplicate-keys", "did you mean `duplicate-key`?"),
        ("replicaton", "did you mean `replication`?"),
        ("nodes.port", "did you mean `nodes.ports`?"),
        ("object_store.regoin", "did you mean `object_store.region`?"),
        ("memory", "did you mean `resources.memory`, "),
        (
            "data-service-memory-limit",
            "did you mean `worker.data-service-memory-limit`?",
        ),
        (
            "worker.invoker.memory-limits",
            "did you mean `worker.invoker.memory-limit`?",
        ),
        ("", "`restate-gen explain` lists the rules"),
        (".", "`restate-gen explain` lists the rules"),
        (
            "foosettings.worker.invoker.memory-limit",
            "server setting; ",
        ),
        ("nodes[.ports]", "did you mean `nodes.ports`?"),
        ("\u{1b}[31m", "is not a rule"),
    ] {
        let output = explain(Some(name));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {stderr}");
        assert!(output.stdout.is_empty(), "{name}");
        assert!(stderr.contains(says), "{name}: {stderr}");
        assert!(!stderr.contains('\u{1b}'), "{name:?}");
    }
}
