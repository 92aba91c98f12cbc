//! RG602: a StatefulSet whose name is too long, or another one's.

use std::collections::HashMap;

use super::node_path;
use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::topology::kubernetes::NodeSet;
use crate::topology::{Node, Topology};

/// The longest name whose pods get their labels.
const LONGEST: usize = 52;

/// A StatefulSet whose name is too long, or another one's.
pub static RULE: Rule = Rule {
    code: "RG602",
    slug: "kubernetes-set-name",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

For Kubernetes: the StatefulSet of a node or of a group has a name of more than 52 characters, or that of another one. A group's is `restate-<group>`, or `restate-<first_id>` where it has no name; a single node's is the node's name.

## Why

Kubernetes labels each pod with the StatefulSet's name, a hyphen and ten more characters, and a label holds 63: of a longer name no pod is made ([kubernetes/kubernetes#64023](https://github.com/kubernetes/kubernetes/issues/64023)). Two of one name are one, and the nodes of the first are gone.

## Fails

```yaml
nodes:
  - {group: base, count: 3, first_id: 1}
  - {group: base, count: 2, first_id: 11}
kubernetes: {}
```

## Passes

```yaml
nodes:
  - {group: base, count: 3, first_id: 1}
  - {group: more, count: 2, first_id: 11}
kubernetes: {}
```
"#,
};

/// Finds StatefulSets that could not be told apart or made.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    if cluster.kubernetes.is_none() {
        return Vec::new();
    }
    let first_node = |set: &NodeSet| -> Option<&Node> {
        let id = set.places.first()?.node;
        topology.nodes.iter().find(|node| node.id == id)
    };
    let mut seen: HashMap<&str, &NodeSet> = HashMap::new();
    let mut found = Vec::new();
    for set in &topology.kubernetes.sets {
        let Some(node) = first_node(set) else {
            continue;
        };
        let key = if set.first_ordinal() > 0 {
            "group"
        } else {
            "name"
        };
        let at = || node_path(node).key(key);
        if set.name.len() > LONGEST {
            let message = format!(
                "{} has {} characters as the name of a StatefulSet, and no pod is made of one with more than {LONGEST}",
                quoted(&set.name),
                set.name.len()
            );
            found.push(Diagnostic::new(&RULE, at(), message).help("choose a shorter name"));
        }
        if let Some(other) = seen.insert(&set.name, set) {
            // Nodes of one name are another rule's finding.
            if key == "name" && other.first_ordinal() == 0 {
                continue;
            }
            let message = format!(
                "the StatefulSet {} is also that of another entry, so one takes the other's place",
                quoted(&set.name)
            );
            let diagnostic =
                Diagnostic::new(&RULE, at(), message).help("give every group a name of its own");
            found.push(match first_node(other) {
                Some(other) => diagnostic.related(node_path(other), "the other entry"),
                None => diagnostic,
            });
        }
    }
    found
}
