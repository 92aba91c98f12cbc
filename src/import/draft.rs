//! The cluster file of a deployment, with what becomes of everything that its files say.

mod nodes;
mod resources;
mod settings;
mod store;

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::part::Spot;
use super::server::{Data, Server};
use super::{Answer, Asked, Deployment, passed, report, yaml};
use crate::diagnostic::{listed, quoted};
use crate::facts::{self, SERVER_IMAGE};
use crate::model::{PortName, Role};
use crate::schema;
use crate::source::{DocPath, Document};
use crate::topology::{self, Topology};

pub use resources::compose_bytes;

/// The cluster's name where no setting says it. Source: dump 1.5.3 to 1.7.12, `cluster-name`.
pub const SERVERS_OWN_NAME: &str = "localcluster";
/// The number of partitions where no setting says it. Source: dump 1.5.3 to 1.7.12, `default-num-partitions`.
const SERVERS_OWN_PARTITIONS: u64 = 24;
/// What stands for a value that only the running server knows: no key takes it.
const OPEN: &str = "?";

/// Something that is said about the import.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// What it is about, where that is written.
    pub spot: Option<Spot>,
    /// A sentence without its full stop.
    pub text: String,
}

/// What the files leave open.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// What it is about.
    pub spot: Spot,
    /// What is open, and why it matters.
    pub what: String,
    /// The command that answers it.
    pub command: String,
    /// The key of the cluster file that takes the answer.
    pub key: String,
}

/// A cluster file to be, and all that is said of it.
#[derive(Debug, Default)]
pub struct Draft {
    /// The cluster file.
    pub text: String,
    /// What Compose lays over the generated file, where something has no key.
    pub overriding: Option<String>,
    /// Credentials for `.env`.
    pub secrets: Vec<(&'static str, String)>,
    /// What the files leave open.
    pub questions: Vec<Question>,
    /// What is carried over.
    pub carried: Vec<Note>,
    /// What becomes better.
    pub better: Vec<Note>,
    /// What cannot be carried.
    pub left: Vec<Note>,
    /// What is done before the new files are applied: words and a command each.
    pub steps: Vec<(String, String)>,
}

impl Draft {
    /// The report in Markdown, with what is wrong in the source.
    pub fn report(
        &self,
        deployment: &Deployment,
        found: &[super::rules::Found],
        heading: &report::Heading,
    ) -> String {
        report::written(self, deployment, found, heading)
    }
}

/// The cluster file of the deployment.
pub fn of(deployment: &Deployment, asked: &Asked) -> Draft {
    let mut drafting = Drafting {
        deployment,
        asked,
        draft: Draft::default(),
        root: Map::new(),
        comments: HashMap::new(),
    };
    drafting.run();
    let Drafting {
        mut draft,
        root,
        comments,
        ..
    } = drafting;
    draft.text = yaml::written(&ordered(root), &comments);
    draft
}

/// The keys in the order in which people read them.
fn ordered(mut root: Map<String, Value>) -> Map<String, Value> {
    const FIRST: [&str; 10] = [
        "name",
        "version",
        "image",
        "nodes",
        "replication",
        "partitions",
        "metadata_servers",
        "object_store",
        "snapshots",
        "ports",
    ];
    let mut ordered = Map::new();
    for key in FIRST {
        if let Some(value) = root.shift_remove(key) {
            ordered.insert(key.to_owned(), value);
        }
    }
    ordered.extend(root);
    ordered
}

/// A draft while it is made.
pub(super) struct Drafting<'a> {
    pub(super) deployment: &'a Deployment,
    pub(super) asked: &'a Asked<'a>,
    pub(super) draft: Draft,
    pub(super) root: Map<String, Value>,
    comments: HashMap<DocPath, String>,
}

impl Drafting<'_> {
    fn run(&mut self) {
        let servers = &self.deployment.servers;
        let first = &servers[0];
        self.name(first);
        self.version(servers);
        self.image(first);
        let nodes: Vec<Map<String, Value>> =
            servers.iter().map(|server| self.node(server)).collect();
        self.root.insert(
            "nodes".into(),
            nodes.iter().cloned().map(Value::Object).collect(),
        );
        self.replication(first);
        self.snapshots(first);
        self.ports(servers);
        self.resources(servers);
        self.settings(servers);
        passed::add(self);
        self.quorum(servers);
        self.addresses(servers);
        self.shared_volume(servers);
        self.gaps();
        self.others();
    }

    fn answer(&self, server: &Server) -> Option<&Answer> {
        self.asked.answers.get(&server.service)
    }

    pub(super) fn carried(&mut self, spot: &Spot, text: impl Into<String>) {
        note(&mut self.draft.carried, spot, text.into());
    }

    pub(super) fn better(&mut self, spot: &Spot, text: impl Into<String>) {
        note(&mut self.draft.better, spot, text.into());
    }

    pub(super) fn left(&mut self, spot: &Spot, text: impl Into<String>) {
        note(&mut self.draft.left, spot, text.into());
    }

    /// Asks what the files leave open; the place of the cluster file gets a `?`.
    fn ask(&mut self, path: DocPath, spot: &Spot, what: String, command: String) -> Value {
        self.comments
            .insert(path.clone(), format!("write the answer of: {command}"));
        self.draft.questions.push(Question {
            spot: spot.clone(),
            what,
            command,
            key: dotted(&path),
        });
        OPEN.into()
    }

    fn name(&mut self, first: &Server) {
        let name = match first.setting("cluster-name") {
            Some(given) => {
                let name = first.text("cluster-name").unwrap_or_default();
                self.carried(
                    &given.spot.clone(),
                    format!("the cluster's name {} is `name`", quoted(&name)),
                );
                name
            }
            None => {
                self.carried(&first.spot, format!("no setting names the cluster, so it has the server's own default `{SERVERS_OWN_NAME}`, which is `name`"));
                SERVERS_OWN_NAME.to_owned()
            }
        };
        self.root.insert("name".into(), name.into());
    }

    fn version(&mut self, servers: &[Server]) {
        let first = &servers[0];
        let tag = first.image.tag.as_deref();
        let named = tag
            .and_then(facts::release)
            .map(|release| release.text().to_owned());
        let live = self.answer(first).and_then(|answer| answer.version.clone());
        let spot = &first.image.spot;
        let version = match live.or(named) {
            Some(version) => {
                self.carried(spot, format!("version {version} runs, which is `version`"));
                version.into()
            }
            None => {
                let what = format!(
                    "which version runs: {} can be any",
                    quoted(tag.unwrap_or("no tag"))
                );
                let command = format!(
                    "docker compose -p {} exec {} restate-server --version",
                    self.deployment.project.name, first.service
                );
                self.ask(DocPath::of(["version"]), spot, what, command)
            }
        };
        self.root.insert("version".into(), version);
        if let Some(other) = servers
            .iter()
            .find(|other| other.image.tag != first.image.tag)
        {
            self.left(
                &other.image.spot.clone(),
                format!(
                    "{} has another version than {}: all nodes get the one of `version`",
                    other.service, first.service
                ),
            );
        }
    }

    fn image(&mut self, first: &Server) {
        let named = &first.image.repository;
        // Without a registry it is that of Docker.
        let repository = match named.split('/').count() {
            1 | 2
                if !named
                    .split('/')
                    .next()
                    .is_some_and(|host| host.contains(['.', ':'])) =>
            {
                format!("docker.io/{named}")
            }
            _ => named.clone(),
        };
        let mut image = Map::new();
        if repository != format!("{}/{}", SERVER_IMAGE.registry, SERVER_IMAGE.repository) {
            image.insert("repository".into(), repository.into());
        }
        if let Some(digest) = &first.image.digest {
            image.insert("digest".into(), digest.clone().into());
        }
        if !image.is_empty() {
            self.carried(&first.image.spot, "where the image comes from is `image`");
            self.root.insert("image".into(), image.into());
        }
    }

    /// A path of the host as it is from the folder of the cluster file.
    pub(super) fn seen_from_output(&self, path: &str) -> String {
        match (
            path.strip_prefix("./")
                .or_else(|| path.starts_with("..").then_some(path)),
            self.asked.back,
        ) {
            (Some(rest), back) if !back.is_empty() => {
                format!("{back}/{}", rest.trim_end_matches('/'))
            }
            _ => path.trim_end_matches('/').to_owned(),
        }
    }

    /// How many copies and partitions there are: by the settings with which the server provisions itself, or by our own step.
    fn replication(&mut self, first: &Server) {
        let nodes = self.deployment.servers.len();
        if let Some(step) = self.deployment.provisioning_step() {
            let of = |name: &str| {
                let text = step.find(&["environment", name])?.text()?;
                Some(as_written(&text))
            };
            let (logs, partitions) = (of("LOG_REPLICATION"), of("PARTITION_REPLICATION"));
            let default = Some(Value::from(nodes.min(2)));
            match (logs, partitions) {
                (logs, partitions) if logs == default && partitions == default => {}
                (Some(logs), partitions) if partitions.as_ref() == Some(&logs) => {
                    self.root.insert("replication".into(), logs);
                }
                (logs, partitions) => {
                    let each = json!({"logs": logs, "partitions": partitions});
                    self.root.insert("replication".into(), each);
                }
            }
            let count = of("PARTITIONS").unwrap_or_else(|| SERVERS_OWN_PARTITIONS.into());
            self.root.insert("partitions".into(), count);
            return;
        }
        let copies = first.setting("default-replication");
        let (copies, spot) = match copies {
            Some(given) => {
                let text = first.text("default-replication").unwrap_or_default();
                (as_written(&text), given.spot.clone())
            }
            None => (Value::from(1), first.spot.clone()),
        };
        if nodes > 1 || copies != 1 {
            self.carried(&spot, format!("copies: {copies}, which is `replication`; if it was changed since, write what `restatectl config get` says"));
        }
        if copies != nodes.min(2) {
            self.root.insert("replication".into(), copies);
        }
        let partitions = first.setting("default-num-partitions");
        let partitions = partitions.and_then(|given| given.value.as_u64());
        self.root.insert(
            "partitions".into(),
            partitions.unwrap_or(SERVERS_OWN_PARTITIONS).into(),
        );
    }

    fn set_of_node(&mut self, index: usize, key: &str, value: Value) {
        let nodes = self.root.get_mut("nodes").and_then(Value::as_array_mut);
        if let Some(Value::Object(node)) = nodes.and_then(|nodes| nodes.get_mut(index)) {
            node.insert(key.to_owned(), value);
        }
    }

    /// What the draft resolves to so far.
    fn topology(&self) -> Option<Topology> {
        let mut root = self.root.clone();
        root.retain(|_, value| *value != OPEN);
        let mut document = Document::empty("");
        for (key, value) in root {
            document.set(DocPath::of([key]), value, "");
        }
        let cluster = schema::read(&document).cluster?;
        let release = topology::release(&cluster);
        Some(topology::resolve(&cluster, release))
    }

    /// Says how many nodes are in the metadata quorum, where that is another number than by default.
    fn quorum(&mut self, servers: &[Server]) {
        let is_member = |server: &&Server| {
            let roles = server.text("roles");
            roles.is_none_or(|roles| roles.contains(Role::MetadataServer.name()))
        };
        let wanted = servers.iter().filter(is_member).count();
        let members = |topology: &Topology| topology.nodes_with(Role::MetadataServer).count();
        if self.topology().as_ref().map(members) == Some(wanted) {
            return;
        }
        let count = match wanted % 2 {
            1 => Value::from(wanted),
            _ => "all".into(),
        };
        self.carried(
            &servers[0].spot,
            format!("{wanted} nodes are in the metadata quorum, which is `metadata_servers`"),
        );
        self.root.insert("metadata_servers".into(), count);
    }

    /// What changes for those who reach a node by its service.
    fn addresses(&mut self, servers: &[Server]) {
        let auto = servers
            .iter()
            .find_map(|server| server.setting("auto-provision"));
        match auto {
            Some(given) if given.value == true => self.better(&given.spot.clone(), "no node provisions itself any more: a guarded step does it, once, and only where no node holds data"),
            Some(_) => {}
            None => self.better(&servers[0].spot, "no node provisions itself any more: a guarded step does it, once, and only where no node holds data"),
        }
        for server in servers {
            for name in [PortName::Ingress, PortName::Admin, PortName::Fabric] {
                let default = topology::NodePort::of(name).target;
                if server.listens_on(name) != default {
                    self.left(&server.spot, format!("{} listens on {} for the {}: the node uses {default}, so change the addresses that containers use", server.service, server.listens_on(name), name.name()));
                }
            }
        }
    }

    fn shared_volume(&mut self, servers: &[Server]) {
        let sharing = self.deployment.sharing();
        let nodes = self
            .root
            .get("nodes")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        for index in sharing {
            let (Some(node), Some(server)) = (nodes.get(index), servers.get(index)) else {
                continue;
            };
            let text = |key: &str| node.get(key).and_then(Value::as_str).unwrap_or_default();
            let from = match &server.data {
                Data::Named(_, name, _) => name.clone(),
                Data::Folder(path, _) => format!("$PWD/{path}"),
                _ => continue,
            };
            let (name, to) = (text("name"), text("volume"));
            self.draft.steps.push((
                format!("Copy the data of {name} into a volume of its own"),
                format!("docker run --rm -v {from}:/from:ro -v {to}:/to --entrypoint cp {} -a /from/{name} /to/", image_of(server)),
            ));
        }
    }

    /// Variables of the Compose file that nothing sets.
    fn gaps(&mut self) {
        use crate::interpolation::Gap;
        for (spot, gap) in &self.deployment.project.gaps {
            let text = match gap {
                Gap::Unset(name) => format!(
                    "`{name}` is not set in .env, so Compose takes it for empty unless the shell has it"
                ),
                Gap::Required(name, message) => format!(
                    "`{name}` must be set and is not in .env ({message}): what needs it is missing here"
                ),
                Gap::Invalid => {
                    "a `$` that begins no variable: Compose refuses it; write `$$`".to_owned()
                }
            };
            self.left(spot, text);
        }
    }

    /// The services that stay where they are.
    fn others(&mut self) {
        if self.deployment.is_generated {
            return;
        }
        let mut stay = Vec::new();
        for other in &self.deployment.others {
            stay.push(format!("`{}`", other.name));
            for (server, spot) in &other.waits_for {
                let text = format!(
                    "{} waits for `{server}`: let it wait for `restate-cluster` instead, which starts when the whole cluster works",
                    other.name
                );
                self.draft.left.push(Note {
                    spot: Some(spot.clone()),
                    text,
                });
            }
        }
        if let Some(first) = self.deployment.others.first() {
            let text = match stay.as_slice() {
                [one] => format!("{one} stays in the file: it is not of the cluster"),
                _ => format!(
                    "{} stay in the file: they are not of the cluster",
                    listed(stay)
                ),
            };
            self.draft.left.push(Note {
                spot: Some(first.spot.clone()),
                text,
            });
        }
    }
}

/// A value as the cluster file has it: `2`, `{zone: 2}`.
fn as_written(text: &str) -> Value {
    let document = Document::parse("", format!("v: {text}"));
    let value = document.value().get("v").cloned();
    value.unwrap_or_else(|| text.into())
}

/// Adds a note, once.
fn note(notes: &mut Vec<Note>, spot: &Spot, text: String) {
    let note = Note {
        spot: Some(spot.clone()),
        text,
    };
    if !notes.contains(&note) {
        notes.push(note);
    }
}

/// The image of a server as the file names it.
fn image_of(server: &Server) -> String {
    let super::server::Image {
        repository,
        tag,
        digest,
        ..
    } = &server.image;
    match (tag, digest) {
        (_, Some(digest)) => format!("{repository}@{digest}"),
        (Some(tag), None) => format!("{repository}:{tag}"),
        (None, None) => repository.clone(),
    }
}

/// A path of the cluster file as people say it: `nodes[0].name`.
fn dotted(path: &DocPath) -> String {
    use crate::source::Segment;
    let mut text = String::new();
    for segment in path.segments() {
        match segment {
            Segment::Key(key) if text.is_empty() => text.push_str(key),
            Segment::Key(key) => text.extend([".", key]),
            Segment::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}
