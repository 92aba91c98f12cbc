//! RG560: TLS between nodes of a version that has none.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology::release;

/// TLS between nodes of a version that has none.
pub static RULE: Rule = Rule {
    code: "RG560",
    slug: "tls-version",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

The file has `tls`, and its version of the server has no TLS between nodes.

## Why

Servers have it since 1.7.3. An older one silently ignores the settings and listens without TLS, while its peers
connect to an `https://` address (run: 1.5.3 and 1.6.2).

## Fails

```yaml
version: 1.6.2 # restate-gen: allow RG517 - until the upgrade
tls: {mode: require}
```

## Passes

```yaml
version: 1.7.12
tls: {mode: require}
```
"#,
};

/// Finds `tls` where the server would ignore it.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let release = release(cluster);
    if cluster.tls.is_none() || release.spelling("tls.mode").is_some() {
        return Vec::new();
    }
    let message = format!(
        "version {} has no TLS between nodes: it would ignore the certificates and listen without TLS",
        release.text()
    );
    let found = Diagnostic::new(&RULE, DocPath::of(["tls"]), message).help(
        "upgrade to 1.7.3 or later first, or remove `tls` and keep the nodes on a private network",
    );
    vec![found]
}
