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

A comment that begins with `restate-gen:` contains something other than `allow`, or names a rule that does not exist or
cannot be allowed.

## Why

Its author believes that a finding is handled. Errors of reading (RG0) and of names and ids (RG1) cannot be allowed,
because no files can be generated from such a file (run: two services of one name are one key of a YAML mapping, and
Compose keeps the last).

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

A comment allows a rule without a reason, so it allows nothing.

## Why

The next reader cannot tell a decision from a way to silence the tool, and nobody knows when it can be removed ([Clippy,
allow_attributes_without_reason](https://rust-lang.github.io/rust-clippy/master/index.html#allow_attributes_without_reason)).

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

A comment allows a rule that finds nothing at its place. That place is its own line, the next line if the comment is
alone on its line, or the whole file if it is before the first key.

## Why

The file changed and the comment stayed. If left, it would hide the finding when it comes back, without anyone having
looked at it. Linters with such comments report unused ones for that reason ([ESLint, report unused
directives](https://eslint.org/docs/latest/use/configure/rules#report-unused-eslint-disable-comments)).

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
