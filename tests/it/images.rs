//! Every image that generated files name is in the table of the facts, and in the list for those who mirror them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use regex_lite::Regex;
use restate_gen::facts::{
    self, Image, MINIO_CLIENT_IMAGE, MINIO_IMAGE, SEAWEEDFS_IMAGE, SERVER_IMAGE,
};
use restate_gen::model::{Cluster, ObjectStore, ObjectStoreOptions};
use restate_gen::targets::TARGETS;
use restate_gen::topology::{self, Topology};
use serde_json::{Value, json};

use crate::golden;

const LIST: &str = "docs/images.txt";

/// The table.
const IMAGES: [&Image; 4] = [
    &SERVER_IMAGE,
    &MINIO_IMAGE,
    &MINIO_CLIENT_IMAGE,
    &SEAWEEDFS_IMAGE,
];

fn cluster(value: Value) -> Cluster {
    serde_json::from_value(value).expect("a cluster")
}

/// The examples, and all that images depend on: kinds of stores, and all versions of the server.
fn clusters() -> Vec<Cluster> {
    let mut clusters: Vec<Cluster> = golden::examples()
        .iter()
        .map(|example| golden::cluster(example))
        .collect();
    let s3 = json!({"kind": "s3", "region": "eu-central-1"});
    for store in [
        Value::Null,
        json!("minio"),
        json!("seaweedfs"),
        json!("none"),
        s3,
    ] {
        clusters.push(cluster(json!({"nodes": 1, "object_store": store})));
    }
    for release in facts::releases() {
        let version = release.text();
        clusters.push(cluster(
            json!({"version": version, "nodes": 1, "object_store": "none"}),
        ));
    }
    clusters
}

fn resolved(cluster: &Cluster) -> Topology {
    topology::resolve(cluster, restate_gen::topology::release(cluster))
}

/// All that looks like an image in the files of all targets, with the file that it stands in: what the orchestrators' own keys
/// and options name, and whatever else has the form of a name with a registry or a path and a tag.
fn references(topology: &Topology) -> BTreeMap<String, String> {
    let variable = Regex::new(r"\$\{[A-Z_]+:-([^}]*)\}").expect("a regex");
    let keyed =
        Regex::new(r#"(?m)(?:\bimage[ \t]*[:=][ \t]*|--image[= ])["']?([a-z0-9][^\s"'`,}]*)"#)
            .expect("a regex");
    let form = Regex::new(r"(?:^|[^\w./:@$-])((?:[a-z0-9][a-z0-9._-]*(?::[0-9]+)?/)+[a-z0-9._-]+:[A-Za-z0-9_][\w.-]*(?:@sha256:[0-9a-f]{64})?)")
        .expect("a regex");
    let helm = Regex::new(r"(?m)^  repository: (\S+)\n(?:  tag: (\S+)\n)?").expect("a regex");
    let mut found = BTreeMap::new();
    for target in TARGETS {
        for file in (target.render)(topology, "restate-gen").files() {
            // Only lines that can have one, because the expressions take their time.
            let is_candidate = |line: &&str| {
                line.contains("image")
                    || line.contains(':') && line.contains('/')
                    || line.contains("tag:")
            };
            let text: Vec<&str> = file.text.lines().filter(is_candidate).collect();
            let text = text.join("\n") + "\n";
            let text = variable.replace_all(&text, "$1");
            let place = format!("{} {}", target.name, file.path);
            if file.path == "values.yaml" {
                for value in helm.captures_iter(&text) {
                    // Without a tag the chart takes its own version, which is the server's.
                    let tag = value.get(2).map_or(topology.release.text(), |tag| {
                        tag.as_str().trim_matches('\'')
                    });
                    let name = value[1].trim_matches('\'');
                    found.insert(format!("{name}:{tag}"), place.clone());
                }
            }
            for pattern in [&keyed, &form] {
                for image in pattern.captures_iter(&text) {
                    // In HCL a reference to what is defined above.
                    if &image[1] != "local.image" {
                        found.insert(image[1].to_owned(), place.clone());
                    }
                }
            }
        }
    }
    found
}

/// All references that the table stands for.
fn table() -> BTreeSet<String> {
    let mut table = BTreeSet::new();
    for image in IMAGES {
        let name = image.name(None);
        match image.tag {
            Some(tag) => {
                table.insert(format!("{name}:{tag}"));
            }
            None => table.extend(
                facts::releases()
                    .iter()
                    .map(|release| format!("{name}:{}", release.text())),
            ),
        }
    }
    table
}

#[test]
fn the_table_has_every_image_that_any_file_names_and_no_other() {
    let table = table();
    let mut seen = BTreeSet::new();
    for cluster in clusters() {
        for (image, place) in references(&resolved(&cluster)) {
            assert!(table.contains(&image), "{place}: {image}");
            seen.insert(image);
        }
    }
    let never: Vec<_> = table.difference(&seen).collect();
    assert!(never.is_empty(), "in the table, and never named: {never:?}");
}

#[test]
fn the_list_for_mirrors_is_the_table() {
    let mut list = String::from(
        "# Every image that generated files name by default, for mirrors; `registry` in the cluster file names the mirror.\n# Written from src/facts/images.rs by `RESTATE_GEN_BLESS=1 cargo test --test it images`.\n",
    );
    for image in table() {
        list.push_str(&image);
        list.push('\n');
    }
    if std::env::var_os("RESTATE_GEN_BLESS").is_some() {
        fs::write(LIST, &list).expect("written");
    }
    let committed = fs::read_to_string(LIST).expect("committed");
    assert_eq!(committed, list, "{LIST} is stale");
}

/// The images that the file names itself.
fn own_names(cluster: &Cluster) -> Vec<String> {
    let server = cluster.image.iter().map(|image| image.repository.clone());
    let store: Vec<_> = match &cluster.object_store {
        Some(ObjectStore::Options(ObjectStoreOptions::Minio(minio))) => {
            let client = minio.client.as_ref();
            let client = client.and_then(|client| client.image.clone());
            minio.image.clone().into_iter().chain(client).collect()
        }
        _ => Vec::new(),
    };
    let store = store.into_iter().map(|image| image.repository);
    server.chain(store).flatten().collect()
}

/// An air-gapped site reaches nothing but its mirror.
#[test]
fn a_registry_is_that_of_every_image_which_the_file_does_not_name() {
    for registry in ["mirror.example.com:5000/cache/x"] {
        for cluster in clusters() {
            let own_names = own_names(&cluster);
            let cluster = Cluster {
                registry: Some(registry.into()),
                ..cluster
            };
            for (image, place) in references(&resolved(&cluster)) {
                let is_own = own_names
                    .iter()
                    .any(|name| image.starts_with(&format!("{name}:")));
                let path = image.strip_prefix(&format!("{registry}/"));
                let is_known = path.is_some_and(|path| {
                    let (name, _) = path.split_once(':').expect("a tag");
                    IMAGES.iter().any(|image| image.repository == name)
                });
                assert!(is_own || is_known, "{place}: {image}");
            }
        }
    }
}

/// What the user writes is taken as it is, whatever the registry.
#[test]
fn an_image_of_the_user_is_taken_as_it_is_written() {
    let digest = |letter: &str| format!("sha256:{}", letter.repeat(64));
    let cluster = cluster(json!({
        "registry": "mirror.example.com",
        "image": {"repository": "restate-built", "digest": digest("a")},
        "object_store": {
            "kind": "minio",
            "version": "v1",
            "image": {"repository": "registry.example.com:5000/minio", "digest": digest("b")},
            "client": {"version": "v2", "image": {"repository": "mc"}},
        },
    }));
    let version = facts::latest().text();
    let expected = BTreeSet::from([
        format!("restate-built:{version}@{}", digest("a")),
        format!("registry.example.com:5000/minio:v1@{}", digest("b")),
        "mc:v2".to_owned(),
    ]);
    let found: BTreeSet<String> = references(&resolved(&cluster))
        .into_keys()
        // The chart's values have the digest apart.
        .filter(|image| *image != format!("restate-built:{version}"))
        .collect();
    assert_eq!(found, expected);
}
