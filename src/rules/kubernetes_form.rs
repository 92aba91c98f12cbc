//! RG609: names, hosts, ranges and tolerations that Kubernetes does not accept.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::model::kubernetes::{Kubernetes, Peer};
use crate::model::names::{is_domain, is_key, is_name};
use crate::source::DocPath;

/// Names, hosts, ranges and tolerations that Kubernetes does not accept.
pub static RULE: Rule = Rule {
    code: "RG609",
    slug: "kubernetes-form",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

For Kubernetes: an object name, host, CIDR range or toleration is invalid, or one peer has both a range and pod labels.

## Why

The API server checks each object separately ([Kubernetes,
names](https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names), [network
policies](https://kubernetes.io/docs/concepts/services-networking/network-policies/)). So an object that it refuses is
missing while the others already exist. Without its network policy, a port is closed to those who need it. Without its
StatefulSet, no node runs.

A CIDR range is a peer of its own: no peer is both in a range and a pod with labels, so one of the two would be dropped.
A range with bits beyond its length, such as `10.0.0.1/8`, is read as `10.0.0.0/8` by some and refused by others.

## Fails

```yaml
nodes: 3
kubernetes: {network: {ingress_from: [{cidr: 10.0.0.0/33}]}}
```

## Passes

```yaml
nodes: 3
kubernetes: {network: {ingress_from: [{cidr: 10.0.0.0/8}]}}
```
"#,
};

/// Finds what the API server would refuse.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let Some(kubernetes) = &cluster.kubernetes else {
        return Vec::new();
    };
    let mut found = names(kubernetes);
    found.extend(hosts(kubernetes));
    found.extend(tolerations(kubernetes));
    if let Some(network) = &kubernetes.network {
        for (key, peers) in [
            ("ingress_from", &network.ingress_from),
            ("admin_from", &network.admin_from),
            ("metrics_from", &network.metrics_from),
            ("services_to", &network.services_to),
        ] {
            for (index, peer) in peers.iter().flatten().enumerate() {
                let at = DocPath::of(["kubernetes", "network", key]).index(index);
                found.extend(fault_of_peer(&at, peer));
            }
        }
    }
    found
}

/// Names of objects: the schema knows their characters, and not that each part between dots is a name by itself.
fn names(kubernetes: &Kubernetes) -> Vec<Diagnostic> {
    let at = |keys: &[&str]| {
        keys.iter()
            .fold(DocPath::of(["kubernetes"]), |path, key| path.key(*key))
    };
    let ingress = kubernetes.ingress.as_ref();
    let mut names = vec![
        (at(&["secret"]), kubernetes.secret.as_ref(), "a Secret"),
        (
            at(&["priority_class"]),
            kubernetes.priority_class.as_ref(),
            "a priority class",
        ),
        (
            at(&["ingress", "class"]),
            ingress.and_then(|ingress| ingress.class.as_ref()),
            "an ingress class",
        ),
        (
            at(&["ingress", "tls_secret"]),
            ingress.and_then(|ingress| ingress.tls_secret.as_ref()),
            "a Secret",
        ),
        (
            at(&["gateway", "name"]),
            kubernetes.gateway.as_ref().map(|gateway| &gateway.name),
            "a Gateway",
        ),
    ];
    for (index, name) in kubernetes.image_pull_secrets.iter().enumerate() {
        let place = at(&["image_pull_secrets"]).index(index);
        names.push((place, Some(name), "a Secret"));
    }
    names
        .into_iter()
        .filter_map(|(at, name, what)| {
            let name = name.filter(|name| !is_domain(name))?;
            let message = format!("{} cannot be the name of {what}", quoted(name));
            Some(Diagnostic::new(&RULE, at, message).help(
                "use lower-case letters, digits and `-`, with dots between parts that begin and end with a letter or digit",
            ))
        })
        .collect()
}

fn hosts(kubernetes: &Kubernetes) -> Vec<Diagnostic> {
    let ingress = kubernetes.ingress.as_ref().map(|ingress| &ingress.host);
    let gateway = kubernetes.gateway.as_ref().map(|gateway| &gateway.host);
    [("ingress", ingress), ("gateway", gateway)]
        .into_iter()
        .filter_map(|(key, host)| {
            let host = host?;
            let what = if host.parse::<IpAddr>().is_ok() {
                "is an address, but requests are routed by host name"
            } else if is_domain(host) {
                return None;
            } else {
                "is not a host name"
            };
            let message = format!("{} {what}", quoted(host));
            let at = DocPath::of(["kubernetes", key, "host"]);
            Some(
                Diagnostic::new(&RULE, at, message)
                    .help("write the name that users type, such as restate.example.com"),
            )
        })
        .collect()
}

fn tolerations(kubernetes: &Kubernetes) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (index, toleration) in kubernetes.tolerations.iter().enumerate() {
        let at = |key: &str| {
            DocPath::of(["kubernetes", "tolerations"])
                .index(index)
                .key(key)
        };
        if !is_key(&toleration.key) {
            let message = format!("{} is not a valid taint key", quoted(&toleration.key));
            found.push(Diagnostic::new(&RULE, at("key"), message).help(
                "use letters, digits, `-`, `_` and `.`, with `domain/` in front if the taint has one",
            ));
        }
        let value = toleration.value.as_ref();
        if let Some(value) = value.filter(|value| !value.is_empty() && !is_name(value)) {
            let message = format!("{} is not a valid taint value", quoted(value));
            found.push(Diagnostic::new(&RULE, at("value"), message).help(
                "use at most 63 letters, digits, `-`, `_` and `.`; or leave it out, which tolerates any value",
            ));
        }
    }
    found
}

fn fault_of_peer(at: &DocPath, peer: &Peer) -> Option<Diagnostic> {
    let cidr = peer.cidr.as_ref()?;
    let place = at.clone().key("cidr");
    let (message, help) = match range(cidr) {
        Range::Invalid => (
            format!("{} is not a CIDR range", quoted(cidr)),
            "write an address and its prefix length, such as 10.0.0.0/8 or fd00::/8".to_owned(),
        ),
        Range::Ragged(meant) => (
            format!("{} has bits beyond its prefix length", quoted(cidr)),
            format!("write `{meant}` for the range, or the full prefix length for one address"),
        ),
        Range::Valid if peer.namespace.is_some() || !peer.pods.is_empty() => (
            "one peer has both a range and pod labels, and none can match both".to_owned(),
            "write two entries: one with `cidr`, one with `namespace` and `pods`".to_owned(),
        ),
        Range::Valid => return None,
    };
    Some(Diagnostic::new(&RULE, place, message).help(help))
}

enum Range {
    Valid,
    /// With the range that it is in.
    Ragged(String),
    Invalid,
}

fn range(cidr: &str) -> Range {
    let Some((address, length)) = cidr.split_once('/') else {
        return Range::Invalid;
    };
    // The API server refuses `08`.
    let is_plain = length == "0" || !length.starts_with('0');
    let (Ok(address), Ok(length), true) =
        (address.parse::<IpAddr>(), length.parse::<u32>(), is_plain)
    else {
        return Range::Invalid;
    };
    let (masked, most) = match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(length));
            let bits = u32::from(address) & mask.unwrap_or(0);
            (IpAddr::V4(bits.into()), 32)
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(length));
            let bits = u128::from(address) & mask.unwrap_or(0);
            (IpAddr::V6(bits.into()), 128)
        }
    };
    if length > most {
        Range::Invalid
    } else if masked == address {
        Range::Valid
    } else {
        Range::Ragged(format!("{masked}/{length}"))
    }
}
