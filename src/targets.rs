//! What can be generated: one module, one folder of templates and one row each.
//!
//! A target sees the [`Topology`], never the user's file nor the facts behind it, and no other target.

pub mod compose;
pub mod environment;

use crate::topology::Topology;
use crate::tree::RenderedTree;

/// Something that a cluster can be rendered for.
pub struct Target {
    /// What users call it on the command line.
    pub name: &'static str,
    /// Renders all its files. `command` is how to make them again, for their headers.
    pub render: fn(&Topology, &str) -> RenderedTree,
}

/// Every target.
pub const TARGETS: [Target; 1] = [Target {
    name: "compose",
    render: compose::render,
}];
