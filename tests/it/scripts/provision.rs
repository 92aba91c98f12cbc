//! The provisioning step: every state in which it can find the nodes.

use super::stage::{Said, Stage};

/// Nodes that answer as `state/<name>` says (`<version> <state in the quorum>`), silent where there is no such file.
struct Nodes {
    stage: Stage,
}

impl Nodes {
    fn new(states: &[(&str, &str)]) -> Self {
        let stage = Stage::new();
        // The URL is the last argument but for the path.
        stage.tool(
            "curl",
            r#"for url in "$@"; do :; done; url=${url#http://}; cat "$STATE/${url%%:*}" 2>/dev/null || exit 7"#,
        );
        stage.tool(
            "jq",
            r#"while read -r version quorum; do echo "$4 $version $quorum"; done"#,
        );
        stage.tool("flock", "exit 0");
        // Once provisioned, all of them are members.
        stage.tool(
            "restatectl",
            r#"case "$*" in
  *provision*) echo founded >>"$STATE/commands"; for node in restate-1 restate-2 restate-3; do echo '5 Member' >"$STATE/$node"; done; echo 4 >"$STATE/leaders" ;;
  'partitions list') for _ in $(seq "$(cat "$STATE/leaders" 2>/dev/null || echo 0)"); do echo '0 N1:1 Leader  Active x'; done ;;
esac"#,
        );
        for (node, says) in states {
            stage.state(node, says);
        }
        Self { stage }
    }

    fn leaders(self, count: u32) -> Self {
        self.stage.state("leaders", &count.to_string());
        self
    }

    fn marked(self) -> Self {
        self.stage.write("marker", "");
        self
    }

    fn volume_of(self, node: &str, folder: &str, marker: &str) -> Self {
        let path = format!("nodes/{node}/{folder}/.cluster-marker");
        self.stage.write(&path, marker);
        self
    }

    fn provision(&self) -> Said {
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/templates/scripts/provision.sh"
        );
        let marker = self.stage.path().join("marker");
        let data = self.stage.path().join("nodes");
        self.stage.sh(
            &[script],
            &[
                (
                    "METADATA_SERVERS",
                    "http://restate-1:5122 http://restate-2:5122 http://restate-3:5122",
                ),
                ("OTHER_NODES", ""),
                ("PARTITIONS", "4"),
                ("LOG_REPLICATION", "2"),
                ("PARTITION_REPLICATION", "2"),
                ("TIMEOUT", "4"),
                ("PATIENCE", "1"),
                ("MARKER", marker.to_str().expect("a path")),
                ("DATA", data.to_str().expect("a path")),
                ("STATUS", "docker compose exec <node> restatectl status"),
            ],
        )
    }

    fn is_founded(&self) -> bool {
        self.stage.read("state/commands").contains("founded")
    }

    fn is_marked(&self) -> bool {
        self.stage.path().join("marker").exists()
    }
}

const EMPTY: &str = "0 AwaitingProvisioning";
const MEMBER: &str = "32 Member";
const PROVISIONED: &str = r#"{"cluster_name":"localcluster","is_provisioned":true}"#;

#[test]
fn nodes_that_are_all_empty_become_a_cluster() {
    let nodes = Nodes::new(&[
        ("restate-1", EMPTY),
        ("restate-2", EMPTY),
        ("restate-3", EMPTY),
    ]);
    nodes.provision().ends(
        0,
        &["provisioning the cluster", "all 4 partitions are active"],
    );
    assert!(nodes.is_founded() && nodes.is_marked());
}

#[test]
fn a_cluster_that_is_there_is_looked_at_and_no_more() {
    let all = [
        ("restate-1", MEMBER),
        ("restate-2", MEMBER),
        ("restate-3", MEMBER),
    ];
    // Without its disk a node says nothing, for it does not start. The others continue.
    for states in [&all[..], &all[1..]] {
        let nodes = Nodes::new(states).leaders(4);
        nodes
            .provision()
            .ends(0, &["already provisioned", "restate-2"]);
        assert!(!nodes.is_founded() && nodes.is_marked());
    }
}

#[test]
fn nodes_that_are_new_to_a_cluster_that_works_are_no_fault() {
    let nodes = Nodes::new(&[
        ("restate-1", MEMBER),
        ("restate-2", MEMBER),
        ("restate-3", EMPTY),
    ])
    .leaders(4);
    nodes
        .provision()
        .ends(0, &["restate-3 is empty", "all 4 partitions are active"]);
    assert!(nodes.is_marked());
}

#[test]
fn volumes_that_do_not_belong_together_are_told_at_once_and_by_name() {
    let nodes = Nodes::new(&[
        ("restate-1", "32 Standby"),
        ("restate-2", EMPTY),
        ("restate-3", EMPTY),
    ]);
    let said = nodes.provision();
    said.ends(
        1,
        &[
            "already provisioned: restate-1 belongs to a cluster, restate-2 and restate-3 are empty\n",
            "refused: restate-1 belongs to a cluster, restate-2 and restate-3 are empty and cannot join",
            "delete every volume of the cluster, also those of removed nodes",
        ],
    );
    // Before the time for all of it is over.
    said.never(&["after 4 s"]);
    // What is left of an earlier cluster is not proof that this one was provisioned.
    assert!(!nodes.is_founded() && !nodes.is_marked());
}

#[test]
fn a_node_that_does_not_answer_yet_is_waited_for_before_anything_is_said_to_be_wrong() {
    let nodes = Nodes::new(&[("restate-1", "32 Standby"), ("restate-2", EMPTY)]);
    let said = nodes.provision();
    said.ends(
        1,
        &["failed: 0 of 4 partitions have an active leader after 4 s: restate-1 belongs to a cluster, restate-2 is empty, restate-3 does not answer. See: docker compose exec restate-1"],
    );
    said.never(&["refused"]);
}

#[test]
fn a_cluster_whose_disks_are_all_gone_is_not_founded_anew() {
    let nodes = Nodes::new(&[
        ("restate-1", EMPTY),
        ("restate-2", EMPTY),
        ("restate-3", EMPTY),
    ])
    .marked();
    nodes.provision().ends(
        1,
        &["refused: this cluster was provisioned before, and now every node is empty"],
    );
    let nodes = Nodes::new(&[("restate-1", EMPTY)]).marked();
    nodes.provision().ends(
        1,
        &["restate-1 is empty, restate-2 and restate-3 do not answer"],
    );
    assert!(!nodes.is_founded());
    let nodes = Nodes::new(&[("restate-1", EMPTY)]);
    nodes.provision().ends(
        1,
        &[
            "not all metadata servers were up and empty",
            "restate-1 is empty, restate-2 and restate-3 do not answer",
        ],
    );
    assert!(!nodes.is_founded());
}

#[test]
fn no_cluster_is_founded_next_to_the_data_of_another_server() {
    let empty = [
        ("restate-1", EMPTY),
        ("restate-2", EMPTY),
        ("restate-3", EMPTY),
    ];
    let nodes = Nodes::new(&empty)
        .volume_of("restate-1", "n1", PROVISIONED)
        .volume_of("restate-1", "restate-1", r#"{"is_provisioned":false}"#);
    nodes.provision().ends(
        1,
        &["refused: the volume of restate-1 holds the data of another server, n1"],
    );
    assert!(!nodes.is_founded() && !nodes.is_marked());
    // What a server left that never was in a cluster is nothing.
    let nodes = Nodes::new(&empty)
        .volume_of("restate-1", "n1", r#"{"is_provisioned":false}"#)
        .volume_of("restate-2", "restate-2", r#"{"is_provisioned":false}"#);
    nodes.provision().ends(0, &["provisioning the cluster"]);
    // A cluster that runs is not held up by what is in its volumes.
    let nodes = Nodes::new(&[
        ("restate-1", MEMBER),
        ("restate-2", MEMBER),
        ("restate-3", MEMBER),
    ])
    .leaders(4)
    .volume_of("restate-1", "n1", PROVISIONED);
    nodes.provision().ends(0, &["already provisioned"]);
}
