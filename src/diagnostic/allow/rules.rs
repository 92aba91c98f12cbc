//! The rules of comments that allow findings, as data: RG015 to RG017.

use crate::diagnostic::{Rule, Severity};

/// Every rule of allowing, by code.
pub static RULES: &[&Rule] = &[
    &ALLOW_NOT_UNDERSTOOD,
    &ALLOW_WITHOUT_REASON,
    &ALLOWS_NOTHING,
];

/// A comment to this tool that it cannot read.
pub static ALLOW_NOT_UNDERSTOOD: Rule = Rule {
    code: "RG015",
    slug: "allow-not-understood",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A comment that begins with `restate-gen:` says something else than `allow`, names a rule that does not exist, or one that cannot be allowed.

## Why

Whoever wrote it believes that a finding is dealt with. Errors of reading (RG0) and of names and ids (RG1) cannot be allowed: no file can be made of what they find (run: two services of one name are one key of a YAML mapping, and Compose keeps the last).

## Fails

```yaml
# restate-gen: allow RG999 - we looked at it
nodes: 3
```

## Passes

```yaml
# restate-gen: allow RG305 - a test machine that may stop
nodes: 2
```
"#,
};

/// An allowance without a reason.
pub static ALLOW_WITHOUT_REASON: Rule = Rule {
    code: "RG016",
    slug: "allow-without-reason",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A comment allows a rule and does not say why; it then allows nothing.

## Why

Whoever comes next cannot tell a decision from a way to silence a tool, and nobody knows when it may go ([Clippy, allow_attributes_without_reason](https://rust-lang.github.io/rust-clippy/master/index.html#allow_attributes_without_reason)).

## Fails

```yaml
nodes: 3
ports:
  bind: 127.0.0.1 # restate-gen: allow RG204
```

## Passes

```yaml
nodes: 3
ports:
  bind: 0.0.0.0 # restate-gen: allow RG204 - the host's firewall lets nobody in
```
"#,
};

/// An allowance of what is not found.
pub static ALLOWS_NOTHING: Rule = Rule {
    code: "RG017",
    slug: "allows-nothing",
    severity: Severity::Warning,
    since: "0.1.0",
    docs: r#"## What

A comment allows a rule that finds nothing at its place: on its own line, on the next line when it stands alone, or in the whole file when it stands before the first key.

## Why

The file changed and the comment stayed. Left in place it would hide the finding when it comes back, which then nobody has looked at. Linters with comments of this kind report idle ones for that reason ([ESLint, report unused directives](https://eslint.org/docs/latest/use/configure/rules#report-unused-eslint-disable-comments)).

## Fails

```yaml
nodes: 3 # restate-gen: allow RG305 - it had been 2
```

## Passes

```yaml
nodes: 2 # restate-gen: allow RG305 - a test machine that may stop
```
"#,
};
