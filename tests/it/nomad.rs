//! What holds of the Nomad files whatever the cluster is: limits reach the volumes, no template restarts a node, no id is given
//! up before its node is stopped.

use restate_gen::model::Cluster;
use restate_gen::tree::RenderedTree;
use serde_json::{Value, json};

use crate::golden::resolved;

fn rendered(file: Value) -> RenderedTree {
    let cluster: Cluster = serde_json::from_value(file).expect("a cluster");
    let target = restate_gen::targets::TARGETS
        .iter()
        .find(|known| known.name == "nomad")
        .expect("a target");
    (target.render)(&resolved(&cluster), "restate-gen nomad")
}

fn text(tree: &RenderedTree, path: &str) -> String {
    let file = tree.files().iter().find(|file| file.path == path);
    file.unwrap_or_else(|| panic!("no {path}")).text.clone()
}

#[test]
fn a_limit_of_nodes_for_each_rack_and_a_pool_reach_the_job_and_the_volumes() {
    let tree = rendered(json!({
        "nodes": 3,
        "nomad": {"node_pool": "storage", "spread": {"attribute": "meta.rack", "most": 2}},
    }));
    let job = text(&tree, "restate.nomad.hcl");
    for line in [
        "  node_pool   = \"storage\"\n",
        "    operator  = \"distinct_property\"\n    attribute = \"${meta.rack}\"\n    value     = \"2\"\n",
    ] {
        assert!(job.contains(line), "{line}");
    }
    let prepare = text(&tree, "prepare.sh");
    for line in [
        "jq -r '.Meta[\"rack\"] // empty'",
        "[ \"$count\" -lt 2 ] || echo \"$value\"",
        "constraint meta.rack '!=' \"$value\"",
    ] {
        assert!(prepare.contains(line), "{line}");
    }
    for file in ["store.nomad.hcl", "provision.nomad.hcl", "volume.hcl"] {
        assert!(text(&tree, file).contains("= \"storage\"\n"), "{file}");
    }
}

#[test]
fn no_template_and_no_token_restarts_what_runs() {
    let own = json!({"kind": "s3", "region": "eu-central-1"});
    for (store, vault) in [
        (json!("minio"), Value::Null),
        (json!("seaweedfs"), json!({"path": "restate/orders"})),
        (own, json!({"path": "restate/orders", "role": "orders"})),
    ] {
        let tree = rendered(json!({"nodes": 3, "object_store": store, "nomad": {"vault": vault}}));
        for file in tree.files() {
            for kind in ["template", "vault"] {
                for block in file.text.split(&format!("      {kind} {{\n")).skip(1) {
                    let block = block.split("      }\n").next().expect("a block");
                    // One that is read once, by a step that ends, has nothing to restart.
                    assert!(
                        block.contains("change_mode = \"noop\"")
                            || block.contains("local/bucket.sh"),
                        "{}: {block}",
                        file.path
                    );
                }
            }
        }
    }
}

#[test]
fn a_secret_of_vault_is_read_where_the_store_has_it() {
    let tree = rendered(json!({
        "nodes": 3,
        "object_store": {"kind": "s3", "region": "eu-central-1"},
        "nomad": {"vault": {"mount": "kv", "path": "restate/orders"}},
    }));
    let job = text(&tree, "restate.nomad.hcl");
    for line in [
        "[[ with secret \"kv/data/restate/orders\" ]]\n",
        "AWS_SECRET_ACCESS_KEY=[[ .Data.data.AWS_SECRET_ACCESS_KEY | toJSON ]]\n",
    ] {
        assert!(job.contains(line), "{line}");
    }
    assert!(!job.contains("nomadVar"));
    assert!(!text(&tree, "prepare.sh").contains("nomad var"));
}

#[test]
fn the_guide_stops_a_node_before_it_gives_up_its_id() {
    let guide = text(&rendered(json!({"nodes": 5})), "OPERATIONS.md");
    for (heading, id) in [("## Remove nodes", 5), ("## A node lost its disk", 1)] {
        let (_, section) = guide.split_once(heading).expect("a section");
        let section = section.split("\n## ").next().expect("its text");
        let at = |what: &str| {
            section
                .find(what)
                .unwrap_or_else(|| panic!("{heading}: {what}"))
        };
        let stopped = at("sh rollout.sh");
        let members = section
            .rfind(&format!("metadata-server remove-node N{id}"))
            .expect("the line");
        assert!(stopped < members, "{heading}");
        assert!(
            members < at(&format!("nodes remove --nodes N{id}")),
            "{heading}"
        );
    }
}
