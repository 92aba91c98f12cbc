//! The credentials of the object store: those that nodes need, and a bundled store's own, by the names that `.env` gives them. Where a value comes from is for
//! each target to say.

use crate::model::Credentials;
use crate::topology::ObjectStore;

/// A credential of the object store.
pub struct SecretKey {
    /// Its variable.
    pub name: &'static str,
    /// What it is for.
    pub help: &'static str,
    /// Its value where the user sets none; a secret has none.
    pub default: Option<&'static str>,
    /// Whether this tool makes one.
    pub is_made: bool,
}

impl SecretKey {
    const fn user(name: &'static str, default: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            default: Some(default),
            is_made: false,
        }
    }

    const fn made(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            default: None,
            is_made: true,
        }
    }

    const fn given(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            default: None,
            is_made: false,
        }
    }
}

const MINIO_KEYS: [SecretKey; 2] = [
    SecretKey::user("MINIO_ROOT_USER", "restate", "MinIO's own user."),
    SecretKey::made(
        "MINIO_ROOT_PASSWORD",
        "The password of MinIO's own user, made at random. Letters and digits only.",
    ),
];
const SEAWEEDFS_KEYS: [SecretKey; 2] = [
    SecretKey::user(
        "SEAWEEDFS_ACCESS_KEY",
        "restate",
        "SeaweedFS's own access key.",
    ),
    SecretKey::made(
        "SEAWEEDFS_SECRET_KEY",
        "SeaweedFS's own secret key, made at random. Letters and digits only.",
    ),
];
/// What the nodes use a bundled store with: a key for the bucket of the snapshots, and for nothing else.
const NODES_KEYS: [SecretKey; 2] = [
    SecretKey::user(
        "SNAPSHOT_ACCESS_KEY",
        "restate-nodes",
        "The nodes' access key, which is for the bucket of the snapshots alone. 3 to 20 characters.",
    ),
    SecretKey::made(
        "SNAPSHOT_SECRET_KEY",
        "The nodes' secret key, made at random. At least 8 letters and digits.",
    ),
];
const S3_KEYS: [SecretKey; 2] = [
    SecretKey::given("AWS_ACCESS_KEY_ID", "Access key of the bucket."),
    SecretKey::given("AWS_SECRET_ACCESS_KEY", "Secret key of the bucket."),
];
const GCS_KEYS: [SecretKey; 1] = [SecretKey::given(
    "GOOGLE_SERVICE_ACCOUNT_KEY",
    "The service account's key, as one line of JSON in single quotes.",
)];
/// The variable that says which storage account a container is in. Source: restatedev/restate
/// crates/object-store-util/src/lib.rs@v1.7.6, `MicrosoftAzureBuilder::from_env`: `az://container/path` does not say it.
pub const AZURE_ACCOUNT: &str = "AZURE_STORAGE_ACCOUNT_NAME";
const AZURE_KEY: SecretKey =
    SecretKey::given("AZURE_STORAGE_ACCOUNT_KEY", "Key of the storage account.");
const AZURE_KEYS: [SecretKey; 2] = [
    SecretKey::given(AZURE_ACCOUNT, "Name of the storage account."),
    AZURE_KEY,
];
const AZURE_KEYS_OF_A_KNOWN_ACCOUNT: [SecretKey; 1] = [AZURE_KEY];

/// The variables of the server's own settings for the nodes' key of a bundled store: the AWS variables would reach the client of
/// Lambda services too. A value there is in quotes, so that the server takes a secret of digits alone for the text that it is.
pub const SETTINGS_OF_BUNDLED: [&str; 2] = [
    "RESTATE_WORKER__SNAPSHOTS__AWS_ACCESS_KEY_ID",
    "RESTATE_WORKER__SNAPSHOTS__AWS_SECRET_ACCESS_KEY",
];

/// The keys of a bundled store.
pub struct BundledKeys {
    /// The access key that may do everything.
    pub own_access: &'static SecretKey,
    /// Its secret.
    pub own_secret: &'static SecretKey,
    /// The access key of the nodes.
    pub nodes_access: &'static SecretKey,
    /// Its secret.
    pub nodes_secret: &'static SecretKey,
}

/// The keys of the store, where it is a bundled one.
pub fn bundled_keys(store: &ObjectStore) -> Option<BundledKeys> {
    let [own_access, own_secret] = own_keys(store) else {
        return None;
    };
    let [nodes_access, nodes_secret] = &NODES_KEYS;
    Some(BundledKeys {
        own_access,
        own_secret,
        nodes_access,
        nodes_secret,
    })
}

/// All credentials there are: a bundled store's own, and those of the nodes.
pub fn all_keys(store: &ObjectStore) -> impl Iterator<Item = &'static SecretKey> {
    own_keys(store).iter().chain(nodes_keys(store))
}

/// Those that are secrets: all but user names with a default, which are written where they are used.
pub fn secret_keys(store: &ObjectStore) -> impl Iterator<Item = &'static SecretKey> {
    all_keys(store).filter(|key| key.default.is_none())
}

/// The names of those that the nodes are given.
pub fn nodes_secrets(store: &ObjectStore) -> impl Iterator<Item = &'static str> {
    let keys = nodes_keys(store).iter();
    keys.filter(|key| key.default.is_none()).map(|key| key.name)
}

/// What a bundled store is administered with.
fn own_keys(store: &ObjectStore) -> &'static [SecretKey] {
    match store {
        ObjectStore::Minio(_) => &MINIO_KEYS,
        ObjectStore::Seaweedfs(_) => &SEAWEEDFS_KEYS,
        _ => &[],
    }
}

/// The credentials that the nodes need for the store.
pub fn nodes_keys(store: &ObjectStore) -> &'static [SecretKey] {
    match store {
        ObjectStore::Minio(_) | ObjectStore::Seaweedfs(_) => &NODES_KEYS,
        ObjectStore::S3 {
            credentials: Credentials::Env,
            ..
        } => &S3_KEYS,
        ObjectStore::Gcs(Credentials::Env) => &GCS_KEYS,
        ObjectStore::Azure {
            account: None,
            credentials: Credentials::Env,
        } => &AZURE_KEYS,
        ObjectStore::Azure {
            account: Some(_),
            credentials: Credentials::Env,
        } => &AZURE_KEYS_OF_A_KNOWN_ACCOUNT,
        _ => &[],
    }
}
