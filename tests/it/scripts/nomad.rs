//! `prepare.sh` and `rollout.sh` on a Nomad that does not do as they ask.

use restate_gen::targets::nomad;
use serde_json::json;

use super::stage::Stage;
use crate::golden::resolved;

/// A folder with the scripts of three nodes and a bundled store, and a nomad that notes what changes something.
fn folder(nomad: &str) -> Stage {
    folder_with_volumes("static", nomad)
}

fn folder_with_volumes(volume: &str, nomad: &str) -> Stage {
    let stage = Stage::new();
    stage.tool("nomad", nomad);
    stage.tool("jq", "exit 0");
    stage.tool("sleep", "exit 0");
    let file = json!({"nodes": 3, "nomad": {"one_host": true, "volume": volume}});
    let cluster = serde_json::from_value(file).expect("a cluster");
    let tree = nomad::render(&resolved(&cluster), "restate-gen nomad");
    for script in ["prepare.sh", "rollout.sh", "volume.hcl"] {
        if let Some(file) = tree.file(script) {
            stage.write(script, &file.text);
        }
    }
    stage
}

/// Nomad 1.11 itself also chooses a client that is down, and then fails, or one on which nothing may be placed.
#[test]
fn no_volume_is_made_on_a_client_that_is_not_ready() {
    let stage = folder_with_volumes(
        "dynamic",
        "case \"$*\" in 'volume create'*) cat >>\"$STATE/made\" ;; esac",
    );
    stage.tool(
        "jq",
        "case \"$*\" in *SchedulingEligibility*) printf 'lost\\ndrained\\n' ;; *'any(.[]?; .Name'*) exit 1 ;; esac",
    );
    stage.sh(&["prepare.sh"], &[]).ends(0, &["created volume"]);
    let made = stage.read("state/made");
    let volumes = made.matches("name = ").count();
    assert_eq!(volumes, 5, "{made}");
    for client in ["lost", "drained"] {
        let refused = format!(
            "attribute = \"${{node.unique.id}}\"\n  operator  = \"!=\"\n  value     = \"{client}\"\n"
        );
        assert_eq!(made.matches(&refused).count(), volumes, "{made}");
    }

    let stage = folder_with_volumes(
        "dynamic",
        "case \"$*\" in 'node status'*) echo 'Permission denied' >&2; exit 1 ;; 'volume create'*) echo made >\"$STATE/made\" ;; esac",
    );
    stage
        .sh(&["prepare.sh"], &[])
        .ends(1, &["Permission denied", "the policy in policy.hcl"]);
    assert_eq!(stage.read("state/made"), "");
}

#[test]
fn what_nomad_says_is_said_at_once() {
    for script in ["prepare.sh", "rollout.sh"] {
        let stage = folder("echo 'connection refused' >&2; exit 1");
        stage.sh(&[script], &[]).ends(
            1,
            &[
                "connection refused",
                "Nomad does not answer. Nothing was done",
            ],
        );
    }
    let stage = folder("case \"$*\" in 'job validate'*) echo 'Extraneous label'; exit 1 ;; esac");
    let said = stage.sh(&["rollout.sh"], &[]);
    said.ends(
        1,
        &[
            "Extraneous label",
            "Nomad does not accept restate.nomad.hcl. Nothing was done",
        ],
    );
}

/// Answers `var get` as `said` has it, and notes how a variable is written. `jq` takes its index from `$STATE/index`.
fn variables(said: &str) -> Stage {
    let stage = folder(&format!(
        "case \"$*\" in 'var get'*) {said} ;; 'var put'*) echo \"$*\" >>\"$STATE/did\" ;; esac"
    ));
    stage.tool(
        "jq",
        "case \"$*\" in *ModifyIndex*) cat \"$STATE/index\" ;; esac; cat >/dev/null",
    );
    stage
}

/// The words are those of Nomad 1.11, and of what stands before it.
#[test]
fn a_password_that_cannot_be_read_is_not_made_anew() {
    for words in [
        "Error retrieving variable: Unexpected response code: 403 (Permission denied)",
        "Error retrieving variable: Unexpected response code: 500 (No cluster leader)",
        "Error retrieving variable: Unexpected response code: 404 (404 page not found)",
        "Error retrieving variable: Get \"https://nomad:4646\": lookup nomad: host not found",
        "Error retrieving variable: Get \"https://nomad:4646\": x509: certificate signed by unknown authority",
        "",
    ] {
        let stage = variables(&format!("echo '{words}' >&2; exit 1"));
        stage.sh(&["prepare.sh"], &[]).ends(
            1,
            &[
                "the variable nomad/jobs/restate-cluster-store cannot be read, so nothing was written",
                words,
            ],
        );
        assert_eq!(stage.read("state/did"), "", "{words}");
    }
}

#[test]
fn a_variable_is_written_only_as_it_was_read() {
    let written = |stage: &Stage| {
        let did = stage.read("state/did");
        did.lines()
            .map(|line| line.split(" - ").next().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    let put = |index: u8, job: &str| {
        format!("var put -check-index {index} -in json nomad/jobs/restate-cluster{job} -")
    };
    let stage = variables("echo 'Variable not found' >&2; exit 1");
    stage.state("index", "0");
    stage
        .sh(&["prepare.sh"], &[])
        .ends(0, &["wrote MINIO_ROOT_PASSWORD to variable"]);
    assert_eq!(
        written(&stage),
        [put(0, "-store"), put(0, "-store"), put(0, "")]
    );
    let stage = variables("echo '{}'");
    stage.state("index", "7");
    stage.sh(&["prepare.sh"], &[]).ends(0, &["wrote"]);
    assert_eq!(
        written(&stage),
        [put(7, "-store"), put(7, "-store"), put(7, "")]
    );
    // Someone else was faster: what they wrote stays, and the script ends.
    let stage = variables("echo '{}'");
    stage.tool(
        "nomad",
        "case \"$*\" in 'var get'*) echo '{}' ;; 'var put'*) echo put >>\"$STATE/did\"; echo 'Check-and-Set conflict' >&2; exit 1 ;; esac",
    );
    stage.state("index", "7");
    stage.sh(&["prepare.sh"], &[]).ends(
        1,
        &[
            "Check-and-Set conflict",
            "nomad/jobs/restate-cluster-store was not written",
        ],
    );
    assert_eq!(stage.read("state/did"), "put\n");
}

/// Neither a script nor the guide writes over what it has not read.
#[test]
fn nothing_writes_a_variable_by_force() {
    let file = json!({
        "nodes": 3,
        "files": [{"path": "/etc/restate/a.pem", "nomad": {"key": "a"}}, {"path": "/etc/restate/b.pem", "nomad": {"key": "b"}}],
    });
    let cluster = serde_json::from_value(file).expect("a cluster");
    let tree = nomad::render(&resolved(&cluster), "restate-gen nomad");
    for file in tree.files() {
        for line in file.text.lines() {
            assert!(
                !(line.contains("nomad var put") && line.contains("-force")),
                "{}: {line}",
                file.path
            );
        }
    }
    let guide = &tree.file("OPERATIONS.md").expect("the guide").text;
    // The first makes the variable, the second adds to it.
    for line in [
        "nomad var put -check-index=0 nomad/jobs/restate-cluster a=@a.pem >/dev/null\n",
        "  nomad var put -in json nomad/jobs/restate-cluster - b=@b.pem >/dev/null\n",
    ] {
        assert!(guide.contains(line), "{line}");
    }
}

/// Some shells' `echo` makes a line break of `\n`, which JSON then has in the middle of a string: a key of several lines in
/// a variable ended `prepare.sh` with jq's own words.
#[test]
fn what_nomad_says_in_json_reaches_jq_as_it_is() {
    let stage = folder(
        "case \"$*\" in 'var get'*) printf '%s\\n' '{\"Items\": {\"identity\": \"one\\ntwo\"}}' ;; esac",
    );
    stage.tool("jq", "cat >>\"$STATE/jq\"; echo x");
    stage.sh(&["prepare.sh"], &[]);
    let read = stage.read("state/jq");
    assert!(
        read.contains("one\\ntwo") && !read.contains("one\ntwo"),
        "{read}"
    );
}

/// The job may be generated twice before anybody applies it: the nodes know what they run.
#[test]
fn no_node_gets_a_version_that_cannot_follow_the_one_that_it_runs() {
    let rows = [
        (
            "1.5.3",
            "server:1.7.12",
            "restate-1 runs 1.5.3, and 1.7.12 skips a minor",
        ),
        ("1.7.12", "server:1.7.2", "pass --downgrade"),
        ("1.7.12", "server:1.5.3", "too old to read its data"),
        ("1.6.2", "server:1.7.12", ""),
    ];
    for (runs, tag, words) in rows {
        let stage = folder(
            r#"case "$*" in
  'job inspect'* | 'job run -output'*) echo '{}' ;;
  *restate-server*) echo "restate-server $(cat "$STATE/version")" ;;
  *health*) echo '"status":"Alive"' ;;
  'job run -check-index'*) echo run >>"$STATE/did" ;;
esac"#,
        );
        stage.tool(
            "jq",
            r#"case "$*" in
  *TaskGroups*Name*old.json | *'.Name'*new.json) case "$*" in *image*) case "$*" in *old.json) echo old ;; *) cat "$STATE/tag" ;; esac ;; *) echo restate-1 ;; esac ;;
  *) echo '{}' ;;
esac"#,
        );
        stage.state("version", runs);
        stage.state("tag", tag);
        let said = stage.sh(&["rollout.sh"], &[]);
        if words.is_empty() {
            said.ends(0, &[]);
            assert_ne!(stage.read("state/did"), "");
            continue;
        }
        said.ends(1, &["nothing was changed: ", words]);
        assert_eq!(stage.read("state/did"), "", "{runs}");
        if words.contains("--downgrade") {
            stage.sh(&["rollout.sh", "--downgrade"], &[]).ends(0, &[]);
        }
    }
    folder("")
        .sh(&["rollout.sh", "--wrong"], &[])
        .ends(2, &["usage: "]);
}
