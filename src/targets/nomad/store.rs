//! The view of `store.nomad.hcl`: the job of the bundled store.

use minijinja::Value;
use serde::Serialize;

use super::{CredentialsView, NetworkView, PoolView, PortView, VolumeView, nodes};
use crate::model::nomad::NetworkMode;
use crate::render::{self, hcl_heredoc_line, hcl_list};
use crate::server::credentials::bundled_keys;
use crate::targets::store::{SEAWEEDFS_SCRIPT, bucket_script};
use crate::topology::storage::BUNDLED_REGION;
use crate::topology::{BundledStore, ObjectStore, Topology};

/// Ports of SeaweedFS's own parts, which its defaults would put where a node may have its ingress.
const SEAWEEDFS_MASTER: u16 = 9333;
const SEAWEEDFS_VOLUME: u16 = 9340;

#[derive(Serialize)]
struct View<'a> {
    command: Value,
    job: String,
    cluster: &'a str,
    store: &'static str,
    namespace: &'a str,
    datacenters: Value,
    provider: &'static str,
    bucket_image: String,
    store_image: String,
    minio: bool,
    seaweedfs: bool,
    arguments: Value,
    ports: Vec<PortView>,
    health_path: &'static str,
    volume: String,
    bucket_script: Vec<Value>,
    seaweedfs_script: Vec<Value>,
    access_key: &'static str,
    secret_item: Value,
    nodes_access_key: &'static str,
    nodes_secret_item: Value,
    destination: &'a str,
    endpoint: Value,
    region: &'static str,
    #[serde(flatten)]
    source: CredentialsView,
    #[serde(flatten)]
    pool: PoolView,
    #[serde(flatten)]
    volumes: VolumeView,
    #[serde(flatten)]
    network: NetworkView,
}

/// What the stores differ in.
struct StoreKind<'a> {
    store: &'a BundledStore,
    api: u16,
    console: u16,
    health_path: &'static str,
}

/// `store.nomad.hcl`, where there is a bundled store.
pub fn render(topology: &Topology, command: &str) -> Option<String> {
    let view = view(topology, command)?;
    Some(render::render(
        "store.nomad.hcl",
        include_str!("../../../templates/nomad/store.nomad.hcl"),
        &view,
    ))
}

fn view<'a>(topology: &'a Topology, command: &str) -> Option<View<'a>> {
    let nomad = &topology.nomad;
    let (name, ..) = topology.object_store.bundled()?;
    let kind = kind(&topology.object_store)?;
    let snapshots = topology.snapshots.as_ref()?;
    let ports = ports(&kind);
    // On the host's own network the store listens where it is found; behind a bridge it has its usual ports.
    let listens = |label: usize| {
        let port = &ports[label];
        if nomad.network == NetworkMode::Host {
            port.number
        } else {
            port.target
        }
    };
    let (api, console) = (listens(0), listens(1));
    let bind = match nomad.network {
        NetworkMode::Host => "${NOMAD_IP_api}",
        NetworkMode::Bridge => "0.0.0.0",
    };
    let arguments = if matches!(topology.object_store, ObjectStore::Minio(_)) {
        vec![
            "server".to_owned(),
            "/data".to_owned(),
            "--address".to_owned(),
            format!("{bind}:{api}"),
            "--console-address".to_owned(),
            format!("{bind}:{console}"),
        ]
    } else {
        vec![
            "server".to_owned(),
            "-dir=/data".to_owned(),
            // All but the S3 API asks nobody for a key, so nothing else is open to others.
            "-ip=127.0.0.1".to_owned(),
            "-ip.bind=127.0.0.1".to_owned(),
            format!("-s3.ip.bind={bind}"),
            format!("-master.port={SEAWEEDFS_MASTER}"),
            format!("-volume.port={SEAWEEDFS_VOLUME}"),
            format!("-filer.port={console}"),
            "-s3".to_owned(),
            // Its catalogue of tables, on 8181 unless it is told not to.
            "-s3.port.iceberg=0".to_owned(),
            format!("-s3.port={api}"),
            "-volume.max=0".to_owned(),
            "-master.volumeSizeLimitMB=1024".to_owned(),
        ]
    };
    // What is filled in here is Nomad's: nothing of the user's is in it but numbers.
    let arguments: Vec<String> = arguments
        .into_iter()
        .map(|argument| format!("\"{argument}\""))
        .collect();
    let keys = bundled_keys(&topology.object_store)?;
    let bucket_image = kind.store.client.as_ref().unwrap_or(&topology.image);
    let endpoint = match nomad.network {
        NetworkMode::Host => format!("\"http://${{NOMAD_IP_api}}:{api}\""),
        NetworkMode::Bridge => format!("\"http://127.0.0.1:{api}\""),
    };
    let script = |text: &str| text.lines().map(hcl_heredoc_line).collect();
    Some(View {
        command: super::verbatim(command),
        job: super::store_job(topology),
        cluster: &nomad.job,
        store: name,
        namespace: &nomad.namespace,
        datacenters: hcl_list(nomad.datacenters.iter().map(String::as_str)),
        provider: nodes::provider(topology),
        bucket_image: bucket_image.reference(),
        store_image: kind.store.image.reference(),
        minio: matches!(topology.object_store, ObjectStore::Minio(_)),
        seaweedfs: matches!(topology.object_store, ObjectStore::Seaweedfs(_)),
        arguments: Value::from_safe_string(format!("[{}]", arguments.join(", "))),
        health_path: kind.health_path,
        volume: super::store_job(topology),
        bucket_script: script(bucket_script(&topology.object_store)),
        seaweedfs_script: script(SEAWEEDFS_SCRIPT),
        access_key: keys.own_access.default.unwrap_or_default(),
        secret_item: super::credential(topology, keys.own_secret),
        nodes_access_key: keys.nodes_access.default.unwrap_or_default(),
        nodes_secret_item: super::credential(topology, keys.nodes_secret),
        destination: &snapshots.destination,
        endpoint: Value::from_safe_string(endpoint),
        region: BUNDLED_REGION,
        source: CredentialsView::of(topology, "NOMAD_JOB_NAME"),
        pool: PoolView::of(topology),
        volumes: VolumeView::of(topology),
        network: NetworkView::of(topology),
        ports,
    })
}

fn kind(store: &ObjectStore) -> Option<StoreKind<'_>> {
    match store {
        ObjectStore::Minio(store) => Some(StoreKind {
            store,
            api: 9000,
            console: 9001,
            health_path: "/minio/health/ready",
        }),
        ObjectStore::Seaweedfs(store) => Some(StoreKind {
            store,
            api: 8333,
            console: 8888,
            health_path: "/healthz",
        }),
        _ => None,
    }
}

fn ports(kind: &StoreKind<'_>) -> Vec<PortView> {
    vec![
        PortView {
            label: "api",
            number: kind.store.api_port,
            target: kind.api,
        },
        PortView {
            label: "console",
            number: kind.store.console_port,
            target: kind.console,
        },
    ]
}
