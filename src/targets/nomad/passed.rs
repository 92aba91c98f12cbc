//! What the file has for the nodes' groups and tasks in HCL, next to what they have of their own.

use minijinja::Value;
use serde::Serialize;

use super::environment::Variable;
use crate::jobspec::Body;
use crate::render::verbatim;
use crate::topology::Topology;
use crate::topology::groups::{merged, without};

/// Lines, as far indented as the place in the template needs.
#[derive(Serialize)]
pub struct PassedView {
    /// Of a group.
    group: Vec<Value>,
    /// Of a task.
    task: Vec<Value>,
    /// Options of the driver, and mounts.
    config: Vec<Value>,
    /// Whether a task keeps as many logs as it would without the file.
    keeps_logs: bool,
}

/// What every group and task gets.
pub fn view(topology: &Topology) -> PassedView {
    let (group, task) = (&topology.nomad.group, &topology.nomad.task);
    let options: Vec<&Body> = merged(task, "config").collect();
    let config = Body {
        attributes: options
            .iter()
            .flat_map(|of| of.attributes.clone())
            .collect(),
        blocks: options.iter().flat_map(|of| of.blocks.clone()).collect(),
    };
    PassedView {
        group: lines(group, 4),
        task: lines(&without(task, &["config", "env"]), 6),
        config: lines(&config, 8),
        keeps_logs: merged(task, "logs").next().is_none(),
    }
}

/// Whether the file says of every group how it finds Consul.
pub fn has_consul(topology: &Topology) -> bool {
    merged(&topology.nomad.group, "consul").next().is_some()
}

/// Variables of every task.
pub fn variables(topology: &Topology) -> impl Iterator<Item = Variable> {
    let variables = merged(&topology.nomad.task, "env").flat_map(|of| &of.attributes);
    variables.map(|variable| (variable.name.clone(), variable.value.written.clone()))
}

/// Volumes of the clients that every group mounts besides its own.
pub fn host_volumes(topology: &Topology) -> impl Iterator<Item = &str> {
    let text = |of: &'_ Body, key: &str| of.attribute(key)?.value.text.clone();
    let is_of_host = move |of: &&Body| text(of, "type").as_deref() == Some("host");
    let volumes = merged(&topology.nomad.group, "volume").filter(is_of_host);
    volumes.filter_map(|of| of.attribute("source")?.value.text.as_deref())
}

fn lines(body: &Body, indentation: usize) -> Vec<Value> {
    body.lines(indentation).into_iter().map(verbatim).collect()
}
