//! What a file is, by what it says: the kinds that are read, and those that are not.

use serde_json::Value;

use crate::source::Document;

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A cluster file, or what may become one.
    ClusterFile,
    /// A Compose file.
    Compose,
    /// Kubernetes objects; the kind of the first.
    Manifest(String),
    /// The values of Restate's Helm chart.
    HelmValues,
    /// Restate's own configuration, in TOML.
    ServerConfiguration,
    /// A template of Go, which a program fills before anything can read it.
    GoTemplate,
    /// Terraform's language, or Nomad's.
    Hcl,
}

impl Kind {
    /// As a sentence says it, with its article.
    pub fn in_words(&self) -> String {
        match self {
            Self::ClusterFile => "a cluster file".into(),
            Self::Compose => "a Compose file".into(),
            Self::Manifest(kind) => format!("a Kubernetes manifest ({kind})"),
            Self::HelmValues => "a values file of Restate's Helm chart".into(),
            Self::ServerConfiguration => "a configuration file of the server".into(),
            Self::GoTemplate => "a template".into(),
            Self::Hcl => "a file for Terraform or Nomad".into(),
        }
    }

    /// Whether `import` reads it.
    pub fn is_read(&self) -> bool {
        matches!(self, Self::Compose)
    }
}

/// What a document is.
pub fn of(document: &Document) -> Kind {
    let (name, text) = (document.name(), document.text());
    let ends = |ending: &str| name.to_ascii_lowercase().ends_with(ending);
    if ends(".tf") || ends(".hcl") || ends(".nomad") {
        return Kind::Hcl;
    }
    if ends(".toml") || is_configuration(text, document.is_readable()) {
        return Kind::ServerConfiguration;
    }
    let has_directive = text.lines().any(|line| {
        let line = line.trim_start();
        line.starts_with("{{") || line.contains("{{ .Values") || line.contains("{{ include ")
    });
    if has_directive {
        return Kind::GoTemplate;
    }
    let value = document.value();
    let has = |key: &str| value.get(key).is_some();
    let is_map = |key: &str| value.get(key).is_some_and(Value::is_object);
    if is_map("services") && !has("nodes") {
        return Kind::Compose;
    }
    if let (Some(_), Some(kind)) = (value.get("apiVersion"), value.get("kind")) {
        return Kind::Manifest(kind.as_str().unwrap_or("of no kind").to_owned());
    }
    let of_chart = [
        "replicaCount",
        "storage",
        "env",
        "resources",
        "serviceMonitor",
    ];
    if has("replicaCount") || of_chart.iter().filter(|key| has(key)).count() > 2 {
        return Kind::HelmValues;
    }
    Kind::ClusterFile
}

/// Whether a text is TOML that no YAML is: a table's heading, or keys with `=`.
fn is_configuration(text: &str, is_readable: bool) -> bool {
    let looks_so = text.lines().any(|line| line.contains(" = "));
    !is_readable && looks_so && toml::from_str::<toml::Table>(text).is_ok()
}
