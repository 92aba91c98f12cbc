//! Which host ports a node has.
//!
//! A node's ports follow from its id alone, so no other node changes them by coming or going.

use super::ids::NodeId;
use crate::facts::{ADMIN_PORT, FABRIC_PORT, INGRESS_PORT};
use crate::model::{NodePorts, PortName, PortScheme};

/// The last node with ports of the decimal scheme: node 6 would need 68080, and ports end at 65535.
const LAST_DECIMAL_NODE: u32 = 5;
/// The sequential scheme's ports are these plus the id. Each range has room for 4,000 nodes, ends before
/// 25122, the decimal scheme's first, and stays below 32768, where Linux starts to hand out ports by itself.
const SEQUENTIAL_INGRESS: u32 = 10_000;
const SEQUENTIAL_ADMIN: u32 = 14_000;
const SEQUENTIAL_FABRIC: u32 = 18_000;

/// The ports of a node on its host.
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
    /// The port by its name.
    pub fn port(&self, name: PortName) -> u16 {
        match name {
            PortName::Ingress => self.ingress,
            PortName::Admin => self.admin,
            PortName::Fabric => self.fabric,
        }
    }
}

/// The host ports of the node with that id, and what its entry sets over them.
pub fn assign(id: NodeId, scheme: PortScheme, given: Option<&NodePorts>) -> HostPorts {
    let NodePorts {
        ingress,
        admin,
        fabric,
    } = given.cloned().unwrap_or_default();
    let scheme = scheme_ports(id, scheme);
    HostPorts {
        ingress: ingress.unwrap_or(scheme.ingress),
        admin: admin.unwrap_or(scheme.admin),
        fabric: fabric.unwrap_or(scheme.fabric),
    }
}

fn scheme_ports(NodeId(id): NodeId, scheme: PortScheme) -> HostPorts {
    let (ingress, admin, fabric) = match scheme {
        PortScheme::Decimal if id <= LAST_DECIMAL_NODE => {
            // Node 1 has the ports that Restate's own documentation uses.
            let tens = if id == 1 { 0 } else { id * 10_000 };
            (
                tens + u32::from(INGRESS_PORT),
                tens + u32::from(ADMIN_PORT),
                tens + u32::from(FABRIC_PORT),
            )
        }
        PortScheme::Decimal | PortScheme::Sequential => (
            SEQUENTIAL_INGRESS.saturating_add(id),
            SEQUENTIAL_ADMIN.saturating_add(id),
            SEQUENTIAL_FABRIC.saturating_add(id),
        ),
    };
    // An id so large that no port fits is a finding of its own; 0 is what it is known by.
    let port = |number: u32| u16::try_from(number).unwrap_or(0);
    HostPorts {
        ingress: port(ingress),
        admin: port(admin),
        fabric: port(fabric),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_first_five_nodes_have_the_decimal_ports() {
        let ports = |id| {
            let HostPorts {
                ingress,
                admin,
                fabric,
            } = assign(NodeId(id), PortScheme::Decimal, None);
            (ingress, admin, fabric)
        };
        assert_eq!(ports(1), (8080, 9070, 5122));
        assert_eq!(ports(2), (28080, 29070, 25122));
        assert_eq!(ports(5), (58080, 59070, 55122));
        assert_eq!(ports(6), (10006, 14006, 18006));
    }

    #[test]
    fn no_two_of_three_thousand_nodes_share_a_port() {
        for scheme in [PortScheme::Decimal, PortScheme::Sequential] {
            let ports: Vec<u16> = (1..=3000)
                .map(|id| assign(NodeId(id), scheme, None))
                .flat_map(|ports| [ports.ingress, ports.admin, ports.fabric])
                .collect();
            let distinct: BTreeSet<u16> = ports.iter().copied().collect();
            assert_eq!(distinct.len(), ports.len());
            // Those of the bundled stores, and the range from which Linux hands out ports.
            for taken in [9000, 9001, 8333, 8888, 9333] {
                assert!(!distinct.contains(&taken), "{taken}");
            }
        }
    }
}
