//! A generated Compose file, read back.

use serde_json::Value;

use super::{Files, Node, Standing, Variables, key, names, notation};
use crate::interpolation::interpolated;
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
        // What must be set and is not is a secret.
        value
            .as_str()
            .map(|text| interpolated(text, &set, &mut Vec::new()))
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
