//! `import`: the folders of `tests/import`, each a source with its files; its snapshot has the cluster file, the override
//! and the report, or why nothing is made of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use restate_gen::diagnostic::allow::Policy;
use restate_gen::diagnostic::human::{Colour, print};
use restate_gen::diagnostic::{Report, reading};
use restate_gen::import::rules::{self, RULES};
use restate_gen::import::{self, Answer, Answers, Asked, Deployment, Heading, kind};
use restate_gen::source::Document;
use restate_gen::targets;
use restate_gen::topology::Topology;
use restate_gen::validation::validate;

use crate::cases::whatever_its_age;
use crate::cli::{folder, names, run};
use crate::golden::{cluster, examples, resolved};
use crate::rules::is_documented;
use crate::tries::tries;

const MAIN: &str = "docker-compose.yaml";
const OVERRIDE: &str = "docker-compose.override.yaml";

/// The folders with sources.
fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir("tests/import").expect("the folder of sources");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut cases: Vec<PathBuf> = paths.filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

/// What is made of the files of a folder, as a user sees it.
fn imported(documents: Vec<Document>, files: &import::Files, answers: &Answers) -> String {
    let asked = Asked {
        folder: "shop",
        files,
        services: &[],
        back: "..",
        answers,
    };
    let deployment = match Deployment::read(documents, &asked) {
        Ok(deployment) => deployment,
        Err(refused) => {
            return match &refused.reason {
                None => {
                    let documents = refused.documents.iter();
                    let said = documents.map(|document| {
                        print(
                            &Report::new(document, reading::diagnostics(document)),
                            Colour::Plain,
                        )
                    });
                    said.collect()
                }
                Some((refusal, spot)) => {
                    let place = spot
                        .as_ref()
                        .map(|spot| import::place(&refused.documents[spot.document], spot));
                    format!(
                        "refused: {}: {}\nhelp: {}\n",
                        place.unwrap_or_default(),
                        refusal.message,
                        refusal.help
                    )
                }
            };
        }
    };
    let draft = import::draft(&deployment, &asked);
    let found = rules::run(&deployment);
    let heading = Heading {
        command: "restate-gen import docker-compose.yaml",
        back: "..",
        folder: "restate",
        source: MAIN,
    };
    let mut text = format!("# restate-cluster.yaml\n{}", draft.text);
    if let Some(overriding) = &draft.overriding {
        text += &format!("\n# {OVERRIDE}\n{overriding}");
    }
    for (name, value) in &draft.secrets {
        text += &format!("\n# .env\n{name}={value}\n");
    }
    text += &format!("\n{}", draft.report(&deployment, &found, &heading));
    let document = Document::parse("restate-cluster.yaml", draft.text.as_str());
    let report = validate(&document, &whatever_its_age("")).report;
    text += &format!(
        "\n# restate-gen validate\n{}",
        print(&report, Colour::Plain)
    );
    text
}

fn documents(case: &Path) -> Vec<Document> {
    let names = [MAIN, OVERRIDE].into_iter();
    let read =
        names.filter_map(|name| Some(Document::parse(name, fs::read(case.join(name)).ok()?)));
    read.collect()
}

fn files_of(case: &Path) -> impl Fn(&str) -> Option<String> {
    let case = case.to_path_buf();
    move |path: &str| fs::read_to_string(case.join(path)).ok()
}

#[test]
fn every_source_becomes_what_its_snapshot_says() {
    let mut expected = BTreeSet::new();
    for case in cases() {
        let name = case
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let text = imported(documents(&case), &files_of(&case), &Answers::new());
        expected.insert(format!("{name}.snap"));
        // A `?` is refused at its place; what is complete has no fault of form, and none of its rules.
        let is_sound = !text.contains("error[");
        let is_refused = text.starts_with("refused: ");
        assert!(
            is_refused || is_sound != text.contains("## Open questions"),
            "{name}: {text}"
        );
        insta::with_settings!({
            snapshot_path => Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(name, text);
        });
    }
    let entries = fs::read_dir("tests/import").expect("the folder of sources");
    let names = entries.map(|entry| {
        entry
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned()
    });
    let stale: Vec<String> = names
        .filter(|name| name.ends_with(".snap") && !expected.contains(name))
        .collect();
    assert!(stale.is_empty(), "snapshots of no sources: {stale:?}");
}

/// What the containers say answers every question.
#[test]
fn what_runs_answers_what_the_files_leave_open() {
    let case = Path::new("tests/import/01-tutorial");
    let answer = Answer {
        hostname: Some("3f2a9c0d1e2b".into()),
        version: Some("1.7.10".into()),
        mounts: [("/restate-data".to_owned(), "other_restate_data".to_owned())]
            .into_iter()
            .collect(),
        id: Some(1),
    };
    let answers: Answers = [("restate".to_owned(), answer)].into_iter().collect();
    let text = imported(documents(case), &files_of(case), &answers);
    for line in [
        "version: 1.7.10\n",
        "- name: '3f2a9c0d1e2b'\n",
        "    volume: other_restate_data\n",
    ] {
        assert!(text.contains(line), "no {line}: {text}");
    }
    assert!(!text.contains("Open questions"), "{text}");
}

/// The cluster without what does not tell in what runs: which entry of the file a node comes from.
fn comparable(mut topology: Topology) -> String {
    for node in &mut topology.nodes {
        node.entry = None;
    }
    let tree = targets::compose::render(&topology, "restate-gen compose");
    tree.main().text.clone()
}

/// Imported again, a generated Compose file is the same cluster: every byte of the file follows from it.
#[test]
fn what_was_generated_becomes_the_same_files() {
    for example in examples() {
        let of_example = cluster(&example);
        // Certificates and files of the host are mounted in ways that only the cluster file says.
        if of_example.tls.is_some() || !of_example.files.is_empty() {
            continue;
        }
        let before = resolved(&of_example);
        let tree = targets::compose::render(&before, "restate-gen compose");
        let document = Document::parse(MAIN, tree.main().text.as_str());
        let nothing = |_: &str| None;
        let answers = Answers::new();
        let asked = Asked {
            folder: "anything",
            files: &nothing,
            services: &[],
            back: "",
            answers: &answers,
        };
        let Ok(deployment) = Deployment::read(vec![document], &asked) else {
            panic!("{} is refused", example.display());
        };
        assert_eq!(rules::run(&deployment), []);
        let draft = import::draft(&deployment, &asked);
        assert!(
            draft.questions.is_empty(),
            "{}: {:?}",
            example.display(),
            draft.questions
        );
        let document = Document::parse("restate-cluster.yaml", draft.text.as_str());
        let reading = restate_gen::schema::read(&document);
        assert!(
            reading.diagnostics.is_empty(),
            "{}: {:?}\n{}",
            example.display(),
            reading.diagnostics,
            draft.text
        );
        let after = resolved(&reading.cluster.expect("it is sound"));
        let (before, after) = (comparable(before), comparable(after));
        if before != after {
            let lines = similar::TextDiff::from_lines(&before, &after);
            panic!(
                "{}: {}\n{}",
                example.display(),
                lines.unified_diff(),
                draft.text
            );
        }
    }
}

/// The text of a section of a rule's documentation.
fn shown(docs: &str, name: &str) -> String {
    let (_, rest) = docs
        .split_once(&format!("## {name}\n\n```yaml\n"))
        .expect(name);
    rest.split_once("```\n").expect("its end").0.to_owned()
}

fn codes(text: &str) -> BTreeSet<&'static str> {
    let document = Document::parse(MAIN, text);
    let (nothing, answers) = (|_: &str| None, Answers::new());
    let asked = Asked {
        folder: "shop",
        files: &nothing,
        services: &[],
        back: "",
        answers: &answers,
    };
    let Ok(deployment) = Deployment::read(vec![document], &asked) else {
        panic!("refused: {text}");
    };
    let found = rules::run(&deployment);
    let reports = rules::reports(&deployment, &found, &Policy::default());
    let findings = reports.iter().flat_map(|report| report.findings());
    findings
        .map(|finding| finding.diagnostic.rule.code)
        .collect()
}

#[test]
fn the_examples_of_every_rule_fail_and_pass_as_they_say() {
    for (rule, _) in RULES {
        let fails = codes(&shown(rule.docs, "Fails"));
        assert_eq!(fails, BTreeSet::from([rule.code]), "Fails of {}", rule.code);
        let passes = codes(&shown(rule.docs, "Passes"));
        assert_eq!(passes, BTreeSet::new(), "Passes of {}", rule.code);
        is_documented(rule);
    }
}

#[test]
fn rules_on_sources_stand_by_code_one_a_file() {
    let codes: Vec<&str> = RULES.iter().map(|(rule, _)| rule.code).collect();
    assert!(codes.is_sorted(), "{codes:?}");
    let entries = fs::read_dir("src/import/rules").expect("the folder of rules");
    let files: BTreeSet<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let expected: BTreeSet<String> = RULES
        .iter()
        .map(|(rule, _)| format!("{}.rs", rule.slug.replace('-', "_")))
        .collect();
    assert_eq!(files, expected);
    let all = rules::catalogue();
    let slugs: BTreeSet<&str> = all.iter().map(|rule| rule.slug).collect();
    assert_eq!(slugs.len(), all.len(), "a name is used twice");
}

#[test]
fn a_finding_is_allowed_where_it_is() {
    let text = shown(RULES[0].0.docs, "Fails");
    assert_eq!(codes(&text), BTreeSet::from(["RG801"]));
    let allowed = text.replacen(
        "  restate:\n",
        "  # restate-gen: allow RG801 - it is thrown away each day\n  restate:\n",
        1,
    );
    assert_eq!(codes(&allowed), BTreeSet::new());
}

fn copy(case: &str) -> tempfile::TempDir {
    let folder = folder();
    for name in [MAIN, ".env"] {
        if let Ok(bytes) = fs::read(Path::new("tests/import").join(case).join(name)) {
            fs::write(folder.path().join(name), bytes).expect("writable");
        }
    }
    folder
}

#[test]
fn the_command_writes_into_a_folder_of_its_own_and_never_over_a_file() {
    let folder = copy("02-named-node");
    let made = run(folder.path(), &["import", MAIN]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert_eq!(names(folder.path()), [MAIN, "restate"]);
    let output = folder.path().join("restate");
    assert_eq!(
        names(&output),
        ["IMPORT.md", OVERRIDE, "restate-cluster.yaml"]
    );
    let generated = run(&output, &["compose"]);
    assert_eq!(generated.code, 0, "{}", generated.stderr);
    let compose = fs::read_to_string(output.join(MAIN)).expect("generated");
    assert!(compose.contains("external: true"), "{compose}");
    let again = run(folder.path(), &["import", MAIN]);
    assert_eq!(again.code, 2, "{}", again.stderr);
    assert!(
        again.stderr.contains("restate-cluster.yaml already exists"),
        "{}",
        again.stderr
    );
}

#[test]
fn an_open_question_is_said_and_refused_by_every_other_command() {
    let folder = copy("01-tutorial");
    let made = run(folder.path(), &["import", MAIN]);
    assert_eq!(made.code, 1, "{}", made.stderr);
    for line in [
        "open: `version`",
        "open: `nodes[0].name`",
        "docker inspect",
        "restate-server --version",
    ] {
        assert!(made.stderr.contains(line), "no {line}: {}", made.stderr);
    }
    let output = folder.path().join("restate");
    let refused = run(&output, &["compose"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(!output.join(MAIN).exists());
}

#[test]
fn credentials_are_written_where_nobody_else_reads_them() {
    let folder = copy("20-own-store");
    let made = run(folder.path(), &["import", MAIN]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let path = folder.path().join("restate/.env");
    let text = fs::read_to_string(&path).expect("written");
    assert!(
        text.contains("AWS_SECRET_ACCESS_KEY='Hq3vT8yLw2ZkR9mX4cNp'\n"),
        "{text}"
    );
    for name in ["restate-cluster.yaml", "IMPORT.md"] {
        let other = fs::read_to_string(folder.path().join("restate").join(name)).expect("written");
        assert!(!other.contains("Hq3vT8yLw2ZkR9mX4cNp"), "{other}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn an_audit_writes_nothing_and_has_all_formats_and_the_exit_codes_of_validate() {
    let folder = copy("02-named-node");
    for (arguments, code) in [
        (&["import", MAIN, "--audit"][..], 1),
        (
            &["import", MAIN, "--audit", "--allow", "memory-below-pools"],
            2,
        ),
        (&["import", MAIN, "--audit", "--format", "sarif"], 1),
        (&["import", MAIN, "--audit", "--format", "github"], 1),
        (&["import", MAIN, "--format", "github"], 2),
        (&["import", MAIN, "--audit", "--live"], 2),
        (&["import"], 2),
        (&["import", "missing.yaml"], 2),
    ] {
        let made = run(folder.path(), arguments);
        let is_expected = made.code == code || (arguments.contains(&"--allow") && made.code < 2);
        assert!(is_expected, "{arguments:?}: {} {}", made.code, made.stderr);
        assert_eq!(names(folder.path()), [MAIN]);
    }
    let sarif = run(
        folder.path(),
        &["import", MAIN, "--audit", "--format", "sarif"],
    );
    assert!(sarif.stdout.contains("RG811"), "{}", sarif.stdout);
    let sound = folder.path().join("sound.yaml");
    fs::write(&sound, shown(RULES[0].0.docs, "Passes")).expect("writable");
    assert_eq!(
        run(folder.path(), &["import", "sound.yaml", "--audit"]).code,
        0
    );
    let warned = shown(RULES[6].0.docs, "Fails");
    fs::write(&sound, warned).expect("writable");
    assert_eq!(
        run(folder.path(), &["import", "sound.yaml", "--audit"]).code,
        0
    );
    let denied = run(
        folder.path(),
        &["import", "sound.yaml", "--audit", "--deny", "warnings"],
    );
    assert_eq!(denied.code, 1, "{}", denied.stderr);
}

#[test]
fn one_of_several_clusters_is_named_by_its_services() {
    let folder = copy("16-two-clusters");
    let both = run(folder.path(), &["import", MAIN]);
    assert_eq!(both.code, 1, "{}", both.stderr);
    assert!(both.stderr.contains("--service"), "{}", both.stderr);
    let one = run(folder.path(), &["import", MAIN, "--service", "billing"]);
    assert_eq!(one.code, 0, "{}", one.stderr);
    let unknown = run(
        folder.path(),
        &["import", MAIN, "--service", "shop", "-o", "other"],
    );
    assert_eq!(unknown.code, 1, "{}", unknown.stderr);
    assert!(
        unknown.stderr.contains("`shop` is not a Restate server"),
        "{}",
        unknown.stderr
    );
}

/// What is known to be another kind of file is called so, by import and where a cluster file is expected.
#[test]
fn other_kinds_of_files_are_called_what_they_are() {
    let rows = [
        (
            "compose.yaml",
            "services: {a: {image: nginx}}\n",
            "a Compose file",
            true,
        ),
        (
            "set.yaml",
            "apiVersion: apps/v1\nkind: StatefulSet\n",
            "a Kubernetes manifest (StatefulSet)",
            false,
        ),
        (
            "values.yaml",
            "replicaCount: 1\nenv: []\n",
            "a values file of Restate's Helm chart",
            false,
        ),
        (
            "restate.toml",
            "cluster-name = \"a\"\n[worker]\nx = 1\n",
            "a configuration file of the server",
            false,
        ),
        (
            "chart.yaml",
            "{{- if .Values.enabled }}\nkind: StatefulSet\n{{- end }}\n",
            "a template",
            false,
        ),
        (
            "main.tf",
            "resource \"docker_container\" \"restate\" {\n}\n",
            "a file for Terraform or Nomad",
            false,
        ),
    ];
    for (name, text, words, is_read) in rows {
        let folder = folder();
        fs::write(folder.path().join(name), text).expect("writable");
        for verb in [&["validate", name][..], &["compose", "-f", name]] {
            let made = run(folder.path(), verb);
            assert_eq!(made.code, 2, "{verb:?}: {}", made.stderr);
            assert!(
                made.stderr
                    .contains(&format!("{name} is {words}, not a cluster file")),
                "{}",
                made.stderr
            );
            assert!(
                made.stderr.contains("restate-gen import"),
                "{}",
                made.stderr
            );
            assert_eq!(names(folder.path()), [name]);
        }
        let imported = run(folder.path(), &["import", name]);
        assert_eq!(imported.code, 1, "{}", imported.stderr);
        let says = match is_read {
            true => "no service runs a Restate server".to_owned(),
            false => format!("{name} is {words}, which import does not read"),
        };
        assert!(imported.stderr.contains(&says), "{}", imported.stderr);
    }
    for example in examples() {
        let path = example.join("restate-cluster.yaml");
        let document = Document::parse("a.yaml", fs::read(&path).expect("readable"));
        assert_eq!(
            kind::of(&document),
            kind::Kind::ClusterFile,
            "{}",
            path.display()
        );
    }
}

/// A thousand services take no longer than reading them.
#[test]
fn a_large_project_is_read() {
    let mut text = String::from(
        "services:\n  restate:\n    image: docker.restate.dev/restatedev/restate:1.7.12\n    hostname: restate\n    volumes: ['data:/restate-data']\n",
    );
    for index in 0..1000 {
        text += &format!(
            "  app-{index}:\n    image: app:${{TAG:-1}}\n    environment: {{A: b}}\n    depends_on: [restate]\n"
        );
    }
    text += "volumes: {data: }\n";
    let document = Document::parse(MAIN, text);
    let said = imported(vec![document], &|_| None, &Answers::new());
    assert!(said.contains("name: restate\n"), "{said}");
}

proptest! {
    #![proptest_config(tries(64))]

    /// Whatever the file is, something is said of it, and nothing panics.
    #[test]
    fn a_changed_source_never_panics(
        case in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        length in 0_usize..12,
        with in "(\\$\\{|\\}|:-|:|- |\\n|\\[|\\]|\\{|'|\"|<<|\\*x|&x |[a-z0-9=,/]|é){0,6}",
    ) {
        let cases = cases();
        let case = &cases[case.index(cases.len())];
        let text = fs::read_to_string(case.join(MAIN)).expect("a source");
        let mut characters: Vec<char> = text.chars().collect();
        let start = at.index(characters.len());
        let end = (start + length).min(characters.len());
        characters.splice(start..end, with.chars());
        let document = Document::parse(MAIN, characters.into_iter().collect::<String>());
        let _ = kind::of(&document);
        imported(vec![document], &files_of(case), &Answers::new());
    }
}
