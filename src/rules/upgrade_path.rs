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

`version` skips a minor, is too far from the old one, or goes back. Going back by a patch or by one minor is a warning.

## Why

Formats on disk and between nodes are kept for one minor step. Each minor must be run on the way up. One step down is
possible as long as no feature of the newer version was switched on ([Restate,
upgrading](https://docs.restate.dev/server/upgrading)).

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

/// Finds a version that the old one cannot be changed to, or only with care.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let (from, to) = (change.before.release, change.after.release);
    let (before, after) = (from.text(), to.text());
    let (severity, message, help) = match upgrade(from, to) {
        Upgrade::Same | Upgrade::Allowed => return Vec::new(),
        Upgrade::AfterPatch { first } => (
            Severity::Error,
            format!("{before} cannot be upgraded to {after}: every node needs {first} or newer first"),
            format!("upgrade to {first} first"),
        ),
        Upgrade::Skips { through } => {
            let stops: Vec<&str> = through.iter().map(|stop: &&Release| stop.text()).collect();
            (
                Severity::Error,
                format!("{before} to {after} skips a minor, and the data may be unreadable"),
                format!("upgrade every node to {} first, then continue", stops.join(", then ")),
            )
        }
        Upgrade::OlderPatch => (
            Severity::Warning,
            format!("{after} is older than {before}: the bugs fixed in between come back"),
            format!("write `version: {before}` unless the newer one is at fault"),
        ),
        Upgrade::Rollback => (
            Severity::Warning,
            format!("{after} is one minor older than {before}, and may be unable to read its data"),
            "go back only as long as no feature of the newer one was switched on, one node at a time".to_owned(),
        ),
        Upgrade::TooOld => (
            Severity::Error,
            format!("{after} is too old to read the data of {before}"),
            format!("write `version: {before}`; an older version needs a new cluster"),
        ),
    };
    let found = Diagnostic::new(&RULE, DocPath::of(["version"]), message)
        .severity(severity)
        .help(help);
    vec![found]
}
