//! RG408: a bucket that no provider has under that name.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::facts::bucket_fault;
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology::{ObjectStore, Topology};

/// A bucket that no provider has under that name.
pub static RULE: Rule = Rule {
    code: "RG408",
    slug: "bucket-name",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

`snapshots.destination` names a bucket, or a container of Azure, that cannot exist: the provider's rules for names do
not allow it. Next to an `endpoint` of your own it is a warning, because some stores allow more.

## Why

The nodes start, and every snapshot fails, so the log is never trimmed. A bundled store does not start: its bucket
cannot be created. The rules are those of [Amazon
S3](https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html), [Google Cloud
Storage](https://cloud.google.com/storage/docs/buckets#naming) and
[Azure](https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata).

## Fails

```yaml
snapshots: {destination: s3://Orders_Snapshots/restate}
```

## Passes

```yaml
snapshots: {destination: s3://orders-snapshots/restate}
```
"#,
};

/// Finds a bucket whose name the provider does not allow.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let snapshots = cluster.snapshots.as_ref();
    let written = snapshots.and_then(|snapshots| snapshots.destination.as_deref());
    let Some((written, (scheme, rest))) =
        written.and_then(|written| Some((written, written.split_once("://")?)))
    else {
        return Vec::new();
    };
    // An address that leads nowhere has a finding of its own, and one of a whole host names its bucket elsewhere.
    let place = topology.release.snapshot_place(written);
    let Some(place) = place.filter(|_| scheme != "https") else {
        return Vec::new();
    };
    let scheme = match place.store {
        "azure" => "az",
        "gcs" => "gs",
        _ => "s3",
    };
    let bucket = rest.split(['/', '@']).next().unwrap_or_default();
    let Some(fault) = bucket_fault(scheme, bucket) else {
        return Vec::new();
    };
    let severity = match &topology.object_store {
        ObjectStore::S3 {
            endpoint: Some(_), ..
        } => Severity::Warning,
        _ => RULE.severity,
    };
    let message = format!("there is no bucket {}: {fault}", quoted(bucket));
    let at = DocPath::of(["snapshots", "destination"]);
    vec![
        Diagnostic::new(&RULE, at, message)
            .severity(severity)
            .help("write the name of a bucket that exists, such as `orders-snapshots`"),
    ]
}
