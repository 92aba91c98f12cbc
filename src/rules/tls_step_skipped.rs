//! RG718: TLS between nodes that becomes stricter, or laxer, by more than one step at a time.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::TlsMode;
use crate::source::DocPath;
use crate::topology::Topology;

/// TLS between nodes that becomes stricter, or laxer, by more than one step at a time.
pub static RULE: Rule = Rule {
    code: "RG718",
    slug: "tls-step-skipped",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

`tls.mode` of a running cluster changes by more than one step. The steps are: without `tls`, `allow`, `prefer`,
`require`.

## Why

Nodes restart one after the other, so some have the old mode while others have the new one. A node without certificates
cannot connect to an `https://` address. One with `require` accepts and makes no connection without TLS. With a step
left out, the two kinds do not reach each other, and partitions have no leader (run: 1.7.12, one of three nodes
restarted with `require` next to `allow`, and next to none). The server's own order is the same
([FabricTlsOptions](https://github.com/restatedev/restate/blob/v1.7.6/crates/types/src/config/common.rs)).

## Fails

```yaml
name: orders
```

becomes

```yaml
name: orders
tls: {mode: require}
```

## Passes

```yaml
name: orders
```

becomes

```yaml
name: orders
tls: {mode: allow}
```
"#,
};

/// The modes by strictness, first the lack of TLS.
const STEPS: [Option<TlsMode>; 4] = [
    None,
    Some(TlsMode::Allow),
    Some(TlsMode::Prefer),
    Some(TlsMode::Require),
];

/// Finds a step that is left out.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let step = |topology: &Topology| {
        let mode = topology.tls.as_ref().map(|tls| tls.mode);
        STEPS.iter().position(|step| *step == mode).unwrap_or(0)
    };
    let (before, after) = (step(change.before), step(change.after));
    if before.abs_diff(after) < 2 {
        return Vec::new();
    }
    let next = if before < after {
        before + 1
    } else {
        before - 1
    };
    let named = |step: usize| match STEPS.get(step).copied().flatten() {
        Some(mode) => format!("`tls: {{mode: {}}}`", mode.name()),
        None => "no `tls`".to_owned(),
    };
    let message = format!(
        "from {} to {} at once: while nodes restart one after the other, those with and without TLS do not reach each other",
        named(before),
        named(after)
    );
    let place = match change.after.tls {
        Some(_) => DocPath::of(["tls", "mode"]),
        None => DocPath::root(),
    };
    let help = format!(
        "go one step first, to {}, and roll it out to all nodes",
        named(next)
    );
    vec![Diagnostic::new(&RULE, place, message).help(help)]
}
