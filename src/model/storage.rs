//! Snapshots, object store and volumes of the cluster file.

use schemars::JsonSchema;
use serde::Deserialize;

use super::IMAGE_NAME;
use super::units::{ByteSize, Duration};

/// A URL with the host of a store, its port where it has one, and a path.
const ENDPOINT: &str = r"^https?://([a-zA-Z0-9_]([a-zA-Z0-9._-]*[a-zA-Z0-9_])?|\[[0-9a-fA-F:.]+\])(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?(/[!-~]*)?$";

/// Snapshots of the partitions. When both intervals are set, the server waits for both.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Snapshots {
    /// Bucket and prefix: `s3://bucket/prefix`, from 1.6 on also `gs://`, `az://` and the stores' own `https://`. Default `s3://restate/snapshots` with a bundled store.
    #[schemars(length(max = 1024), extend("examples" = ["s3://restate/snapshots"]), regex(pattern = r#"^[a-z0-9]+://[^/\s]+(/[^\s\u0000-\u001f\u007f"`<>{}|\\^#]*)?$"#))]
    pub destination: Option<String>,
    /// Shortest time between two snapshots of a partition, from 1.6 on. Default 10m, if the version has it.
    #[schemars(extend("examples" = ["10m"]))]
    pub interval: Option<Duration>,
    /// Fewest log records between two snapshots of a partition. Default 1000 in 1.5, which has no `interval`; else not set.
    #[schemars(range(min = 1), extend("examples" = [10000]))]
    pub interval_records: Option<u64>,
    /// How many snapshots of each partition are kept, from 1.6 on. Default: the server's.
    #[schemars(range(min = 1, max = 255), extend("examples" = [3]))]
    pub retained: Option<u8>,
}

/// Where snapshots are kept: its kind alone, or with options.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ObjectStore {
    /// One with its defaults.
    Kind(ObjectStoreKind),
    /// One with options.
    Options(ObjectStoreOptions),
}

/// The kinds of object stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ObjectStoreKind {
    /// A MinIO server next to the nodes.
    Minio,
    /// A SeaweedFS server next to the nodes.
    Seaweedfs,
    /// An S3 bucket that already exists.
    S3,
    /// A Google Cloud Storage bucket that already exists, from 1.6 on.
    Gcs,
    /// An Azure Blob Storage container that already exists, from 1.6 on.
    Azure,
    /// No store: no snapshots, so one node at most.
    None,
}

/// An object store with what it needs.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ObjectStoreOptions {
    /// A MinIO server next to the nodes.
    #[serde(rename_all = "snake_case")]
    Minio(Minio),
    /// A SeaweedFS server next to the nodes.
    Seaweedfs(BundledStore),
    /// An S3 bucket that already exists.
    S3(S3),
    /// A Google Cloud Storage bucket that already exists, from 1.6 on.
    Gcs(ExternalStore),
    /// An Azure Blob Storage container that already exists, from 1.6 on.
    Azure(Azure),
    /// No store: no snapshots, so one node at most.
    None(NoStore),
}

/// A MinIO server next to the nodes.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Minio {
    /// Image tag of the store. Default: the release that this tool is tested with.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$"))]
    pub version: Option<String>,
    /// Where the store's image comes from: a mirror, or a maintained build. Default: `quay.io/minio/minio` or
    /// `docker.io/chrislusf/seaweedfs`.
    pub image: Option<StoreImage>,
    /// MinIO's client `mc`, which creates the bucket and the nodes' key.
    pub client: Option<MinioClient>,
    /// Host ports of the store.
    pub ports: Option<StorePorts>,
}

/// MinIO's client `mc`, which makes the bucket and the nodes' key.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MinioClient {
    /// Image tag of the client. Default: the release that this tool is tested with.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$"))]
    pub version: Option<String>,
    /// Where the client's image comes from; it has `mc` and a shell. Default: `quay.io/minio/mc`.
    pub image: Option<StoreImage>,
}

/// Where an image of a bundled store comes from.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StoreImage {
    /// Image name without a tag, used as it is written.
    #[schemars(length(max = 255), regex(pattern = IMAGE_NAME), extend("examples" = ["registry.example.com/minio"]))]
    pub repository: Option<String>,
    /// Digest of the image, so that the same bytes run everywhere. It must be that of `version`.
    #[schemars(regex(pattern = r"^sha256:[0-9a-f]{64}$"))]
    pub digest: Option<String>,
}

/// A store that runs next to the nodes.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BundledStore {
    /// Image tag of the store. Default: the release that this tool is tested with.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$"))]
    pub version: Option<String>,
    /// Where the store's image comes from: a mirror, or a build that somebody looks after. Default: `quay.io/minio/minio` or
    /// `docker.io/chrislusf/seaweedfs`.
    pub image: Option<StoreImage>,
    /// Host ports of the store.
    pub ports: Option<StorePorts>,
}

/// Host ports of a bundled store.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StorePorts {
    /// The S3 API. Default 9000 for MinIO, 8333 for SeaweedFS.
    #[schemars(range(min = 1, max = 65535))]
    pub api: Option<u16>,
    /// The web console. Default 9001 for MinIO, 8888 (its filer) for SeaweedFS.
    #[schemars(range(min = 1, max = 65535))]
    pub console: Option<u16>,
}

/// An S3 bucket that already exists, on AWS or on a compatible store.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct S3 {
    /// Region of the bucket. For a compatible store without regions write any word.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?$"), extend("examples" = ["eu-central-1"]))]
    pub region: Option<String>,
    /// URL of a compatible store. Default: AWS.
    #[schemars(length(max = 2048), regex(pattern = ENDPOINT), extend("examples" = ["https://s3.example.com"]))]
    pub endpoint: Option<String>,
    /// Whether an `http://` endpoint is allowed: everything then crosses the network unencrypted.
    #[schemars(extend("default" = false))]
    pub allow_http: Option<bool>,
    /// Where the credentials come from.
    #[schemars(extend("default" = "env"))]
    pub credentials: Option<Credentials>,
}

/// An Azure Blob Storage container that already exists.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Azure {
    /// Name of the container's storage account, which the destination does not contain. Default: from `.env`, with the
    /// credentials; with `ambient` credentials it is required here.
    #[schemars(regex(pattern = r"^[a-z0-9]{3,24}$"), extend("examples" = ["ordersnapshots"]))]
    pub account: Option<String>,
    /// Where the credentials come from.
    #[schemars(extend("default" = "env"))]
    pub credentials: Option<Credentials>,
}

/// An external store that needs only credentials.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExternalStore {
    /// Where the credentials come from.
    #[schemars(extend("default" = "env"))]
    pub credentials: Option<Credentials>,
}

/// No store.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NoStore {}

/// Where an external store's credentials come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Credentials {
    /// From variables that the user sets in `.env`.
    #[default]
    Env,
    /// From the machine: an instance profile, workload identity or the like.
    Ambient,
}

/// The data volume of each node.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Volumes {
    /// Requested size, where the orchestrator supports one. Compose does not: there a volume can fill the host's disk.
    #[schemars(extend("default" = "64GiB"))]
    pub size: Option<ByteSize>,
    /// Requested storage class, where the orchestrator has classes.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[^\x00-\x1f\x7f]+$"), extend("examples" = ["fast"]))]
    pub class: Option<String>,
    /// Folder of the host for Compose, in which each node, the store and the provisioning step get their own folder; `./data` is next to
    /// `docker-compose.yaml`. Default: volumes that Docker keeps.
    #[schemars(length(max = 4096), regex(pattern = r"^\.{0,2}/[^:\r\n]*[^:/\r\n]$"), extend("examples" = ["./data", "/srv/restate"]))]
    pub path: Option<String>,
}
