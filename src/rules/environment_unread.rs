//! RG687: `.env` has a line that Compose cannot read.

use crate::diagnostic::{At, Diagnostic, Rule, Severity};
use crate::model::environment::{EnvironmentFile, Unread};
use crate::topology::Topology;

/// `.env` has a line that Compose cannot read.
pub static RULE: Rule = Rule {
    code: "RG687",
    slug: "environment-unread",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

`.env` in a folder for Compose has a line that Compose cannot read, or cannot be read at all.

## Why

Compose then refuses the whole file, and with it every command (run: Compose 2.26, `failed to read .env`). A line is
`NAME=value`, with letters, digits and `_` in the name. A value with a quote at its start needs one at its end. `$$` is
a dollar sign.

## Fails

```yaml
nodes: 3
```

with `.env`

```sh
MINIO_ROOT_PASSWORD="not closed
```

## Passes

```yaml
nodes: 3
```

with `.env`

```sh
MINIO_ROOT_PASSWORD="closed-and-long-enough"
```
"#,
};

/// Finds the lines that Compose cannot read.
pub fn check(_: &Topology, environment: &EnvironmentFile) -> Vec<Diagnostic> {
    let found = |Unread { place, reason }: &Unread| {
        let message = format!("{reason}: every docker compose command fails");
        Diagnostic::new(&RULE, At::Flag(place.clone()), message)
            .help("correct it, or start the line with `#` to make it a comment")
    };
    environment.unread.iter().map(found).collect()
}
