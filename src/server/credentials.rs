//! The credentials that nodes need for the object store, by the names that `.env` gives them. Where a value comes from is for
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
    /// What Compose says when it is not set.
    pub when_missing: &'static str,
    /// Whether this tool makes one.
    pub is_made: bool,
}

const NOT_MADE_YET: &str = "not set; `restate-gen env` writes one into .env";
const SET_IT: &str = "not set; set it in .env";

impl SecretKey {
    const fn user(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            default: Some("restate"),
            when_missing: "",
            is_made: false,
        }
    }

    const fn made(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            default: None,
            when_missing: NOT_MADE_YET,
            is_made: true,
        }
    }

    const fn given(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            default: None,
            when_missing: SET_IT,
            is_made: false,
        }
    }
}

const MINIO_KEYS: [SecretKey; 2] = [
    SecretKey::user("MINIO_ROOT_USER", "MinIO's user."),
    SecretKey::made(
        "MINIO_ROOT_PASSWORD",
        "MinIO's password, made at random. Letters and digits only.",
    ),
];
const SEAWEEDFS_KEYS: [SecretKey; 2] = [
    SecretKey::user("SEAWEEDFS_ACCESS_KEY", "SeaweedFS's access key."),
    SecretKey::made(
        "SEAWEEDFS_SECRET_KEY",
        "SeaweedFS's secret key, made at random. Letters and digits only.",
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

/// The credentials that the nodes need for the store.
pub fn store_keys(store: &ObjectStore) -> &'static [SecretKey] {
    match store {
        ObjectStore::Minio(_) => &MINIO_KEYS,
        ObjectStore::Seaweedfs(_) => &SEAWEEDFS_KEYS,
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
