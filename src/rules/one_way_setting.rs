//! RG719: a switch that cannot be taken back.

use serde_json::Value;

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::places::node_path;
use crate::places::settings::given_value;
use crate::server::flattened;
use crate::source::DocPath;
use crate::topology::{Node, Topology};

/// A switch that cannot be taken back.
pub static RULE: Rule = Rule {
    code: "RG719",
    slug: "one-way-setting",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

A cluster that holds data switches on an experiment that cannot be taken back, or switches one off again.

## Why

"Enabling VQueues is one-way" (restatedev/restate release-notes/v1.7.3.md): each partition is migrated when its next
leader starts, and does not work meanwhile. Before 1.7.3 a cluster with invocations in progress does not start
(v1.7.0.md). Switched off again, what was migrated stays as it is.

## Fails

```yaml
nodes: 3
```

becomes

```yaml
nodes: 3
settings: {experimental-enable-vqueues: true} # restate-gen: allow RG511 - an experiment
```

## Passes

```yaml
nodes: 3
settings: {experimental-enable-vqueues: true} # restate-gen: allow RG511 - an experiment
```

becomes

```yaml
nodes: 5
settings: {experimental-enable-vqueues: true} # restate-gen: allow RG511 - an experiment
```
"#,
};

/// Finds switches that are on where they were off, and the other way round.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let release = &change.after.release;
    let mut found = Vec::new();
    for one_way in release.one_ways() {
        let path = one_way.setting;
        let (before, after) = (who_has(change.before, path), who_has(change.after, path));
        let diagnostic = match (before, after) {
            (None, Some(node)) => {
                let given = given_value(change.files.after, node, path);
                let at = given.map_or_else(|| node_path(node), |(at, _)| at);
                let message = format!("`{path}` cannot be taken back: {}", one_way.statement);
                let found = Diagnostic::new(&RULE, at, message);
                if one_way.is_open {
                    found.help("save the data first, and allow the rule with the reason")
                } else {
                    found
                        .severity(Severity::Error)
                        .help("upgrade first, and switch it on in the next change")
                }
            }
            (Some(_), None) => {
                let message = format!("`{path}` was on and cannot be taken back");
                Diagnostic::new(&RULE, DocPath::of(["settings"]), message)
                    .severity(Severity::Error)
                    .help(format!("write `{path}: true` again"))
            }
            _ => continue,
        };
        found.push(diagnostic);
    }
    found
}

/// A node that has the switch on.
fn who_has<'a>(topology: &'a Topology, path: &str) -> Option<&'a Node> {
    topology.nodes.iter().find(|node| {
        flattened(&node.settings)
            .iter()
            .any(|own| own.key == path && own.value == Value::Bool(true))
    })
}
