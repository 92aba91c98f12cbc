//! Packages and workflows: whatever they say of this package is what Cargo.toml says, and it is said once.
//! packaging/test.sh installs the packages themselves.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::golden::files_below;

fn text(path: &str) -> String {
    fs::read_to_string(path).expect(path)
}

fn toml(path: &str) -> Value {
    toml::from_str(&text(path)).expect(path)
}

fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&text(path)).expect(path)
}

/// A string of Cargo.toml, of the package or, as most, of the workspace.
fn of_the_package(key: &str) -> String {
    let manifest = toml("Cargo.toml");
    let value = match &manifest["package"][key] {
        Value::String(value) => value,
        _ => manifest["workspace"]["package"][key].as_str().expect(key),
    };
    value.to_owned()
}

/// The rows of the table, by the names of its columns.
fn platforms() -> Vec<Vec<(String, String)>> {
    let table = text("packaging/platforms.tsv");
    let mut lines = table
        .lines()
        .map(|line| line.split('\t').map(str::to_owned));
    let header: Vec<String> = lines.next().expect("a header").collect();
    lines
        .map(|cells| header.iter().cloned().zip(cells).collect())
        .collect()
}

fn column(name: &str) -> Vec<String> {
    let rows = platforms();
    let cells = rows.iter().flatten().filter(|(column, _)| column == name);
    cells.map(|(_, cell)| cell.clone()).collect()
}

/// Files that make, publish or install packages.
fn packaging() -> Vec<String> {
    let folders = ["packaging", "action", ".github"];
    let files = folders
        .iter()
        .flat_map(|folder| files_below(Path::new(folder)))
        .map(|path| path.to_string_lossy().into_owned())
        .filter(|path| !path.contains("__pycache__"));
    let single = [
        "action.yml",
        "setup.py",
        ".gitlab-ci.yml",
        ".pre-commit-hooks.yaml",
    ];
    files.chain(single.map(str::to_owned)).collect()
}

#[test]
fn version_and_repository_are_only_in_the_manifest() {
    let (version, repository) = (of_the_package("version"), of_the_package("repository"));
    let files = packaging();
    assert!(files.len() > 10);
    for file in files {
        let text = text(&file);
        assert!(!text.contains(&version), "{file} has the version");
        assert!(!text.contains(&repository), "{file} has the repository");
    }
}

/// `setup.py` and `action/install.sh` take the first such line, because nothing there can read TOML.
#[test]
fn the_first_name_and_version_in_the_manifest_are_those_of_the_package() {
    let manifest = text("Cargo.toml");
    for key in ["name", "version"] {
        let mut values = manifest.lines().filter_map(|line| {
            line.strip_prefix(key)?
                .strip_prefix(" = \"")?
                .strip_suffix('"')
        });
        assert_eq!(values.next(), Some(of_the_package(key).as_str()));
    }
}

#[test]
fn the_wheel_has_the_name_of_the_package_and_takes_the_rest_from_it() {
    let project = toml("packaging/pypi/pyproject.toml");
    assert_eq!(project["project"]["name"], of_the_package("name"));
    let dynamic = project["project"]["dynamic"].as_array().expect("a list");
    assert!(dynamic.iter().any(|key| key == "version"));
    assert_eq!(project["tool"]["maturin"]["bindings"], "bin");
}

#[test]
fn every_hook_is_there_for_every_way_of_installing() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hooks = hooks.as_array().expect("a list");
    let mut found = BTreeSet::new();
    for hook in hooks {
        let id = hook["id"].as_str().expect("an id");
        let language = hook["language"].as_str().expect("a language");
        let entry = hook["entry"].as_str().expect("a command");
        let verb = entry.strip_prefix("restate-gen ").expect("this tool");
        // A flag that makes a job of its own is what the hook is called.
        let verb = verb.rsplit("--").next().unwrap_or(verb);
        let suffix = match language {
            "rust" => String::new(),
            other => format!("-{other}"),
        };
        assert_eq!(id, format!("restate-gen-{verb}{suffix}"));
        found.insert((verb, language));
        // But for how it is installed, the hook is the same one.
        let twin = hooks
            .iter()
            .find(|hook| hook["id"] == format!("restate-gen-{verb}"));
        for key in ["name", "entry", "files", "types", "pass_filenames"] {
            assert_eq!(hook.get(key), twin.expect("built").get(key), "{id}: {key}");
        }
    }
    assert_eq!(found.len(), 9);
}

/// What cargo-binstall asks for is the archive that packaging/build.py makes.
#[test]
fn binstall_finds_the_archive_of_every_platform() {
    let manifest = toml("Cargo.toml");
    let binstall = &manifest["package"]["metadata"]["binstall"];
    let (name, version) = (of_the_package("name"), of_the_package("version"));
    let filled = |template: &str, target: &str, suffix: &str| {
        template
            .replace("{ repo }", &of_the_package("repository"))
            .replace("{ name }", &name)
            .replace("{ bin }", &name)
            .replace("{ version }", &version)
            .replace("{ target }", target)
            .replace("{ archive-suffix }", suffix)
            .replace("{ binary-ext }", "")
    };
    let mut checked = 0;
    for target in column("target") {
        let fixed = target.replace("-gnu", "-musl");
        // A Linux without glibc gets the same program, which is static.
        for asked in BTreeSet::from([&target, &fixed]) {
            let own = &binstall["overrides"][asked];
            let get = |key: &str| {
                own.get(key)
                    .unwrap_or(&binstall[key])
                    .as_str()
                    .expect("set")
            };
            let is_zip = target.contains("windows");
            assert_eq!(get("pkg-fmt"), if is_zip { "zip" } else { "tgz" });
            let suffix = if is_zip { ".zip" } else { ".tar.gz" };
            let folder = format!("{name}-{version}-{target}");
            let address = filled(get("pkg-url"), asked, suffix);
            let expected = format!("/releases/download/v{version}/{folder}{suffix}");
            assert!(address.ends_with(&expected), "{asked}: {address}");
            assert_eq!(
                filled(get("bin-dir"), asked, ""),
                format!("{folder}/{name}")
            );
            checked += 1;
        }
    }
    assert_eq!(checked, 8);
}

#[test]
fn the_crate_contains_what_it_is_built_from() {
    let manifest = toml("Cargo.toml");
    let included = manifest["package"]["include"].as_array().expect("a list");
    let included: Vec<&str> = included.iter().filter_map(Value::as_str).collect();
    for path in files_below(Path::new("src")) {
        let text = fs::read_to_string(&path).expect("committed");
        for (at, _) in text.match_indices("include_str!(\"") {
            let rest = &text[at + "include_str!(\"".len()..];
            let named = rest.split('"').next().expect("a path");
            let folder = path.parent().expect("a folder");
            let file = fs::canonicalize(folder.join(named)).expect(named);
            let root = fs::canonicalize(".").expect("here");
            let file = file.strip_prefix(root).expect("of this repository");
            let is_in = included
                .iter()
                .any(|entry| file.starts_with(entry.trim_start_matches('/')));
            assert!(is_in, "the crate lacks {}", file.display());
        }
    }
    for entry in included {
        let path = entry.trim_start_matches('/');
        assert!(Path::new(path).exists(), "there is no {path}");
    }
}

/// A tag can be moved; a commit cannot. The tag in the comment says what it is, for people and for Dependabot.
#[test]
fn every_action_is_named_by_its_commit() {
    let mut count = 0;
    for file in packaging() {
        if !file.ends_with(".yml") {
            continue;
        }
        for line in text(&file).lines() {
            let line = line.trim_start().trim_start_matches("- ");
            let Some(action) = line.strip_prefix("uses: ") else {
                continue;
            };
            let is_ours = action.starts_with("./");
            let pinned = regex_lite::Regex::new(r"^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$");
            assert!(
                is_ours || pinned.expect("a pattern").is_match(action),
                "{file}: {action}"
            );
            count += 1;
        }
    }
    assert!(count > 10);
}

/// Each command of the page is one that packaging/test.sh runs by the real client; the others need what is published.
#[test]
fn every_way_of_installing_is_tested() {
    let test = text("packaging/test.sh");
    let page = text("docs/install.md");
    let published = [
        "cargo install ",
        "cargo binstall ",
        "gh attestation ",
        "sha256sum ",
    ];
    let tested: Vec<&str> = test
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("used '")?.split('\'').next())
        .collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for fence in page.split("```sh\n").skip(1) {
        for line in fence.split("```").next().expect("a fence").lines() {
            let line = line.trim_start_matches("sudo ");
            let way = tested.iter().find(|way| line.starts_with(**way));
            let is_known = published.iter().any(|way| line.starts_with(way))
                || line.starts_with("restate-gen ")
                || line.starts_with("packaging/");
            assert!(way.is_some() || is_known, "nothing runs `{line}`");
            seen.extend(way.copied());
        }
    }
    let missing: Vec<_> = tested.iter().filter(|way| !seen.contains(**way)).collect();
    assert!(missing.is_empty(), "docs/install.md lacks {missing:?}");
}
