//! RG607: credentials that are missing, or that no node reads.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology::{ObjectStore, Topology};

/// Credentials that are missing, or that no node reads.
pub static RULE: Rule = Rule {
    code: "RG607",
    slug: "kubernetes-secret",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

For Kubernetes: a Secret is named but the object store needs no credentials, or they come from the workload's identity
and the ServiceAccount has no annotation for one.

## Why

With `credentials: ambient` a pod gets its identity from annotations of its ServiceAccount
([EKS](https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html),
[GKE](https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity),
[AKS](https://learn.microsoft.com/azure/aks/workload-identity-overview)). Without them it falls back to the identity of
the machine, which many clusters keep from pods. Then every snapshot fails, the log is never trimmed, and the disks
fill. A Secret that no node reads suggests that the wrong store is configured.

## Fails

```yaml
nodes: 3
object_store: {kind: s3, region: eu-central-1, credentials: ambient}
snapshots: {destination: s3://orders/snapshots}
kubernetes: {}
```

## Passes

```yaml
nodes: 3
object_store: {kind: s3, region: eu-central-1, credentials: ambient}
snapshots: {destination: s3://orders/snapshots}
kubernetes:
  service_account_annotations: {eks.amazonaws.com/role-arn: arn:aws:iam::123456789012:role/restate}
```
"#,
};

/// Finds credentials that do not match their store.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let Some(kubernetes) = &cluster.kubernetes else {
        return Vec::new();
    };
    let is_ambient = topology.object_store.takes_ambient_credentials();
    let mut found = Vec::new();
    if is_ambient && kubernetes.service_account_annotations.is_empty() {
        let message = "the credentials come from the workload's identity, but the ServiceAccount has no annotation that gives it one";
        found.push(
            Diagnostic::new(&RULE, DocPath::of(["object_store", "credentials"]), message)
                .help("add `kubernetes.service_account_annotations`; leave it if pods get the identity of their machines"),
        );
    }
    let needs_none = is_ambient || topology.object_store == ObjectStore::None;
    if let Some(secret) = kubernetes.secret.as_deref().filter(|_| needs_none) {
        let message = format!(
            "the object store needs no credentials, so no node reads the Secret {}",
            quoted(secret)
        );
        found.push(
            Diagnostic::new(&RULE, DocPath::of(["kubernetes", "secret"]), message)
                .help("leave `secret` out, or set the `object_store` that it belongs to"),
        );
    }
    found
}
