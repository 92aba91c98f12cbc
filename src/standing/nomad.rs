//! Generated Nomad jobs, read back.

use hcl::{Attribute, Block, Body, Expression};
use serde_json::Value;

use super::{Files, Node, Standing, key, names, notation};
use crate::model::nomad::VolumeKind;
use crate::targets::nomad::MAIN_FILE;

const PROVISION: &str = "provision.nomad.hcl";
const VOLUME: &str = "volume.hcl";

/// Reads `restate.nomad.hcl` and `provision.nomad.hcl`.
pub fn read(files: &Files) -> Result<Standing, String> {
    let nodes = body(MAIN_FILE, files)?;
    let provision = body(PROVISION, files)?;
    let mut standing = Standing::default();
    let job = blocks(&nodes, "job").next();
    let job = job.ok_or_else(|| format!("{MAIN_FILE} has no job"))?;
    standing.note("nomad.job", label(job).map(Value::from));
    standing.note(
        "nomad.namespace",
        text(&job.body, "namespace").map(Value::from),
    );
    let local = blocks(&nodes, "locals").find_map(|locals| text(&locals.body, "image"));
    for group in blocks(&job.body, "group") {
        let Some(task) = blocks(&group.body, "task").next() else {
            continue;
        };
        let Some(variables) = blocks(&task.body, "env").next() else {
            continue;
        };
        let variable = |name: &str| text(&variables.body, name);
        let Some(name) = variable("RESTATE_NODE_NAME") else {
            continue;
        };
        standing.note(key::NAME, variable("RESTATE_CLUSTER_NAME").map(Value::from));
        let setting = |name: &str| variable(&format!("RESTATE_WORKER__SNAPSHOTS__{name}"));
        standing.note(key::DESTINATION, setting("DESTINATION").map(Value::from));
        standing.note(key::STORE, setting("AWS_ENDPOINT_URL").map(Value::from));
        let place = label(group).unwrap_or_default();
        let own = blocks(&task.body, "config").find_map(|config| text(&config.body, "image"));
        let image = own.or_else(|| local.clone());
        let image = image.ok_or_else(|| format!("{place} has no image"))?;
        standing.note_image(MAIN_FILE, place, &image)?;
        let mut volumes = blocks(&group.body, "volume");
        let volume = volumes.find(|volume| text(&volume.body, "source").is_some());
        if let Some(volume) = volume {
            standing.note("nomad.volume", Some(kind(&volume.body).name().into()));
        }
        let volume = volume.and_then(|volume| text(&volume.body, "source"));
        let networks = blocks(&group.body, "network");
        let ports = networks.flat_map(|network| blocks(&network.body, "port"));
        standing.nodes.push(Node {
            id: variable("RESTATE_FORCE_NODE_ID").and_then(|id| id.parse().ok()),
            place: place.to_owned(),
            location: variable("RESTATE_LOCATION").unwrap_or_default(),
            roles: variable("RESTATE_ROLES")
                .map(|roles| names(&roles))
                .unwrap_or_default(),
            volume: volume.unwrap_or_default(),
            ports: ports
                .filter_map(|port| text(&port.body, "static"))
                .collect(),
            name,
        });
    }
    let steps = blocks(&provision, "job").flat_map(|job| blocks(&job.body, "group"));
    let steps = steps.flat_map(|group| blocks(&group.body, "task"));
    for variables in steps.flat_map(|task| blocks(&task.body, "env")) {
        let number = |name: &str| text(&variables.body, name).map(|text| notation(&text));
        standing.note(key::PARTITIONS, number("PARTITIONS"));
        standing.note(key::LOGS, number("LOG_REPLICATION"));
        standing.note(key::COPIES, number("PARTITION_REPLICATION"));
    }
    // Those of the clients' configuration need no file.
    if standing
        .values
        .get("nomad.volume")
        .is_some_and(|kind| kind != VolumeKind::Static.name())
    {
        let volume = body(VOLUME, files)?;
        standing.note(
            "nomad.volume_plugin",
            text(&volume, "plugin_id").map(Value::from),
        );
        let size = text(&volume, "capacity_min");
        standing.note(key::SIZE, size.map(Value::from));
    }
    match standing.nodes.is_empty() {
        true => Err(format!("{MAIN_FILE} lacks its nodes")),
        false => Ok(standing),
    }
}

/// The kind of a volume: a job says of dynamic ones alone that nodes stay with them.
fn kind(volume: &Body) -> VolumeKind {
    match text(volume, "type").as_deref() {
        Some("csi") => VolumeKind::Csi,
        _ if volume.attributes().any(|of| of.key() == "sticky") => VolumeKind::Dynamic,
        _ => VolumeKind::Static,
    }
}

fn body(path: &str, files: &Files) -> Result<Body, String> {
    let text = files(path).ok_or_else(|| format!("{path} is missing"))?;
    hcl::parse(&text).map_err(|_| format!("{path} is not HCL"))
}

/// The blocks of that name.
fn blocks<'b>(body: &'b Body, name: &'b str) -> impl Iterator<Item = &'b Block> {
    body.blocks()
        .filter(move |block| block.identifier() == name)
}

/// The name after that of the block.
fn label(block: &Block) -> Option<&str> {
    Some(block.labels.first()?.as_str())
}

/// The text or number of an attribute, where nothing in it is interpolated.
fn text(body: &Body, name: &str) -> Option<String> {
    let is_it = |attribute: &&Attribute| attribute.key() == name;
    match body.attributes().find(is_it)?.expr() {
        Expression::String(text) => Some(text.clone()),
        Expression::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
