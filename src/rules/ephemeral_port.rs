//! RG206: host ports that Linux hands out to outgoing connections.

use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::model::{Cluster, NodeEntry, NodePorts, PortName};
use crate::places::{entry_of, node_path};
use crate::source::DocPath;
use crate::topology::ports::EPHEMERAL;
use crate::topology::{Node, Topology};

/// Host ports that Linux hands out to outgoing connections.
pub static RULE: Rule = Rule {
    code: "RG206",
    slug: "ephemeral-port",
    severity: Severity::Hint,
    since: "0.1.0",
    docs: r#"## What

Host ports of nodes are in the range 32768 to 60999: those of nodes 3 to 5 with the scheme `decimal`, or ports that the
file sets. `restate-gen compose` also reports node 3 when the file does not set ports.

## Why

Linux uses that range for outgoing connections
([ip_local_port_range](https://docs.kernel.org/networking/ip-sysctl.html)). While a connection holds the port, the node
does not start: `bind: address already in use`, seen in engine tests under load. The kernel skips the ports in
`net.ipv4.ip_local_reserved_ports`: `OPERATIONS.md` has the command.

## Fails

```yaml
nodes: 3
ports: {scheme: decimal}
```

## Passes

```yaml
nodes: 3
ports: {scheme: sequential}
```
"#,
};

/// Finds them where the file asks for these ports.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    found(cluster, topology, |node, port| {
        is_asked_for(cluster, node, port)
    })
}

/// Finds those that the file does not ask for, where the files of Compose are made.
pub fn unasked(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    found(cluster, topology, |node, port| {
        !is_asked_for(cluster, node, port)
    })
}

fn found(
    cluster: &Cluster,
    topology: &Topology,
    is_meant: impl Fn(&Node, PortName) -> bool,
) -> Vec<Diagnostic> {
    let nodes = topology.nodes.iter();
    let taken: Vec<(&Node, Vec<u16>)> = nodes
        .map(|node| {
            let numbers = topology
                .published_ports(node)
                .filter(|port| is_meant(node, port.name))
                .map(|port| node.host_ports.port(port.name))
                .filter(|number| EPHEMERAL.contains(number));
            (node, numbers.collect::<Vec<u16>>())
        })
        .filter(|(_, numbers)| !numbers.is_empty())
        .collect();
    let Some((first, numbers)) = taken.first() else {
        return Vec::new();
    };
    let (plural, are) = if numbers.len() == 1 {
        ("", "is")
    } else {
        ("s", "are")
    };
    let others = match taken.len() - 1 {
        0 => String::new(),
        1 => " (and some of another node)".into(),
        more => format!(" (and some of {more} other nodes)"),
    };
    let message = format!(
        "host port{plural} {} of {}{others} {are} in the range that Linux uses for outgoing connections, so the node may find one in use when it starts",
        listed(numbers),
        first.name
    );
    let help = "reserve them in the kernel as `OPERATIONS.md` says, or choose others, such as `ports: {base: 11000}`";
    vec![Diagnostic::new(&RULE, at(cluster, first), message).help(help)]
}

/// What the node's ports follow from.
fn at(cluster: &Cluster, node: &Node) -> DocPath {
    let of_cluster = cluster.ports.as_ref();
    let of_node = |(id, _): &(Option<u32>, &str)| *id == Some(node.id.0);
    let mut of_environment = cluster.host_ports.iter();
    if let Some((_, port)) =
        of_environment.find(|(of, port)| of_node(of) && EPHEMERAL.contains(&port.number))
    {
        DocPath::of([".env", port.variable.as_str()])
    } else if own_ports(cluster, node).is_some() {
        node_path(node).key("ports")
    } else if of_cluster.is_some_and(|ports| ports.base.is_some()) {
        DocPath::of(["ports", "base"])
    } else if of_cluster.is_some_and(|ports| ports.scheme.is_some()) {
        DocPath::of(["ports", "scheme"])
    } else {
        DocPath::of(["nodes"])
    }
}

/// Whether the file gives the node's port a number, or says how all are numbered.
fn is_asked_for(cluster: &Cluster, node: &Node, port: PortName) -> bool {
    let of_cluster = cluster.ports.as_ref();
    let own = own_ports(cluster, node).and_then(|ports| match port {
        PortName::Ingress => ports.ingress,
        PortName::Admin => ports.admin,
        PortName::Fabric => ports.fabric,
    });
    own.is_some()
        || cluster
            .host_ports
            .contains_key(&(Some(node.id.0), port.name()))
        || of_cluster.is_some_and(|ports| ports.base.is_some() || ports.scheme.is_some())
}

fn own_ports<'a>(cluster: &'a Cluster, node: &Node) -> Option<&'a NodePorts> {
    match entry_of(cluster, node)? {
        NodeEntry::Node(entry) => entry.ports.as_ref(),
        NodeEntry::Group(_) => None,
    }
}
