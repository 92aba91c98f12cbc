//! RG523: a setting without another that it needs.

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::facts::{ABOVE, Release};
use crate::model::Cluster;
use crate::places::settings::{Settings, settings_of_nodes};
use crate::server::Owned;
use crate::source::DocPath;
use crate::topology::Topology;

/// A setting without another that it needs.
pub static RULE: Rule = Rule {
    code: "RG523",
    slug: "setting-alone",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A setting needs another next to it, which the file does not give: a retry policy of `type: fixed-delay` without
`interval`, or a throttling `capacity` without `rate`. Or `raft-election-tick` is not above `raft-heartbeat-tick`.

## Why

Every node that has such a setting exits at start (run: 1.5.3, 1.6.2 and 1.7.12, `missing field`, RT0002; 1.7.12 ends
with an election tick of 5 next to a heartbeat tick of 5).

## Fails

```yaml
settings: {worker: {invoker: {invocation-throttling: {capacity: 100}}}}
```

## Passes

```yaml
settings: {worker: {invoker: {invocation-throttling: {rate: 50/s, capacity: 100}}}}
```
"#,
};

/// Finds settings that stand alone and cannot.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let release = &topology.release;
    let mut found: Vec<Diagnostic> = Vec::new();
    for settings in settings_of_nodes(cluster) {
        let of_tables = lonely(release, &settings);
        let of_policies = without_interval(release, &settings);
        let all = of_tables
            .chain(of_policies)
            .chain(not_above(release, &settings));
        for diagnostic in all {
            // What the cluster's settings say alone is found again with each node's.
            if !found.iter().any(|one| one.at == diagnostic.at) {
                found.push(diagnostic);
            }
        }
    }
    found
}

fn lonely<'a>(
    release: &'a Release,
    settings: &'a Settings<'_>,
) -> impl Iterator<Item = Diagnostic> + 'a {
    release.needs().filter_map(|need| {
        let mut given = need.given.iter().filter(|path| Owned::of(path).is_none());
        let (path, at) = given.find_map(|path| Some((path, settings.get(path)?.0)))?;
        let missing = need
            .needs
            .iter()
            .find(|path| settings.get(path).is_none())?;
        let help = format!(
            "add it, such as `{}: {}`, or remove `{}`",
            key_of(missing),
            need.example,
            key_of(path)
        );
        Some(alone(at, path, &format!("`{missing}`"), help))
    })
}

fn without_interval<'a>(
    release: &'a Release,
    settings: &'a Settings<'_>,
) -> impl Iterator<Item = Diagnostic> + 'a {
    policies(release).filter_map(|policy| {
        let path = format!("{policy}.type");
        let (at, kind) = settings.get(&path)?;
        let interval = settings.get(&format!("{policy}.interval"));
        if kind.as_str() != Some("fixed-delay") || interval.is_some() {
            return None;
        }
        let help = "add `interval`, such as `1s`, next to it".to_owned();
        Some(alone(at, "fixed-delay", "`interval`", help))
    })
}

/// The retry policies that a file can set, and that have an effect.
fn policies(release: &Release) -> impl Iterator<Item = &'static str> {
    release.retry_policies().filter(|policy| {
        let path = format!("{policy}.type");
        Owned::of(&path).is_none() && !release.takes_without_effect(&path)
    })
}

/// Where the file gives one of both numbers.
fn not_above(release: &Release, settings: &Settings<'_>) -> Option<Diagnostic> {
    let given = ABOVE.map(|path| settings.get(path));
    let (at, _) = given.iter().flatten().next()?;
    let number = |index: usize| {
        let given = given[index].as_ref().map(|(_, value)| *value);
        given.map_or_else(
            || release.default(ABOVE[index])?.parse().ok(),
            Value::as_u64,
        )
    };
    let (upper, lower) = (number(0)?, number(1)?);
    if upper > lower {
        return None;
    }
    let [above, below] = ABOVE.map(key_of);
    let message = format!(
        "`{above}` is {upper} and must be above `{below}`, which is {lower}: every metadata server exits at start"
    );
    let help = format!("write a `{above}` of at least {}", lower.saturating_mul(5));
    Some(Diagnostic::new(&RULE, at.clone(), message).help(help))
}

fn alone(at: DocPath, given: &str, missing: &str, help: String) -> Diagnostic {
    let message = format!(
        "`{}` needs {missing} next to it: every node exits at start",
        key_of(given)
    );
    Diagnostic::new(&RULE, at.as_key(), message).help(help)
}

fn key_of(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
