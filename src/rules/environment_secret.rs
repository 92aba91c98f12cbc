//! RG688: a credential in `.env` that the store and the nodes read differently, or that the store refuses.

use crate::diagnostic::{At, Diagnostic, Rule, Severity};
use crate::model::environment::{EnvironmentFile, Variable};
use crate::server::credentials::{SecretKey, all_keys, bundled_keys};
use crate::topology::{ObjectStore, Topology};

/// A credential in `.env` that the store and the nodes read differently, or that the store refuses.
pub static RULE: Rule = Rule {
    code: "RG688",
    slug: "environment-secret",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

A credential in `.env` is not what it looks like, or one that the store or the nodes cannot use.

## Why

In `NAME= # todo` the value is `# todo`: Compose takes `#` for the start of a comment only behind a value. The nodes
read the key of a bundled store in double quotes, where `"` and `\` have another meaning, so with one of these the nodes
have another key than the store, and no snapshot is written (run: 1.7.12, `--dump-config`). MinIO does not start with a
user of less than 3 or a password of less than 8 characters.

## Fails

```yaml
nodes: 3
```

with `.env`

```sh
SNAPSHOT_SECRET_KEY='quoted"inside'
```

## Passes

```yaml
nodes: 3
```

with `.env`

```sh
SNAPSHOT_SECRET_KEY=lettersAndDigits42
```
"#,
};

/// Finds such credentials. Their values are never shown.
pub fn check(topology: &Topology, environment: &EnvironmentFile) -> Vec<Diagnostic> {
    let store = &topology.object_store;
    let find = |Variable { name, value, place }: &Variable| {
        let key = all_keys(store).find(|key| key.name == name)?;
        let value = value.as_ref().filter(|value| !value.is_empty())?;
        let (fault, help) = fault(store, key, value)?;
        let message = format!("`{name}` {fault}");
        Some(Diagnostic::new(&RULE, At::Flag(place.clone()), message).help(help))
    };
    environment.variables.iter().filter_map(find).collect()
}

fn fault(store: &ObjectStore, key: &SecretKey, value: &str) -> Option<(String, &'static str)> {
    if value.starts_with('#') {
        let message = "has the comment behind the `=` as its value: Compose takes `#` for the start of a comment only behind a value";
        return Some((
            message.to_owned(),
            match key.is_made {
                true => "delete the comment; the next run makes a value",
                false => {
                    "write the value in front of the comment, or put a value that starts with `#` in quotes"
                }
            },
        ));
    }
    let bundled = bundled_keys(store)?;
    let is = |other: &SecretKey| other.name == key.name;
    let is_of_nodes = is(bundled.nodes_access) || is(bundled.nodes_secret);
    if is_of_nodes && value.contains(|c: char| matches!(c, '"' | '\\') || c.is_control()) {
        let message = "has a `\"`, a `\\` or a control character, which the nodes read as something else than the store: no snapshot can be written";
        return Some((message.to_owned(), "use letters and digits only"));
    }
    let least = match is(bundled.own_access) || is(bundled.nodes_access) {
        true => 3,
        false => 8,
    };
    let is_short = matches!(store, ObjectStore::Minio(_)) && value.chars().count() < least;
    let message = || format!("has less than the {least} characters that MinIO needs");
    is_short.then(|| (message(), "use a longer one"))
}
