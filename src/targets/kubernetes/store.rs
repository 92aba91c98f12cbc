//! The view of `store.yaml`: the bundled object store.

use minijinja::Value;
use serde::Serialize;

use super::{quantities, secret, verbatim};
use crate::render;
use crate::server::credentials::store_keys;
use crate::topology::{ObjectStore, Topology};

#[derive(Serialize)]
struct View<'a> {
    command: Value,
    namespace: &'a str,
    instance: &'a str,
    minio: bool,
    seaweedfs: bool,
    label_version: String,
    image: String,
    secret: &'a str,
    access_key: &'static str,
    secret_key: &'static str,
    storage: String,
    storage_class: &'a str,
    has_storage_class: bool,
    limits_cpus: bool,
}

/// `store.yaml`; only for a cluster with a bundled store.
pub fn render(topology: &Topology, command: &str) -> String {
    let version = topology
        .object_store
        .bundled()
        .map_or("", |(_, _, store)| &store.version);
    let minio = matches!(topology.object_store, ObjectStore::Minio(_));
    let repository = if minio {
        "minio/minio"
    } else {
        "chrislusf/seaweedfs"
    };
    let keys = store_keys(&topology.object_store);
    let view = View {
        command: verbatim(command),
        namespace: &topology.kubernetes.namespace,
        instance: &topology.cluster_name,
        minio,
        seaweedfs: !minio,
        label_version: label_value(version),
        image: format!("{repository}:{version}"),
        secret: secret(topology),
        access_key: keys.iter().find_map(|key| key.default).unwrap_or_default(),
        secret_key: keys
            .iter()
            .find(|key| key.default.is_none())
            .map_or("", |key| key.name),
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
