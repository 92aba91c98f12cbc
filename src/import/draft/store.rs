//! The snapshots of a cluster file to be, and the store that keeps them.

use serde_json::{Map, Value, json};

use super::Drafting;
use crate::facts;
use crate::import::part::Part;
use crate::import::server::Server;
use crate::topology;

impl Drafting<'_> {
    pub(super) fn snapshots(&mut self, first: &Server) {
        let Some(destination) = first.setting("worker.snapshots.destination") else {
            self.root.insert("object_store".into(), "none".into());
            return;
        };
        let (address, spot) = (
            first
                .text("worker.snapshots.destination")
                .unwrap_or_default(),
            destination.spot.clone(),
        );
        self.carried(
            &spot,
            "where the snapshots are kept is `snapshots` and `object_store`",
        );
        let mut snapshots = Map::new();
        snapshots.insert("destination".into(), address.clone().into());
        for (path, key) in [
            ("worker.snapshots.snapshot-interval", "interval"),
            (
                "worker.snapshots.snapshot-interval-num-records",
                "interval_records",
            ),
            ("worker.snapshots.num-retained", "retained"),
        ] {
            if let Some(given) = first.setting(path) {
                snapshots.insert(key.into(), given.value.clone());
            }
        }
        let kind = first
            .release
            .snapshot_place(&address)
            .map_or("s3", |place| place.store);
        let variable = |names: &[&str]| {
            let mut names = names.iter();
            names.find_map(|name| first.environment.get(*name)?.0.clone())
        };
        let store = match (kind, self.bundled()) {
            (_, Some((kind, options))) => {
                if address == topology::storage::BUNDLED_DESTINATION {
                    snapshots.shift_remove("destination");
                }
                match options.is_empty() {
                    true => kind.into(),
                    false => {
                        let mut store = Map::from_iter([("kind".to_owned(), Value::from(kind))]);
                        store.extend(options);
                        Value::Object(store)
                    }
                }
            }
            ("s3", None) => {
                let mut store = Map::from_iter([("kind".to_owned(), Value::from("s3"))]);
                let region = first.text("worker.snapshots.aws-region");
                let region = region.or_else(|| variable(&["AWS_REGION", "AWS_DEFAULT_REGION"]));
                if let Some(region) = region {
                    store.insert("region".into(), region.into());
                }
                if let Some(endpoint) = first
                    .text("worker.snapshots.aws-endpoint-url")
                    .or_else(|| variable(&["AWS_ENDPOINT_URL"]))
                {
                    store.insert("endpoint".into(), endpoint.into());
                }
                let allow_http = first
                    .text("worker.snapshots.aws-allow-http")
                    .or_else(|| variable(&["AWS_ALLOW_HTTP"]));
                if allow_http.as_deref() == Some("true") {
                    store.insert("allow_http".into(), true.into());
                }
                let key = first
                    .text("worker.snapshots.aws-access-key-id")
                    .or_else(|| variable(&["AWS_ACCESS_KEY_ID"]));
                let secret = first
                    .text("worker.snapshots.aws-secret-access-key")
                    .or_else(|| variable(&["AWS_SECRET_ACCESS_KEY"]));
                match (key, secret) {
                    (Some(key), Some(secret)) => {
                        self.carried(&spot, "the credentials of the store go into `.env`");
                        self.draft.secrets = vec![
                            ("AWS_ACCESS_KEY_ID", key),
                            ("AWS_SECRET_ACCESS_KEY", secret),
                        ];
                    }
                    _ => {
                        store.insert("credentials".into(), "ambient".into());
                    }
                }
                Value::Object(store)
            }
            (kind, None) => kind.into(),
        };
        self.root.insert("object_store".into(), store);
        if !snapshots.is_empty() {
            self.root.insert("snapshots".into(), snapshots.into());
        }
    }

    /// The store that this tool runs next to the nodes, where it wrote the file.
    pub(super) fn bundled(&self) -> Option<(&'static str, Map<String, Value>)> {
        if !self.deployment.is_generated {
            return None;
        }
        let services = self.deployment.project.services();
        let (kind, part) = services.into_iter().find_map(|(name, part)| {
            let kinds = ["minio", "seaweedfs"];
            kinds
                .into_iter()
                .find(|kind| name.ends_with(kind))
                .map(|kind| (kind, part))
        })?;
        let mut options = Map::new();
        let defaults = match kind {
            "minio" => (&facts::MINIO_IMAGE, [9000, 9001]),
            _ => (&facts::SEAWEEDFS_IMAGE, [8333, 8888]),
        };
        let image = part.get("image").and_then(Part::text).unwrap_or_default();
        let (repository, tag) = image.rsplit_once(':').unwrap_or((&image, ""));
        if Some(tag) != defaults.0.tag {
            options.insert("version".into(), tag.into());
        }
        if repository != defaults.0.name(None) {
            options.insert("image".into(), json!({"repository": repository}));
        }
        let ports = part.get("ports").map(Part::items).unwrap_or_default();
        let hosts: Vec<u64> = ports
            .iter()
            .filter_map(|port| {
                let text = port.text()?;
                text.rsplit(':').nth(1)?.parse().ok()
            })
            .collect();
        if hosts.len() >= 2 && hosts[..2] != defaults.1 {
            options.insert(
                "ports".into(),
                json!({"api": hosts[0], "console": hosts[1]}),
            );
        }
        Some((kind, options))
    }
}
