//! RG614: StatefulSets whose claims would change.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::kubernetes::Flavor;
use crate::source::DocPath;

/// StatefulSets whose claims would change.
pub static RULE: Rule = Rule {
    code: "RG614",
    slug: "kubernetes-claims",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

For Kubernetes: the volumes of a running cluster become larger, or `gitops` changes, which marks their claims.

## Why

A StatefulSet does not take another template for its claims ([Kubernetes,
StatefulSets](https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#volume-claim-templates)): `kubectl
apply` is refused. A plan changes the claims, and creates the StatefulSets again around their pods, which run on.

## Fails

```yaml
nodes: 3
volumes: {size: 32GiB}
kubernetes: {}
```

becomes

```yaml
nodes: 3
volumes: {size: 64GiB}
kubernetes: {}
```

## Passes

```yaml
nodes: 3
volumes: {size: 32GiB}
kubernetes: {}
```

becomes

```yaml
nodes: 5
volumes: {size: 32GiB}
kubernetes: {}
```
"#,
};

/// Finds what changes the template of the claims.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    if change.files.after.kubernetes.is_none() || change.files.before.kubernetes.is_none() {
        return Vec::new();
    }
    let (before, after) = (change.before, change.after);
    if after.kubernetes.flavor != Flavor::Raw || before.kubernetes.flavor != Flavor::Raw {
        return Vec::new();
    }
    [
        (
            before.volumes.size < after.volumes.size,
            DocPath::of(["volumes", "size"]),
            "their size",
        ),
        (
            before.kubernetes.gitops != after.kubernetes.gitops,
            DocPath::of(["kubernetes", "gitops"]),
            "what keeps GitOps controllers from deleting them",
        ),
    ]
    .into_iter()
    .filter(|(differs, ..)| *differs)
    .map(|(_, at, what)| {
        let message = format!(
            "the claims of existing StatefulSets have {what} in a template that Kubernetes does not change"
        );
        Diagnostic::new(&RULE, at, message).help(
            "run `restate-gen plan`, which creates the StatefulSets again around their pods",
        )
    })
    .collect()
}
