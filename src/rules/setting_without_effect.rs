//! RG524: a setting that has no effect next to the others.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::facts::{DEFAULT_POLICY, POLICIES, Release};
use crate::model::Cluster;
use crate::places::settings::{Settings, settings_of_nodes};
use crate::server::Owned;
use crate::topology::Topology;

/// A setting that has no effect next to the others.
pub static RULE: Rule = Rule {
    code: "RG524",
    slug: "setting-without-effect",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A retry policy has a key that its `type` does not read.

## Why

The server silently ignores it: without `type: fixed-delay` a policy is exponential and has no `interval`, and one of
`fixed-delay` has no `factor` (run: 1.5.3, 1.6.2 and 1.7.12, `--dump-config` does not show it).

## Fails

```yaml
settings: {network-error-retry-policy: {interval: 10s}}
```

## Passes

```yaml
settings: {network-error-retry-policy: {type: fixed-delay, interval: 10s}}
```
"#,
};

/// Finds keys that the policy's kind does not have.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for settings in settings_of_nodes(cluster) {
        for diagnostic in idle(&topology.release, &settings) {
            // What the cluster's settings say alone is found again with each node's.
            if !found.iter().any(|one| one.at == diagnostic.at) {
                found.push(diagnostic);
            }
        }
    }
    found
}

fn idle(release: &Release, settings: &Settings<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for policy in release.retry_policies() {
        let path = format!("{policy}.type");
        // Other rules report what the file cannot set, and what has no effect at all.
        if Owned::of(&path).is_some() || release.takes_without_effect(&path) {
            continue;
        }
        let written = settings.get(&path);
        let kind = written
            .as_ref()
            .map_or(Some(DEFAULT_POLICY), |(_, kind)| kind.as_str());
        let Some((kind, read)) = POLICIES.iter().find(|(name, _)| Some(*name) == kind) else {
            continue;
        };
        let keys = POLICIES.iter().flat_map(|(_, keys)| keys.iter());
        let mut idle: Vec<&str> = keys.filter(|key| !read.contains(key)).copied().collect();
        idle.sort_unstable();
        idle.dedup();
        for key in idle {
            let path = format!("{policy}.{key}");
            let Some((at, _)) = settings.get(&path) else {
                continue;
            };
            let message =
                format!("a retry policy of `type: {kind}` has no `{key}`, and silently ignores it");
            let help = match POLICIES.iter().find(|(_, keys)| keys.contains(&key)) {
                Some((right, _)) if written.is_none() => {
                    format!("add `type: {right}`, or remove it")
                }
                _ => "remove it, or write another `type`".to_owned(),
            };
            found.push(Diagnostic::new(&RULE, at.as_key(), message).help(help));
        }
    }
    found
}
