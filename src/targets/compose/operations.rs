//! A change of a running cluster in Compose's commands.

use serde::Serialize;

use super::names::{Names, services};
use crate::change::Change;
use crate::render::{self, Template, joined, template};
use crate::targets::operations::{
    Deletion, Operations, Record, Roll, changes_version, lines, quoted,
};
use crate::topology::{ExistingVolume, Node, Topology};

/// What scripts that act on containers include.
pub const PARTS: &[Template] = &[
    template!("compose/containers.sh"),
    template!("compose/mounted.sh"),
    template!("operations/compose-ready.sh"),
];

/// What `compose.sh` is made from.
#[derive(Serialize)]
struct FunctionsView {
    /// The nodes before and after, of which one runs at any time.
    nodes: String,
    /// The service that holds `restatectl`.
    cluster: String,
    /// All services of the cluster after the change.
    own: String,
    adds: bool,
    ends: bool,
    leaves_volumes: bool,
    changes_version: bool,
    image_format: &'static str,
    holder_format: &'static str,
}

/// The commands for the change.
pub fn operations(change: &Change) -> Operations {
    let Change { before, after, .. } = *change;
    let names = |nodes: &[&Node]| joined(nodes.iter().map(|node| quoted(&node.name)), " ");
    let added = names(&change.added());
    let removed: Vec<&Node> = change.removed();
    let end = |service: &str| format!("end_service {}", quoted(service));
    let end_nodes: Vec<String> = removed.iter().map(|node| end(&node.name)).collect();
    // A store that is no longer used ends with its step. An application in the same project is left alone.
    let own = services(after);
    // It makes what is missing for new nodes and for the first with TLS, and else only looks.
    let certificates = after.tls.as_ref().map(|_| "sh make-certificates.sh");
    let mut settle = vec![format!("bring_up {}", Names::of(after).cluster)];
    settle.extend(
        services(before)
            .iter()
            .filter(|service| !own.contains(service))
            .filter(|service| before.nodes.iter().all(|node| node.name != **service))
            .map(|service| end(service)),
    );
    let all: Vec<String> = before.nodes.iter().map(|node| quoted(&node.name)).collect();
    let nodes: Vec<&Node> = before.nodes.iter().chain(change.added()).collect();
    let view = FunctionsView {
        nodes: names(&nodes),
        cluster: Names::of(after).cluster,
        own: own.join(" "),
        adds: !added.is_empty(),
        ends: !end_nodes.is_empty() || settle.len() > 1,
        leaves_volumes: before.volumes.path.is_none()
            && removed.iter().any(|node| node.volume.is_none()),
        changes_version: changes_version(change),
        image_format: "{{.Image}}",
        holder_format: r#"{{index .Config.Labels "restate-gen.holder"}}"#,
    };
    Operations {
        functions: lines(&render::render(
            template!("operations/compose.sh").including(&[PARTS]),
            &view,
        )),
        ready: lines(template!("operations/compose-ready.sh").text),
        record: Record {
            functions: lines(&render::render(
                template!("operations/compose-record.sh"),
                &view,
            )),
            place: "in a container that is never started, with the name of the project and -restate-plan".into(),
            erase: "docker rm -v $(project)-restate-plan, and $(project)-restate-plan-lock if it is there".into(),
        },
        check: if added.is_empty() {
            Vec::new()
        } else {
            vec![format!("no_volume_of {added}")]
        },
        applies_all_at_once: false,
        commits: None,
        enlarge: Vec::new(),
        mark: Vec::new(),
        start: certificates
            .map(str::to_owned)
            .into_iter()
            .chain([format!("bring_up --no-deps {added}")])
            .collect(),
        roll: Roll::EachNode({
            let bring_up = "bring_up --no-deps \"$node\"";
            // A bundled store that is new starts with its bucket, as what the bucket depends on: no node depends on it.
            let is_new = before.object_store != after.object_store && after.object_store.bundled().is_some();
            let store = is_new.then(|| {
                format!(
                    "docker compose run --rm -T {} </dev/null",
                    Names::of(after).bucket
                )
            });
            let commands = certificates.map(str::to_owned).into_iter().chain(store);
            joined(commands.chain([bring_up.to_owned()]), " && ")
        }),
        clear: end_nodes.clone(),
        stop: end_nodes,
        settle,
        delete_volumes: removed.iter().map(|node| deletion(before, node)).collect(),
        why: None,
        logs: "docker compose logs <node>".into(),
    }
    .with_version_checks(change, &all)
}

/// How the volume of a node that went is deleted: by the name that docker has for it, which the files no longer say.
fn deletion(before: &Topology, node: &Node) -> Deletion {
    match &node.volume {
        Some(ExistingVolume::Folder(folder)) => {
            return Deletion::verbatim(format!("rm -r {}", quoted(folder)));
        }
        Some(ExistingVolume::Named(name)) => {
            return Deletion::verbatim(format!("docker volume rm {}", quoted(name)));
        }
        None => {}
    }
    if let Some(path) = &before.volumes.path {
        let folder = format!("{path}/{}", node.name);
        return Deletion::verbatim(format!("rm -r {}", quoted(&folder)));
    }
    let command = format!("docker volume rm $(volume_of {})", quoted(&node.name));
    Deletion {
        word: format!("\"{command}\""),
        command,
    }
}
