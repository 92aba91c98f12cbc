//! RG689: `.env` sets an address that the nodes' TLS does not fit.

use crate::diagnostic::{At, Diagnostic, Rule, Severity, quoted};
use crate::model::environment::{EnvironmentFile, Variable};
use crate::model::tls::TlsMode;
use crate::topology::{NodeId, Topology};

/// `.env` sets an address that the nodes' TLS does not fit.
pub static RULE: Rule = Rule {
    code: "RG689",
    slug: "environment-tls",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

`.env` in a folder for Compose sets a node's advertised address to `http://` although the nodes require TLS, or to
`https://` although they have none.

## Why

The other nodes take the scheme from the address. A node that requires TLS refuses connections without it, and one that
has no certificate accepts no other: the node is cut off, and after a restart of several the cluster stops (run: 1.7.12,
`tls.fabric.mode: require`).

## Fails

```yaml
nodes: 3
tls: {}
```

with `.env`

```sh
RESTATE_NODE1_ADVERTISED_ADDRESS=http://10.0.0.1:5122
```

## Passes

```yaml
nodes: 3
tls: {}
```

with `.env`

```sh
RESTATE_NODE1_ADVERTISED_ADDRESS=https://10.0.0.1:5122
```
"#,
};

/// Finds the addresses whose scheme the nodes do not accept.
pub fn check(topology: &Topology, environment: &EnvironmentFile) -> Vec<Diagnostic> {
    let mode = topology.tls.as_ref().map(|tls| tls.mode);
    let find = |Variable { name, value, place }: &Variable| {
        let id = name
            .strip_prefix("RESTATE_NODE")?
            .strip_suffix("_ADVERTISED_ADDRESS")?;
        let node = topology.node(NodeId(id.parse().ok()?))?;
        // Compose knows the variable by the id as it is written, without zeros before it.
        if node.id.to_string() != id {
            return None;
        }
        let value = value.as_ref()?;
        let (scheme, _) = value.split_once("://")?;
        let (reason, instead) = match (scheme, mode) {
            ("http", Some(TlsMode::Require)) => ("requires TLS", "https"),
            ("https", None) => ("has no TLS", "http"),
            _ => return None,
        };
        let message = format!(
            "{} {reason}, so no other node can connect to {}",
            node.name,
            quoted(value)
        );
        let help = format!("begin the address with `{instead}://`, or remove the variable");
        Some(Diagnostic::new(&RULE, At::Flag(place.clone()), message).help(help))
    };
    environment.variables.iter().filter_map(find).collect()
}
