//! RG727: an older version.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::facts::{Upgrade, upgrade};
use crate::source::DocPath;

/// An older version.
pub static RULE: Rule = Rule {
    code: "RG727",
    slug: "downgrade",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`version`, or `RESTATE_VERSION` in `.env` of a folder for Compose, goes back, within a minor or to the minor before.

## Why

Formats of data go one way. Restate supports going back to the newest patch of the minor before as long as no feature of
the newer minor was used, and says nothing of older patches of the same minor ([Restate,
upgrading](https://docs.restate.dev/server/upgrading)). A patch can write what an older one does not read: 1.7.5 does
when VQueues skip completed invocations (release notes v1.7.5). Which features were used is not in the cluster file. If
you know that none was, allow this finding, in a comment or with `--allow RG727`.

The data remember the newest version that ran, so a second minor back fails after the first one worked (run: 1.7.12,
then 1.6.2, then 1.5.3, which exits 1). Two minors back at once are reported as RG706, and no plan is made for them.

## Fails

```yaml
version: 1.7.12
```

becomes

```yaml
version: 1.6.2 # restate-gen: allow RG517 - until it works
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

/// Finds a version that is older than the one that runs.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let (from, to) = (&change.before.release, &change.after.release);
    let (before, after) = (from.text(), to.text());
    let minor = from.minor().name;
    let (message, help) = match upgrade(from, to) {
        Upgrade::OlderPatch => (
            format!(
                "{after} is older than {before}, and nothing says that it reads all data of {before}"
            ),
            format!(
                "keep {before}; if no feature that came after {after} was used, pass `--allow RG727`"
            ),
        ),
        Upgrade::Rollback { newer: None } => (
            format!(
                "{after} is older than {before}, and reads its data only if no feature of {minor} was used"
            ),
            format!("keep {before}; if no feature of {minor} was used, pass `--allow RG727`"),
        ),
        Upgrade::Rollback { newer: Some(newer) } => (
            format!(
                "{after} is older than {before}, and from {minor} Restate supports going back only to the newest patch of {}",
                to.minor().name
            ),
            format!(
                "keep {before}; if no feature of {minor} was used, go back to {} instead",
                newer.text()
            ),
        ),
        _ => return Vec::new(),
    };
    vec![Diagnostic::new(&RULE, DocPath::of(["version"]), message).help(help)]
}
