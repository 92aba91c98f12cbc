//! The scripts of the bundled stores, which all targets share.

use crate::render::template;
use crate::topology::ObjectStore;

/// Starts SeaweedFS with its own key and that of the nodes.
pub const SEAWEEDFS_SCRIPT: &str = template!("scripts/seaweedfs.sh").text;

/// Makes the bucket. MinIO's takes a client of its own: what administers it goes encrypted, which `curl` cannot do.
pub fn bucket_script(store: &ObjectStore) -> &'static str {
    match store {
        ObjectStore::Minio(_) => template!("scripts/bucket-minio.sh").text,
        _ => template!("scripts/bucket.sh").text,
    }
}
