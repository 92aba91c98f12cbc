//! The view of `store.yaml`: the bundled object store.

use minijinja::Value;
use serde::Serialize;

use super::provision::destination;
use super::{FamiliesView, HeadView, LeftOut, StoreKeys, pods, script, units};
use crate::render;
use crate::targets::store::SEAWEEDFS_SCRIPT;
use crate::topology::{ObjectStore, Topology};

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    head: HeadView<'a>,
    has_statefulset: bool,
    minio: bool,
    seaweedfs: bool,
    label_version: String,
    image: String,
    #[serde(flatten)]
    families: FamiliesView,
    /// The argument with the address that SeaweedFS's S3 API listens on.
    bind: String,
    pod: Vec<Value>,
    pod_labels: &'a [(String, String)],
    pod_annotations: &'a [(String, String)],
    #[serde(flatten)]
    keys: StoreKeys<'a>,
    destination: String,
    seaweedfs_script: Vec<Value>,
    storage: String,
    storage_class: Option<&'a str>,
    limits_cpus: bool,
}

/// `store.yaml`, where there is a bundled store.
pub fn render(topology: &Topology, command: &str, left_out: LeftOut) -> Option<String> {
    let (.., store) = topology.object_store.bundled()?;
    let minio = matches!(topology.object_store, ObjectStore::Minio(_));
    let view = View {
        head: HeadView::of(topology, command),
        has_statefulset: !matches!(left_out, LeftOut::StatefulSets),
        minio,
        seaweedfs: !minio,
        label_version: label_value(&store.image.tag),
        image: store.image.reference(),
        families: FamiliesView::of(topology),
        bind: format!("-s3.ip.bind={}", topology.kubernetes.bind_ip()),
        pod: pods::lines(topology),
        pod_labels: &topology.kubernetes.pod_labels,
        pod_annotations: &topology.kubernetes.pod_annotations,
        keys: StoreKeys::of(topology),
        destination: destination(topology),
        seaweedfs_script: script(SEAWEEDFS_SCRIPT),
        storage: units::memory(topology.volumes.size),
        storage_class: topology.volumes.class.as_deref(),
        limits_cpus: topology.limits_cpus,
    };
    let template = render::template!("kubernetes/store.yaml");
    Some(render::render(template, &view))
}

/// A tag of an image as the value of a label, which is shorter, and begins and ends with a letter or digit.
fn label_value(tag: &str) -> String {
    let most = tag.get(..63).unwrap_or(tag);
    most.trim_matches(|c: char| !c.is_ascii_alphanumeric())
        .to_owned()
}
