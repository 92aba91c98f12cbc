//! Which values Restate's Helm chart knows, by its version, which is that of the server. It silently drops a value that
//! it does not know. This module does not know who needs which.

use super::releases::Release;
use super::table::Span;

/// A value of the chart that this tool can write.
#[derive(Debug, PartialEq, Eq)]
pub struct ChartValue {
    /// Its path in `values.yaml`.
    pub path: &'static str,
    span: Span,
    /// Where this is known from.
    pub source: &'static str,
}

const fn since(version: &'static str, path: &'static str, source: &'static str) -> ChartValue {
    ChartValue {
        path,
        span: Span::from(version),
        source,
    }
}

const FIRST: &str = "restatedev/restate charts/restate-helm/templates@v1.5.3";

static VALUES: &[ChartValue] = &[
    since("1.5.3", "env", FIRST),
    since("1.5.3", "extraInitContainers", FIRST),
    since("1.5.3", "extraVolumeMounts", FIRST),
    since("1.5.3", "extraVolumes", FIRST),
    since(
        "1.6.2",
        "image.digest",
        "restatedev/restate charts/restate-helm/templates/_helpers.tpl@v1.6.2, not @v1.6.1",
    ),
    since("1.5.3", "image.pullPolicy", FIRST),
    since("1.5.3", "image.repository", FIRST),
    since(
        "1.6.2",
        "image.tag",
        "restatedev/restate charts/restate-helm/templates/_helpers.tpl@v1.6.2, not @v1.6.1: there the chart's own version is the tag",
    ),
    since("1.5.3", "imagePullSecrets", FIRST),
    since("1.5.3", "logging.env_filter", FIRST),
    since("1.5.3", "nodeSelector", FIRST),
    since("1.5.3", "podAnnotations", FIRST),
    since("1.5.3", "podDisruptionBudget", FIRST),
    since(
        "1.6.0",
        "podLabels",
        "restatedev/restate charts/restate-helm/templates/statefulset.yaml@v1.6.0, not @v1.5.6",
    ),
    since("1.5.3", "podSecurityContext", FIRST),
    since("1.5.3", "replicaCount", FIRST),
    since("1.5.3", "resources", FIRST),
    since("1.5.3", "securityContext", FIRST),
    since("1.5.3", "service", FIRST),
    since("1.5.3", "serviceAccount.annotations", FIRST),
    since("1.5.3", "serviceAccount.create", FIRST),
    since("1.5.3", "serviceMonitor.enabled", FIRST),
    since("1.5.3", "serviceMonitor.relabelings", FIRST),
    since("1.5.3", "storage.size", FIRST),
    since("1.5.3", "storage.storageClassName", FIRST),
    since(
        "1.7.0",
        "tolerations",
        "restatedev/restate charts/restate-helm/templates/statefulset.yaml@v1.7.0, not @v1.6.2",
    ),
    since("1.5.3", "topologySpreadConstraints", FIRST),
];

impl Release {
    /// Whether the chart of this release does something with that value.
    pub fn chart_takes(&self, path: &str) -> bool {
        VALUES
            .iter()
            .any(|row| row.path == path && self.is_in(row.span))
    }
}
