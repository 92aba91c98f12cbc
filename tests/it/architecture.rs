//! The house as docs/ARCHITECTURE.md draws it: who may import whom, and what a template may do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use restate_gen::targets::{TARGETS, orchestrators};

use crate::golden::files_below;

/// The table of docs/ARCHITECTURE.md: a module and those of ours that it may import.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string("docs/ARCHITECTURE.md").expect("committed");
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split('|').map(str::trim);
        let module = cells.next()?.trim_end_matches('`').to_string();
        let imports = cells.next()?;
        let imports = imports
            .split(", ")
            .map(|name| name.trim_matches('`').to_string())
            .filter(|name| name != "nothing")
            .collect();
        Some((module, imports))
    });
    rows.collect()
}

/// The modules of ours that a source file names in `crate::` paths, tests in it aside.
fn imported(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut names = BTreeSet::new();
    for line in code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
    {
        for (at, _) in line.match_indices("crate::") {
            let rest = &line[at + "crate::".len()..];
            let list = rest.strip_prefix('{').map_or(rest, |list| list);
            let names_here = if rest.starts_with('{') {
                list.split(", ").collect()
            } else {
                vec![list]
            };
            names.extend(names_here.into_iter().map(|name| {
                name.chars()
                    .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                    .collect::<String>()
            }));
        }
    }
    names.remove("");
    names
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let allowed = allowed();
    let mut seen = BTreeSet::new();
    for path in files_below(Path::new("src")) {
        let below = path.strip_prefix("src").expect("below src");
        let module = below
            .components()
            .next()
            .expect("a name")
            .as_os_str()
            .to_string_lossy();
        let module = module.trim_end_matches(".rs").to_string();
        if module == "main" || module == "lib" {
            continue;
        }
        let text = fs::read_to_string(&path).expect("readable");
        let allowed = allowed
            .get(&module)
            .unwrap_or_else(|| panic!("{module} is not in the table of docs/ARCHITECTURE.md"));
        for name in imported(&text) {
            assert!(
                name == module || allowed.contains(&name) || allowed.contains("all"),
                "{} imports {name}",
                path.display()
            );
        }
        assert!(!path.ends_with("mod.rs"), "{}", path.display());
        seen.insert(module);
    }
    let unknown: Vec<_> = allowed
        .keys()
        .filter(|module| !seen.contains(*module))
        .collect();
    assert!(
        unknown.is_empty(),
        "the table of docs/ARCHITECTURE.md has modules that are not there: {unknown:?}"
    );
}

#[test]
fn no_rule_imports_another() {
    for path in files_below(Path::new("src/rules")) {
        let text = fs::read_to_string(&path).expect("readable");
        for line in text.lines() {
            assert!(
                !line.contains("super::") && !line.contains("crate::rules"),
                "{}: {line}",
                path.display()
            );
        }
    }
}

#[test]
fn the_tree_in_the_architecture_is_the_real_one() {
    let text = fs::read_to_string("docs/ARCHITECTURE.md").expect("committed");
    let (_, tree) = text.split_once("```text\n").expect("a tree");
    let (tree, _) = tree.split_once("```").expect("its end");
    for line in tree.lines() {
        let path = line.split_whitespace().next().unwrap_or_default();
        assert!(
            Path::new(path).exists(),
            "docs/ARCHITECTURE.md names {path}, which is not there"
        );
    }
    for path in fs::read_dir("src")
        .expect("src")
        .map(|entry| entry.expect("an entry").path())
    {
        let name = format!("{}", path.display());
        assert!(
            tree.contains(&name),
            "docs/ARCHITECTURE.md does not name {name}"
        );
    }
}

#[test]
fn a_version_is_compared_in_facts_alone() {
    for path in files_below(Path::new("src"))
        .into_iter()
        .filter(|path| !path.starts_with("src/facts"))
    {
        let text = fs::read_to_string(&path).expect("readable");
        for line in text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
        {
            let compares = [" < ", " > ", " <= ", " >= "]
                .iter()
                .any(|operator| line.contains(operator));
            assert!(
                !(compares && line.contains("version")),
                "{} compares a version: {line}",
                path.display()
            );
        }
    }
}

/// What a target or an orchestrator needs is in its row of src/targets.rs: a name that is compared elsewhere would be forgotten by
/// the next one.
#[test]
fn names_of_targets_are_compared_in_their_table_alone() {
    let targets = TARGETS.iter().map(|target| target.name);
    let verbs = orchestrators().map(|orchestrator| orchestrator.verb);
    let files = orchestrators().map(|orchestrator| orchestrator.main_file);
    let names: BTreeSet<&str> = targets.chain(verbs).chain(files).collect();
    for path in files_below(Path::new("src"))
        .into_iter()
        .filter(|path| !path.starts_with("src/targets") && !path.starts_with("src/targets.rs"))
    {
        let text = fs::read_to_string(&path).expect("readable");
        for line in text.lines().map(str::trim) {
            for name in &names {
                let is_compared = [
                    format!("== \"{name}\""),
                    format!("!= \"{name}\""),
                    format!("\"{name}\" =>"),
                    format!("\"{name}\") =>"),
                    format!("\"{name}\" |"),
                    format!("| \"{name}\""),
                ]
                .iter()
                .any(|comparison| line.contains(comparison));
                assert!(
                    !is_compared,
                    "{} asks for a target by its name: {line}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn templates_decide_nothing() {
    for path in files_below(Path::new("templates")) {
        let text = fs::read_to_string(&path).expect("readable");
        for (at, _) in text.match_indices("{%") {
            let tag = text[at + 2..].split("%}").next().unwrap_or_default().trim();
            let words: Vec<&str> = tag.split_whitespace().collect();
            let is_plain = match words.as_slice() {
                ["for", names @ .., "in", list] => {
                    let names = names.iter().map(|name| name.trim_end_matches(','));
                    names.chain([*list]).all(is_bare)
                }
                ["if", flag] => is_bare(flag),
                ["else" | "endif" | "endfor"] => true,
                // The whole text of another file, always the same one.
                ["include", part] => part
                    .strip_prefix('"')
                    .and_then(|part| part.strip_suffix('"'))
                    .is_some_and(|part| Path::new("templates").join(part).is_file()),
                _ => false,
            };
            assert!(is_plain, "{}: {{% {tag} %}}", path.display());
        }
        for (at, _) in text.match_indices("{{") {
            let name = text[at + 2..].split("}}").next().unwrap_or_default().trim();
            // GitHub and shell know no double braces; what stands in them is a name of the view.
            assert!(is_bare(name), "{}: {{{{ {name} }}}}", path.display());
        }
    }
}

fn is_bare(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c == '_' || c == '.')
}

#[test]
fn scripts_keep_to_lines_that_a_block_scalar_can_hold() {
    for path in files_below(Path::new("templates/scripts")) {
        let text = fs::read_to_string(&path).expect("readable");
        for line in text.lines() {
            assert!(
                !line.is_empty() && !line.contains('\t') && line.trim_end() == line,
                "{}: {line:?}",
                path.display()
            );
        }
    }
}
