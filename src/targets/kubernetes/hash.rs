//! A short name for a content, the same on every machine and with every compiler: FNV-1a. Nothing secret is hashed, and nobody
//! gains by a collision.

use std::hash::Hasher;

use fnv::FnvHasher;
use serde::Serialize;

/// The content's hash, in lower-case hexadecimal digits.
pub fn of(content: &impl Serialize) -> String {
    let mut hasher = FnvHasher::default();
    hasher.write(
        serde_json::to_string(content)
            .unwrap_or_default()
            .as_bytes(),
    );
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    /// Objects that exist are named after it: the number is that of FNV-1a of `"a"` with its quotes, computed by another program.
    #[test]
    fn the_hash_is_that_of_the_algorithm() {
        assert_eq!(super::of(&"a"), "d4272417d7c77eea");
        assert_ne!(super::of(&"a"), super::of(&"b"));
    }
}
