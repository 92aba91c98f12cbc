//! What `.env` says over the cluster file, where Compose reads it.

use std::collections::BTreeMap;

/// What `.env` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvironmentFile {
    /// What it sets, in its order.
    pub variables: Vec<Variable>,
    /// What Compose cannot read in it.
    pub unread: Vec<Unread>,
}

/// A part of `.env` that Compose cannot read, or all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Where it is, for messages: `.env:7`.
    pub place: String,
    /// Why, as a sentence without its full stop.
    pub reason: String,
}

/// A variable that `.env` sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value; none where other variables are in it, which are only known when Compose runs.
    pub value: Option<String>,
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
