//! RG715: an upgrade to a version that deletes snapshots.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::facts::Release;
use crate::source::DocPath;

/// An upgrade to a version that deletes snapshots.
pub static RULE: Rule = Rule {
    code: "RG715",
    slug: "rights-to-delete",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

The new version deletes old snapshots, the old one did not, and this tool does not run the store.

## Why

From 1.7 on the server keeps `worker.snapshots.num-retained` snapshots, one by default, and deletes the others
(run: 1.7.2 to 1.7.12, `--dump-config`; release notes v1.7.0). Before, permission to read and write was enough. Now the
bucket grows forever without permission to delete.

## Fails

```yaml
version: 1.6.2
object_store: {kind: s3, region: eu-central-1}
snapshots: {destination: s3://orders/snapshots}
```

becomes

```yaml
version: 1.7.12
object_store: {kind: s3, region: eu-central-1}
snapshots: {destination: s3://orders/snapshots}
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

/// Finds an upgrade after which the server deletes.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let deletes = |release: &Release| release.default("worker.snapshots.num-retained").is_some();
    let starts = !deletes(&change.before.release) && deletes(&change.after.release);
    let was_asked = change
        .before
        .snapshots
        .as_ref()
        .is_some_and(|snapshots| snapshots.retained.is_some());
    if !starts || was_asked || !change.after.object_store.is_external() {
        return Vec::new();
    }
    let message = format!(
        "{} deletes old snapshots, which {} did not: its credentials must allow that",
        change.after.release.text(),
        change.before.release.text()
    );
    let found = Diagnostic::new(&RULE, DocPath::of(["version"]), message)
        .help("grant `s3:DeleteObject` or its equivalent before the upgrade");
    vec![found]
}
