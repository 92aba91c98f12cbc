//! RG702: a changed number of partitions for a provisioned cluster.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::source::DocPath;

/// A changed number of partitions for a provisioned cluster.
pub static RULE: Rule = Rule {
    code: "RG702",
    slug: "partitions-changed",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`partitions` changed.

## Why

The keys of all state are spread over the partitions when the cluster is provisioned, and the server reads
`default-num-partitions` only then ([Restate, configuration
reference](https://docs.restate.dev/references/server-config)). A later change has no effect, and the memory pools would
be derived for partitions that do not exist.

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
        format!("the cluster was provisioned with {before} partitions, and {after} has no effect");
    let found = Diagnostic::new(&RULE, DocPath::of(["partitions"]), message)
        .help(format!("write `partitions: {before}`"));
    vec![found]
}
