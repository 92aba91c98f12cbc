//! The view of `store.nomad.hcl`: the job of the bundled store.

use minijinja::Value;
use serde::Serialize;

use super::store_job;
use super::{JobView, PARTS, PortView, credential, credentials_source, script};
use crate::model::nomad::NetworkMode;
use crate::render::{self, template, verbatim};
use crate::server::BUNDLED_REGION;
use crate::server::credentials::bundled_keys;
use crate::targets::store::{SEAWEEDFS_SCRIPT, bucket_script};
use crate::topology::nomad::Vault;
use crate::topology::{ObjectStore, Topology};

/// Ports of SeaweedFS's own parts, which its defaults would put where a node may have its ingress.
const SEAWEEDFS_MASTER: u16 = 9333;
const SEAWEEDFS_VOLUME: u16 = 9340;

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    job: JobView<'a>,
    bucket_image: String,
    store_image: String,
    minio: bool,
    seaweedfs: bool,
    group: GroupView<'a>,
    /// Where its S3 API listens. All else of SeaweedFS asks nobody for a key, so that is open to its own container alone.
    bind: Value,
    /// By which the bucket's task reaches it.
    own_address: Value,
    api_port: u16,
    console_port: u16,
    master_port: u16,
    volume_port: u16,
    health_path: &'static str,
    bucket_script: Vec<Value>,
    seaweedfs_script: Vec<Value>,
    vault: Option<&'a Vault>,
    credentials_source: Value,
    access_key: Option<&'static str>,
    secret_item: Value,
    nodes_access_key: Option<&'static str>,
    nodes_secret_item: Value,
    destination: &'a str,
    region: &'static str,
}

#[derive(Serialize)]
struct GroupView<'a> {
    name: &'static str,
    volume: String,
    ports: [PortView<'a>; 2],
}

/// `store.nomad.hcl`, where there is a bundled store.
pub fn render(topology: &Topology, command: &str) -> Option<String> {
    let view = view(topology, command)?;
    let template = template!("nomad/store.nomad.hcl").including(&[PARTS]);
    Some(render::render(template, &view))
}

fn view<'a>(topology: &'a Topology, command: &str) -> Option<View<'a>> {
    let (name, target, store) = topology.object_store.bundled()?;
    let keys = bundled_keys(&topology.object_store)?;
    let minio = matches!(topology.object_store, ObjectStore::Minio(_));
    let host_network = topology.nomad.host_networks.store.as_deref();
    let api = PortView {
        label: "api",
        number: store.api_port,
        target,
        host_network,
    };
    let console = PortView {
        label: "console",
        number: store.console_port,
        target: if minio { 9001 } else { 8888 },
        host_network,
    };
    // On the host's own network the store listens where it is found; behind a bridge it has its usual ports.
    let (bind, own_address, api_port, console_port) = match topology.nomad.network {
        NetworkMode::Host => {
            let host = "${NOMAD_IP_api}";
            (host, host, api.number, console.number)
        }
        NetworkMode::Bridge => ("0.0.0.0", "127.0.0.1", api.target, console.target),
    };
    Some(View {
        job: JobView::of(topology, command, store_job(topology), "service"),
        bucket_image: store.client.as_ref().unwrap_or(&topology.image).reference(),
        store_image: store.image.reference(),
        minio,
        seaweedfs: !minio,
        group: GroupView {
            name,
            volume: store_job(topology),
            ports: [api, console],
        },
        bind: verbatim(bind),
        own_address: verbatim(own_address),
        api_port,
        console_port,
        master_port: SEAWEEDFS_MASTER,
        volume_port: SEAWEEDFS_VOLUME,
        health_path: if minio {
            "/minio/health/ready"
        } else {
            "/healthz"
        },
        bucket_script: script(bucket_script(&topology.object_store)),
        seaweedfs_script: script(SEAWEEDFS_SCRIPT),
        vault: topology.nomad.vault.as_ref(),
        credentials_source: credentials_source(topology, "NOMAD_JOB_NAME"),
        access_key: keys.own_access.default,
        secret_item: credential(topology, keys.own_secret.name),
        nodes_access_key: keys.nodes_access.default,
        nodes_secret_item: credential(topology, keys.nodes_secret.name),
        destination: &topology.snapshots.as_ref()?.destination,
        region: BUNDLED_REGION,
    })
}
