//! What the files of the Compose target say of each other.

use restate_gen::targets::compose;
use restate_gen::tree::RenderedTree;

use crate::golden::{cluster, examples, resolved};

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
        let tree = compose::render(&resolved(&cluster(&example)), "restate-gen compose");
        let file = text(&tree, "docker-compose.yaml");
        let (_, volumes) = file.split_once("\nvolumes:\n").expect("volumes");
        let named: Vec<&str> = volumes
            .lines()
            .map(|line| line.trim().trim_end_matches(':'))
            .collect();
        for script in ["backup.sh", "restore.sh"] {
            let script = text(&tree, script);
            assert_eq!(words(&script, "volumes"), named, "{}", example.display());
        }
        // The marker of the provisioning step is put in place after all the others.
        let restore = text(&tree, "restore.sh");
        let mut data = words(&restore, "data_volumes");
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
