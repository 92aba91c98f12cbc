//! The rules of the schema as data: RG020 to RG029.

use crate::diagnostic::{Rule, Severity};

/// Every rule of the schema, by code.
pub static RULES: &[&Rule] = &[
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

Ignored in silence, a misspelt key leaves its default in force: `replicaton: 3` would make a cluster with two copies. The server itself does just that with its own configuration (run: 1.5.3 to 1.7.12, `--dump-config` exits 0 and prints nothing about an unknown key).

## Fails

```yaml
nodes: 5
replicaton: 3
```

## Passes

```yaml
nodes: 5
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

Nearly every key has a default. Where there is none, no guess would be right: an object store with options needs its `kind`, for each kind takes other options ([Restate, snapshots](https://docs.restate.dev/server/snapshots)).

## Fails

```yaml
object_store:
  region: eu-central-1
snapshots:
  destination: s3://orders/snapshots
```

## Passes

```yaml
object_store:
  kind: s3
  region: eu-central-1
snapshots:
  destination: s3://orders/snapshots
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

YAML decides by the look of a value what it is: `1.7` is a number, and as such the same as `1.70`, which a version is not. In quotes it is text ([YAML 1.2.2, 10.3.2](https://yaml.org/spec/1.2.2/#1032-tag-resolution)).

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

Such a key is a choice among words. Another word has no meaning to fall back on, and the server would not start with it (run: 1.5.3 and 1.7.12 with the role `ingress`: `RT0002`, unknown variant).

## Fails

```yaml
nodes:
  - roles: [ingress, admin, worker, log-server, metadata-server]
```

## Passes

```yaml
nodes:
  - roles: [http-ingress, admin, worker, log-server, metadata-server]
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

The bounds are those of the server, of the network or of this tool: no cluster has 0 nodes, no port is above 65535, and the server does not start with 70,000 partitions but takes 0 of them without a word (run: 1.5.3 and 1.7.12, `--dump-config`).

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

A size such as `2G` is 2 GiB to Docker Compose and 2,000,000,000 bytes to Kubernetes and to Restate. Where readers differ, this tool asks (run: Docker Compose 2.26.1 makes 2147483648 of `mem_limit: 2G`; 1.5.3 and 1.7.12 show `2G` as 1.9 GiB).

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

Said twice it means nothing more, so it is most likely another item that was meant. The server would drop the second in silence (run: 1.5.3 and 1.7.12 take the roles worker, admin, worker for worker and admin).

## Fails

```yaml
nodes:
  - roles: [worker, log-server, admin, metadata-server, http-ingress, worker]
```

## Passes

```yaml
nodes:
  - roles: [worker, log-server, admin, metadata-server, http-ingress]
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
