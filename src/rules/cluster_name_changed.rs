//! RG701: a changed cluster name for nodes that hold data.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::source::DocPath;

/// A changed cluster name for nodes that hold data.
pub static RULE: Rule = Rule {
    code: "RG701",
    slug: "cluster-name-changed",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

The cluster's `name` changed.

## Why

The name is fixed when the cluster is provisioned. It is in the metadata and in each node's data, and a server started
with a different name does not join ([Restate, configuration
reference](https://docs.restate.dev/references/server-config)). Compose also names the project after it, and with the
project the volumes: the nodes would start on empty ones.

## Fails

```yaml
name: orders
```

becomes

```yaml
name: shop
```

## Passes

```yaml
name: orders
```

becomes

```yaml
name: orders
partitions: 24
```
"#,
};

/// Finds a name that is not the old one.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let (before, after) = (&change.before.cluster_name, &change.after.cluster_name);
    if before == after {
        return Vec::new();
    }
    let message = format!(
        "the cluster is provisioned as {}, and its nodes would not start as {}",
        quoted(before),
        quoted(after)
    );
    let found = Diagnostic::new(&RULE, DocPath::of(["name"]), message).help(format!(
        "write `name: {before}`; to rename, provision a new cluster and move the services"
    ));
    vec![found]
}
