//! RG728: a cluster that survives fewer losses than before.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::places::copies;
use crate::source::DocPath;

/// A cluster that survives fewer losses than before.
pub static RULE: Rule = Rule {
    code: "RG728",
    slug: "fewer-losses-survived",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

After the change fewer nodes may fail at once than before it.

## Why

How many nodes may fail follows from the copies of the log, the metadata servers and the workers ([Restate, cluster
deployment](https://docs.restate.dev/server/clusters)). A cluster that gets smaller, or keeps fewer copies, may lose this
safety unnoticed until a node fails. If that is intended, allow this finding, in a comment or with `--allow RG728`.

## Fails

```yaml
nodes: 5
replication: 3
```

becomes

```yaml
# restate-gen: allow RG705 RG711 - set and removed by hand before
nodes: 5
replication: 2
```

## Passes

```yaml
nodes: 3
```

becomes

```yaml
nodes: 5
```
"#,
};

/// Finds that less is survived.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let (before, after) = (change.before.survival(), change.after.survival());
    let most = after.nodes();
    if most >= before.nodes() {
        return Vec::new();
    }
    let cluster = change.files.after;
    let [logs, _] = copies(cluster, change.after);
    let of_metadata = match cluster.metadata_servers {
        Some(_) => "metadata_servers",
        None => "nodes",
    };
    let parts = [
        (after.log, "the log", logs.at),
        (after.metadata, "the metadata", DocPath::of([of_metadata])),
        (after.partitions, "the partitions", DocPath::of(["nodes"])),
    ];
    let weakest: Vec<_> = parts
        .iter()
        .filter(|(losses, ..)| *losses == most)
        .collect();
    let at = weakest[0].2.clone();
    let message = format!(
        "{} at once before the change, and {} after it: {} would not survive one more",
        may_fail(before.nodes()),
        after_it(most),
        listed(weakest.iter().map(|(_, part, _)| part))
    );
    let found = Diagnostic::new(&RULE, at, message)
        .help("keep as many nodes and copies as before; if that is intended, pass `--allow RG728`");
    vec![found]
}

fn may_fail(nodes: usize) -> String {
    match nodes {
        1 => "1 node may fail".to_owned(),
        nodes => format!("{nodes} nodes may fail"),
    }
}

fn after_it(nodes: usize) -> String {
    match nodes {
        0 => "none".to_owned(),
        nodes => nodes.to_string(),
    }
}
