//! RG651: HCL of a group or task that Nomad does not accept.

use crate::diagnostic::suggest::closest;
use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::facts::{JobPart, KeyForm};
use crate::jobspec::{self, Body};
use crate::model::Cluster;
use crate::places::job_parts;

/// HCL of a group or task that Nomad does not accept.
pub static RULE: Rule = Rule {
    code: "RG651",
    slug: "nomad-form",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

`nomad.group` or `nomad.task` is not HCL, has a key that a group or a task does not have, or writes an attribute as a
block, a block as an attribute, or a block without its name. Or a value is an expression that is not taken.

## Why

`nomad job run` refuses the job for one such key: `Unsupported argument`. What is taken is written into the job again:
strings, with references such as `${node.unique.name}`, numbers, `true` and `false`, lists, objects, and calls of
functions such as `file("./x")`. So nothing in it can end the block of the node. The keys are those of Nomad 1.11
([Nomad, group](https://developer.hashicorp.com/nomad/docs/job-specification/group),
[task](https://developer.hashicorp.com/nomad/docs/job-specification/task)).

## Fails

```yaml
nodes: 3
nomad:
  group: |
    metadata {
      team = "orders"
    }
```

## Passes

```yaml
nodes: 3
nomad:
  group: |
    meta {
      team = "orders"
    }
```
"#,
};

/// Blocks that a group or a task has once.
const ONCE: [&str; 4] = ["consul", "ephemeral_disk", "logs", "meta"];

/// Finds what Nomad would refuse.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (part, at, text) in job_parts(cluster) {
        let mut add = |line: usize, message: String, help: String| {
            let message = format!("line {line} of {} {message}", quoted(part.name()));
            found.push(Diagnostic::new(&RULE, at.clone(), message).help(help));
        };
        match jobspec::read(text) {
            Ok(body) => {
                for (line, message, help) in faults(part, &body) {
                    add(line, message, help);
                }
            }
            Err(fault) => add(
                fault.line,
                fault.message,
                format!("write it as in a {} of a job", part.name()),
            ),
        }
    }
    found
}

fn faults(part: JobPart, body: &Body) -> Vec<(usize, String, String)> {
    let mut faults = Vec::new();
    for attribute in &body.attributes {
        let key = attribute.name.as_str();
        match part.form(key) {
            None => faults.push(unknown(part, key, attribute.line)),
            Some(KeyForm::Attribute) => {}
            Some(_) => faults.push((
                attribute.line,
                format!("gives {} a value, and it is a block", quoted(key)),
                format!("write `{key} {{ ... }}`"),
            )),
        }
    }
    let mut seen: Vec<&str> = Vec::new();
    for block in &body.blocks {
        let key = block.name.as_str();
        let form = part.form(key);
        let (message, help) = match (form, block.labels.len()) {
            (None, _) => {
                faults.push(unknown(part, key, block.line));
                continue;
            }
            (Some(KeyForm::Attribute), _) => (
                format!("writes {} as a block, and it has a value", quoted(key)),
                format!("write `{key} = ...`"),
            ),
            (Some(KeyForm::Block), 1..) => (
                format!("gives the block {} a name", quoted(key)),
                format!("write `{key} {{ ... }}`"),
            ),
            (Some(KeyForm::Named), labels) if labels != 1 => (
                format!("has a block {} without one name", quoted(key)),
                format!("write `{key} \"name\" {{ ... }}`"),
            ),
            _ if ONCE.contains(&key) && seen.contains(&key) => (
                format!("has a second block {}", quoted(key)),
                "write one".to_owned(),
            ),
            _ if key == "env" && !block.body.blocks.is_empty() => (
                "has a block in `env`".to_owned(),
                "write `NAME = \"value\"`".to_owned(),
            ),
            _ => {
                seen.push(key);
                continue;
            }
        };
        faults.push((block.line, message, help));
    }
    faults
}

fn unknown(part: JobPart, key: &str, line: usize) -> (usize, String, String) {
    let message = format!(
        "has {}, which is not a key of a {}",
        quoted(key),
        part.name()
    );
    let help = match closest(key, part.keys().map(|(name, _)| name)) {
        Some(right) => format!("write `{right}`"),
        None => "remove it".to_owned(),
    };
    (line, message, help)
}
