//! What `.env` says over the cluster file, where Compose reads it.

use std::collections::BTreeMap;

/// A variable that `.env` sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where it is set, for messages: `.env:7 RESTATE_VERSION`.
    pub place: String,
}

/// Host ports that `.env` sets: of a node by its id, or of the bundled store; by the name that the cluster file gives
/// the port.
pub type HostPorts = BTreeMap<(Option<u32>, &'static str), HostPort>;

/// A host port that `.env` sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    /// Its number.
    pub number: u16,
    /// The variable that sets it.
    pub variable: String,
}
