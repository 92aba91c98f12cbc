//! RG702: another number of partitions for a cluster that has some.

use super::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::source::DocPath;

/// Another number of partitions for a cluster that has some.
pub static RULE: Rule = Rule {
    code: "RG702",
    slug: "partitions-changed",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`partitions` is another number than before.

## Why

The keys of all state are spread over the partitions when the cluster is provisioned, and the server reads `default-num-partitions` only then ([Restate, configuration reference](https://docs.restate.dev/references/server-config)). A later change does nothing, and the memory pools would be derived for partitions that are not there.

## Fails

```yaml
partitions: 24
```

becomes

```yaml
partitions: 48
```

## Passes

```yaml
partitions: 24
```

becomes

```yaml
partitions: 24
nodes: 5
```
"#,
};

/// Finds a number of partitions that is not the old one.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let (before, after) = (change.before.partitions, change.after.partitions);
    if before == after {
        return Vec::new();
    }
    let message =
        format!("the cluster has {before} partitions for good, so {after} would not come to be");
    let found = Diagnostic::new(&RULE, DocPath::of(["partitions"]), message)
        .help(format!("write `partitions: {before}`"));
    vec![found]
}
