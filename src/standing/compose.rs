//! A generated Compose file, read back.

use serde_json::Value;

use super::{Files, Node, Standing, Variables, key, names, notation};
use crate::targets::compose::{MAIN_FILE, PROJECT, SERVER_VERSION};

/// Variables that decided what they name as long as the generated file had them, and the version, which runs by now;
/// others are `.env`'s to decide now too.
const DECIDED: &[&str] = &[
    "RESTATE_CLUSTER_NAME",
    "RESTATE_DEFAULT_REPLICATION",
    SERVER_VERSION,
];

const PREFIX: &str = "compose.prefix";

/// What a bind mount or volume of a node ends with.
const DATA: &str = ":/restate-data";

/// Reads `docker-compose.yaml`.
pub fn read(files: &Files, variables: &Variables) -> Result<Standing, String> {
    let file = super::document(MAIN_FILE, files)?;
    let text = |value: &Value| {
        let set = |name: &str| variables(name).filter(|_| DECIDED.contains(&name));
        value.as_str().map(|text| interpolated(text, &set))
    };
    let services = file["services"].as_object();
    let services = services.ok_or_else(|| format!("{MAIN_FILE} has no services"))?;
    let mut standing = Standing::default();
    // Compose reads it first.
    let project = variables(PROJECT).filter(|project| !project.is_empty());
    let project = project.or_else(|| text(&file["name"]));
    standing.note("compose.project", project.map(Value::from));
    // A volume that was there before the files has a name of its own.
    let own_name = |volume: String| {
        let declared = &file["volumes"][&volume];
        let is_external = declared["external"] == true;
        let name = text(&declared["name"]).filter(|_| is_external);
        name.unwrap_or(volume)
    };
    for (service, body) in services {
        let environment = &body["environment"];
        let variable = |name: &str| text(&environment[name]).filter(|text| !text.is_empty());
        if let Some(name) = variable("RESTATE_NODE_NAME") {
            standing.note(key::NAME, variable("RESTATE_CLUSTER_NAME").map(Value::from));
            let image = text(&body["image"]);
            let image = image.ok_or_else(|| format!("{service} has no image"))?;
            standing.note_image(MAIN_FILE, service, &image)?;
            let setting = |name: &str| variable(&format!("RESTATE_WORKER__SNAPSHOTS__{name}"));
            standing.note(key::DESTINATION, setting("DESTINATION").map(Value::from));
            standing.note(key::STORE, setting("AWS_ENDPOINT_URL").map(Value::from));
            let listed = |key: &str| body[key].as_array().into_iter().flatten().filter_map(text);
            let volume =
                listed("volumes").find_map(|volume| Some(volume.strip_suffix(DATA)?.to_owned()));
            standing.nodes.push(Node {
                name,
                id: variable("RESTATE_FORCE_NODE_ID").and_then(|id| id.parse().ok()),
                place: service.clone(),
                location: variable("RESTATE_LOCATION").unwrap_or_default(),
                roles: variable("RESTATE_ROLES")
                    .map(|roles| names(&roles))
                    .unwrap_or_default(),
                volume: volume.map(own_name).unwrap_or_default(),
                ports: listed("ports").collect(),
            });
        } else if let Some(prefix) = service
            .strip_suffix("provision")
            .filter(|_| variable("MARKER").is_some())
        {
            standing.note(PREFIX, Some(prefix.into()));
            standing.note(
                key::PARTITIONS,
                variable("PARTITIONS").map(|number| notation(&number)),
            );
            standing.note(
                key::LOGS,
                variable("LOG_REPLICATION").map(|copies| notation(&copies)),
            );
            standing.note(
                key::COPIES,
                variable("PARTITION_REPLICATION").map(|copies| notation(&copies)),
            );
        }
    }
    match standing.nodes.is_empty() || !standing.values.contains_key(PREFIX) {
        true => Err(format!(
            "{MAIN_FILE} lacks its nodes or its provisioning step"
        )),
        false => Ok(standing),
    }
}

/// A value as Compose reads it: with the variables that are set, and with the defaults of all others.
fn interpolated(text: &str, set: &Variables) -> String {
    let mut value = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        value += before;
        if let Some(after) = after.strip_prefix('$') {
            value.push('$');
            rest = after;
        } else if let Some((inside, after)) = after.strip_prefix('{').and_then(up_to_brace) {
            let (name, default) = match inside.split_once(":-") {
                Some((name, default)) => (name, default),
                // What must be set is a secret.
                None => (inside.split(':').next().unwrap_or_default(), ""),
            };
            let is_set = set(name).filter(|value| !value.is_empty());
            value += &is_set.unwrap_or_else(|| interpolated(default, set));
            rest = after;
        } else {
            value.push('$');
            rest = after;
        }
    }
    value + rest
}

/// The text before the brace that closes the one before it, and the text after it.
fn up_to_brace(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[..at], &text[at + 1..]));
        }
    }
    None
}
