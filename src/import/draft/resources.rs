//! The ports and resources of a cluster file to be.

use serde_json::{Map, Value, json};

use super::Drafting;
use crate::facts;
use crate::import::rules::pools_of;
use crate::import::server::Server;
use crate::model::{ByteSize, PortName};

impl Drafting<'_> {
    pub(super) fn ports(&mut self, servers: &[Server]) {
        let all = [PortName::Ingress, PortName::Admin, PortName::Fabric];
        let of = |name: PortName| {
            servers.iter().flat_map(move |server| {
                server
                    .ports
                    .iter()
                    .filter(move |port| server.port_name(port.container) == Some(name))
            })
        };
        let published: Vec<&str> = all
            .iter()
            .filter(|name| of(**name).next().is_some())
            .map(|name| name.name())
            .collect();
        let mut ports = Map::new();
        if let Some(bind) =
            of(PortName::Ingress).find_map(|port| port.bind.filter(|bind| !bind.is_unspecified()))
        {
            ports.insert("ingress_bind".into(), bind.to_string().into());
        }
        let private = || of(PortName::Admin).chain(of(PortName::Fabric));
        if let Some(bind) = private().find_map(|port| {
            port.bind
                .filter(|bind| !bind.is_unspecified() && !bind.is_loopback())
        }) {
            ports.insert("bind".into(), bind.to_string().into());
        } else if let Some(open) = private().find(|port| port.is_open()) {
            self.better(&open.spot.clone(), "the admin and fabric ports, which have no authentication, are open to this machine alone; `ports: {bind: 0.0.0.0}` opens them");
        }
        if published.len() < all.len() {
            ports.insert("publish".into(), json!(published));
        }
        if !ports.is_empty() {
            self.root.insert("ports".into(), ports.into());
        }
    }

    pub(super) fn resources(&mut self, servers: &[Server]) {
        let given: Vec<Map<String, Value>> = servers
            .iter()
            .map(|server| self.resources_of(server))
            .collect();
        let is_same = given.windows(2).all(|pair| pair[0] == pair[1]);
        if is_same {
            self.root
                .insert("resources".into(), given[0].clone().into());
            return;
        }
        for (index, resources) in given.into_iter().enumerate() {
            self.set_of_node(index, "resources", resources.into());
        }
    }

    pub(super) fn resources_of(&mut self, server: &Server) -> Map<String, Value> {
        let find = |keys: &[&[&str]]| {
            keys.iter().find_map(|keys| {
                let part = server.part.find(keys)?;
                Some((part.text()?, part.spot.clone()))
            })
        };
        let mut resources = Map::new();
        match find(&[&["deploy", "resources", "limits", "cpus"], &["cpus"]]) {
            Some((text, spot)) => {
                self.carried(
                    &spot,
                    format!("the CPU limit of {} is `resources.cpus`", server.service),
                );
                resources.insert("cpus".into(), number(&text));
            }
            None => {
                resources.insert("cpus".into(), "none".into());
            }
        }
        let memory = find(&[&["deploy", "resources", "limits", "memory"], &["mem_limit"]]);
        match memory
            .as_ref()
            .and_then(|(text, spot)| Some((compose_bytes(text)?, spot)))
        {
            Some((bytes, spot)) => {
                self.carried(spot, format!("the memory limit of {} is `resources.memory`; the server's pools follow from it", server.service));
                resources.insert("memory".into(), ByteSize::bytes(bytes).to_string().into());
            }
            None => {
                let memory = ByteSize::bytes(pools_of(server).max(2 << 30))
                    .as_mebibytes()
                    .div_ceil(1024);
                self.better(&server.spot, format!("{} gets a memory limit, so that the kernel never kills it under load; the server's own pools are {memory} GiB at most: `resources.memory`", server.service));
                resources.insert("memory".into(), format!("{memory}GiB").into());
            }
        }
        let mut reserve = Map::new();
        if let Some((text, _)) = find(&[&["deploy", "resources", "reservations", "cpus"]]) {
            reserve.insert("cpus".into(), number(&text));
        }
        if let Some(bytes) = find(&[
            &["deploy", "resources", "reservations", "memory"],
            &["mem_reservation"],
        ])
        .and_then(|(text, _)| compose_bytes(&text))
        {
            reserve.insert("memory".into(), ByteSize::bytes(bytes).to_string().into());
        }
        if !reserve.is_empty() {
            resources.insert("reserve".into(), reserve.into());
        }
        resources
    }
}

/// A number of Compose's, which it takes in quotes too.
fn number(text: &str) -> Value {
    text.trim().parse::<f64>().map_or_else(
        |_| text.into(),
        |number| match number.fract() == 0.0 && number < 1e6 {
            true => Value::from(number as u64),
            false => json!(number),
        },
    )
}

/// The bytes of a size of Compose's, to which every unit is binary.
pub fn compose_bytes(text: &str) -> Option<u64> {
    let (number, unit) = facts::split_size(text)?;
    let shift = match unit.to_ascii_lowercase().trim_end_matches('b') {
        "" => 0,
        "k" | "ki" => 10,
        "m" | "mi" => 20,
        "g" | "gi" => 30,
        "t" | "ti" => 40,
        _ => return None,
    };
    Some((number * (1u64 << shift) as f64) as u64)
}
