//! Nodes as bits, where they are, and how copies are spread over them.

use restate_gen::model::ReplicationProperty;
use restate_gen::topology::{NodeId, Topology};

/// Nodes by id, a bit each.
pub type Nodes = u32;

pub fn bit(node: NodeId) -> Nodes {
    assert!(node.0 < 32, "an id that has a bit");
    1 << node.0
}

pub fn bits(nodes: &[NodeId]) -> Nodes {
    nodes.iter().fold(0, |bits, node| bits | bit(*node))
}

pub fn each(nodes: Nodes) -> impl Iterator<Item = Nodes> {
    (0..32)
        .map(|id| 1 << id)
        .filter(move |bit| nodes & bit != 0)
}

pub fn count(nodes: Nodes) -> u32 {
    nodes.count_ones()
}

/// Where nodes are: the nodes of each region, and of each zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Places {
    regions: Vec<(String, Nodes)>,
    zones: Vec<(String, Nodes)>,
}

impl Places {
    pub fn of(topology: &Topology) -> Self {
        let mut places = Self::default();
        for node in &topology.nodes {
            places.put(bit(node.id), &node.location);
        }
        places
    }

    /// The node is where it is in the other.
    pub fn take(&mut self, node: Nodes, other: &Self) {
        for (own, other) in [
            (&mut self.regions, &other.regions),
            (&mut self.zones, &other.zones),
        ] {
            for (name, nodes) in other {
                if nodes & node != 0 {
                    Self::join(own, node, name);
                }
            }
        }
    }

    fn put(&mut self, node: Nodes, location: &str) {
        if let Some((region, _)) = location.split_once('.') {
            Self::join(&mut self.regions, node, region);
            Self::join(&mut self.zones, node, location);
        } else if !location.is_empty() {
            Self::join(&mut self.regions, node, location);
        }
    }

    fn join(groups: &mut Vec<(String, Nodes)>, node: Nodes, name: &str) {
        for (_, nodes) in groups.iter_mut() {
            *nodes &= !node;
        }
        match groups.iter_mut().find(|(group, _)| group == name) {
            Some((_, nodes)) => *nodes |= node,
            None => groups.push((name.to_owned(), node)),
        }
    }
}

/// On how many nodes, in how many regions and zones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Copies {
    pub nodes: u32,
    regions: u32,
    zones: u32,
}

impl Copies {
    pub fn of(property: &ReplicationProperty) -> Self {
        match property {
            ReplicationProperty::Nodes(nodes) => Self {
                nodes: (*nodes).into(),
                regions: 0,
                zones: 0,
            },
            ReplicationProperty::Scoped(scoped) => {
                let [regions, zones, nodes]: [u32; 3] =
                    [scoped.region, scoped.zone, scoped.node].map(|n| n.unwrap_or(0).into());
                Self {
                    nodes: nodes.max(zones).max(regions),
                    regions,
                    zones,
                }
            }
        }
    }

    /// Whether all copies can be on these nodes.
    pub fn fit(self, nodes: Nodes, places: &Places) -> bool {
        let there = |groups: &[(String, Nodes)]| {
            groups
                .iter()
                .filter(|(_, group)| group & nodes != 0)
                .count() as u32
        };
        count(nodes) >= self.nodes
            && (self.zones == 0 || there(&places.zones) >= self.zones)
            && (self.regions == 0 || there(&places.regions) >= self.regions)
    }
}
