//! RG653: a constraint without the value that it compares with.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::source::DocPath;

/// A constraint without the value that it compares with.
pub static RULE: Rule = Rule {
    code: "RG653",
    slug: "nomad-constraint",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

An entry of `nomad.constraints` has no `value`, or has one although its operator compares with none, or its value
contains `${`.

## Why

A constraint compares an attribute of the clients with a value; only `is_set` and `is_not_set` compare with none. With
`=` and no value, no client fits ([Nomad, constraint
block](https://developer.hashicorp.com/nomad/docs/job-specification/constraint)). `${` starts a reference in jobs, and
not in the files of volumes: both would be placed on different clients.

## Fails

```yaml
nodes: 3
nomad:
  constraints: [{attribute: meta.disk}]
```

## Passes

```yaml
nodes: 3
nomad:
  constraints: [{attribute: meta.disk, operator: is_set}]
```
"#,
};

/// Finds them.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let constraints = cluster.nomad.iter().flat_map(|nomad| &nomad.constraints);
    let faults = constraints.enumerate().filter_map(|(index, constraint)| {
        let operator = constraint.operator.unwrap_or_default();
        let (message, help) = match &constraint.value {
            None if operator.takes_value() => (
                format!("{} needs a value to compare with", quoted(operator.name())),
                "add `value`, or write `operator: is_set`",
            ),
            Some(_) if !operator.takes_value() => (
                format!("{} compares with no value", quoted(operator.name())),
                "leave `value` out",
            ),
            Some(value) if value.contains("${") => (
                format!(
                    "{} has a reference, which the volumes cannot have",
                    quoted(value)
                ),
                "write the final value",
            ),
            _ => return None,
        };
        let at = DocPath::of(["nomad", "constraints"]).index(index);
        Some(Diagnostic::new(&RULE, at, message).help(help))
    });
    faults.collect()
}
