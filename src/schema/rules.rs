//! The rules of the schema as data: RG020 to RG029.

use crate::diagnostic::{Rule, Severity};

/// Every rule of the schema, by code.
pub static RULES: [&Rule; 8] = [
    &UNKNOWN_KEY,
    &MISSING_KEY,
    &WRONG_TYPE,
    &UNKNOWN_VALUE,
    &OUT_OF_RANGE,
    &WRONG_FORM,
    &REPEATED_ITEM,
    &WRONG_LENGTH,
];

/// A mapping has a key that it does not know, most often a misspelt one.
pub static UNKNOWN_KEY: Rule = Rule {
    code: "RG020",
    slug: "unknown-key",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A mapping has a key that it does not know, most often a misspelt one.

## Why

Ignored in silence, a misspelt key leaves its default in force: `replicaton: 3` would make a cluster with two copies. The server itself does just that with its own configuration.

## Fails

```yaml
nodes: 3
replicaton: 3
```

## Passes

```yaml
nodes: 3
replication: 3
```
"#,
};

/// A mapping lacks a key that it cannot do without.
pub static MISSING_KEY: Rule = Rule {
    code: "RG021",
    slug: "missing-key",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A mapping lacks a key that it cannot do without.

## Why

Nearly every key has a default. Where there is none, no guess would be right: an object store with options needs its `kind`.

## Fails

```yaml
object_store:
  region: eu-central-1
```

## Passes

```yaml
object_store:
  kind: s3
  region: eu-central-1
```
"#,
};

/// A value is of another type than its key takes: a number where text belongs, text where a list belongs, and so on.
pub static WRONG_TYPE: Rule = Rule {
    code: "RG022",
    slug: "wrong-type",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A value is of another type than its key takes: a number where text belongs, text where a list belongs, and so on.

## Why

YAML decides by the look of a value what it is: `1.7` is a number, and as such the same as `1.70`, which a version is not. In quotes it is text.

## Fails

```yaml
version: 1.7
```

## Passes

```yaml
version: "1.7.12"
```
"#,
};

/// A value is none of the words that its key takes.
pub static UNKNOWN_VALUE: Rule = Rule {
    code: "RG023",
    slug: "unknown-value",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A value is none of the words that its key takes.

## Why

Such a key is a choice among words. Another word has no meaning to fall back on.

## Fails

```yaml
nodes:
  - roles: [workers]
```

## Passes

```yaml
nodes:
  - roles: [worker]
```
"#,
};

/// A number, a size or a time is smaller or larger than its key takes.
pub static OUT_OF_RANGE: Rule = Rule {
    code: "RG024",
    slug: "out-of-range",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A number, a size or a time is smaller or larger than its key takes.

## Why

The bounds are those of the server, of the network or of this tool: no cluster has 0 nodes, no port is above 65535.

## Fails

```yaml
nodes: 0
```

## Passes

```yaml
nodes: 3
```
"#,
};

/// A text does not have the form that its key takes, such as a size with its unit.
pub static WRONG_FORM: Rule = Rule {
    code: "RG025",
    slug: "wrong-form",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A text does not have the form that its key takes, such as a size with its unit.

## Why

A size such as `2G` is 2 GiB to Docker Compose and 2,000,000,000 bytes to Kubernetes and to Restate. Where readers differ, this tool asks.

## Fails

```yaml
resources:
  memory: 2G
```

## Passes

```yaml
resources:
  memory: 2GiB
```
"#,
};

/// A list has the same item twice.
pub static REPEATED_ITEM: Rule = Rule {
    code: "RG026",
    slug: "repeated-item",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A list has the same item twice.

## Why

Said twice it means nothing more, so it is most likely another item that was meant.

## Fails

```yaml
nodes:
  - roles: [worker, admin, worker]
```

## Passes

```yaml
nodes:
  - roles: [worker, admin]
```
"#,
};

/// A text or a list is empty or too long.
pub static WRONG_LENGTH: Rule = Rule {
    code: "RG027",
    slug: "wrong-length",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A text or a list is empty or too long.

## Why

An empty text or list says nothing, and its default would not be meant either. A name becomes a host name, which DNS limits to 63 characters ([RFC 1035, 2.3.4](https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4)).

## Fails

```yaml
name: ""
```

## Passes

```yaml
name: orders
```
"#,
};
