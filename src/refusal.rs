//! What is not done, and what to do instead.

/// Why something is not done that was requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The reason, one phrase.
    pub message: String,
    /// How to fix it, an imperative.
    pub help: String,
}

impl Refusal {
    /// That something is not done, with the reason and the fix.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: help.into(),
        }
    }
}
