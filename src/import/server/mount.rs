//! What a service mounts.

use crate::import::part::Part;

/// An entry of `volumes`.
pub struct Mount {
    /// `bind`, `volume` or `tmpfs`, where the long form says so.
    pub kind: Option<&'static str>,
    /// The volume's key, or the path of the host.
    pub source: Option<String>,
    /// Where in the container.
    pub target: String,
}

impl Mount {
    /// What the entry mounts.
    pub fn of(entry: &Part) -> Option<Self> {
        if let Some(text) = entry.text() {
            let mut fields = text.split(':');
            let first = fields.next()?.to_owned();
            return Some(match fields.next() {
                Some(target) => Self {
                    kind: None,
                    source: Some(first),
                    target: absolute(target),
                },
                None => Self {
                    kind: None,
                    source: None,
                    target: absolute(&first),
                },
            });
        }
        let text = |key: &str| entry.get(key).and_then(Part::text);
        let kind = text("type");
        let kinds = ["bind", "volume", "tmpfs"];
        Some(Self {
            kind: kinds
                .into_iter()
                .find(|known| Some(*known) == kind.as_deref()),
            source: text("source"),
            target: absolute(&text("target")?),
        })
    }
}

/// Whether the source of a mount is a folder of the host.
pub fn is_path(source: &str) -> bool {
    source.starts_with(['.', '/', '~'])
}

/// A path of the container from its root, where the server starts.
pub fn absolute(path: &str) -> String {
    let path = path.trim().trim_start_matches("./").trim_matches('/');
    format!("/{path}")
}
