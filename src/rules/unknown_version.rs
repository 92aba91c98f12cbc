//! RG501: a version of which nothing is known.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::facts::{self, NoRelease};
use crate::model::Cluster;
use crate::source::DocPath;

/// A version of which nothing is known.
pub static RULE: Rule = Rule {
    code: "RG501",
    slug: "unknown-version",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`version` is not a version of a minor that this tool knows.

## Why

Settings, memory pools and addresses differ from minor to minor, and minors must not be skipped ([Restate,
upgrading](https://docs.restate.dev/server/upgrading)). A newer minor needs a newer restate-gen. Every patch of a known
minor is taken: see RG516.

`latest` and `1.7` change without notice: of 62 public deployments of Restate, 18 used `latest`, so any restart may
upgrade them. Tags with the day of the build, such as `1.6.1-20260210`, are fixed (release notes v1.6.1). A digest is
fixed too, and has a key of its own.

## Fails

```yaml
version: latest
```

## Passes

```yaml
version: 1.7.12
image: {digest: "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}
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
    let (message, help) = fault(version);
    vec![Diagnostic::new(&RULE, DocPath::of(["version"]), message).help(help)]
}

/// What the text is instead, and what to do.
fn fault(text: &str) -> (String, String) {
    let shown = quoted(text);
    let (before, digest) = text.split_once('@').unwrap_or((text, text));
    if digest.starts_with("sha256:") {
        let version = match facts::release(before) {
            Some(release) => format!("`version: {}`", release.text()),
            None => "the version of that image".to_owned(),
        };
        return (
            format!(
                "{shown} has a digest, and `version` decides what the files say, not which image runs"
            ),
            format!("write {version} and `image: {{digest: \"{digest}\"}}`"),
        );
    }
    if let Some(release) = facts::release(text.trim_start_matches('v')) {
        return (
            format!("{shown} is not a tag of the server's image"),
            format!("write `{}`", release.text()),
        );
    }
    let unknown =
        format!("version {shown} is unknown to this tool, so nothing can be generated for it");
    let changing = format!("{shown} is not a fixed version, so it changes with the image");
    let known: Vec<_> = facts::newest_patches().collect();
    let minors: Vec<&str> = known.iter().map(|newest| newest.minor().name).collect();
    let minors = minors.join(", ");
    match facts::no_release(text) {
        NoRelease::NewerMinor => (
            unknown,
            format!("install a newer restate-gen: this one knows {minors}"),
        ),
        NoRelease::OtherMinor => (
            unknown,
            format!("run a version of {minors}, which are all that this restate-gen knows"),
        ),
        NoRelease::Minor(newest) => (changing, format!("write `{}`", newest.text())),
        NoRelease::NoVersion => {
            let newest: Vec<&str> = known.iter().map(|newest| newest.text()).collect();
            let help = format!("write a version, such as {}", newest.join(", "));
            match text.starts_with(|first: char| first.is_ascii_alphabetic()) {
                true => (changing, format!("write `{}`", facts::latest().text())),
                false => (unknown, help),
            }
        }
    }
}
