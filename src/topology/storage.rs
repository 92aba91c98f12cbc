//! Snapshots and the object store that keeps them.

use super::image::Image;
use super::ports::of_store;
use crate::facts::{self, MINIO_CLIENT_IMAGE, MINIO_IMAGE, Release, SEAWEEDFS_IMAGE};
use crate::model::{
    self, ByteSize, Credentials, Duration, ObjectStoreKind, ObjectStoreOptions, StorePorts,
    environment,
};

/// Bucket and prefix in a bundled store.
pub const BUNDLED_DESTINATION: &str = "s3://restate/snapshots";
/// Size of a node's volume when the file gives none. Source: restatedev/restate, charts/restate-helm, `storage.size`.
pub const DEFAULT_VOLUME: ByteSize = ByteSize::mebibytes(64 << 10);

/// Where snapshots are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectStore {
    /// A MinIO server next to the nodes.
    Minio(BundledStore),
    /// A SeaweedFS server next to the nodes.
    Seaweedfs(BundledStore),
    /// An S3 bucket that exists.
    S3 {
        /// Region of the bucket.
        region: Option<String>,
        /// URL of a compatible store.
        endpoint: Option<String>,
        /// Whether plain HTTP is allowed.
        allow_http: bool,
        /// Where the credentials come from.
        credentials: Credentials,
    },
    /// A Google Cloud Storage bucket that exists.
    Gcs(Credentials),
    /// An Azure Blob Storage container that exists.
    Azure {
        /// The storage account; from `.env` where there is none.
        account: Option<String>,
        /// Where the credentials come from.
        credentials: Credentials,
    },
    /// No store.
    None,
}

/// A store that runs next to the nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundledStore {
    /// Its image.
    pub image: Image,
    /// The image that makes the bucket and the nodes' key, where the server's own has no program for it.
    pub client: Option<Image>,
    /// Host port of the S3 API.
    pub api_port: u16,
    /// Host port of the console.
    pub console_port: u16,
}

/// Snapshots of the partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshots {
    /// Bucket and prefix.
    pub destination: String,
    /// Least time between two snapshots, where the version has it.
    pub interval: Option<Duration>,
    /// Least number of records between two snapshots.
    pub interval_records: Option<u64>,
    /// How many are kept; the server's own default where there is none.
    pub retained: Option<u8>,
}

/// The data volume of each node, where the orchestrator takes a size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volumes {
    /// Size to ask for.
    pub size: ByteSize,
    /// Storage class; the orchestrator's default where there is none.
    pub class: Option<String>,
    /// Folder of the host in which Compose keeps the data; volumes of Docker's own where there is none.
    pub path: Option<String>,
}

/// Where the data of a node already is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExistingVolume {
    /// In a volume of Docker's, by its own name.
    Named(String),
    /// In a folder of the host.
    Folder(String),
}

impl ExistingVolume {
    /// What the cluster file says: a path has a `/`, which no name has.
    pub fn of(text: &str) -> Self {
        match text.contains('/') {
            true => Self::Folder(text.to_owned()),
            false => Self::Named(text.to_owned()),
        }
    }

    /// As the cluster file says it.
    pub fn text(&self) -> &str {
        match self {
            Self::Named(text) | Self::Folder(text) => text,
        }
    }
}

/// The volumes with their defaults.
pub fn volumes(volumes: Option<&model::Volumes>) -> Volumes {
    let model::Volumes { size, class, path } = volumes.cloned().unwrap_or_default();
    Volumes {
        size: size.unwrap_or(DEFAULT_VOLUME),
        class,
        path,
    }
}

/// The object store with its defaults: MinIO where the file names none. Host ports follow the base of the cluster's, where it has one;
/// images come from `registry` where there is one, but for those that the file names.
pub fn object_store(
    store: Option<&model::ObjectStore>,
    base: Option<u16>,
    registry: Option<&str>,
) -> ObjectStore {
    let options = match store {
        None => ObjectStoreOptions::Minio(Default::default()),
        Some(model::ObjectStore::Options(options)) => options.clone(),
        Some(model::ObjectStore::Kind(kind)) => match kind {
            ObjectStoreKind::Minio => ObjectStoreOptions::Minio(Default::default()),
            ObjectStoreKind::Seaweedfs => ObjectStoreOptions::Seaweedfs(Default::default()),
            ObjectStoreKind::S3 => ObjectStoreOptions::S3(Default::default()),
            ObjectStoreKind::Gcs => ObjectStoreOptions::Gcs(Default::default()),
            ObjectStoreKind::Azure => ObjectStoreOptions::Azure(Default::default()),
            ObjectStoreKind::None => ObjectStoreOptions::None(Default::default()),
        },
    };
    match options {
        ObjectStoreOptions::Minio(model::Minio {
            version,
            image,
            client,
            ports,
        }) => {
            let client = client.unwrap_or_default();
            let (api_port, console_port) = store_ports(ports, of_store(base, (9000, 9001)));
            ObjectStore::Minio(BundledStore {
                image: store_image(&MINIO_IMAGE, version, image, registry),
                client: Some(store_image(
                    &MINIO_CLIENT_IMAGE,
                    client.version,
                    client.image,
                    registry,
                )),
                api_port,
                console_port,
            })
        }
        ObjectStoreOptions::Seaweedfs(model::BundledStore {
            version,
            image,
            ports,
        }) => {
            let (api_port, console_port) = store_ports(ports, of_store(base, (8333, 8888)));
            ObjectStore::Seaweedfs(BundledStore {
                image: store_image(&SEAWEEDFS_IMAGE, version, image, registry),
                client: None,
                api_port,
                console_port,
            })
        }
        ObjectStoreOptions::S3(model::S3 {
            region,
            endpoint,
            allow_http,
            credentials,
        }) => ObjectStore::S3 {
            region,
            endpoint,
            allow_http: allow_http.unwrap_or(false),
            credentials: credentials.unwrap_or_default(),
        },
        ObjectStoreOptions::Gcs(store) => ObjectStore::Gcs(store.credentials.unwrap_or_default()),
        ObjectStoreOptions::Azure(model::Azure {
            account,
            credentials,
        }) => ObjectStore::Azure {
            account,
            credentials: credentials.unwrap_or_default(),
        },
        ObjectStoreOptions::None(model::NoStore {}) => ObjectStore::None,
    }
}

fn store_image(
    default: &'static facts::Image,
    version: Option<String>,
    image: Option<model::StoreImage>,
    registry: Option<&str>,
) -> Image {
    let model::StoreImage { repository, digest } = image.unwrap_or_default();
    let tag = version.unwrap_or_else(|| default.tag.unwrap_or_default().into());
    Image::of(default, repository, tag, digest, registry)
}

fn store_ports(ports: Option<StorePorts>, (api, console): (u16, u16)) -> (u16, u16) {
    let given = ports.unwrap_or_default();
    (given.api.unwrap_or(api), given.console.unwrap_or(console))
}

/// The snapshots with their defaults; none where no destination is given and no store is bundled.
pub fn snapshots(
    snapshots: Option<&model::Snapshots>,
    store: &ObjectStore,
    release: &Release,
) -> Option<Snapshots> {
    let model::Snapshots {
        destination,
        interval,
        interval_records,
        retained,
    } = snapshots.cloned().unwrap_or_default();
    let destination = destination.or(match store {
        ObjectStore::Minio(_) | ObjectStore::Seaweedfs(_) => Some(BUNDLED_DESTINATION.into()),
        _ => None,
    })?;
    // Both intervals set means that the server waits for both, so only one is set unasked: by time
    // where the version can, else by records.
    let by_time = release.spelling("worker.snapshots.snapshot-interval");
    let open = interval.is_none() && interval_records.is_none();
    Some(Snapshots {
        destination,
        interval: interval.or((open && by_time.is_some()).then_some(Duration::seconds(600))),
        interval_records: interval_records.or((open && by_time.is_none()).then_some(1000)),
        retained,
    })
}

impl ObjectStore {
    /// Whether both are the same store. The version and the ports of one that comes with the cluster are its own matter.
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self.bundled(), other.bundled()) {
            (Some((name, ..)), Some((other, ..))) => name == other,
            _ => self == other,
        }
    }

    /// The bundled store, if it is one, with its service name and the port of its S3 API.
    pub fn bundled(&self) -> Option<(&'static str, u16, &BundledStore)> {
        match self {
            Self::Minio(store) => Some(("minio", 9000, store)),
            Self::Seaweedfs(store) => Some(("seaweedfs", 8333, store)),
            _ => None,
        }
    }

    /// With the host ports of a bundled one that `.env` sets.
    #[must_use]
    pub fn with_ports_of(mut self, environment: &environment::HostPorts) -> Self {
        if let Self::Minio(store) | Self::Seaweedfs(store) = &mut self {
            let set = |name| environment.get(&(None, name)).map(|port| port.number);
            store.api_port = set("api").unwrap_or(store.api_port);
            store.console_port = set("console").unwrap_or(store.console_port);
        }
        self
    }

    /// Whether snapshots are in a store that this tool does not run.
    pub fn is_external(&self) -> bool {
        self.bundled().is_none() && *self != Self::None
    }

    /// Whether the credentials come from where the nodes run, and not from this tool's files.
    pub fn takes_ambient_credentials(&self) -> bool {
        matches!(
            self,
            Self::S3 {
                credentials: Credentials::Ambient,
                ..
            } | Self::Gcs(Credentials::Ambient)
                | Self::Azure {
                    credentials: Credentials::Ambient,
                    ..
                }
        )
    }
}
