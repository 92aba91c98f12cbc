//! What `run.sh` waits for after a commit.

use super::stage::{Said, Stage};
use crate::runbook::script;

/// What the answers of `git` and `kubectl` are, from the files in `state`.
const GIT: &str =
    r#"case "$1" in status) cat "$STATE/changed" ;; rev-list) cat "$STATE/ahead" ;; esac"#;
const KUBECTL: &str = r#"
if [ -s "$STATE/error" ]; then cat "$STATE/error" >&2; exit 1; fi
case $1 in
  kustomize) for _ in 1 2; do echo '    restate.dev/files: "12345678"'; done ;;
  *) cat "$STATE/objects" ;;
esac"#;

fn stage() -> Stage {
    let stage = Stage::new();
    stage.tool("git", GIT);
    stage.tool("kubectl", KUBECTL);
    stage.write(
        "kustomization.yaml",
        "labels:\n  - pairs: {restate.dev/files: '12345678'}\n",
    );
    for name in ["changed", "ahead", "error"] {
        stage.write(&format!("state/{name}"), "");
    }
    stage.state(
        "objects",
        "ConfigMap restate-nodes 12345678\nStatefulSet restate 12345678",
    );
    stage
}

/// Whether the files have arrived, and what is said if not.
fn arrived(stage: &Stage) -> Said {
    let run = script("gitops-5-to-3", "kubernetes");
    let part = |from: &str, to: &str| {
        let start = run.find(from).expect(from);
        run[start..][..run[start..].find(to).expect(to)].to_owned()
    };
    let look = part(
        "# Whether all objects of the files",
        "# kubectl's own message",
    );
    let recorded = part("recorded() {", "is_as_generated() {");
    let arrived = part(
        "# Whether the cluster has the files;",
        "# One lock for all plans",
    );
    stage.write(
        "ask.sh",
        &format!(
            "set -eu\nheard=$(mktemp)\n{look}\n{recorded}\n{arrived}\nobjection=unanswered\narrived || {{ echo \"$objection\"; exit 1; }}\n"
        ),
    );
    stage.sh(&["ask.sh"], &[])
}

#[test]
fn the_cluster_has_the_files_when_all_objects_have_their_label() {
    arrived(&stage()).ends(0, &[]);
}

#[test]
fn what_is_missing_on_the_way_to_the_cluster_is_said_the_first_first() {
    let stage = stage();
    stage.state(
        "objects",
        "ConfigMap restate-nodes 12345678\nStatefulSet restate 87654321",
    );
    let other =
        "your GitOps controller has not applied them: StatefulSet restate is of other files";
    arrived(&stage).ends(1, &[other]);
    stage.state(
        "objects",
        "ConfigMap restate-nodes \nStatefulSet restate 12345678",
    );
    arrived(&stage).ends(1, &["ConfigMap restate-nodes is of other files"]);
    stage.state(
        "error",
        "Error from server (NotFound): jobs.batch \"provision-1\" not found",
    );
    arrived(&stage).ends(
        1,
        &["the cluster says: jobs.batch \"provision-1\" not found"],
    );
    stage.state("ahead", "1f2e3d");
    arrived(&stage).ends(1, &["committed and not pushed yet"]);
    stage.state("changed", " M k8s/nodes.yaml\n M k8s/restate-gen.lock");
    let said = arrived(&stage);
    said.ends(1, &["not committed yet: k8s/nodes.yaml"]);
    said.never(&["restate-gen.lock"]);
}

/// What an overlay adds has no label, and what it takes from the folder has one.
#[test]
fn objects_of_an_overlay_are_no_obstacle() {
    let stage = stage();
    stage.state(
        "objects",
        "Ingress ours \nConfigMap restate-nodes 12345678\nStatefulSet restate 12345678",
    );
    arrived(&stage).ends(0, &[]);
    stage.state(
        "objects",
        "Ingress ours \nConfigMap restate-nodes 12345678\nStatefulSet restate 87654321",
    );
    arrived(&stage).ends(1, &["StatefulSet restate is of other files"]);
    stage.state("objects", "Ingress ours ");
    arrived(&stage).ends(1, &["Ingress ours is of other files"]);
}

/// Without git, or in a folder that is in no repository, what the cluster says remains.
#[test]
fn a_folder_without_a_repository_is_no_obstacle() {
    let stage = stage();
    stage.tool("git", "echo 'fatal: not a git repository' >&2; exit 128");
    arrived(&stage).ends(0, &[]);
    stage.state("objects", "StatefulSet restate 87654321");
    let said = arrived(&stage);
    said.ends(1, &["StatefulSet restate is of other files"]);
    said.never(&["fatal"]);
}
