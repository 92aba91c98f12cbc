//! Images: the user's own, or those of the facts, from their registries or from a mirror.

use crate::facts;

/// An image with nothing left to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Image name without a tag.
    pub repository: String,
    /// Tag.
    pub tag: String,
    /// Digest, where the user pins one. It decides which bytes run.
    pub digest: Option<String>,
}

impl Image {
    /// The image under the name that the user wrote, else under its own, in `registry` where there is one.
    pub fn of(
        default: &facts::Image,
        repository: Option<String>,
        tag: String,
        digest: Option<String>,
        registry: Option<&str>,
    ) -> Self {
        Self {
            repository: repository.unwrap_or_else(|| default.name(registry)),
            tag,
            digest,
        }
    }

    /// As engines take it: `name:tag`, with `@digest` behind it where there is one.
    pub fn reference(&self) -> String {
        let tagged = format!("{}:{}", self.repository, self.tag);
        match &self.digest {
            Some(digest) => format!("{tagged}@{digest}"),
            None => tagged,
        }
    }
}
