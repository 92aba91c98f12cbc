//! RG686: `.env` sets what only the cluster file decides.

use crate::diagnostic::{At, Diagnostic, Rule, Severity, quoted};
use crate::model::environment::{EnvironmentFile, Variable};
use crate::topology::Topology;

/// `.env` sets what only the cluster file decides.
pub static RULE: Rule = Rule {
    code: "RG686",
    slug: "environment-fixed",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

`.env` in a folder for Compose sets another cluster name or another replication than the cluster file, or another server
version although `image.digest` says which image runs.

## Why

The name is fixed once the cluster is provisioned: nodes that read another one restart in a loop (run: 1.7.12, Compose
2.26). The replication is read at the first start only, so a later value changes nothing. A digest identifies one image,
whatever the version says. None of the generated files reads these variables. A value that is equal to that of the
cluster file does no harm.

## Fails

```yaml
name: orders
```

with `.env`

```sh
RESTATE_CLUSTER_NAME=shop
```

## Passes

```yaml
name: orders
```

with `.env`

```sh
RESTATE_CLUSTER_NAME=orders
```
"#,
};

/// Finds the variables that say something other than the cluster file.
pub fn check(topology: &Topology, environment: &EnvironmentFile) -> Vec<Diagnostic> {
    let logs = topology.log_replication.notation();
    let partitions = topology.partition_replication.notation();
    let same = |notation: &str| notation.replace(' ', "");
    let version = topology.release.text();
    let has_digest = topology.image.digest.is_some();
    let find = |Variable { name, value, place }: &Variable| {
        let value = value.as_ref().filter(|value| !value.is_empty())?;
        let (is_same, message, help) = match name.as_str() {
            "RESTATE_CLUSTER_NAME" => (
                *value == topology.cluster_name,
                format!(
                    "the cluster name is {} in the cluster file, so {} has no effect",
                    quoted(&topology.cluster_name),
                    quoted(value)
                ),
                "remove the variable; a cluster that runs under its value keeps it with `name` in the cluster file",
            ),
            "RESTATE_DEFAULT_REPLICATION" => (
                same(value) == same(&logs) && same(value) == same(&partitions),
                format!(
                    "the replication follows from the cluster file, so {} has no effect",
                    quoted(value)
                ),
                "remove the variable, set `replication` in the cluster file, and for a cluster that runs use `restate-gen plan`",
            ),
            "RESTATE_VERSION" if has_digest => (
                value == version,
                format!(
                    "`image.digest` decides which server runs, so version {} has no effect",
                    quoted(value)
                ),
                "remove the variable, set `version` with its `image.digest` in the cluster file, and for a cluster that runs use `restate-gen plan`",
            ),
            _ => return None,
        };
        let finding = Diagnostic::new(&RULE, At::Flag(place.clone()), message).help(help);
        (!is_same).then_some(finding)
    };
    environment.variables.iter().filter_map(find).collect()
}
