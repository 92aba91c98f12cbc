//! RG516: a patch that this tool has not seen.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology;

/// A patch that this tool has not seen.
pub static RULE: Rule = Rule {
    code: "RG516",
    slug: "unknown-patch",
    severity: Severity::Warning,
    since: "0.2.0",
    docs: r#"## What

`version` is a patch that this restate-gen has not been tested with, of a minor that it knows.

## Why

Restate publishes patches more often than restate-gen is published, and upgrading to the newest patch is recommended
([Restate, upgrading](https://docs.restate.dev/operate/upgrading)). What is known of
the nearest patch is taken for this one too: of the one before it, or of the one after it if no known patch is older.
The image has the tag that you wrote. A setting that came with this very patch is unknown to restate-gen, and one that
was removed by it is passed on and ignored by the server. Nothing else depends on the patch.

## Fails

```yaml
version: 1.7.99
```

## Passes

```yaml
version: 1.7.12
```
"#,
};

/// Finds a patch without facts of its own.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let release = topology::named_release(cluster);
    let Some((release, known)) = release
        .as_ref()
        .and_then(|release| Some((release, release.stands_like()?)))
    else {
        return Vec::new();
    };
    let message = format!(
        "this restate-gen has not been tested with {}: it generates what {}, the nearest that it knows, needs",
        release.text(),
        known.text()
    );
    // Never to an older one: a cluster may run this patch already.
    let help = match release.newer_patch() {
        Some(newer) => format!("write `{}`, or allow this finding", newer.text()),
        None => "install a newer restate-gen if there is one, or allow this finding".to_owned(),
    };
    vec![Diagnostic::new(&RULE, DocPath::of(["version"]), message).help(help)]
}
