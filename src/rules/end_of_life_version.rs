//! RG509: a version that no longer gets fixes.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::facts;
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology;

/// A version that no longer gets fixes.
pub static RULE: Rule = Rule {
    code: "RG509",
    slug: "end-of-life-version",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

`version` is two or more minors behind the newest.

## Why

Upgrade and rollback are supported for one minor step only ([Restate,
upgrading](https://docs.restate.dev/server/upgrading)). Fixes were seen for the newest minor only: restatedev/restate
has no tag of 1.5 after v1.5.6. A cluster that stays behind has to take every minor on the way, one after the other.

## Fails

```yaml
version: 1.5.3 # restate-gen: allow RG517 - until the upgrade
```

## Passes

```yaml
version: 1.7.12
```
"#,
};

/// Finds a version whose minor is no longer maintained.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let release = topology::named_release(cluster);
    let Some(release) = release.filter(|release| release.is_end_of_life()) else {
        return Vec::new();
    };
    let minor = release.minor();
    let message = format!(
        "{} belongs to {}, which no longer gets fixes and is more than one upgrade behind {}",
        release.text(),
        minor.name,
        facts::latest().minor().name
    );
    let help = match release.next_minor() {
        Some(next) => format!(
            "upgrade to {} first, then continue one minor at a time",
            next.name
        ),
        None => "upgrade one minor at a time".to_owned(),
    };
    vec![Diagnostic::new(&RULE, DocPath::of(["version"]), message).help(help)]
}
