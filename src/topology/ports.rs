//! Which ports nodes have, in their containers and on hosts.
//!
//! A node's ports follow from its id alone, so no other node changes them by coming or going.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use super::ids::NodeId;
use super::{Node, Topology};
use crate::facts::{ADMIN_PORT, FABRIC_PORT, INGRESS_PORT};
use crate::model::{NodePorts, PortName, PortScheme, Ports, Role, environment};

/// The range that Linux uses for outgoing connections by default: one may hold any of these ports when a node starts.
/// Source: Linux, Documentation/networking/ip-sysctl.rst, `ip_local_port_range`.
pub const EPHEMERAL: RangeInclusive<u16> = 32_768..=60_999;
/// From which a Nomad client hands out ports to any job. Source: Nomad, client configuration, `min_dynamic_port` and `max_dynamic_port`.
pub const NOMAD_DYNAMIC: RangeInclusive<u16> = 20_000..=32_000;
/// How many ports from its base on are a cluster's own: bases lie at least this far apart.
pub const BLOCK: u32 = 1_000;
/// The last id that has ports in a block of its cluster: node n has three from base + 10 n on, and the first ten are the store's.
pub const LAST_ID_OF_BLOCK: u32 = BLOCK / PORTS_OF_AN_ID - 1;
/// How far apart the ports of two ids are in a block.
const PORTS_OF_AN_ID: u32 = 10;
/// The last node with ports of the decimal scheme: node 6 would need 68080, and ports end at 65535.
const LAST_DECIMAL_NODE: u32 = 5;
/// The last node with ports of the decimal scheme where the file asks for none: people know those of three nodes by heart, and those of
/// later ones lie among [`EPHEMERAL`] ones.
const LAST_KNOWN_NODE: u32 = 3;
/// The sequential scheme's ports are these plus the id. Each range has room for 1,990 nodes and more, and ends before [`NOMAD_DYNAMIC`].
const SEQUENTIAL_INGRESS: u32 = 10_000;
const SEQUENTIAL_ADMIN: u32 = 14_000;
const SEQUENTIAL_FABRIC: u32 = 18_000;

/// A port that nodes have.
#[derive(Debug, PartialEq, Eq)]
pub struct NodePort {
    /// Restate's name of it.
    pub name: PortName,
    /// Where the server listens in its container.
    pub target: u16,
    /// The role that serves it; every node where there is none.
    role: Option<Role>,
}

/// Every port that nodes have.
pub static NODE_PORTS: [NodePort; 3] = [
    NodePort {
        name: PortName::Ingress,
        target: INGRESS_PORT,
        role: Some(Role::HttpIngress),
    },
    NodePort {
        name: PortName::Admin,
        target: ADMIN_PORT,
        role: Some(Role::Admin),
    },
    NodePort {
        name: PortName::Fabric,
        target: FABRIC_PORT,
        role: None,
    },
];

impl NodePort {
    /// The port with that name.
    pub fn of(name: PortName) -> &'static Self {
        let mut ports = NODE_PORTS.iter();
        ports.find(|port| port.name == name).expect("every name")
    }
}

impl Node {
    /// The ports that the node serves.
    pub fn ports(&self) -> impl Iterator<Item = &'static NodePort> + use<'_> {
        let serves = |port: &&NodePort| port.role.is_none_or(|role| self.has(role));
        NODE_PORTS.iter().filter(serves)
    }
}

impl Topology {
    /// The ports of the node that Compose publishes on the host.
    pub fn published_ports<'a>(
        &'a self,
        node: &'a Node,
    ) -> impl Iterator<Item = &'static NodePort> + use<'a> {
        node.ports()
            .filter(|port| self.published.contains(&port.name))
    }

    /// The address of the host on which Compose publishes the port.
    pub fn bind(&self, name: PortName) -> IpAddr {
        match name {
            PortName::Ingress => self.ingress_bind,
            PortName::Admin | PortName::Fabric => self.private_bind,
        }
    }
}

/// The numbers of a node's ports on a host. 0 is one that there is no number for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostPorts {
    /// For the ingress.
    pub ingress: u16,
    /// For the admin API.
    pub admin: u16,
    /// For node to node traffic, restatectl and metrics.
    pub fabric: u16,
}

impl HostPorts {
    /// With those of the node that `.env` sets.
    #[must_use]
    pub fn with_ports_of(self, NodeId(id): NodeId, environment: &environment::HostPorts) -> Self {
        let port = |name: PortName| {
            let set = environment.get(&(Some(id), name.name()));
            set.map_or_else(|| self.port(name), |port| port.number)
        };
        Self {
            ingress: port(PortName::Ingress),
            admin: port(PortName::Admin),
            fabric: port(PortName::Fabric),
        }
    }

    /// The port by its name.
    pub fn port(&self, name: PortName) -> u16 {
        match name {
            PortName::Ingress => self.ingress,
            PortName::Admin => self.admin,
            PortName::Fabric => self.fabric,
        }
    }
}

/// How the ports of a cluster are numbered on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbering {
    /// By tens of thousands as far as that id, then sequential.
    Decimal {
        /// The last id of the first kind.
        last: u32,
    },
    /// By adding the id to a number for each port.
    Sequential,
    /// In a block of the cluster's own from that number on.
    Block(u16),
}

impl Numbering {
    /// On a host of Compose, where the file asks for it or for nothing.
    pub fn on_compose(ports: &Ports) -> Self {
        Self::asked_for(ports).unwrap_or(Self::Decimal {
            last: LAST_KNOWN_NODE,
        })
    }

    /// On a client of Nomad: those of later nodes would lie among [`NOMAD_DYNAMIC`] ones.
    pub fn on_nomad(ports: &Ports) -> Self {
        Self::asked_for(ports).unwrap_or(Self::Sequential)
    }

    fn asked_for(ports: &Ports) -> Option<Self> {
        let scheme = ports.scheme.map(|scheme| match scheme {
            PortScheme::Decimal => Self::Decimal {
                last: LAST_DECIMAL_NODE,
            },
            PortScheme::Sequential => Self::Sequential,
        });
        ports.base.map(Self::Block).or(scheme)
    }

    /// The ports of the node with that id, and what its entry sets over them.
    pub fn assign(self, id: NodeId, given: Option<&NodePorts>) -> HostPorts {
        let NodePorts {
            ingress,
            admin,
            fabric,
        } = given.cloned().unwrap_or_default();
        let numbered = self.ports(id);
        HostPorts {
            ingress: ingress.unwrap_or(numbered.ingress),
            admin: admin.unwrap_or(numbered.admin),
            fabric: fabric.unwrap_or(numbered.fabric),
        }
    }

    fn ports(self, NodeId(id): NodeId) -> HostPorts {
        let (ingress, admin, fabric) = match self {
            Self::Decimal { last } if id <= last => {
                // Node 1 has the ports that Restate's own documentation uses.
                let tens = if id == 1 { 0 } else { id * 10_000 };
                (
                    tens + u32::from(INGRESS_PORT),
                    tens + u32::from(ADMIN_PORT),
                    tens + u32::from(FABRIC_PORT),
                )
            }
            Self::Decimal { .. } | Self::Sequential => (
                SEQUENTIAL_INGRESS.saturating_add(id),
                SEQUENTIAL_ADMIN.saturating_add(id),
                SEQUENTIAL_FABRIC.saturating_add(id),
            ),
            // A port of the next block is another cluster's.
            Self::Block(_) if id > LAST_ID_OF_BLOCK => (u32::MAX, u32::MAX, u32::MAX),
            Self::Block(base) => {
                let first = u32::from(base) + PORTS_OF_AN_ID * id;
                (first, first + 1, first + 2)
            }
        };
        // An id so large that no port fits is a finding of its own; 0 is what it is known by.
        let port = |number: u32| u16::try_from(number).unwrap_or(0);
        HostPorts {
            ingress: port(ingress),
            admin: port(admin),
            fabric: port(fabric),
        }
    }
}

/// The ports of a bundled store: those of its cluster's block, or its own.
pub fn of_store(base: Option<u16>, own: (u16, u16)) -> (u16, u16) {
    base.map_or(own, |base| (base, base.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn numbers(numbering: Numbering, id: u32) -> [u16; 3] {
        let ports = numbering.assign(NodeId(id), None);
        [ports.ingress, ports.admin, ports.fabric]
    }

    fn of(scheme: PortScheme) -> Numbering {
        Numbering::on_compose(&Ports {
            scheme: Some(scheme),
            ..Ports::default()
        })
    }

    #[test]
    fn the_first_three_nodes_have_the_ports_that_people_know() {
        let unasked = Numbering::on_compose(&Ports::default());
        assert_eq!(numbers(unasked, 1), [8080, 9070, 5122]);
        assert_eq!(numbers(unasked, 2), [28080, 29070, 25122]);
        assert_eq!(numbers(unasked, 3), [38080, 39070, 35122]);
        assert_eq!(numbers(unasked, 4), [10004, 14004, 18004]);
        let decimal = of(PortScheme::Decimal);
        assert_eq!(numbers(decimal, 5), [58080, 59070, 55122]);
        assert_eq!(numbers(decimal, 6), [10006, 14006, 18006]);
    }

    #[test]
    fn a_block_has_the_ports_of_the_store_and_of_every_id() {
        let block = Numbering::Block(11_000);
        assert_eq!(of_store(Some(11_000), (9000, 9001)), (11_000, 11_001));
        assert_eq!(numbers(block, 1), [11_010, 11_011, 11_012]);
        assert_eq!(numbers(block, 99), [11_990, 11_991, 11_992]);
        assert_eq!(numbers(block, 100), [0, 0, 0]);
    }

    #[test]
    fn no_two_of_nineteen_hundred_nodes_share_a_port() {
        let unasked = Ports::default();
        for numbering in [
            Numbering::on_compose(&unasked),
            Numbering::on_nomad(&unasked),
            of(PortScheme::Decimal),
            of(PortScheme::Sequential),
        ] {
            let ports: Vec<u16> = (1..=1900).flat_map(|id| numbers(numbering, id)).collect();
            let distinct: BTreeSet<u16> = ports.iter().copied().collect();
            assert_eq!(distinct.len(), ports.len());
            // Those of the bundled stores.
            for taken in [9000, 9001, 8333, 8888, 9333] {
                assert!(!distinct.contains(&taken), "{taken}");
            }
        }
    }

    #[test]
    fn what_nobody_asks_for_lies_outside_of_what_others_are_given() {
        for id in 1..=1900 {
            let ports = numbers(Numbering::on_nomad(&Ports::default()), id);
            let is_taken = |port| EPHEMERAL.contains(port) || NOMAD_DYNAMIC.contains(port);
            assert!(!ports.iter().any(is_taken), "{id}: {ports:?}");
            let ports = numbers(Numbering::on_compose(&Ports::default()), id);
            let is_taken = ports.iter().any(|port| EPHEMERAL.contains(port));
            assert_eq!(is_taken, id == 3, "{id}: {ports:?}");
        }
    }
}
