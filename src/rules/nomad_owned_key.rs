//! RG652: keys and values of a group or task that follow from the rest of the file.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::facts::{JobPart, OutsideVariable};
use crate::jobspec::{self, Block, Body};
use crate::model::{Cluster, PortName};
use crate::places::job_parts;
use crate::server::credentials::nodes_secrets;
use crate::source::DocPath;
use crate::topology::Topology;
use crate::topology::compose::Handling;
use crate::topology::groups::{self, handling, hidden, is_written, merged, refused_option};

/// Keys and values of a group or task that follow from the rest of the file.
pub static RULE: Rule = Rule {
    code: "RG652",
    slug: "nomad-owned-key",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

A key in `nomad.group` or `nomad.task` sets what this tool decides: the number of groups, the network, the image, the
limits and so on. Or a value conflicts with what the job has: a variable that configures the server, a mount over a
folder of the server, a task, volume, service or file of the same name, a tag by which nodes are found.

## Why

Each of them follows from other keys of the file, or the provisioning step and the scripts rely on it. Variables that
start with `RESTATE_` are settings of the server. Under `settings` they are checked, and the memory pools and the other
nodes follow from them. A mount over the data folder hides the data. Where a node runs is decided together with where
its volume is ([Nomad, stateful
workloads](https://developer.hashicorp.com/nomad/docs/architecture/storage/stateful-workloads)).

## Fails

```yaml
nodes: 3
nomad:
  task: |
    resources {
      memory = 4096
    }
```

## Passes

```yaml
nodes: 3
resources: {memory: 4GiB}
nomad:
  task: |
    env {
      AWS_PROFILE = "orders"
    }
```
"#,
};

/// Something that cannot be said: its line, why, and what to do.
type Fault = (usize, String, &'static str);

/// Finds what is this tool's.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let mut found = of_tags(cluster, topology);
    for (part, at, text) in job_parts(cluster) {
        let Ok(body) = jobspec::read(text) else {
            continue;
        };
        let mut faults = of_keys(part, &body);
        faults.extend(of_services(&body, topology));
        faults.extend(of_meta(&body));
        faults.extend(match part {
            JobPart::Group => of_names(&body),
            JobPart::Task => of_task(&body, topology),
        });
        faults.sort_by_key(|(line, ..)| *line);
        found.extend(faults.into_iter().map(|(line, message, help)| {
            let message = format!("{message} (line {line} of {})", quoted(part.name()));
            Diagnostic::new(&RULE, at.clone(), message).help(help)
        }));
    }
    found
}

fn of_keys(part: JobPart, body: &Body) -> Vec<Fault> {
    let attributes = body.attributes.iter().map(|of| (&of.name, of.line));
    let blocks = body.blocks.iter().map(|of| (&of.name, of.line));
    attributes
        .chain(blocks)
        .filter_map(|(key, line)| match handling(part, key) {
            Handling::Refused(reason) => Some(cannot(key, reason, line)),
            _ => None,
        })
        .collect()
}

fn cannot(key: &str, reason: &str, line: usize) -> Fault {
    (
        line,
        format!("{} cannot be set: {reason}", quoted(key)),
        "remove it",
    )
}

/// A text of a block.
fn text<'b>(body: &'b Body, name: &str) -> Option<(usize, &'b str)> {
    let attribute = body.attribute(name)?;
    Some((attribute.line, attribute.value.shown()))
}

/// Services of one name would be taken for each other, also those of tasks.
fn of_services(body: &Body, topology: &Topology) -> Vec<Fault> {
    let job = &topology.nomad.job;
    let labels = PortName::ALL.iter().map(|port| port.name());
    let own: Vec<String> = labels
        .chain(["store"])
        .map(|label| format!("{job}-{label}"))
        .collect();
    let tasks = body.blocks_named("task").map(|task| &task.body);
    let services = std::iter::once(body)
        .chain(tasks)
        .flat_map(|body| body.blocks_named("service"));
    services
        .filter_map(|service| text(&service.body, "name"))
        .filter(|(_, name)| own.iter().any(|own| own == name))
        .map(|(line, name)| taken("the cluster has a service", name, line))
        .collect()
}

fn taken(what: &str, name: &str, line: usize) -> Fault {
    (
        line,
        format!("{what} {}", quoted(name)),
        "choose another name",
    )
}

fn of_meta(body: &Body) -> Vec<Fault> {
    merged(body, "meta")
        .filter_map(|meta| meta.attribute(groups::META))
        .map(|own| {
            let reason = "the templates of the job find the cluster's services by it";
            cannot(&own.name, reason, own.line)
        })
        .collect()
}

fn of_names(body: &Body) -> Vec<Fault> {
    let is = |block: &&Block, name: &str| block.labels.iter().any(|label| label == name);
    let tasks = body.blocks_named("task");
    let tasks = tasks.filter(|task| is(task, groups::TASK)).map(|task| {
        (
            task.line,
            "the group has a task `restate`",
            "see `nomad.task`",
        )
    });
    let volumes = body.blocks_named("volume");
    let volumes = volumes
        .filter(|volume| is(volume, groups::VOLUME))
        .map(|volume| {
            (
                volume.line,
                "the group has a volume `data`",
                "choose another name",
            )
        });
    tasks
        .chain(volumes)
        .map(|(line, message, help)| (line, message.to_owned(), help))
        .collect()
}

fn of_task(body: &Body, topology: &Topology) -> Vec<Fault> {
    let mut faults = Vec::new();
    for options in merged(body, "config") {
        for option in &options.attributes {
            if option.name == "mount" {
                let message = "`mount` has a value, and it is a block".to_owned();
                faults.push((option.line, message, "write `mount { ... }`"));
            } else if let Some(reason) = refused_option(&option.name) {
                faults.push(cannot(&option.name, reason, option.line));
            }
        }
        for block in &options.blocks {
            if let Some(reason) = refused_option(&block.name) {
                faults.push(cannot(&block.name, reason, block.line));
            }
            faults.extend(of_mount(&block.body, "target"));
        }
    }
    for mount in merged(body, "volume_mount") {
        faults.extend(of_mount(mount, "destination"));
    }
    for template in merged(body, "template") {
        let destination = text(template, "destination");
        let own = destination.filter(|(_, path)| is_written(path));
        faults.extend(own.map(|(line, path)| taken("the task has a file", path, line)));
    }
    for variable in merged(body, "env").flat_map(|variables| &variables.attributes) {
        faults.extend(of_variable(&variable.name, topology).map(|help| {
            let message = format!(
                "{} is a variable of this task that is set elsewhere",
                quoted(&variable.name)
            );
            (variable.line, message, help)
        }));
    }
    faults
}

fn of_mount(mount: &Body, key: &str) -> Option<Fault> {
    let (line, target) = text(mount, key)?;
    let folder = hidden(target)?;
    let message = format!("this mount would hide what the server has in {folder}");
    Some((line, message, "mount it elsewhere"))
}

/// What to do about a variable that is not for the file to set.
fn of_variable(name: &str, topology: &Topology) -> Option<&'static str> {
    let is_outside = OutsideVariable::all().iter().any(|one| one.name == name);
    match name {
        _ if name.starts_with("RESTATE_") || is_outside => {
            Some("put the setting under `settings`, where it is checked")
        }
        _ if nodes_secrets(&topology.object_store).any(|own| own == name) => {
            Some("it is in the Nomad variable, or in Vault; see `nomad.vault`")
        }
        "PEERS" | "STORE" | "RESTATECTL_ADDRESS" => Some("remove it"),
        "RESTATECTL_TLS_CA" | "CURL_CA_BUNDLE" if topology.tls.is_some() => Some("see `tls`"),
        _ => None,
    }
}

/// Tags that say what a service of a node is.
fn of_tags(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    if cluster.nomad.is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for port in PortName::ALL {
        for (index, tag) in topology.nomad.tags(port).iter().enumerate() {
            let is_own = |own: &&str| match own.ends_with('-') {
                true => tag.starts_with(*own),
                false => tag == own,
            };
            if groups::TAGS.iter().any(is_own) {
                let at = DocPath::of(["nomad", "tags", port.name()]).index(index);
                let message = format!(
                    "{} is a tag by which nodes and scripts find the services of nodes",
                    quoted(tag)
                );
                found.push(Diagnostic::new(&RULE, at, message).help("choose another tag"));
            }
        }
    }
    found
}
