//! What runs already, read from the files that run it, as a cluster file: what is carried over, what becomes better, what
//! cannot be carried, and which questions only the running server answers.
//!
//! Pure: other files and answers are given by who calls. Nothing is guessed: what the files leave open is a `?` in the
//! cluster file, which every other command refuses.

mod compose;
mod draft;
pub mod kind;
mod part;
mod passed;
mod report;
pub mod rules;
mod server;
mod settings;
mod yaml;

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::diagnostic::listed;
use crate::output;
use crate::refusal::Refusal;
use crate::source::{Document, Spot as Place};

use compose::Project;
pub use draft::{Draft, Note, Question, of as draft};
pub use part::Spot;
pub use report::Heading;
use server::{Data, Role, Server};

/// The text of a file next to the sources, by its path from their folder; none where there is no such file.
pub type Files<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// What is read, and where it is written to.
pub struct Asked<'a> {
    /// The name of the folder that the sources are in.
    pub folder: &'a str,
    /// Files next to them.
    pub files: &'a Files<'a>,
    /// The services that are meant, where not all are.
    pub services: &'a [String],
    /// What leads from the folder of the cluster file back to that of the sources: `..`; empty where they are one.
    pub back: &'a str,
    /// What runs, by service.
    pub answers: &'a Answers,
}

/// What the containers that run say, by service.
pub type Answers = IndexMap<String, Answer>;

/// What a container says of its server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its host name.
    pub hostname: Option<String>,
    /// The version of the server that runs in it.
    pub version: Option<String>,
    /// Where volumes are mounted, each with the volume's name or the folder of the host.
    pub mounts: IndexMap<String, String>,
    /// The id of the node.
    pub id: Option<u32>,
}

/// A service that stays where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Other {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub spot: Spot,
    /// The servers that it waits for, each with the place.
    pub waits_for: Vec<(String, Spot)>,
    /// Whether it has the server's image and is not a node.
    pub is_tool: bool,
}

/// What runs by the files.
pub struct Deployment {
    project: Project,
    servers: Vec<Server>,
    others: Vec<Other>,
    /// Whether this tool wrote the file.
    is_generated: bool,
}

/// Why nothing is made of the files.
pub struct Refused {
    /// What was read.
    pub documents: Vec<Document>,
    /// The reason; none where a document has faults, which say it.
    pub reason: Option<(Refusal, Option<Spot>)>,
}

impl Deployment {
    /// Reads the files of a Compose project.
    ///
    /// # Errors
    /// When they cannot be read, or are of nothing that a cluster file can describe.
    pub fn read(documents: Vec<Document>, asked: &Asked) -> Result<Self, Box<Refused>> {
        let refused = |documents, reason| Box::new(Refused { documents, reason });
        if documents
            .iter()
            .any(|document| !document.faults().is_empty())
        {
            return Err(refused(documents, None));
        }
        let is_generated = documents.iter().any(|one| output::is_ours(one.text()));
        let mut project = compose::read(documents, asked.folder, asked.files);
        if let Some(spot) = project.quoted_merge() {
            let refusal = Refusal::new(
                "a quoted `<<` is not a merge, so what it should bring in is not there",
                "write `<<` without quotes",
            );
            return Err(refused(project.documents, Some((refusal, Some(spot)))));
        }
        let (mut servers, mut others) = (Vec::new(), Vec::new());
        let services: Vec<_> = project
            .services()
            .map(|(name, part)| (name.to_owned(), part.clone()))
            .collect();
        for (name, part) in &services {
            if let Some(extends) = part.get("extends").filter(|_| may_be_a_node(part)) {
                let refusal = Refusal::new(
                    format!(
                        "the service `{name}` takes keys from elsewhere by `extends`, which is not read"
                    ),
                    "pass what `docker compose config` prints instead",
                );
                return Err(refused(
                    project.documents,
                    Some((refusal, Some(extends.spot.clone()))),
                ));
            }
            let is_meant = asked.services.is_empty() || asked.services.contains(name);
            let role = match server::read(&mut project, name, part, asked.files) {
                Ok(role) => role,
                Err(_) if !is_meant => Role::Other,
                Err((refusal, spot)) => {
                    return Err(refused(project.documents, Some((refusal, Some(spot)))));
                }
            };
            match role {
                Role::Server(server) if is_meant => servers.push(*server),
                role => others.push(Other {
                    name: name.clone(),
                    spot: part.spot.clone(),
                    waits_for: Vec::new(),
                    is_tool: matches!(role, Role::Tool),
                }),
            }
        }
        for other in &mut others {
            let part = services.iter().find(|(name, _)| *name == other.name);
            let waits = part.and_then(|(_, part)| part.get("depends_on"));
            let waits = waits.into_iter().flat_map(part::Part::entries);
            let is_server = |name: &str| servers.iter().any(|server| server.service == name);
            let waits = waits.filter(|(name, _)| is_server(name));
            other.waits_for = waits
                .map(|(name, part)| (name.to_owned(), part.spot.clone()))
                .collect();
        }
        let deployment = Self {
            project,
            servers,
            others,
            is_generated,
        };
        match deployment.refusal(asked) {
            Some(reason) => Err(refused(deployment.project.documents, Some(reason))),
            None => Ok(deployment),
        }
    }

    /// Why the servers are not one cluster that a cluster file can describe.
    fn refusal(&self, asked: &Asked) -> Option<(Refusal, Option<Spot>)> {
        let names = || {
            listed(
                self.servers
                    .iter()
                    .map(|server| format!("`{}`", server.service)),
            )
        };
        let unknown = asked
            .services
            .iter()
            .find(|name| self.servers.iter().all(|server| server.service != **name));
        if let Some(name) = unknown {
            let help = match self.servers.is_empty() {
                true => "name a service of these files that runs the server".to_owned(),
                false => format!("servers are {}", names()),
            };
            return Some((
                Refusal::new(
                    format!("the service `{name}` is not a Restate server"),
                    help,
                ),
                None,
            ));
        }
        let Some(first) = self.servers.first() else {
            let tool = self.others.iter().find(|other| other.is_tool);
            let (message, spot) = match tool {
                Some(tool) => (
                    format!(
                        "no service runs a Restate server: `{}` has its image and runs something else",
                        tool.name
                    ),
                    Some(tool.spot.clone()),
                ),
                None => ("no service runs a Restate server".to_owned(), None),
            };
            let help = "pass the file that has it, and its overrides behind it; `restate-gen init` starts a new cluster";
            return Some((Refusal::new(message, help), spot));
        };
        for server in &self.servers {
            for (path, only) in [("metadata-client.type", "replicated")] {
                if let Some(given) = server.setting(path).filter(|given| given.value != only) {
                    let message = format!(
                        "{} keeps the metadata elsewhere ({path}), and in a cluster of this tool the nodes keep it",
                        server.service
                    );
                    let help = "move the metadata to the replicated server first: https://docs.restate.dev/server/clusters";
                    return Some((Refusal::new(message, help), Some(given.spot.clone())));
                }
            }
        }
        let cluster_name = |server: &Server| {
            server
                .text("cluster-name")
                .unwrap_or_else(|| draft::SERVERS_OWN_NAME.to_owned())
        };
        if let Some(other) = self
            .servers
            .iter()
            .find(|server| cluster_name(server) != cluster_name(first))
        {
            let message = format!(
                "{} are not one cluster: `{}` is of {}, `{}` of {}",
                names(),
                first.service,
                cluster_name(first),
                other.service,
                cluster_name(other)
            );
            let spot = other
                .setting("cluster-name")
                .map_or(&other.spot, |given| &given.spot);
            return Some((Refusal::new(message, ONE_CLUSTER), Some(spot.clone())));
        }
        let alone = self
            .servers
            .iter()
            .find(|server| server.setting("metadata-client.addresses").is_none());
        if let Some(alone) = alone.filter(|_| self.servers.len() > 1) {
            let message = format!(
                "{} are not one cluster: `{}` has no addresses of the others (metadata-client.addresses), so it is a cluster of its own",
                names(),
                alone.service
            );
            return Some((Refusal::new(message, ONE_CLUSTER), Some(alone.spot.clone())));
        }
        None
    }

    /// Everything that was read.
    pub fn documents(&self) -> &[Document] {
        &self.project.documents
    }

    /// The servers, by service.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.servers.iter().map(|server| server.service.as_str())
    }

    /// The name of the Compose project.
    pub fn project(&self) -> &str {
        &self.project.name
    }

    /// The provisioning step, in a file that this tool wrote.
    fn provisioning_step(&self) -> Option<&part::Part> {
        let mut services = self.project.services().filter(|_| self.is_generated);
        let step = services.find(|(_, part)| part.find(&["environment", "MARKER"]).is_some());
        step.map(|(_, part)| part)
    }

    /// Whether any server has data that stays.
    fn keeps_data(&self) -> bool {
        let mut servers = self.servers.iter();
        servers.any(|server| !matches!(server.data, Data::Memory(_)))
    }

    /// The servers that keep their data in one volume with another.
    fn sharing(&self) -> BTreeSet<usize> {
        let place = |server: &Server| match &server.data {
            Data::Named(_, name, _) => Some(name.clone()),
            Data::Folder(path, _) => Some(path.clone()),
            Data::Memory(_) | Data::Beside(..) | Data::Container => None,
        };
        let places: Vec<_> = self.servers.iter().map(place).collect();
        let is_shared = |of: &Option<String>| {
            of.is_some() && places.iter().filter(|other| *other == of).count() > 1
        };
        (0..places.len())
            .filter(|index| is_shared(&places[*index]))
            .collect()
    }

    /// A place as `docker-compose.yaml:12:5`.
    pub fn place(&self, spot: &Spot) -> String {
        let document = &self.project.documents[spot.document];
        place(document, spot)
    }
}

/// How to import one of several clusters.
const ONE_CLUSTER: &str = "name the services of one cluster, each with `--service`, and import the others into folders of their own";

/// Whether a service that is written in part may be a node.
fn may_be_a_node(part: &part::Part) -> bool {
    let image = part.get("image").and_then(part::Part::text);
    image.is_none_or(|image| image.contains("restatedev/restate"))
}

/// A place as `docker-compose.yaml:12:5`; the name alone for what is not written.
pub fn place(document: &Document, spot: &Spot) -> String {
    use crate::diagnostic::At;
    let range = match &spot.at {
        At::Bytes(range) => range.clone(),
        At::Place(place) => match document.spot(place) {
            Place::Text { range, .. } => range,
            Place::Flag(_) => return document.name().to_owned(),
        },
        At::Flag(_) | At::Document => return document.name().to_owned(),
    };
    let position = document.position(range.start);
    format!("{}:{}:{}", document.name(), position.line, position.column)
}
