//! RG404: a snapshot setting that the version does not have.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology::Topology;

/// A snapshot setting that the version does not have.
pub static RULE: Rule = Rule {
    code: "RG404",
    slug: "snapshot-setting-not-there",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`snapshots` has a key that the server of that version does not know.

## Why

The server silently ignores unknown settings. 1.5.3 takes snapshots only by the number of records, and keeps them all
(run: 1.5.3 ignores `snapshot-interval` and `num-retained`).

## Fails

```yaml
version: 1.5.3 # restate-gen: allow RG509, RG517 - until the upgrade
snapshots: {interval: 10m}
```

## Passes

```yaml
version: 1.5.3 # restate-gen: allow RG509, RG517 - until the upgrade
snapshots: {interval_records: 10000}
```
"#,
};

/// Finds what would have no effect.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let Some(snapshots) = &cluster.snapshots else {
        return Vec::new();
    };
    let release = &topology.release;
    [
        (
            "interval",
            snapshots.interval.is_some(),
            "snapshot-interval",
            "write `interval_records`, or use a newer `version`",
        ),
        (
            "retained",
            snapshots.retained.is_some(),
            "num-retained",
            "let the store expire old objects, or use a newer `version`",
        ),
    ]
    .into_iter()
    .filter(|(_, is_given, setting, _)| {
        *is_given
            && release
                .spelling(&format!("worker.snapshots.{setting}"))
                .is_none()
    })
    .map(|(key, _, _, help)| {
        let message = format!(
            "version {} does not have `snapshots.{key}`, so it has no effect",
            release.text()
        );
        Diagnostic::new(&RULE, DocPath::of(["snapshots", key]), message).help(help)
    })
    .collect()
}
