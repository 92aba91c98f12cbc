//! RG706: a version that cannot follow the one before.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::facts::{Release, Upgrade, upgrade};
use crate::source::DocPath;

/// A version that cannot follow the one before.
pub static RULE: Rule = Rule {
    code: "RG706",
    slug: "upgrade-path",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`version`, or `RESTATE_VERSION` in `.env` of a folder for Compose, skips a minor, or cannot read the data of the old
one.

## Why

Formats on disk and between nodes are kept for one minor step. Each minor must be run on the way up ([Restate,
upgrading](https://docs.restate.dev/server/upgrading)). The server notes in its data which versions can read it, and any
other exits at its start (run: 1.7.12 on data of 1.5.3, and 1.5.3 on data of 1.7.12, exit 1). So no plan is made for
such a version.

## Fails

```yaml
version: 1.5.3 # restate-gen: allow RG509 - until the upgrade
```

becomes

```yaml
version: 1.7.12
```

## Passes

```yaml
version: 1.6.2
```

becomes

```yaml
version: 1.7.12
```
"#,
};

/// Finds a version that the old one cannot be changed to.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let (from, to) = (&change.before.release, &change.after.release);
    let (before, after) = (from.text(), to.text());
    let (message, help) = match upgrade(from, to) {
        // To go back, where the data can be read, is another rule's.
        Upgrade::Same | Upgrade::Allowed | Upgrade::OlderPatch | Upgrade::Rollback { .. } => {
            return Vec::new();
        }
        Upgrade::AfterPatch { first } => (
            format!(
                "{before} cannot be upgraded to {after}: every node needs {first} or newer first"
            ),
            format!("upgrade to {first} first"),
        ),
        Upgrade::Skips { through } => {
            let stops: Vec<&str> = through.iter().map(|stop: &&Release| stop.text()).collect();
            (
                format!("{before} to {after} skips a minor, and no node would start on the data"),
                format!(
                    "upgrade every node to {} first, then continue",
                    stops.join(", then ")
                ),
            )
        }
        Upgrade::TooOld => (
            format!("{after} is too old to read the data of {before}"),
            format!("write `version: {before}`; an older version needs a new cluster"),
        ),
    };
    vec![Diagnostic::new(&RULE, DocPath::of(["version"]), message).help(help)]
}
