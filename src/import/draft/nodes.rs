//! The nodes of a cluster file to be: who each is, and where its data stays.

use serde_json::{Map, Value, json};

use super::Drafting;
use crate::diagnostic::quoted;
use crate::import::server::{Data, Port, Server};
use crate::model::{PortName, Role};
use crate::source::DocPath;

impl Drafting<'_> {
    pub(super) fn node(&mut self, server: &Server) -> Map<String, Value> {
        let index = self
            .deployment
            .servers
            .iter()
            .position(|other| other.service == server.service);
        let at = DocPath::of(["nodes"]).index(index.unwrap_or_default());
        let mut node = Map::new();
        let name = self.node_name(server, &at);
        node.insert("name".into(), name.clone());
        node.insert("id".into(), self.node_id(server, &at));
        if let Some(given) = server.setting("roles") {
            let roles: Vec<String> = match &given.value {
                Value::Array(items) => items
                    .iter()
                    .filter_map(|role| role.as_str().map(str::to_owned))
                    .collect(),
                other => other
                    .as_str()
                    .unwrap_or_default()
                    .split(',')
                    .map(|role| role.trim().to_owned())
                    .collect(),
            };
            let mut all: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
            all.retain(|role| !roles.iter().any(|own| own == role));
            if !all.is_empty() {
                self.carried(
                    &given.spot.clone(),
                    format!("the roles of {} are `nodes[].roles`", server.service),
                );
                node.insert("roles".into(), json!(roles));
            }
        }
        if let (Some(location), Some(given)) = (
            server.text("location").filter(|text| !text.is_empty()),
            server.setting("location"),
        ) {
            self.carried(
                &given.spot.clone(),
                format!("the location of {} is `nodes[].location`", server.service),
            );
            node.insert("location".into(), location.into());
        }
        if let Some(volume) = self.volume(server, name.as_str().unwrap_or_default(), &at) {
            node.insert("volume".into(), volume);
        }
        let mut ports = Map::new();
        for name in [PortName::Ingress, PortName::Admin, PortName::Fabric] {
            let of_name = |port: &&Port| server.port_name(port.container) == Some(name);
            if let Some(host) = server.ports.iter().find(of_name).and_then(|port| port.host) {
                ports.insert(name.name().into(), host.into());
            }
        }
        if !ports.is_empty() {
            self.carried(
                &server.spot,
                format!("the host ports of {} are `nodes[].ports`", server.service),
            );
            node.insert("ports".into(), ports.into());
        }
        for port in server
            .ports
            .iter()
            .filter(|port| server.port_name(port.container).is_none())
        {
            self.left(
                &port.spot,
                format!("{} listens on no port {}", server.service, port.container),
            );
        }
        node
    }

    pub(super) fn node_name(&mut self, server: &Server, at: &DocPath) -> Value {
        let service = &server.service;
        if let Some(given) = server.setting("node-name") {
            let name = server.text("node-name").unwrap_or_default();
            self.carried(
                &given.spot.clone(),
                format!("the node's name {} is `nodes[].name`", quoted(&name)),
            );
            return name.into();
        }
        if let Some((name, spot)) = &server.hostname {
            self.carried(spot, format!("the host name {}, which is the node's name where no setting gives it, is `nodes[].name`", quoted(name)));
            return name.clone().into();
        }
        if let Some(name) = self
            .answer(server)
            .and_then(|answer| answer.hostname.clone())
        {
            self.carried(
                &server.spot,
                format!(
                    "the container of {service} is called {}, so its node is too: `nodes[].name`",
                    quoted(&name)
                ),
            );
            return name.into();
        }
        let what = format!(
            "the name of the node in `{service}`: no setting gives it, so it is the id of the container that wrote the data, and a node of another name would not find them"
        );
        let command = format!(
            "docker inspect --format '{{{{.Config.Hostname}}}}' $(docker compose -p {} ps -q {service})",
            self.deployment.project.name
        );
        self.ask(at.clone().key("name"), &server.spot, what, command)
    }

    pub(super) fn node_id(&mut self, server: &Server, at: &DocPath) -> Value {
        if let Some(id) = server
            .setting("force-node-id")
            .and_then(|given| given.value.as_u64())
        {
            return id.into();
        }
        if let Some(id) = self.answer(server).and_then(|answer| answer.id) {
            return id.into();
        }
        if self.deployment.servers.len() == 1 {
            self.carried(
                &server.spot,
                "the only node of a cluster has id 1, which is `nodes[].id`",
            );
            return 1.into();
        }
        let what = format!(
            "the id of the node in `{}`: nodes get theirs in the order in which they join",
            server.service
        );
        let command = format!(
            "docker compose -p {} exec {} restatectl nodes list",
            self.deployment.project.name, server.service
        );
        self.ask(at.clone().key("id"), &server.spot, what, command)
    }

    /// Where the node's data is, where that is not where Compose puts them for the cluster file.
    pub(super) fn volume(&mut self, server: &Server, node: &str, at: &DocPath) -> Option<Value> {
        let service = &server.service;
        let project = &self.deployment.project.name;
        let folder = server.base_folder();
        let answer = self
            .answer(server)
            .and_then(|answer| answer.mounts.get(&folder).cloned());
        let at = at.clone().key("volume");
        match &server.data {
            Data::Named(..) | Data::Folder(..) if self.is_shared(server) => {
                let (from, spot) = match &server.data {
                    Data::Named(_, name, spot) | Data::Folder(name, spot) => (name, spot),
                    _ => return None,
                };
                let own = format!("{}_{node}", from.trim_matches(['.', '/']).replace('/', "_"));
                self.better(spot, format!("{service} gets a volume of its own, `{own}`, so that one disk may be lost: see the steps"));
                Some(own.into())
            }
            Data::Named(key, name, spot) => {
                let name = answer.unwrap_or_else(|| name.clone());
                // In a file that this tool wrote, Compose finds it by the name that the node gives it.
                let of_project = format!("{}_{key}", self.deployment.project.name);
                let is_default = *key == format!("{node}-data") && name == of_project;
                if self.deployment.is_generated && is_default {
                    return None;
                }
                self.carried(
                    spot,
                    format!(
                        "the data of {service} stays in the volume {}, which is `nodes[].volume`",
                        quoted(&name)
                    ),
                );
                Some(name.into())
            }
            Data::Folder(path, spot) if path.starts_with('~') => {
                let what = format!(
                    "where the data of `{service}` is: `~` is another folder for each user"
                );
                let command = format!(
                    "docker inspect --format '{{{{json .Mounts}}}}' $(docker compose -p {project} ps -q {service})"
                );
                Some(match answer {
                    Some(path) => path.into(),
                    None => self.ask(at, spot, what, command),
                })
            }
            Data::Folder(path, spot) => {
                self.carried(
                    spot,
                    format!(
                        "the data of {service} stays in the folder {}, which is `nodes[].volume`",
                        quoted(path)
                    ),
                );
                Some(self.seen_from_output(path).into())
            }
            Data::Memory(spot) => {
                self.left(spot, format!("the data of {service} is in memory and cannot be kept: the node starts empty, in a volume"));
                None
            }
            Data::Beside(target, spot) => {
                let what = format!(
                    "where the data of `{service}` is to be: the server writes to {folder}, and the mount is at {target}, which is another folder of the volume"
                );
                let command = format!(
                    "docker cp $(docker compose -p {project} ps -q {service}):{folder} ./restate-data, with the server stopped, and write `./restate-data`"
                );
                Some(self.ask(at, spot, what, command))
            }
            Data::Container => {
                let what = format!(
                    "where the data of `{service}` is to be: it is in the container itself and gone with it"
                );
                let command = format!(
                    "docker cp $(docker compose -p {project} ps -q {service}):{folder} ./restate-data, with the server stopped, and write `./restate-data`"
                );
                Some(self.ask(at, &server.spot, what, command))
            }
        }
    }

    pub(super) fn is_shared(&self, server: &Server) -> bool {
        let sharing = self.deployment.sharing();
        let mut servers = self.deployment.servers.iter().enumerate();
        servers.any(|(index, other)| other.service == server.service && sharing.contains(&index))
    }
}
