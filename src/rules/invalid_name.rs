//! RG104: a name that cannot be a host name or a Compose service.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::names::is_label;
use crate::model::{Cluster, NodeEntry};
use crate::places::entries;
use crate::source::DocPath;

/// A name that cannot be a host name or a Compose service.
pub static RULE: Rule = Rule {
    code: "RG104",
    slug: "invalid-name",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A node's name is not a lower-case DNS label or reads as an IP address, or the cluster's name contains anything but
letters, digits, `-`, `_` and `.`.

## Why

A node's name becomes its host name, its service in Compose and part of the addresses by which the others reach it. So
it is a label of letters, digits and hyphens ([RFC 1123, 2.1](https://www.rfc-editor.org/rfc/rfc1123#section-2)). A
number is an IP address to every resolver and is never looked up: `42` means 0.0.0.42 (run: glibc 2.36,
`getent ahosts 42`; [inet_aton](https://man7.org/linux/man-pages/man3/inet_aton.3.html)). Compose allows
`[a-zA-Z0-9._-]+` for services and no capitals for projects ([Compose
specification](https://github.com/compose-spec/compose-spec/blob/main/schema/compose-spec.json)). The server accepts any
cluster name, also in other alphabets (run: 1.7.10), but sends it in an HTTP header, and the files are named after it.

## Fails

```yaml
nodes:
  - {id: 1, name: Node_1}
  - {id: 2, name: node-2}
  - {id: 3, name: node-3}
```

## Passes

```yaml
nodes:
  - {id: 1, name: node-1}
  - {id: 2, name: node-2}
  - {id: 3, name: node-3}
```
"#,
};

/// Finds names that an orchestrator or DNS does not accept.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let of_cluster = cluster
        .name
        .as_deref()
        .filter(|name| !is_cluster_name(name))
        .map(|name| {
            let message = format!(
                "{} cannot name a cluster: projects, folders and headers are named after it",
                quoted(name)
            );
            Diagnostic::new(&RULE, DocPath::of(["name"]), message)
                .help("start with a letter or digit, then use letters, digits, `-`, `_` and `.`")
        });
    let of_nodes = entries(cluster)
        .iter()
        .enumerate()
        .filter_map(|(index, entry)| {
            let NodeEntry::Node(node) = entry else {
                return None;
            };
            let name = node.name.as_deref()?;
            let at = DocPath::of(["nodes"]).index(index).key("name");
            if is_number(name) {
                let message = format!(
                    "{} is read as an IP address, so the other nodes cannot reach the node",
                    quoted(name)
                );
                let help = format!("write a letter in front of it, such as `node-{name}`");
                return Some(Diagnostic::new(&RULE, at, message).help(help));
            }
            if is_label(name) {
                return None;
            }
            let message = format!(
                "{} is not a valid host name, so the other nodes cannot reach the node",
                quoted(name)
            );
            let fixed = label(name);
            let help = if is_label(&fixed) && !is_number(&fixed) {
                format!(
                    "write it as `{fixed}`: lower-case letters, digits, and hyphens between them"
                )
            } else {
                "use lower-case letters, digits, and hyphens between them".to_owned()
            };
            Some(Diagnostic::new(&RULE, at, message).help(help))
        });
    of_cluster.into_iter().chain(of_nodes).collect()
}

fn is_cluster_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// Whether resolvers take the name for an IPv4 address: a number, decimal, octal or hexadecimal.
fn is_number(name: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    let hexadecimal = |text: &str| text.bytes().all(|c| c.is_ascii_hexdigit());
    !name.is_empty() && (digits(name) || name.strip_prefix("0x").is_some_and(hexadecimal))
}

/// The label that is nearest to the name.
fn label(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    lower
        .replace(['_', '.', ' '], "-")
        .trim_matches('-')
        .to_owned()
}
