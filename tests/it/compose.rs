//! What the files of the Compose target say of each other.

use restate_gen::schema;
use restate_gen::source::Document;
use restate_gen::targets::compose;
use restate_gen::topology::ExistingVolume;
use restate_gen::tree::RenderedTree;

use serde_json::{Value, json};

use crate::golden::{cluster, examples, resolved};

/// The Compose file that a cluster file makes.
fn compose_file(file: &str) -> String {
    let document = Document::parse("restate-cluster.yaml", file);
    let cluster = schema::read(&document).cluster.expect("a cluster");
    let tree = compose::render(&resolved(&cluster), "restate-gen compose");
    text(&tree, "docker-compose.yaml")
}

/// The services of a Compose file, with what they take from anchors.
fn services(file: &str) -> Value {
    let file: Value = serde_saphyr::from_str(file).expect("YAML");
    file["services"].clone()
}

fn text(tree: &RenderedTree, path: &str) -> String {
    tree.file(path).expect(path).text.clone()
}

/// The value of the script's assignment, a list of words.
fn words<'a>(script: &'a str, name: &str) -> Vec<&'a str> {
    script
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix("=\""))
        .expect("an assignment")
        .trim_end_matches('"')
        .split(' ')
        .collect()
}

#[test]
fn a_backup_takes_every_volume_of_the_file_and_a_restore_brings_all_of_them() {
    for example in examples() {
        let topology = resolved(&cluster(&example));
        let tree = compose::render(&topology, "restate-gen compose");
        let file = text(&tree, "docker-compose.yaml");
        // Data in a folder of the host is in no volume, and in the backup all the same.
        let in_folders: Vec<String> = topology
            .nodes
            .iter()
            .filter(|node| matches!(node.volume, Some(ExistingVolume::Folder(_))))
            .map(|node| format!("{}-data", node.name))
            .collect();
        let is_of_folder = |volume: &&str| in_folders.iter().any(|folder| folder == volume);
        let (_, volumes) = file.split_once("\nvolumes:\n").expect("volumes");
        let volumes = volumes.split("\n\n").next().expect("a section");
        let named: Vec<&str> = volumes
            .lines()
            .map(|line| line.trim().split(':').next().unwrap_or_default())
            .collect();
        for script in ["backup.sh", "restore.sh"] {
            let script = text(&tree, script);
            let mut volumes = words(&script, "volumes");
            assert!(
                in_folders
                    .iter()
                    .all(|folder| volumes.contains(&folder.as_str()))
            );
            volumes.retain(|volume| !is_of_folder(volume));
            assert_eq!(volumes, named, "{}", example.display());
        }
        // The marker of the provisioning step is put in place after all the others.
        let restore = text(&tree, "restore.sh");
        let mut data = words(&restore, "data_volumes");
        data.retain(|volume| !is_of_folder(volume));
        data.push("restate-provision-data");
        assert_eq!(data, named, "{}", example.display());
    }
}

#[test]
fn data_in_a_folder_of_the_host_are_in_no_volume_of_dockers() {
    let file =
        serde_json::json!({"nodes": 2, "volumes": {"path": "./my data"}, "object_store": "minio"});
    let cluster = serde_json::from_value(file).expect("a cluster");
    let tree = compose::render(&resolved(&cluster), "restate-gen compose");
    let file = text(&tree, "docker-compose.yaml");
    for mount in [
        "'./my data/restate-2:/restate-data'",
        "'./my data/restate-2:/nodes/restate-2:ro'",
        "'./my data/restate-minio:/data'",
        "'./my data/restate-provision:/marker'",
    ] {
        assert!(file.contains(mount), "{mount}");
    }
    assert!(!file.contains("\nvolumes:"));
    // The folder may be anyone's: each service that writes there passes over its mode.
    assert_eq!(file.matches("cap_add: [DAC_OVERRIDE]").count(), 4);
}

#[test]
fn what_a_destination_has_in_its_name_is_nothing_to_the_shell() {
    let cluster = serde_json::from_value(serde_json::json!({
        "object_store": {"kind": "s3", "region": "eu-central-1"},
        "snapshots": {"destination": "s3://a/$(touch x)'`y`"},
    }))
    .expect("a cluster");
    let tree = compose::render(&resolved(&cluster), "restate-gen compose");
    for script in ["backup.sh", "restore.sh"] {
        let script = text(&tree, script);
        let line = r"snapshots='s3://a/$(touch x)'\''`y`'";
        assert!(script.lines().any(|written| written == line));
        assert_eq!(script.matches("touch x").count(), 1);
    }
}

#[test]
fn a_node_is_not_killed_before_its_own_shutdown_has_ended() {
    for (timeout, seconds) in [("PT15M", 900), ("90s", 90), ("1500ms", 2)] {
        let file = compose_file(&format!("settings: {{shutdown-timeout: {timeout}}}\n"));
        let grace = services(&file)["restate-1"]["stop_grace_period"].clone();
        let grace = grace.as_str().and_then(|grace| grace.strip_suffix('s'));
        let grace: u64 = grace.expect("seconds").parse().expect("a number");
        assert!(
            (seconds + 1..=seconds + 60).contains(&grace),
            "{timeout}: {grace}"
        );
    }
}

#[test]
fn a_reservation_that_nobody_wrote_is_no_more_than_the_limit() {
    for (resources, expected) in [
        ("{}", json!({"memory": "512m", "cpus": "0.5"})),
        (
            "{memory: 256MiB, cpus: 0.25}",
            json!({"memory": "256m", "cpus": "0.25"}),
        ),
    ] {
        let file = compose_file(&format!("resources: {resources}\n"));
        let given = &services(&file)["restate-1"]["deploy"]["resources"]["reservations"];
        assert_eq!(*given, expected, "{resources}");
    }
}

#[test]
fn an_address_of_ipv6_stands_in_brackets_before_its_port() {
    let file = compose_file("nodes: 1\nports: {bind: '::1', ingress_bind: '::'}\n");
    let ports = services(&file)["restate-1"]["ports"].clone();
    let ports = ports.as_array().expect("a list").iter();
    let addresses: Vec<&str> = ports
        .map(|port| port.as_str().expect("a text"))
        .map(|port| port.split_once("]:").expect(port).0)
        .collect();
    assert_eq!(addresses, ["[::", "[::1", "[::1"]);
}

#[test]
fn beyond_fifty_nodes_anchors_hold_what_is_common_and_every_node_has_what_it_had() {
    let few = compose_file("nodes: 50\n");
    assert!(!few.contains("&environment"), "anchors for fifty nodes");
    let many = compose_file("nodes: 120\n");
    // Much tooling refuses an anchor that is used a hundred times.
    for anchor in 1..=3 {
        let uses = many
            .matches(&format!("<<: *environment-{anchor}\n"))
            .count();
        assert!((1..=50).contains(&uses), "{anchor}: {uses}");
    }
    assert!(compose_file("nodes: 51\n").contains("&environment-2"));
    // The reader that is used here refuses more than a hundred aliases, too.
    let (few, some) = (services(&few), services(&compose_file("nodes: 60\n")));
    for id in 1..=50 {
        let node = format!("restate-{id}");
        assert_eq!(few[&node], some[&node], "{node}");
    }
}

#[test]
fn a_default_is_never_cut() {
    for (default, expected) in [
        ("2", "${R:-2}"),
        ("{zone: 2}", "${R:-{zone: 2}}"),
        ("${P:-1}", "${R:-${P:-1}}"),
        ("s3://a}b", "s3://a}b"),
        ("a{b", "a{b"),
        ("}{", "}{"),
    ] {
        assert_eq!(compose::interpolation::overridable("R", default), expected);
    }
}
