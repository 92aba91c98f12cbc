//! What Kubernetes takes: the keys of a pod's `spec` and of a container, and of what kind their values are.

/// Every key and the JSON type of its value. Source: Kubernetes 1.34, api/openapi-spec/swagger.json, `PodSpec` and `Container`.
static KEYS: &str = include_str!("pod_keys.tsv");

/// Of what the keys are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodPart {
    /// A pod's `spec`.
    Pod,
    /// A container.
    Container,
}

impl PodPart {
    /// Its name, also as a key of the cluster file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pod => "pod",
            Self::Container => "container",
        }
    }

    /// Its keys, sorted by name, each with the word of JSON for its value: `array`, `boolean`, `integer`, `object`, `string`.
    pub fn keys(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        KEYS.lines().filter_map(move |line| {
            let (of, rest) = line.split_once('\t')?;
            (of == self.name()).then(|| rest.split_once('\t'))?
        })
    }

    /// The word for the value of that key; none where there is no such key.
    pub fn kind(self, key: &str) -> Option<&'static str> {
        self.keys()
            .find(|(name, _)| *name == key)
            .map(|(_, kind)| kind)
    }
}
