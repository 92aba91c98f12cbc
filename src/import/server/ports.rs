//! The ports that a service publishes.

use std::net::IpAddr;

use crate::import::part::{Part, Spot};

/// A port that is published on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// The address of the host; none for all.
    pub bind: Option<IpAddr>,
    /// The port of the host, where it is one.
    pub host: Option<u16>,
    /// The port of the container.
    pub container: u16,
    /// Where it is published.
    pub spot: Spot,
}

impl Port {
    /// Whether the whole network reaches it.
    pub fn is_open(&self) -> bool {
        self.bind.is_none_or(|bind| bind.is_unspecified())
    }
}

/// The ports of an entry of `ports`; none where it is not understood.
pub fn ports_of(entry: &Part) -> Vec<Port> {
    let spot = entry.spot.clone();
    if entry.map().is_some() {
        let text = |key: &str| entry.get(key).and_then(Part::text);
        let Some(container) = text("target").and_then(|port| port.parse().ok()) else {
            return Vec::new();
        };
        return vec![Port {
            bind: text("host_ip").and_then(|bind| bind.parse().ok()),
            host: text("published").and_then(|port| port.parse().ok()),
            container,
            spot,
        }];
    }
    let text = entry.text().unwrap_or_default();
    let text = text.split('/').next().unwrap_or_default();
    let (rest, container) = match text.rsplit_once(':') {
        Some((rest, container)) => (Some(rest), container),
        None => (None, text),
    };
    let (bind, host) = match rest.map(|rest| rest.rsplit_once(':')) {
        Some(Some((bind, host))) => (bind.trim_matches(['[', ']']).parse().ok(), Some(host)),
        Some(None) => (None, rest),
        None => (None, None),
    };
    let (Some(containers), hosts) = (range(container), host.and_then(range)) else {
        return Vec::new();
    };
    let hosts: Vec<u16> = hosts.into_iter().flatten().collect();
    containers
        .enumerate()
        .map(|(index, container)| Port {
            bind,
            host: hosts.get(index).copied(),
            container,
            spot: spot.clone(),
        })
        .collect()
}

/// A port, or the ports from one to another.
fn range(text: &str) -> Option<std::ops::RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    // More would be a mistake, and fill the memory.
    (first <= last && last - first < 1000).then_some(first..=last)
}
