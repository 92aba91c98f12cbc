//! RG613: what a GitOps controller cannot apply.

use crate::diagnostic::{Diagnostic, Rule, Severity, listed};
use crate::model::Cluster;
use crate::model::kubernetes::Flavor;
use crate::server::credentials::secret_keys;
use crate::source::DocPath;
use crate::topology::Topology;

/// What a GitOps controller cannot apply.
pub static RULE: Rule = Rule {
    code: "RG613",
    slug: "kubernetes-gitops",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

For Kubernetes: `gitops` is set, but the Secret of the object store would be made from `.env`, or the flavor is not
`raw`.

## Why

Argo CD and Flux build the manifests from what is in the Git repository ([Flux,
Kustomization](https://fluxcd.io/flux/components/kustomize/kustomizations/)). `.env` has passwords and must not be
there, so the build would fail and nothing would be applied. A Secret that exists already is named by
`kubernetes.secret`. External Secrets, Sealed Secrets or SOPS create it without a password in the repository.

The chart and the operator are applied by their own resources of Argo CD and Flux, and they carry out changes by
themselves: there are no plans for them.

## Fails

```yaml
nodes: 3
kubernetes: {gitops: true}
```

## Passes

```yaml
nodes: 3
kubernetes: {gitops: true, secret: restate-store}
```
"#,
};

/// Finds what would keep the controller from applying the files.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    if cluster.kubernetes.is_none() || !topology.kubernetes.gitops {
        return Vec::new();
    }
    let at = DocPath::of(["kubernetes", "gitops"]);
    let flavor = topology.kubernetes.flavor;
    if flavor != Flavor::Raw {
        let message = format!(
            "`gitops` is for manifests, and the flavor is `{}`",
            flavor.name()
        );
        return vec![Diagnostic::new(&RULE, at, message).help(
            "leave `gitops` out: a GitOps controller applies the files of this flavor as they are",
        )];
    }
    let keys: Vec<&str> = secret_keys(&topology.object_store)
        .map(|key| key.name)
        .collect();
    if topology.kubernetes.secret.is_some() || keys.is_empty() {
        return Vec::new();
    }
    let message = format!(
        "the Secret with {} is made from `.env`, which is not in the Git repository, so no controller can build the manifests",
        listed(&keys)
    );
    vec![Diagnostic::new(&RULE, at, message).help(
        "set `kubernetes.secret` to the name of a Secret with these keys, which External Secrets, Sealed Secrets or SOPS creates",
    )]
}
