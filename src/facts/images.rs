//! The container images that generated files name where the cluster file names none of its own.

/// An image: where it is published, and the tag that this tool was tested with.
#[derive(Debug, PartialEq, Eq)]
pub struct Image {
    /// Host of the registry, written out: some engines take no short names.
    pub registry: &'static str,
    /// Its name there.
    pub repository: &'static str,
    /// Its tag; the server's is the version of the server.
    pub tag: Option<&'static str>,
    /// Where this is known from.
    pub source: &'static str,
}

/// The server, with `restatectl`, `curl` and `jq`.
pub static SERVER_IMAGE: Image = Image {
    registry: "docker.restate.dev",
    repository: "restatedev/restate",
    tag: None,
    source: "restatedev/restate release notes v1.7.12, docker/Dockerfile@v1.7.6",
};
/// MinIO: the last release that upstream published as an image. Docker Hub has none of them any more.
pub static MINIO_IMAGE: Image = Image {
    registry: "quay.io",
    repository: "minio/minio",
    tag: Some("RELEASE.2025-09-07T16-13-09Z"),
    source: "minio/minio issue 21647; testcontainers/testcontainers-node issue 1463",
};
/// MinIO's client, which makes the bucket and the nodes' key.
pub static MINIO_CLIENT_IMAGE: Image = Image {
    registry: "quay.io",
    repository: "minio/mc",
    tag: Some("RELEASE.2025-08-13T08-35-41Z"),
    source: "minio/minio issue 21647; loculus-project/loculus issue 7318",
};
/// SeaweedFS.
pub static SEAWEEDFS_IMAGE: Image = Image {
    registry: "docker.io",
    repository: "chrislusf/seaweedfs",
    tag: Some("4.48"),
    source: "seaweedfs/seaweedfs release 4.48",
};

impl Image {
    /// Its name without a tag, in its own registry or in another, which may end in a prefix.
    pub fn name(&self, registry: Option<&str>) -> String {
        format!("{}/{}", registry.unwrap_or(self.registry), self.repository)
    }
}
