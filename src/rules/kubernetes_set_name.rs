//! RG602: a StatefulSet whose name is too long, or already used.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::places::node_path;
use crate::topology::kubernetes::NodeSet;
use crate::topology::{Node, Topology};

/// The longest name whose pods get their labels.
const LONGEST: usize = 52;

/// A StatefulSet whose name is too long, or already used.
pub static RULE: Rule = Rule {
    code: "RG602",
    slug: "kubernetes-set-name",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

For Kubernetes: the StatefulSet of a node or a group has a name of more than 52 characters, or shares its name with
another. A group's StatefulSet is `restate-<group>`, or `restate-<first_id>` if the group has no name. A single node's
has the node's name.

## Why

Kubernetes labels each pod with the StatefulSet's name, a hyphen and ten more characters, and a label holds 63. With a
longer name no pod is created ([kubernetes/kubernetes#64023](https://github.com/kubernetes/kubernetes/issues/64023)).
Two StatefulSets of one name are one object, so the nodes of the first are lost.

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

/// Finds StatefulSets that share a name or could not create pods.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    if cluster.kubernetes.is_none() {
        return Vec::new();
    }
    let first_node = |set: &NodeSet| -> Option<&Node> {
        let id = set.pods.first()?.node;
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
                "the StatefulSet name {} has {} characters, and with more than {LONGEST} no pod is created",
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
                "another entry also makes the StatefulSet {}, so one would override the other",
                quoted(&set.name)
            );
            let diagnostic =
                Diagnostic::new(&RULE, at(), message).help("give every group its own name");
            found.push(match first_node(other) {
                Some(other) => diagnostic.related(node_path(other), "the other entry"),
                None => diagnostic,
            });
        }
    }
    found
}
