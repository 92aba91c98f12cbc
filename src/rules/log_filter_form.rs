//! RG540: a filter of the log that the server does not read.

use serde_json::Value;

use crate::diagnostic::suggest::closest;
use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::facts::{LOG_FILTER, LOG_LEVELS, LogFilterFault, Release, log_filter_fault};
use crate::places::settings::GivenSetting;

/// A filter of the log that the server does not read.
pub static RULE: Rule = Rule {
    code: "RG540",
    slug: "log-filter-form",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

A part of `log-filter` is not one that the server reads: the level is misspelt, or there are blanks or line breaks
around a comma.

## Why

The server panics when it starts (run: 1.5.3 to 1.7.12, `LogDirectiveParseError`). Some blanks it takes for a part of
the name: it starts and logs something else. Between commas stands a level for everything, such as `warn`, or a module
and its level, such as `restate=info`. A module may be followed by a span and a field of it, as in
`restate_worker[run{id=1}]=debug`. A block scalar (`log-filter: |`) ends in a line break; `log-filter: >-` does not.

## Fails

```yaml
settings:
  log-filter: |
    warn,restate=info
```

## Passes

```yaml
settings:
  log-filter: warn,restate=info
```
"#,
};

/// Finds parts of filters that the server does not read.
pub fn check(_: &Release, settings: &[GivenSetting]) -> Vec<Diagnostic> {
    let of_filter = settings.iter().filter(|setting| setting.path == LOG_FILTER);
    let mut found = Vec::new();
    for (at, value) in of_filter.flat_map(|setting| &setting.uses) {
        // A value that is not a string has a finding of its own.
        let Value::String(filter) = value else {
            continue;
        };
        let Some((part, fault)) = log_filter_fault(filter) else {
            continue;
        };
        let shown = quoted(part);
        let (message, help) = match fault {
            LogFilterFault::Blanks => (
                format!(
                    "{shown} in the log filter has blanks or line breaks: the server does not start, or logs something else"
                ),
                format!("write {} on one line", quoted(&without_blanks(filter))),
            ),
            LogFilterFault::Level => {
                let (module, level) = part.rsplit_once('=').unwrap_or((part, ""));
                let help = match closest(level, LOG_LEVELS) {
                    Some(level) => format!("write {}", quoted(&format!("{module}={level}"))),
                    None => format!("end it in one of {}", LOG_LEVELS.join(", ")),
                };
                let level = quoted(level);
                (
                    format!(
                        "{level} in {shown} is not a level of the log: the server panics when it starts"
                    ),
                    help,
                )
            }
            LogFilterFault::Form => (
                format!("{shown} is not a part of a log filter: the server panics when it starts"),
                "write a level, or a module and its level, such as `warn,restate=info`".to_owned(),
            ),
        };
        found.push(Diagnostic::new(&RULE, at.clone(), message).help(help));
    }
    found
}

fn without_blanks(filter: &str) -> String {
    let parts = filter.split(',').map(str::trim);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(",")
}
