//! What is looked at before a server starts on Kubernetes and Nomad.

use super::stage::{Said, Stage};

const PROVISIONED: &str = r#"{"cluster_name":"localcluster","is_provisioned":true}"#;

/// Looks at a volume with these folders, for node `restate-4`; `peer` is the version that a metadata server answers with.
fn look(folders: &[(&str, &str)], peer: Option<&str>) -> Said {
    let stage = Stage::new();
    let script = include_str!("../../../templates/scripts/look.sh");
    let data = stage.path().join("data").display().to_string();
    let script = script.replace("data=/restate-data", &format!("data='{data}'"));
    stage.write("look.sh", &format!("set -eu\n{script}look restate-4\n"));
    stage.tool("sleep", "exit 0");
    stage.tool("curl", "cat \"$STATE/peer\" 2>/dev/null || exit 7");
    stage.tool("jq", "cat");
    if let Some(version) = peer {
        stage.state("peer", version);
    }
    for (folder, marker) in folders {
        stage.write(&format!("data/{folder}/.cluster-marker"), marker);
    }
    let peers = r#"["http://restate-1:5122","http://restate-2:5122"]"#;
    stage.sh(
        &["look.sh"],
        &[("RESTATE_METADATA_CLIENT__ADDRESSES", peers)],
    )
}

#[test]
fn nothing_starts_on_the_data_of_another_server_before_there_is_a_cluster() {
    for peer in [None, Some("0")] {
        look(&[("n1", PROVISIONED)], peer).ends(
            1,
            &["refused: the volume of restate-4 holds the data of another server (n1), and no node of a cluster answers"],
        );
    }
}

#[test]
fn what_a_removed_node_left_is_in_nobodys_way() {
    // A cluster answers.
    look(&[("restate-1", PROVISIONED)], Some("32")).ends(0, &[]);
    // The node was here before, whoever answers.
    look(
        &[("restate-1", PROVISIONED), ("restate-4", PROVISIONED)],
        None,
    )
    .ends(0, &[]);
    // A new volume, and one on which nothing was provisioned.
    look(&[], None).ends(0, &[]);
    look(&[("n1", r#"{"is_provisioned":false}"#)], None).ends(0, &[]);
}
