//! RG518: a patch after which another one is known.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology;

/// A patch after which another one is known.
pub static RULE: Rule = Rule {
    code: "RG518",
    slug: "newer-patch",
    severity: Severity::Hint,
    since: "0.2.0",
    docs: r#"## What

A newer patch of the minor of `version` is known.

## Why

"Upgrading to the latest patch version should always be possible and is recommended" ([Restate,
upgrading](https://docs.restate.dev/operate/upgrading)). Where the present patch has a security fault, RG517 says so
instead. A file without `version` gets the newest.

## Fails

```yaml
version: 1.7.10
```

## Passes

```yaml
nodes: 3
```
"#,
};

/// Finds a patch that is not the newest of its minor.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let release = topology::named_release(cluster);
    let Some(release) = release.filter(|release| release.advisories().next().is_none()) else {
        return Vec::new();
    };
    let Some(newer) = release.newer_patch() else {
        return Vec::new();
    };
    let message = format!(
        "{} is the newest patch of {} that this restate-gen knows",
        newer.text(),
        newer.minor().name
    );
    let help = format!(
        "write `{}`; for a running cluster, `restate-gen upgrade` plans it",
        newer.text()
    );
    vec![Diagnostic::new(&RULE, DocPath::of(["version"]), message).help(help)]
}
