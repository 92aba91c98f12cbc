//! `show`: the cluster at a glance, and what still works without certain nodes.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use restate_gen::diagnostic::allow::Policy;
use restate_gen::picture::{self, Picture};
use restate_gen::source::Document;
use restate_gen::topology::{NodeId, Topology};
use restate_gen::validation::validate;

use crate::cli::{folder, run};
use crate::tries::tries;

fn topology(text: &str) -> Option<Topology> {
    validate(
        &Document::parse("restate-cluster.yaml", text),
        &Policy::default(),
    )
    .topology()
}

fn example(name: &str) -> Topology {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name);
    let text = fs::read_to_string(path.join("restate-cluster.yaml")).expect("an example");
    topology(&text).expect("a sound one")
}

/// Its nodes are in zones; two of them in one, and a third one, are down.
#[test]
fn pictures_of_a_cluster_in_zones() {
    let topology = example("05-zones");
    let nodes = topology.nodes.iter();
    let down: Vec<NodeId> = nodes.take(3).map(|node| node.id).collect();
    let all = Picture::of(&topology, &[]);
    let some = Picture::of(&topology, &down);
    insta::with_settings!({snapshot_path => Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/show"), prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("table", picture::table(&all));
        insta::assert_snapshot!("table-of-an-outage", picture::table(&some));
        insta::assert_snapshot!("mermaid", picture::mermaid(&some));
        insta::assert_snapshot!("dot", picture::dot(&some));
    });
}

#[test]
fn a_thousand_nodes_are_drawn_as_some_of_each_location() {
    let topology =
        topology("nodes:\n- {count: 600, location: eu.a}\n- {count: 400, location: eu.b}\n");
    let topology = topology.expect("sound");
    let picture = Picture::of(&topology, &[NodeId(1), NodeId(600)]);
    for drawing in [picture::mermaid(&picture), picture::dot(&picture)] {
        assert!(drawing.lines().count() < 80, "{drawing}");
        assert!(
            drawing.contains("596 more nodes, 1 of them down"),
            "{drawing}"
        );
        assert!(drawing.contains("396 more nodes\""), "{drawing}");
    }
    assert_eq!(picture::table(&picture).matches("  restate-").count(), 1000);
}

#[test]
fn what_is_written_as_json_fits_the_committed_schema() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/show.schema.json");
    let generated = picture::schema_text();
    if std::env::var_os("RESTATE_GEN_BLESS").is_some() {
        fs::write(&path, &generated).expect("it can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "schema/show.schema.json is stale: run the tests with RESTATE_GEN_BLESS=1"
    );
    let validator = jsonschema::validator_for(&picture::schema()).expect("a schema");
    for name in ["01-one-node", "05-zones", "06-external-s3"] {
        let topology = example(name);
        for down in [vec![], vec![topology.nodes[0].id]] {
            let text = picture::print_json(&Picture::of(&topology, &down));
            let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            let errors: Vec<String> = validator
                .iter_errors(&value)
                .map(|error| error.to_string())
                .collect();
            assert_eq!(errors, [""; 0], "{name}");
        }
    }
}

#[test]
fn nodes_are_lost_by_name_id_zone_and_region() {
    let folder = folder();
    let file = "nodes:\n- {name: a, location: eu.x}\n- {name: b, location: eu.y}\n- {name: c, location: us.x}\n";
    fs::write(folder.path().join("restate-cluster.yaml"), file).expect("written");
    for (lose, down) in [
        ("a", "while a is down:"),
        ("N2,c", "while b and c are down:"),
        ("zone:eu.x", "while a is down:"),
        ("region:eu,3", "while a, b and c are down:"),
        ("a,1,N1", "while a is down:"),
    ] {
        let said = run(folder.path(), &["show", "--lose", lose]);
        assert_eq!(said.code, 0, "{}", said.stderr);
        assert!(said.stdout.contains(down), "{lose}: {}", said.stdout);
    }
    for (lose, words) in [
        ("zone:eu.z", "did you mean `zone:eu.x`?"),
        ("nothing-like-it", "name nodes, `zone:REGION.ZONE`"),
    ] {
        let said = run(folder.path(), &["show", "--lose", lose]);
        assert_eq!(said.code, 2);
        assert!(said.stderr.contains(words), "{lose}: {}", said.stderr);
        assert_eq!(said.stdout, "");
    }
    fs::write(
        folder.path().join("restate-cluster.yaml"),
        "replication: 4\n",
    )
    .expect("written");
    let said = run(folder.path(), &["show"]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""));
    assert!(said.stderr.contains("RG301"), "{}", said.stderr);
}

/// Clusters of up to six nodes, with and without zones.
fn cluster_file() -> impl Strategy<Value = String> {
    let node = (0..3_u8, any::<bool>(), any::<bool>(), any::<bool>());
    let nodes = prop::collection::vec(node, 1..7);
    let replication = prop_oneof![
        (1..4_u8).prop_map(|copies| copies.to_string()),
        (1..4_u8).prop_map(|zones| format!("{{zone: {zones}}}")),
        (1..3_u8, 1..4_u8).prop_map(|(zones, nodes)| format!("{{zone: {zones}, node: {nodes}}}")),
    ];
    (nodes, replication).prop_map(|(nodes, replication)| {
        let nodes = nodes.into_iter().map(|(zone, works, logs, knows)| {
            let mut roles = vec!["http-ingress", "admin"];
            roles.extend(works.then_some("worker"));
            roles.extend(logs.then_some("log-server"));
            roles.extend(knows.then_some("metadata-server"));
            format!(
                "- {{location: eu.z{zone}, roles: [{}]}}\n",
                roles.join(", ")
            )
        });
        format!(
            "replication: {replication}\nnodes:\n{}",
            nodes.collect::<String>()
        )
    })
}

/// All sets of so many of the nodes.
fn sets(topology: &Topology, size: usize) -> Vec<Vec<NodeId>> {
    let ids: Vec<NodeId> = topology.nodes.iter().map(|node| node.id).collect();
    let masks = 0..1_u32 << ids.len();
    let of_size = masks.filter(|mask| mask.count_ones() as usize == size);
    of_size
        .map(|mask| {
            let chosen = ids
                .iter()
                .zip(0..)
                .filter(|(_, bit)| mask & (1 << bit) != 0);
            chosen.map(|(id, _)| *id).collect()
        })
        .collect()
}

proptest! {
    #![proptest_config(tries(256))]

    /// The same arithmetic as in guides and plans: as many nodes as those name may fail, whichever they are; of one more, some may not.
    #[test]
    fn as_many_nodes_may_fail_as_guides_and_plans_say(file in cluster_file()) {
        let Some(topology) = topology(&file) else {
            return Ok(());
        };
        let stops = |down: &Vec<NodeId>| {
            let outage = Picture::of(&topology, down).outage.expect("some are down");
            // Each node takes requests and answers as an admin node, so these stop only with the last one.
            outage.effects.into_iter().find(|effect| !effect.works && !effect.what.contains("partition has a copy"))
        };
        let survives = topology.survival().nodes();
        for size in 1..=survives {
            for down in sets(&topology, size) {
                prop_assert_eq!(stops(&down), None, "{}: {:?}", file, down);
            }
        }
        if survives < topology.nodes.len() {
            let more = sets(&topology, survives + 1);
            prop_assert!(more.iter().any(|down| stops(down).is_some()), "{}: more than {} may fail", file, survives);
        }
    }
}
