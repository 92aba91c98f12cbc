//! A RestateCluster.

use crate::topology::Topology;
use crate::tree::RenderedTree;

/// `restate-cluster`.
pub fn render(_: &Topology, _: &str) -> RenderedTree {
    RenderedTree::new(Vec::new())
}
