//! What becomes of the HCL that the file has for the nodes' groups and tasks.

use super::compose::Handling;
use crate::facts::JobPart;
use crate::jobspec::{Block, Body};

/// The task of a node.
pub const TASK: &str = "restate";
/// The volume of a node, as its group has it.
pub const VOLUME: &str = "data";
/// The key of `meta` by which templates find the services of the cluster.
pub const META: &str = "cluster";
/// Folders of the node's container.
pub const FOLDERS: [&str; 2] = ["/restate-data", "/tmp"];
/// Tags by which the nodes, and scripts, find a node's services; the last one is the beginning of such a tag.
pub const TAGS: [&str; 3] = ["metadata-server", "other", "node-"];

/// A second copy of a node must not start.
const ONE_COPY: &str = "a second copy of a node would have its identity but not its data, so a node restarts where it is";
/// Where a node runs is decided together with where its volume is.
const PLACE: &str = "`nomad.constraints` decides it, for the volumes too";
/// Files of the task that are not for the file to write.
const WRITTEN: [&str; 6] = [
    "local/peers",
    "local/start.sh",
    "local/store",
    "secrets/file-",
    "secrets/store.env",
    "secrets/tls",
];

/// What becomes of each key: the one table of it. A key that is not in it is passed.
pub fn handling(part: JobPart, key: &str) -> Handling {
    use Handling::{Added, Refused, Replacing};
    match (part, key) {
        (JobPart::Group, "service" | "task" | "volume")
        | (JobPart::Task, "config" | "env" | "service" | "template" | "volume_mount") => Added,
        (JobPart::Group, "consul") | (JobPart::Task, "logs") => Replacing,
        (_, "constraint") => Refused(PLACE),
        (JobPart::Group, "count") => {
            Refused("a group is one node; `nodes` decides how many there are")
        }
        (
            JobPart::Group,
            "disconnect"
            | "max_client_disconnect"
            | "prevent_reschedule_on_lost"
            | "reschedule"
            | "stop_after_client_disconnect",
        )
        | (_, "restart") => Refused(ONE_COPY),
        (JobPart::Group, "migrate" | "update") => Refused("rollout.sh relies on the generated one"),
        (JobPart::Group, "network") => {
            Refused("`ports`, `nomad.network` and `nomad.host_network` decide it")
        }
        (_, "scaling") => Refused("`nodes` and `resources` decide it"),
        (JobPart::Task, "driver") => Refused("the node runs from an image, by the driver `docker`"),
        (JobPart::Task, "kill_signal" | "kill_timeout") => Refused(
            "it follows from `settings: {shutdown-timeout: ...}`, because a server that is killed too early repeats its work",
        ),
        (JobPart::Task, "lifecycle" | "schedule" | "dispatch_payload" | "csi_plugin" | "kind") => {
            Refused("a node runs for good, as a server")
        }
        (JobPart::Task, "resources") => {
            Refused("`resources` decides it, and the server's memory pools are derived from that")
        }
        (JobPart::Task, "vault") => Refused("`nomad.vault` decides it"),
        _ => Handling::Passed,
    }
}

/// Why an option of the Docker driver is not taken; none where it is passed.
pub fn refused_option(name: &str) -> Option<&'static str> {
    Some(match name {
        "image" | "load" | "force_pull" => "`image` and `version` decide which image runs",
        "args" | "command" | "entrypoint" => {
            "what runs follows from the rest of the file; see `settings`"
        }
        "network_mode" | "ports" | "port_map" | "ipv4_address" | "ipv6_address" => {
            "`nomad.network` decides it"
        }
        "cap_add" | "cap_drop" | "privileged" | "readonly_rootfs" | "security_opt" => {
            "the container has no more rights than the server needs"
        }
        "memory_hard_limit" | "cpu_hard_limit" | "cpu_cfs_period" => {
            "`resources` decides it, and the server's memory pools are derived from that"
        }
        "mounts" => "it is the old name; write `mount { ... }`",
        _ => return None,
    })
}

/// Whether the task's own files are there.
pub fn is_written(destination: &str) -> bool {
    let path = destination
        .trim_start_matches(['.', '/'])
        .replace("${NOMAD_SECRETS_DIR}", "secrets")
        .replace("${NOMAD_TASK_DIR}", "local");
    WRITTEN.iter().any(|own| match own.strip_suffix('-') {
        Some(_) => path.starts_with(own),
        None => path == *own || path.starts_with(&format!("{own}/")),
    })
}

/// The folder of the server that something mounted there would hide.
pub fn hidden(target: &str) -> Option<&'static str> {
    let path = target.trim_end_matches('/');
    FOLDERS.into_iter().find(|folder| {
        let is_inside = path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        // What is inside of the folder in memory hides nothing.
        path.is_empty() || path == *folder || (is_inside && *folder != "/tmp")
    })
}

/// What a body has of blocks that are written into one of ours.
pub fn merged<'b>(body: &'b Body, name: &'b str) -> impl Iterator<Item = &'b Body> {
    body.blocks_named(name).map(|block| &block.body)
}

/// What is left of a body without the blocks of those names.
pub fn without(body: &Body, names: &[&str]) -> Body {
    let is_left = |block: &&Block| !names.contains(&block.name.as_str());
    Body {
        attributes: body.attributes.clone(),
        blocks: body.blocks.iter().filter(is_left).cloned().collect(),
    }
}
