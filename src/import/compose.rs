//! A Compose project: its files laid over each other, with the variables of `.env` in place.

use indexmap::IndexMap;
use serde_json::Value;

use super::Files;
use super::part::{Content, Part, Spot};
use crate::interpolation::{Gap, interpolated};
use crate::output::dotenv;
use crate::source::Document;
use crate::targets::compose::{ENV_FILE, PROJECT};

/// Keys of a service whose lists are replaced as a whole where another file has them too.
const REPLACED: [&str; 3] = ["command", "entrypoint", "test"];

/// A Compose project.
pub struct Project {
    /// Everything that was read, the Compose files first.
    pub documents: Vec<Document>,
    /// The files as one.
    pub root: Part,
    /// The name, which its containers, volumes and network begin with.
    pub name: String,
    /// Where the name is said; none where it follows from the folder.
    pub name_at: Option<Spot>,
    /// Variables that are missing.
    pub gaps: Vec<(Spot, Gap)>,
    /// What `.env` sets.
    pub variables: IndexMap<String, (String, Spot)>,
}

/// Reads the project of these files. `folder` is the name of the folder that they are in.
pub fn read(documents: Vec<Document>, folder: &str, files: &Files) -> Project {
    let parts = documents.iter().enumerate();
    let parts = parts.map(|(index, document)| normalized(Part::of(index, document)));
    let root = parts.reduce(|below, over| merged(below, over, ""));
    let mut project = Project {
        root: root.unwrap_or_else(|| Part::of(0, &Document::empty(""))),
        documents,
        name: String::new(),
        name_at: None,
        gaps: Vec::new(),
        variables: IndexMap::new(),
    };
    project.read_variables(files);
    project.interpolate();
    let given = project.root.get("name");
    let given = given.and_then(|name| Some((name.text()?, name.spot.clone())));
    let set = project.variables.get(PROJECT).cloned();
    match set.filter(|(name, _)| !name.is_empty()).or(given) {
        Some((name, at)) => (project.name, project.name_at) = (name, Some(at)),
        None => project.name = name_of_folder(folder),
    }
    project
}

/// The project's name that Compose makes of a folder's.
fn name_of_folder(folder: &str) -> String {
    let lower = folder.to_lowercase();
    let is_kept = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(*c);
    let kept: String = lower.chars().filter(is_kept).collect();
    kept.trim_start_matches(['_', '-']).to_owned()
}

impl Project {
    /// Adds a text that is not YAML, and says which document it is.
    pub fn add(&mut self, document: Document) -> usize {
        self.documents.push(document);
        self.documents.len() - 1
    }

    /// The place of a line of a document.
    pub fn line(&self, document: usize, line: usize) -> Spot {
        Spot {
            document,
            at: self.documents[document].line(line).into(),
        }
    }

    /// The variables of an environment file, each with its place; none where there is no such file.
    pub fn environment_file(
        &mut self,
        path: &str,
        files: &Files,
    ) -> Option<IndexMap<String, (String, Spot)>> {
        let text = files(path)?;
        let reading = dotenv::read(&text);
        let document = self.add(Document::unread(path, text));
        let assignments = reading.assignments.into_iter().filter_map(|assignment| {
            let dotenv::Value::Text(value) = assignment.value else {
                return None;
            };
            Some((assignment.name, (value, assignment.line)))
        });
        let placed = assignments.map(|(name, (value, line))| {
            let spot = self.line(document, line);
            (name, (value, spot))
        });
        Some(placed.collect())
    }

    fn read_variables(&mut self, files: &Files) {
        self.variables = self.environment_file(ENV_FILE, files).unwrap_or_default();
    }

    fn interpolate(&mut self) {
        let variables = &self.variables;
        let set = |name: &str| variables.get(name).map(|(value, _)| value.clone());
        let mut gaps = Vec::new();
        let root = self.root.clone().with_texts(&mut |text, spot| {
            if !text.contains('$') {
                return text.to_owned();
            }
            let mut found = Vec::new();
            let text = interpolated(text, &set, &mut found);
            gaps.extend(found.into_iter().map(|gap| (spot.clone(), gap)));
            text
        });
        (self.root, self.gaps) = (root, gaps);
    }

    /// The services, in the order of the files.
    pub fn services(&self) -> impl Iterator<Item = (&str, &Part)> {
        let services = self.root.get("services").into_iter();
        services.flat_map(Part::entries)
    }

    /// What Docker calls a volume that the files declare; none where they do not.
    pub fn volume_name(&self, key: &str) -> Option<String> {
        let declared = self.root.find(&["volumes", key])?;
        let own = |of: &Part| of.get("name").and_then(Part::text);
        // Older files name an external volume below `external`.
        let external = declared.get("external");
        let name = own(declared).or_else(|| external.and_then(own));
        let is_external = external.is_some_and(|external| external.value() != Value::Bool(false));
        Some(name.unwrap_or_else(|| match is_external {
            true => key.to_owned(),
            false => format!("{}_{key}", self.name),
        }))
    }

    /// The first thing in a file that YAML has and Compose means otherwise: a quoted `<<`.
    pub fn quoted_merge(&self) -> Option<Spot> {
        fn find(part: &Part) -> Option<Spot> {
            match &part.content {
                Content::Map(entries) => {
                    entries.iter().find_map(|(key, below)| match key.as_str() {
                        "<<" => Some(below.spot.clone()),
                        _ => find(below),
                    })
                }
                Content::List(items) => items.iter().find_map(find),
                Content::Scalar(_) => None,
            }
        }
        find(&self.root)
    }
}

/// A file with one form for what may be written in two.
fn normalized(mut root: Part) -> Part {
    let Content::Map(sections) = &mut root.content else {
        return root;
    };
    let Some(Content::Map(services)) = sections
        .get_mut("services")
        .map(|services| &mut services.content)
    else {
        return root;
    };
    for service in services.values_mut() {
        let Content::Map(keys) = &mut service.content else {
            continue;
        };
        for (key, separator) in [
            ("environment", Some('=')),
            ("labels", Some('=')),
            ("depends_on", None),
            ("networks", None),
        ] {
            if let Some(part) = keys.get_mut(key)
                && let Content::List(items) = &part.content
            {
                part.content = Content::Map(
                    items
                        .iter()
                        .filter_map(|item| entry(item, separator))
                        .collect(),
                );
            }
        }
    }
    root
}

/// `NAME=value` as an entry; without a value it is set elsewhere.
fn entry(item: &Part, separator: Option<char>) -> Option<(String, Part)> {
    let text = item.text()?;
    let spot = item.spot.clone();
    let nothing = |spot| Part {
        content: Content::Scalar(Value::Null),
        spot,
    };
    Some(
        match separator.and_then(|separator| text.split_once(separator)) {
            Some((name, value)) => (name.to_owned(), Part::text_at(value, spot)),
            None => (text, nothing(spot)),
        },
    )
}

/// A value with another file's over it, as Compose merges them.
fn merged(below: Part, over: Part, key: &str) -> Part {
    let (content, spot) = match (below.content, over.content) {
        (Content::Map(mut entries), Content::Map(over)) => {
            for (key, part) in over {
                let under = entries.get(&key).cloned();
                let part = match under {
                    Some(under) => merged(under, part, &key),
                    None => part,
                };
                entries.insert(key, part);
            }
            (Content::Map(entries), below.spot)
        }
        (Content::List(mut items), Content::List(others)) if !REPLACED.contains(&key) => {
            if key == "volumes" {
                items.retain(|one| others.iter().all(|other| target(other) != target(one)));
            }
            let is_new = |other: &Part| items.iter().all(|one| one.value() != other.value());
            let others: Vec<Part> = others.into_iter().filter(is_new).collect();
            items.extend(others);
            (Content::List(items), below.spot)
        }
        (_, content) => (content, over.spot),
    };
    Part { content, spot }
}

/// Where an entry of `volumes` is mounted.
fn target(entry: &Part) -> Option<String> {
    match entry.get("target") {
        Some(target) => target.text(),
        None => {
            let text = entry.text()?;
            let mut fields = text.split(':');
            let first = fields.next()?.to_owned();
            Some(fields.next().map_or(first, str::to_owned))
        }
    }
}
