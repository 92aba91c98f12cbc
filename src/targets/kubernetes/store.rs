//! The view of `store.yaml`: the bundled object store.

use minijinja::Value;
use serde::Serialize;

use super::provision::destination;
use super::{HeadView, StoreKeys, script, secret, units};
use crate::render;
use crate::targets::store::SEAWEEDFS_SCRIPT;
use crate::topology::{Image, ObjectStore, Topology};

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    head: HeadView<'a>,
    minio: bool,
    seaweedfs: bool,
    label_version: String,
    image: String,
    pull_secrets: &'a [String],
    secret: &'a str,
    access_key: &'static str,
    secret_key: &'static str,
    nodes_access_key: &'static str,
    nodes_secret_key: &'static str,
    destination: String,
    seaweedfs_script: Vec<Value>,
    storage: String,
    storage_class: Option<&'a str>,
    limits_cpus: bool,
}

/// `store.yaml`; only for a cluster with a bundled store.
pub fn render(topology: &Topology, command: &str) -> String {
    let image = topology
        .object_store
        .bundled()
        .map(|(.., store)| &store.image);
    let minio = matches!(topology.object_store, ObjectStore::Minio(_));
    let keys = StoreKeys::of(topology);
    let view = View {
        head: HeadView::of(topology, command),
        minio,
        seaweedfs: !minio,
        label_version: image.map_or_else(String::new, |image| label_value(&image.tag)),
        image: image.map_or_else(String::new, Image::reference),
        pull_secrets: &topology.kubernetes.image_pull_secrets,
        secret: secret(topology),
        access_key: keys.access,
        secret_key: keys.secret,
        nodes_access_key: keys.nodes_access,
        nodes_secret_key: keys.nodes_secret,
        destination: destination(topology),
        seaweedfs_script: script(SEAWEEDFS_SCRIPT),
        storage: units::memory(topology.volumes.size),
        storage_class: topology.volumes.class.as_deref(),
        limits_cpus: topology.limits_cpus,
    };
    render::render(render::template!("kubernetes/store.yaml"), &view)
}

/// A tag of an image as the value of a label, which is shorter, and begins and ends with a letter or digit.
pub fn label_value(tag: &str) -> String {
    let most = tag.get(..63).unwrap_or(tag);
    most.trim_matches(|c: char| !c.is_ascii_alphanumeric())
        .to_owned()
}
