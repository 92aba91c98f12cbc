//! RG705: a changed replication for a provisioned cluster.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::ReplicationProperty;
use crate::source::DocPath;

/// A changed replication for a provisioned cluster.
pub static RULE: Rule = Rule {
    code: "RG705",
    slug: "replication-changed",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

The replication property of logs or partitions changed.

## Why

The server reads it only when the cluster is provisioned. Afterwards it is in the metadata, and `restatectl config set`
changes it there (run: 1.7.12, `config set --replication 3 --yes` moved every log within 10 s). The file alone changes
nothing, and no longer matches the cluster.

## Fails

```yaml
nodes: 5
replication: 2
```

becomes

```yaml
nodes: 5
replication: 3
```

## Passes

```yaml
nodes: 5
replication: 2
```

becomes

```yaml
nodes: 7
replication: 2
```
"#,
};

/// Finds a replication property that is not the old one.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let (before, after) = (change.before, change.after);
    let parts = [
        ("log", &before.log_replication, &after.log_replication),
        (
            "partition",
            &before.partition_replication,
            &after.partition_replication,
        ),
    ];
    let changed: Vec<_> = parts
        .into_iter()
        .filter(|(_, before, after)| !before.is_same_as(after))
        .collect();
    let (Some(first), Some(last)) = (changed.first(), changed.last()) else {
        return Vec::new();
    };
    let said = |property: &ReplicationProperty| format!("`{}`", property.notation());
    let (what, flags) = if changed.len() == 2 && first.1 == last.1 && first.2 == last.2 {
        let what = format!("replication {} is not {}", said(first.1), said(first.2));
        (what, format!(" --replication '{}'", first.2.notation()))
    } else {
        let each = |(name, before, after): &(&str, &ReplicationProperty, &ReplicationProperty)| {
            format!("{name} replication {} is not {}", said(before), said(after))
        };
        let flag = |(name, _, after): &(&str, &ReplicationProperty, &ReplicationProperty)| {
            format!(" --{name}-replication '{}'", after.notation())
        };
        let words: Vec<String> = changed.iter().map(each).collect();
        (words.join(", "), changed.iter().map(flag).collect())
    };
    let message = format!(
        "{what} until `restatectl` sets it: the server reads the file only when the cluster is provisioned"
    );
    // Where it is not written, it follows from the nodes.
    let key = if change.files.after.replication.is_some() || change.files.after.nodes.is_none() {
        "replication"
    } else {
        "nodes"
    };
    let command = format!("`restatectl config set{flags} --yes`");
    // Copies need their nodes at each moment: the server takes a replication that its nodes cannot fulfil, and then
    // writes nothing (run: 1.7.12, `config set --replication 5` on three nodes).
    let becomes_less = |(_, before, after): &(&str, &ReplicationProperty, &ReplicationProperty)| {
        after.copies() < before.copies()
    };
    let help = if changed.iter().all(becomes_less) {
        format!("run {command} before any node is removed")
    } else {
        format!("start the nodes that it needs, then run {command}")
    };
    let found = Diagnostic::new(&RULE, DocPath::of([key]), message).help(help);
    vec![found]
}
