//! RG713: volumes of a smaller size or another class than the existing ones.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::source::DocPath;

/// Volumes of a smaller size or another class than the existing ones.
pub static RULE: Rule = Rule {
    code: "RG713",
    slug: "volume-changed",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

The `size` of `volumes` is smaller than before, or the `class` changed.

## Why

An existing volume does not shrink and does not change its class. Kubernetes refuses both for a StatefulSet and for its
claims ([Kubernetes, persistent volumes](https://kubernetes.io/docs/concepts/storage/persistent-volumes/)), and Nomad
leaves the volume as it is. There is no plan for it.

## Fails

```yaml
volumes: {size: 64GiB}
```

becomes

```yaml
volumes: {size: 32GiB}
```

## Passes

```yaml
volumes: {size: 32GiB}
```

becomes

```yaml
volumes: {size: 64GiB}
```
"#,
};

/// Finds what an existing volume cannot become.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let (before, after) = (&change.before.volumes, &change.after.volumes);
    let volumes = DocPath::of(["volumes"]);
    let mut found = Vec::new();
    if after.size.as_bytes() < before.size.as_bytes() {
        let message = format!(
            "existing volumes keep their {} and do not shrink to {}",
            before.size, after.size
        );
        found.push(
            Diagnostic::new(&RULE, volumes.clone().key("size"), message).help(format!(
                "write {}; smaller volumes need a new cluster",
                before.size
            )),
        );
    }
    if after.class != before.class {
        let named = |class: &Option<String>| {
            class
                .as_deref()
                .map_or_else(|| "the default".to_owned(), quoted)
        };
        let message = format!(
            "existing volumes keep their class {} and do not change to {}",
            named(&before.class),
            named(&after.class)
        );
        found.push(
            Diagnostic::new(&RULE, volumes.key("class"), message)
                .help("keep it; another class needs a new cluster"),
        );
    }
    found
}
