//! What can be generated: one module, one folder of templates and one row each.
//!
//! A target sees the [`Topology`], never the user's file nor the facts behind it, and no other target.

pub mod compose;
pub mod guide;
pub mod kubernetes;
pub mod nomad;
pub mod operations;
pub mod store;

use crate::change::Change;
use crate::topology::Topology;
use crate::tree::RenderedTree;
use operations::Operations;

/// Something that a cluster can be rendered for.
pub struct Target {
    /// What its files are known by.
    pub name: &'static str,
    /// The verb and flags of the command line that make them.
    pub verb: &'static str,
    /// Renders all its files. `command` is how to make them again, for their headers.
    pub render: fn(&Topology, &str) -> RenderedTree,
    /// The commands of a change of a running cluster; none where the orchestrator's own controller makes it.
    pub operations: Option<fn(&Change) -> Operations>,
    /// What `-o -` prints.
    pub stream: fn(&RenderedTree) -> String,
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target {
        name: "compose",
        verb: "compose",
        render: compose::render,
        operations: Some(compose::operations),
        stream: main_file,
    },
    Target {
        name: "kubernetes",
        verb: "kubernetes",
        render: kubernetes::render,
        operations: Some(kubernetes::operations),
        stream: kubernetes::stream,
    },
    Target {
        name: "kubernetes-helm",
        verb: "kubernetes --flavor helm",
        render: kubernetes::render_helm,
        operations: None,
        stream: main_file,
    },
    Target {
        name: "kubernetes-operator",
        verb: "kubernetes --flavor operator",
        render: kubernetes::render_operator,
        operations: None,
        stream: main_file,
    },
    Target {
        name: "nomad",
        verb: "nomad",
        render: nomad::render,
        operations: Some(nomad::operations),
        stream: main_file,
    },
];

fn main_file(tree: &RenderedTree) -> String {
    tree.main().text.clone()
}
