//! RG208: two ways to number host ports at once.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::source::DocPath;

/// Two ways to number host ports at once.
pub static RULE: Rule = Rule {
    code: "RG208",
    slug: "base-and-scheme",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

The file has both `ports.base` and `ports.scheme`.

## Why

Either alone determines every host port: a base puts them into a block of this cluster's own, a scheme where every
cluster with that scheme has them. A service publishes a port at one number of the host ([Compose,
ports](https://docs.docker.com/reference/compose-file/services/#ports)), so one of the two has no effect, and a reader
of the file cannot tell which.

## Fails

```yaml
ports: {base: 11000, scheme: decimal}
```

## Passes

```yaml
ports: {base: 11000}
```
"#,
};

/// Finds a scheme next to a base.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let both = cluster
        .ports
        .as_ref()
        .filter(|ports| ports.base.is_some() && ports.scheme.is_some());
    let finding = both.map(|_| {
        let message =
            "`base` and `scheme` each number all host ports, so one of them has no effect";
        Diagnostic::new(&RULE, DocPath::of(["ports", "scheme"]), message)
            .related(DocPath::of(["ports", "base"]), "the base")
            .help("remove either `scheme` or `base`")
    });
    finding.into_iter().collect()
}
