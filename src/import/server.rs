//! One server of a Compose project: what its service says of it.

mod mount;
mod ports;

use indexmap::IndexMap;
use serde_json::Value;

use super::Files;
use super::compose::Project;
use super::part::{Part, Spot};
use super::settings::{self, Given};
use crate::diagnostic::{At, quoted};
use crate::facts::{self, ADMIN_PORT, FABRIC_PORT, INGRESS_PORT, Release};
use crate::model::PortName;
use crate::refusal::Refusal;
use crate::server::DATA_FOLDER;
use crate::source::Document;

use mount::absolute;
pub use mount::{Mount, is_path};
pub use ports::Port;
use ports::ports_of;

/// A server and what is said of it.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its service.
    pub service: String,
    /// Where that is.
    pub spot: Spot,
    /// Its image.
    pub image: Image,
    /// The release of that; the newest where the tag names none.
    pub release: Release,
    /// Its settings, what wins last.
    pub settings: Vec<Given>,
    /// Configuration files that could not be read: their path, where they are named, and why.
    pub unread: Vec<(String, Spot, String)>,
    /// The configuration file in the container that was read.
    pub configuration: Option<String>,
    /// Variables that are not settings.
    pub environment: IndexMap<String, (Option<String>, Spot)>,
    /// Its host name, where the file gives one.
    pub hostname: Option<(String, Spot)>,
    /// Where its data is.
    pub data: Data,
    /// Its ports on the host.
    pub ports: Vec<Port>,
    /// All keys of the service.
    pub part: Part,
}

/// The image of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its name without tag and digest.
    pub repository: String,
    /// Its tag.
    pub tag: Option<String>,
    /// Its digest.
    pub digest: Option<String>,
    /// Where it is named.
    pub spot: Spot,
}

/// Where the data of a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// In a volume of Docker's: its key in the file and its own name.
    Named(String, String, Spot),
    /// In a folder of the host, as the file has it.
    Folder(String, Spot),
    /// In memory, so that it is gone with the container.
    Memory(Spot),
    /// In a folder of a volume, or in a volume for a folder of it: where, and the mount's place in the container.
    Beside(String, Spot),
    /// In the container itself.
    Container,
}

impl Server {
    /// What a setting is set to: the last that says it, by any name that it has or had.
    pub fn setting(&self, path: &str) -> Option<&Given> {
        let key = self.release.spelling(path);
        let is_it = |given: &&Given| given.path == path || Some(given.path.as_str()) == key;
        self.settings.iter().rfind(is_it)
    }

    /// The text of a setting.
    pub fn text(&self, path: &str) -> Option<String> {
        self.setting(path).map(|given| match &given.value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }

    /// On which port the server has what that name is for.
    pub fn listens_on(&self, name: PortName) -> u16 {
        let (setting, default) = match name {
            PortName::Ingress => ("ingress.bind-port", INGRESS_PORT),
            PortName::Admin => ("admin.bind-port", ADMIN_PORT),
            PortName::Fabric => ("bind-port", FABRIC_PORT),
        };
        let given = self.text(setting).and_then(|port| port.parse().ok());
        given.unwrap_or(default)
    }

    /// What the port of the container is for.
    pub fn port_name(&self, container: u16) -> Option<PortName> {
        [PortName::Ingress, PortName::Admin, PortName::Fabric]
            .into_iter()
            .find(|name| self.listens_on(*name) == container)
    }

    /// The folder of the container that holds the server's own.
    pub fn base_folder(&self) -> String {
        let given = self.text("base-dir");
        given.map_or_else(|| DATA_FOLDER.to_owned(), |path| absolute(&path))
    }
}

/// A word of a command line, and where it is.
pub type Word = (String, Spot);

/// What a service is to a cluster.
pub enum Role {
    /// A server.
    Server(Box<Server>),
    /// Something else with the server's image, such as a step that registers services.
    Tool,
    /// Something else.
    Other,
}

/// What the service is.
///
/// # Errors
/// When it is a server that is started in a way that is not read.
pub fn read(
    project: &mut Project,
    service: &str,
    part: &Part,
    files: &Files,
) -> Result<Role, (Refusal, Spot)> {
    let image = part
        .get("image")
        .and_then(|image| Some(of_image(&image.text()?, &image.spot)));
    let sets_up_a_node = part.get("environment").is_some_and(|environment| {
        let mut names = environment.entries().map(|(name, _)| name);
        names.any(|name| SETS_UP_A_NODE.contains(&name))
    });
    let is_built = part.get("build");
    let image = match (image, is_built) {
        (Some(image), None) if is_of_server(&image.repository) => image,
        (_, Some(build)) if sets_up_a_node => {
            return Err((
                Refusal::new(
                    format!(
                        "the image of {} is built around the server, so what runs in it is not in the file",
                        quoted(service)
                    ),
                    "use the server's own image, and mount what is added to it; then run this again",
                ),
                build.spot.clone(),
            ));
        }
        (Some(image), None) if sets_up_a_node && image.repository.ends_with("/restate") => image,
        _ => return Ok(Role::Other),
    };
    let Some(flags) = flags(service, part)? else {
        return Ok(Role::Tool);
    };
    let tag = image.tag.as_deref();
    let release = tag.and_then(facts::release);
    let release = release.unwrap_or_else(|| facts::latest().clone());
    let mut server = Server {
        service: service.to_owned(),
        spot: key_of(part),
        image,
        release,
        settings: Vec::new(),
        unread: Vec::new(),
        configuration: None,
        environment: IndexMap::new(),
        hostname: part
            .get("hostname")
            .and_then(|name| Some((name.text()?, name.spot.clone()))),
        data: Data::Container,
        ports: part
            .get("ports")
            .map(|ports| ports.items().iter().flat_map(ports_of).collect())
            .unwrap_or_default(),
        part: part.clone(),
    };
    server.configure(project, &flags, files);
    server.data = server.place_of_data(project);
    Ok(Role::Server(Box::new(server)))
}

/// Variables that only a node of a cluster has.
const SETS_UP_A_NODE: [&str; 7] = [
    "RESTATE_NODE_NAME",
    "RESTATE_CLUSTER_NAME",
    "RESTATE_ROLES",
    "RESTATE_BASE_DIR",
    "RESTATE_FORCE_NODE_ID",
    "RESTATE_AUTO_PROVISION",
    "RESTATE_METADATA_CLIENT__ADDRESSES",
];

fn is_of_server(repository: &str) -> bool {
    let own = facts::SERVER_IMAGE.repository;
    repository == own || repository.ends_with(&format!("/{own}"))
}

/// A whole service, which has no characters of its own: its key.
fn key_of(part: &Part) -> Spot {
    let at = match &part.spot.at {
        At::Place(place) => At::Place(place.path.as_key()),
        other => other.clone(),
    };
    Spot {
        document: part.spot.document,
        at,
    }
}

fn of_image(text: &str, spot: &Spot) -> Image {
    let (named, digest) = match text.split_once('@') {
        Some((named, digest)) => (named, Some(digest.to_owned())),
        None => (text, None),
    };
    let (repository, tag) = match named.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag.to_owned())),
        _ => (named, None),
    };
    Image {
        repository: repository.to_owned(),
        tag,
        digest,
        spot: spot.clone(),
    }
}

/// The words after the server's name on the command line; none where another program runs.
fn flags(service: &str, part: &Part) -> Result<Option<Vec<Word>>, (Refusal, Spot)> {
    let own = |word: &str| word.rsplit('/').next() == Some("restate-server");
    let entrypoint = part.get("entrypoint").map(words).unwrap_or_default();
    let command = part.get("command").map(words).unwrap_or_default();
    let all = || entrypoint.iter().chain(&command).cloned();
    if let Some(at) = all().position(|(word, _)| own(&word)) {
        let before: Vec<String> = all().take(at).map(|(word, _)| word).collect();
        // What runs the server with another environment, as generated files do.
        if before
            .first()
            .is_none_or(|first| ["env", "tini", "--"].contains(&first.as_str()))
        {
            return Ok(Some(all().skip(at + 1).collect()));
        }
    }
    if let Some((_, spot)) = all().find(|(word, _)| word.contains("restate-server")) {
        return Err((
            Refusal::new(
                format!(
                    "{} starts the server by a script, so its configuration is not in the file",
                    quoted(service)
                ),
                "start the server itself, with variables for what the script sets; then run this again",
            ),
            spot,
        ));
    }
    let is_flag = |(word, _): &(String, Spot)| word.starts_with('-');
    Ok((entrypoint.is_empty() && command.first().is_none_or(is_flag)).then_some(command))
}

/// The words of a command line, in either form.
pub fn words(part: &Part) -> Vec<(String, Spot)> {
    match &part.content {
        super::part::Content::List(items) => {
            let items = items.iter();
            items
                .filter_map(|item| Some((item.text()?, item.spot.clone())))
                .collect()
        }
        _ => {
            let text = part.text().unwrap_or_default();
            let spot = &part.spot;
            split(&text)
                .into_iter()
                .map(|word| (word, spot.clone()))
                .collect()
        }
    }
}

/// A text as a shell splits it into words.
fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            ('\\', None | Some('"')) => word.get_or_insert_default().extend(characters.next()),
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

impl Server {
    /// Reads all that configures the server: its file, its variables, its flags, which win in this order.
    fn configure(&mut self, project: &mut Project, flags: &[(String, Spot)], files: &Files) {
        let mut variables: IndexMap<String, (Option<String>, Spot)> = IndexMap::new();
        let named = self.part.get("env_file").map(|of| of.items().to_vec());
        for file in named.unwrap_or_default() {
            let path = file.get("path").unwrap_or(&file);
            let Some(path) = path.text() else { continue };
            match project.environment_file(&path, files) {
                Some(set) => {
                    let set = set.into_iter();
                    variables.extend(set.map(|(name, (value, spot))| (name, (Some(value), spot))));
                }
                None => self
                    .unread
                    .push((path, file.spot.clone(), "it is not there".into())),
            }
        }
        let environment = self.part.get("environment").cloned();
        for (name, value) in environment.iter().flat_map(Part::entries) {
            // Without a value it comes from where Compose runs, or from `.env`.
            let set = || project.variables.get(name).map(|(value, _)| value.clone());
            variables.insert(
                name.to_owned(),
                (value.text().or_else(set), value.spot.clone()),
            );
        }
        let (of_flags, named) = settings::of_flags(&self.release, flags);
        let by_variable = variables.get("RESTATE_CONFIG").cloned();
        let by_variable = by_variable.and_then(|(path, spot)| Some((path?, spot)));
        if let Some((path, spot)) = named.or(by_variable) {
            match self.read_file(project, &path, &spot, files) {
                Ok(given) => {
                    self.settings.extend(given);
                    self.configuration = Some(absolute(&path));
                }
                Err((spot, why)) => self.unread.push((path, spot, why)),
            }
        }
        for (name, (value, spot)) in variables {
            let given = value
                .as_deref()
                .and_then(|value| settings::of_variable(&self.release, &name, value, &spot));
            match given {
                Some(given) => self.settings.push(given),
                None if name == "RESTATE_CONFIG" => {}
                None => {
                    self.environment.insert(name, (value, spot));
                }
            }
        }
        self.settings.extend(of_flags);
    }

    /// The settings of a file in the container, by the file of the host that is mounted there.
    fn read_file(
        &self,
        project: &mut Project,
        path: &str,
        spot: &Spot,
        files: &Files,
    ) -> Result<Vec<Given>, (Spot, String)> {
        let wanted = absolute(path);
        let mounts = self
            .part
            .get("volumes")
            .map(Part::items)
            .unwrap_or_default();
        let mounts = mounts.iter().filter_map(Mount::of);
        let of_mounts = mounts.filter_map(|mount| {
            let rest = wanted.strip_prefix(&mount.target)?;
            let is_below = rest.is_empty() || rest.starts_with('/');
            Some(format!("{}{rest}", mount.source.filter(|_| is_below)?))
        });
        let configs = self
            .part
            .get("configs")
            .map(Part::items)
            .unwrap_or_default();
        let of_configs = configs.iter().filter_map(|config| {
            let key = config.get("source").unwrap_or(config).text()?;
            let target = config
                .get("target")
                .and_then(Part::text)
                .unwrap_or_else(|| format!("/{key}"));
            let file = project.root.find(&["configs", &key, "file"])?.text()?;
            (absolute(&target) == wanted).then_some(file)
        });
        let Some(host) = of_mounts.chain(of_configs).next() else {
            return Err((spot.clone(), "no file of the host is mounted there".into()));
        };
        let Some(text) = files(&host) else {
            return Err((spot.clone(), format!("{host} is not there")));
        };
        let document = project.add(Document::unread(host.trim_start_matches("./"), text));
        settings::of_file(&self.release, document, &project.documents[document])
            .map_err(|(why, spot)| (spot, format!("it is not TOML: {why}")))
    }

    fn place_of_data(&self, project: &Project) -> Data {
        let folder = self.base_folder();
        let below = |inner: &str, outer: &str| {
            let rest = inner.strip_prefix(outer);
            outer == "/" || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let memory = self.part.get("tmpfs").map(Part::items).unwrap_or_default();
        for entry in memory {
            let text = entry.text().unwrap_or_default();
            let target = text.split(':').next().unwrap_or_default();
            if below(&folder, &absolute(target)) {
                return Data::Memory(entry.spot.clone());
            }
        }
        let mounts = self
            .part
            .get("volumes")
            .map(Part::items)
            .unwrap_or_default();
        for entry in mounts {
            let Some(mount) = Mount::of(entry) else {
                continue;
            };
            let spot = entry.spot.clone();
            if mount.target != folder {
                if below(&folder, &mount.target) || below(&mount.target, &folder) {
                    return Data::Beside(mount.target, spot);
                }
                continue;
            }
            return match (mount.kind, mount.source) {
                (Some("tmpfs"), _) => Data::Memory(spot),
                (_, None) => Data::Container,
                (_, Some(source)) if is_path(&source) => Data::Folder(source, spot),
                (_, Some(source)) => {
                    let name = project.volume_name(&source);
                    Data::Named(source.clone(), name.unwrap_or(source), spot)
                }
            };
        }
        Data::Container
    }
}
