//! RG522: a file that cannot be mounted where it is to be.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::source::DocPath;

/// A file that cannot be mounted where it is to be.
pub static RULE: Rule = Rule {
    code: "RG522",
    slug: "file-path",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

The `path` of an entry of `files` is also that of another entry, or is below it. Or it is relative, not normalized
(`..`, `//`, a trailing `/`), or in a folder that the nodes use themselves.

## Why

Engines refuse two mounts at one path, and a folder cannot be below a file ([Compose
specification](https://docs.docker.com/reference/compose-file/services/#secrets)). A mount below `/restate-data` becomes
a part of the data volume, and so of backups. One below `/tmp` lies under a file system in memory, one below `/config`,
`/local`, `/alloc` or `/secrets` under what Kubernetes or Nomad puts there.

## Fails

```yaml
files:
  - {path: /restate-data/identity.pem, file: ./secrets/identity.pem}
```

## Passes

```yaml
files:
  - {path: /etc/restate/identity.pem, file: ./secrets/identity.pem}
```
"#,
};

/// Folders that nodes have of their own, on one target or another, and what each is.
const TAKEN: [(&str, &str); 9] = [
    ("/restate-data", "the data volume"),
    ("/tmp", "a file system in memory"),
    (
        "/config",
        "where Kubernetes mounts the nodes' configuration",
    ),
    ("/local", "where Nomad writes templates"),
    ("/alloc", "what Nomad's tasks share"),
    ("/secrets", "where Nomad writes secrets"),
    ("/proc", "the kernel's"),
    ("/sys", "the kernel's"),
    ("/dev", "the kernel's"),
];

/// Finds paths at which nothing can be mounted.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (index, file) in cluster.files.iter().enumerate() {
        let place = |index: usize| DocPath::of(["files"]).index(index).key("path");
        let path = file.path.as_str();
        let mut say = |message: String, help: &str| {
            found.push(Diagnostic::new(&RULE, place(index), message).help(help));
        };
        let is_plain = |part: &str| !matches!(part, "" | "." | "..");
        if !path.starts_with('/') {
            say(
                format!(
                    "{} is not an absolute path, so the server looks for it elsewhere",
                    quoted(path)
                ),
                &format!(
                    "write `/etc/restate/{}`",
                    path.rsplit('/').next().unwrap_or_default()
                ),
            );
            continue;
        }
        if !path.split('/').skip(1).all(is_plain) {
            say(
                format!("{} is not a normalized path", quoted(path)),
                "write it without `.`, `..`, `//` and a trailing `/`",
            );
            continue;
        }
        let taken = TAKEN.iter().find(|(top, _)| is_at_or_below(top, path));
        if let Some((top, what)) = taken {
            say(
                format!("{} is in `{top}`, which is {what}", quoted(path)),
                "choose a folder of its own, such as `/etc/restate`",
            );
        }
        let other = cluster.files.iter().enumerate().find(|(other, given)| {
            let same = given.path == path;
            *other != index
                && ((same && *other < index) || (!same && is_at_or_below(&given.path, path)))
        });
        if let Some((other, given)) = other {
            let message = if given.path == path {
                format!("{} is mounted twice", quoted(path))
            } else {
                format!(
                    "{} is below {}, which is a file",
                    quoted(path),
                    quoted(&given.path)
                )
            };
            found.push(
                Diagnostic::new(&RULE, place(index), message)
                    .related(place(other), "the other entry")
                    .help("give each file a path of its own"),
            );
        }
    }
    found
}

fn is_at_or_below(top: &str, path: &str) -> bool {
    path.strip_prefix(top)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
