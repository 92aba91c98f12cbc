//! RG405: snapshots to be deleted in a store whose permissions this tool does not manage.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology::Topology;

/// Snapshots to be deleted in a store whose permissions this tool does not manage.
pub static RULE: Rule = Rule {
    code: "RG405",
    slug: "retention-rights",
    severity: Severity::Hint,
    since: "0.1.0",
    docs: r#"## What

`snapshots.retained` is set, and the snapshots are in a store that this tool does not run.

## Why

The server deletes the older snapshots itself. Without the permission it keeps running but deletes nothing, and the
bucket grows forever. The policy that Restate's operator prints has no `s3:DeleteObject` (restatedev/restate-operator
docs/minio.md; release notes v1.7.0). The server needs `s3:GetObject`, `s3:PutObject`, `s3:DeleteObject` and
`s3:ListBucket`, or their equivalents in other stores.

## Fails

```yaml
object_store: {kind: s3, region: eu-central-1}
snapshots: {destination: s3://orders/snapshots, retained: 3}
```

## Passes

```yaml
object_store: {kind: s3, region: eu-central-1}
# restate-gen: allow RG405 - the role has s3:DeleteObject
snapshots: {destination: s3://orders/snapshots, retained: 3}
```
"#,
};

/// Finds a number of snapshots to keep where somebody else grants the permission to delete the others.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let retained = cluster.snapshots.as_ref().and_then(|of| of.retained);
    let Some(retained) = retained.filter(|_| topology.object_store.is_external()) else {
        return Vec::new();
    };
    let message = format!(
        "to keep {retained}, the server deletes the others, which its credentials must allow"
    );
    let found = Diagnostic::new(&RULE, DocPath::of(["snapshots", "retained"]), message)
        .help("grant `s3:DeleteObject` or its equivalent, then allow this finding in a comment");
    vec![found]
}
