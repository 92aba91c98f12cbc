//! `prepare.sh` and `rollout.sh` on a Nomad that does not do as they ask.

use restate_gen::targets::nomad;
use serde_json::json;

use super::stage::Stage;
use crate::golden::resolved;

/// A folder with the scripts of three nodes and a bundled store, and a nomad that notes what changes something.
fn folder(nomad: &str) -> Stage {
    let stage = Stage::new();
    stage.tool("nomad", nomad);
    stage.tool("jq", "exit 0");
    stage.tool("sleep", "exit 0");
    let file = json!({"nodes": 3, "nomad": {"one_host": true, "volume": "static"}});
    let cluster = serde_json::from_value(file).expect("a cluster");
    let tree = nomad::render(&resolved(&cluster), "restate-gen nomad");
    for script in ["prepare.sh", "rollout.sh"] {
        stage.write(script, &tree.file(script).expect(script).text);
    }
    stage
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

#[test]
fn a_password_that_may_not_be_read_is_not_made_anew() {
    let nomad = |said: &str| {
        format!(
            "case \"$*\" in 'var get'*) echo '{said}' >&2; exit 1 ;; 'var put'*) echo put >>\"$STATE/did\" ;; esac"
        )
    };
    let stage = folder(&nomad("403 Permission denied"));
    let said = stage.sh(&["prepare.sh"], &[]);
    said.ends(1, &["cannot be read: 403 Permission denied"]);
    assert_eq!(stage.read("state/did"), "");
    let stage = folder(&nomad("Variable not found"));
    stage
        .sh(&["prepare.sh"], &[])
        .ends(0, &["wrote MINIO_ROOT_PASSWORD to variable"]);
    assert_eq!(stage.read("state/did"), "put\n".repeat(3));
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
