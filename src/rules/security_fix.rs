//! RG517: a version with a known fault of security.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::facts::{self, Advisory, Release};
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology;

/// A version with a known fault of security.
pub static RULE: Rule = Rule {
    code: "RG517",
    slug: "security-fix",
    severity: Severity::Warning,
    since: "0.2.0",
    docs: r#"## What

`version` has a security fault that a later version does not have.

## Why

An advisory says what an attacker can do, and the release notes which version ended it: RUSTSEC-2026-0007 and
RUSTSEC-2026-0009 ended with 1.6.1 ([release
notes](https://github.com/restatedev/restate/blob/main/release-notes/v1.6.1.md)), RUSTSEC-2026-0258 with 1.7.5 ([release
notes](https://github.com/restatedev/restate/blob/main/release-notes/v1.7.5.md)). With the last one, whoever may speak
HTTP/2 with a node can fill its memory or end it. An image with a later day in its tag has newer packages of the
operating system, and the same server.

## Fails

```yaml
version: 1.7.4
```

## Passes

```yaml
version: 1.7.12
```
"#,
};

/// Finds a version with an advisory.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let release = topology::named_release(cluster);
    release.as_ref().and_then(find).into_iter().collect()
}

fn find(release: &Release) -> Option<Diagnostic> {
    let advisories: Vec<&Advisory> = release.advisories().collect();
    // The last one of the table is fixed last.
    let last = advisories.last()?;
    let version = release.text();
    let mut message = format!(
        "{version} has {}, which lets {}; {} fixed it",
        last.id, last.lets, last.fixed
    );
    let others = &advisories[..advisories.len() - 1];
    if !others.is_empty() {
        let ids: Vec<&str> = others.iter().map(|advisory| advisory.id).collect();
        message.push_str(&format!(". It also has {}", ids.join(" and ")));
    }
    let help = match release.newer_patch() {
        Some(newer) if newer.advisories().next().is_none() => {
            format!(
                "upgrade to {}, the newest patch of {}",
                newer.text(),
                newer.minor().name
            )
        }
        _ => match facts::next(release) {
            Some(next) if next.advisories().next().is_none() => {
                format!(
                    "upgrade to {}: no patch of {} has the fix",
                    next.text(),
                    release.minor().name
                )
            }
            Some(next) => format!(
                "upgrade to {} first, then go on to {}",
                next.text(),
                facts::latest().text()
            ),
            None => "install a newer restate-gen, and upgrade".to_owned(),
        },
    };
    Some(Diagnostic::new(&RULE, DocPath::of(["version"]), message).help(help))
}
