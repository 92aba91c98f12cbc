//! RG642: a shutdown that does not fit into what Nomad's clients allow.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::places::settings::settings_tables;
use crate::server;
use crate::source::DocPath;
use crate::topology::Topology;
use crate::topology::nomad::KILL_MARGIN_SECONDS;

/// A shutdown that does not fit into what Nomad's clients allow.
pub static RULE: Rule = Rule {
    code: "RG642",
    slug: "nomad-kill-timeout",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`shutdown-timeout` plus five seconds is longer than `nomad.max_kill_timeout`, or that value leaves no time at all.

## Why

A client silently cuts every `kill_timeout` to its own `max_kill_timeout`, 30 s unless configured, and then kills
([Nomad, client configuration](https://developer.hashicorp.com/nomad/docs/configuration/client)). So the node is killed
while it hands over its partitions.

## Fails

```yaml
nodes: 3
settings: {shutdown-timeout: 45s}
nomad: {}
```

## Passes

```yaml
nodes: 3
settings: {shutdown-timeout: 45s}
nomad: {max_kill_timeout: 60s}
```
"#,
};

/// Finds nodes whose shutdown takes longer than the clients wait.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    if cluster.nomad.is_none() {
        return Vec::new();
    }
    let most = topology.nomad.max_kill_timeout.as_seconds();
    if most <= KILL_MARGIN_SECONDS {
        let message = format!(
            "clients that kill after {most}s leave a node no time to hand over its partitions"
        );
        let at = DocPath::of(["nomad", "max_kill_timeout"]);
        return vec![
            Diagnostic::new(&RULE, at, message)
                .help("allow at least 30s, here and in the clients' configuration"),
        ];
    }
    settings_tables(cluster)
        .filter_map(|(at, given)| {
            let given = server::flattened(given);
            let own = given
                .iter()
                .find(|setting| setting.path == "shutdown-timeout")?;
            let seconds = server::timeout_seconds(&own.value);
            let needed = seconds + KILL_MARGIN_SECONDS;
            (needed > most).then(|| {
                let message = format!(
                    "a shutdown may take {seconds}s, but Nomad's clients kill after {most}s, so a node is killed while it shuts down"
                );
                Diagnostic::new(&RULE, at.key("shutdown-timeout"), message).help(format!(
                    "write at most {}s, or raise `nomad.max_kill_timeout` to {needed}s and `max_kill_timeout` in the clients' configuration",
                    most - KILL_MARGIN_SECONDS
                ))
            })
        })
        .collect()
}
