//! The GitHub Action: the steps of `action.yml`, run by bash in a checkout as the runner runs them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::cli::{Run, folder};

const FILE: &str = "restate-cluster.yaml";

/// A repository whose main branch is deployed, and a shallow checkout of a branch, as `actions/checkout` makes it.
struct Repository {
    root: TempDir,
}

impl Repository {
    /// On both branches: a sound cluster and what is generated from it.
    fn new() -> Self {
        let root = folder();
        let made = Self { root };
        fs::create_dir(made.origin()).expect("writable");
        made.git(&["init", "--quiet", "--initial-branch=main"]);
        made.write(FILE, "nodes: 3\n");
        made.generate();
        made.write(".gitignore", ".env\n");
        made.commit();
        made.git(&["switch", "--quiet", "--create", "change"]);
        made
    }

    fn origin(&self) -> PathBuf {
        self.root.path().join("origin")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.origin().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        fs::write(path, text).expect("writable");
    }

    fn generate(&self) {
        let made = crate::cli::run(&self.origin(), &["compose", "--new-cluster"]);
        assert_eq!(made.code, 0, "{}", made.stderr);
    }

    fn git(&self, arguments: &[&str]) {
        let mut command = Command::new("git");
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "test")
                .env(format!("GIT_{who}_EMAIL"), "test@example.org");
        }
        command
            .current_dir(self.origin())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .args(arguments);
        let output = command.output().expect("git");
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "change"]);
    }

    /// The action on the branch, with these inputs, for a pull request to main.
    fn run(&self, inputs: &[(&str, &str)]) -> Job {
        self.commit();
        let runner = folder();
        let at = |name: &str| runner.path().join(name);
        let url = format!("file://{}", self.origin().display());
        let workspace = at("workspace");
        let place = workspace.to_str().expect("UTF-8");
        let clone = [
            "clone",
            "--quiet",
            "--depth=1",
            "--branch=change",
            &url,
            place,
        ];
        self.git(&clone);
        fs::create_dir(at("temp")).expect("writable");
        for file in ["output", "summary", "path"] {
            fs::write(at(file), "").expect("writable");
        }
        let action: Value =
            serde_saphyr::from_str(&fs::read_to_string("action.yml").expect("there"))
                .expect("YAML");
        let mut values: BTreeMap<String, String> = BTreeMap::new();
        for (name, input) in action["inputs"].as_object().expect("inputs") {
            let default = input["default"].as_str().expect("a default");
            values.insert(
                name.clone(),
                default.replace("${{ github.base_ref }}", "main"),
            );
        }
        for (name, value) in inputs {
            assert!(values.insert((*name).into(), (*value).into()).is_some());
        }
        let program = Path::new(env!("CARGO_BIN_EXE_restate-gen"));
        let programs = program.parent().expect("a folder").display();
        let mut outcome = None;
        for step in action["runs"]["steps"].as_array().expect("steps") {
            let Some(script) = step["run"].as_str() else {
                continue;
            };
            assert_eq!(step["shell"], "bash");
            let mut command = Command::new("bash");
            command
                .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
                .current_dir(&workspace)
                .env_clear()
                .env("PATH", format!("{programs}:/usr/bin:/bin"))
                .env("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR"))
                .env("GITHUB_WORKSPACE", &workspace)
                .env("GITHUB_OUTPUT", at("output"))
                .env("GITHUB_STEP_SUMMARY", at("summary"))
                .env("GITHUB_PATH", at("path"))
                .env("RUNNER_TEMP", at("temp"));
            for (name, value) in step["env"].as_object().expect("variables") {
                let value = value.as_str().expect("a string");
                let input = value
                    .trim_start_matches("${{ inputs.")
                    .trim_end_matches(" }}");
                command.env(name, &values[input]);
            }
            let run: Run = command.output().expect("bash").into();
            let has_failed = run.code != 0;
            outcome = Some(run);
            if has_failed {
                break;
            }
        }
        Job {
            run: outcome.expect("steps"),
            summary: fs::read_to_string(at("summary")).expect("there"),
            outputs: fs::read_to_string(at("output"))
                .expect("there")
                .lines()
                .map(|line| line.split_once('=').expect("a value"))
                .map(|(name, path)| (name.into(), fs::read_to_string(path).expect("there")))
                .collect(),
        }
    }
}

/// How a job ended, and what it left.
struct Job {
    run: Run,
    summary: String,
    /// What is in the file that each output names.
    outputs: BTreeMap<String, String>,
}

impl Job {
    fn ends(&self, code: i32, said: &[&str]) {
        assert_eq!(self.run.code, code, "{:?}", self.run);
        for text in said {
            assert!(self.run.stdout.contains(text), "{text}: {:?}", self.run);
        }
    }

    /// The findings of the SARIF report.
    fn reported(&self) -> Vec<String> {
        let report: Value = serde_json::from_str(&self.outputs["sarif"]).expect("JSON");
        let results = report["runs"][0]["results"].as_array().expect("a list");
        let rules = results.iter().map(|result| result["ruleId"].as_str());
        rules.map(|rule| rule.expect("a rule").to_owned()).collect()
    }
}

#[test]
fn a_branch_that_changes_no_cluster_passes_and_says_nothing_of_plans() {
    let repository = Repository::new();
    let job = repository.run(&[]);
    job.ends(0, &[]);
    assert_eq!(job.summary, "");
    assert_eq!(job.outputs.keys().collect::<Vec<_>>(), ["sarif"]);
    assert!(job.reported().iter().all(|rule| rule == "RG518"));
}

#[test]
fn a_change_of_the_cluster_shows_its_plan() {
    let repository = Repository::new();
    repository.write(FILE, "nodes: 5\nmetadata_servers: 3\n");
    repository.generate();
    let job = repository.run(&[]);
    job.ends(0, &[]);
    assert_eq!(job.summary, job.outputs["plan"]);
    for text in [
        "## The change of restate-cluster.yaml",
        "From 3 to 5 nodes",
        "3. Start restate-4 and restate-5",
        "<summary>All of the plan</summary>",
        "docker compose",
    ] {
        assert!(job.summary.contains(text), "{text}: {}", job.summary);
    }
}

#[test]
fn what_the_running_cluster_cannot_become_fails_at_its_line() {
    let repository = Repository::new();
    repository.write(FILE, "name: other\nnodes: 3\n");
    repository.generate();
    let job = repository.run(&[]);
    job.ends(1, &["::error file=restate-cluster.yaml,line=1", "RG701"]);
    assert!(
        job.summary.contains("There is no plan for it"),
        "{}",
        job.summary
    );
    // As a file of its own it is sound.
    assert!(!job.reported().contains(&"RG701".to_owned()));
    // Compared with nothing, it passes.
    repository.run(&[("against", "")]).ends(0, &[]);
}

#[test]
fn errors_and_generated_files_that_are_out_of_date_fail_in_one_run() {
    let repository = Repository::new();
    repository.write(FILE, "nodes: 5\nmetadata_servers: 3\n");
    repository.write("eu/restate-cluster.prod.yaml", "nodes: 3\nreplication: 5\n");
    let job = repository.run(&[]);
    job.ends(
        1,
        &[
            "::error file=eu/restate-cluster.prod.yaml,line=2",
            "RG301",
            "::error file=docker-compose.yaml",
            "RG902",
        ],
    );
    assert!(job.reported().contains(&"RG301".to_owned()));
    let job = repository.run(&[("drift", "false"), ("files", "restate-cluster.yaml\n")]);
    job.ends(0, &[]);
}

#[test]
fn warnings_fail_where_that_is_wanted() {
    let repository = Repository::new();
    repository.write(FILE, "nodes: 2\n");
    repository.generate();
    // As a change of the running cluster it would fail.
    let inputs = [("against", ""), ("deny-warnings", "true")];
    repository.run(&inputs[..1]).ends(0, &["::warning"]);
    let job = repository.run(&inputs);
    job.ends(1, &[]);
    // `drift` finds it too.
    assert_eq!(job.run.stdout.matches("RG305").count(), 1);
}

#[test]
fn what_cannot_be_checked_is_told() {
    let repository = Repository::new();
    let other = repository.run(&[("against", "missing")]);
    other.ends(2, &["::error::the branch missing cannot be fetched"]);
    let missing = repository.run(&[("files", "missing.yaml")]);
    assert_eq!(missing.run.code, 2, "{:?}", missing.run);
    assert!(!missing.outputs.contains_key("sarif"));
    repository.git(&["rm", "--quiet", FILE]);
    let none = repository.run(&[]);
    none.ends(2, &["::error::no restate-cluster.yaml is committed"]);
}
