//! The scripts of the bundled stores, which all targets share.

use crate::topology::ObjectStore;

/// Starts SeaweedFS with its own key and that of the nodes.
pub const SEAWEEDFS_SCRIPT: &str = include_str!("../../templates/scripts/seaweedfs.sh");

/// Makes the bucket. MinIO's takes a client of its own: what administers it goes encrypted, which `curl` cannot do.
pub fn bucket_script(store: &ObjectStore) -> &'static str {
    match store {
        ObjectStore::Minio(_) => include_str!("../../templates/scripts/bucket-minio.sh"),
        _ => include_str!("../../templates/scripts/bucket.sh"),
    }
}
