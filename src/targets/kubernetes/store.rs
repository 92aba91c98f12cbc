//! The view of `store.yaml`: the bundled object store.

use minijinja::Value;
use serde::Serialize;

use super::provision::destination;
use super::{quantities, script, secret, verbatim};
use crate::render;
use crate::server::credentials::bundled_keys;
use crate::targets::store::SEAWEEDFS_SCRIPT;
use crate::topology::{Image, ObjectStore, Topology};

#[derive(Serialize)]
struct View<'a> {
    command: Value,
    namespace: &'a str,
    instance: &'a str,
    minio: bool,
    seaweedfs: bool,
    label_version: String,
    image: String,
    pull_secrets: &'a [String],
    pulls_with_secrets: bool,
    secret: &'a str,
    access_key: &'static str,
    secret_key: &'static str,
    nodes_access_key: &'static str,
    nodes_secret_key: &'static str,
    destination: String,
    seaweedfs_script: Vec<Value>,
    storage: String,
    storage_class: &'a str,
    has_storage_class: bool,
    limits_cpus: bool,
}

/// `store.yaml`; only for a cluster with a bundled store.
pub fn render(topology: &Topology, command: &str) -> String {
    let image = topology
        .object_store
        .bundled()
        .map(|(.., store)| &store.image);
    let minio = matches!(topology.object_store, ObjectStore::Minio(_));
    let keys = bundled_keys(&topology.object_store);
    let view = View {
        command: verbatim(command),
        namespace: &topology.kubernetes.namespace,
        instance: &topology.cluster_name,
        minio,
        seaweedfs: !minio,
        label_version: image.map_or_else(String::new, |image| label_value(&image.tag)),
        image: image.map_or_else(String::new, Image::reference),
        pull_secrets: &topology.kubernetes.image_pull_secrets,
        pulls_with_secrets: !topology.kubernetes.image_pull_secrets.is_empty(),
        secret: secret(topology),
        access_key: keys
            .as_ref()
            .and_then(|keys| keys.own_access.default)
            .unwrap_or_default(),
        secret_key: keys.as_ref().map_or("", |keys| keys.own_secret.name),
        nodes_access_key: keys
            .as_ref()
            .and_then(|keys| keys.nodes_access.default)
            .unwrap_or_default(),
        nodes_secret_key: keys.as_ref().map_or("", |keys| keys.nodes_secret.name),
        destination: destination(topology),
        seaweedfs_script: script(SEAWEEDFS_SCRIPT),
        storage: quantities::memory(topology.volumes.size),
        storage_class: topology.volumes.class.as_deref().unwrap_or_default(),
        has_storage_class: topology.volumes.class.is_some(),
        limits_cpus: topology.limits_cpus,
    };
    render::render(
        "store.yaml",
        include_str!("../../../templates/kubernetes/store.yaml"),
        &view,
    )
}

/// A tag of an image as the value of a label, which is shorter, and begins and ends with a letter or digit.
pub fn label_value(tag: &str) -> String {
    let most = tag.get(..63).unwrap_or(tag);
    most.trim_matches(|c: char| !c.is_ascii_alphanumeric())
        .to_owned()
}
