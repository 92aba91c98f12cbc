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

A misspelt key that is silently ignored leaves its default in force: `replicaton: 3` would make a cluster with two
copies. The server itself does just that with its own configuration (run: 1.5.3 to 1.7.12, `--dump-config` exits 0 and
prints nothing about an unknown key).

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

/// A mapping lacks a required key.
pub static MISSING_KEY: Rule = Rule {
    code: "RG021",
    slug: "missing-key",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A mapping lacks a required key.

## Why

Nearly every key has a default. Where there is none, no guess would be right: an object store with options needs its
`kind`, because each kind has other options ([Restate, snapshots](https://docs.restate.dev/server/snapshots)).

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

/// A value has the wrong type for its key: a number instead of a string, a string instead of a list, and so on.
pub static WRONG_TYPE: Rule = Rule {
    code: "RG022",
    slug: "wrong-type",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A value has the wrong type for its key: a number instead of a string, a string instead of a list, and so on.

## Why

YAML derives the type of a value from how it is written. `1.7` is a number, and as a number the same as `1.70`, but as
versions they differ. In quotes it is a string ([YAML 1.2.2, 10.3.2](https://yaml.org/spec/1.2.2/#1032-tag-resolution)).

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

/// A value is not one of those that its key allows.
pub static UNKNOWN_VALUE: Rule = Rule {
    code: "RG023",
    slug: "unknown-value",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A value is not one of those that its key allows.

## Why

Such a key is a choice among fixed values. There is no meaning to fall back on for any other, and the server would not
start with it (run: 1.5.3 and 1.7.12 with the role `ingress`: `RT0002`, unknown variant).

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

/// A number, a size or a time is smaller or larger than its key allows.
pub static OUT_OF_RANGE: Rule = Rule {
    code: "RG024",
    slug: "out-of-range",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A number, a size or a time is smaller or larger than its key allows.

## Why

The bounds come from the server, the network or this tool. No cluster has 0 nodes, and no port is above 65535. The
server does not start with 70,000 partitions, but silently accepts 0 of them (run: 1.5.3 and 1.7.12, `--dump-config`).

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

/// A string does not have the form that its key requires, such as a size with its unit.
pub static WRONG_FORM: Rule = Rule {
    code: "RG025",
    slug: "wrong-form",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A string does not have the form that its key requires, such as a size with its unit.

## Why

A size such as `2G` is 2 GiB to Docker Compose and 2,000,000,000 bytes to Kubernetes and to Restate. Where readers
differ, this tool requires an unambiguous form (run: Docker Compose 2.26.1 makes 2147483648 of `mem_limit: 2G`; 1.5.3
and 1.7.12 show `2G` as 1.9 GiB).

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

A repeated item has no effect, so most likely another one was meant. The server silently drops the second (run: 1.5.3
and 1.7.12 read the roles worker, admin, worker as worker and admin).

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

/// A string or a list is empty or too long.
pub static WRONG_LENGTH: Rule = Rule {
    code: "RG027",
    slug: "wrong-length",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A string or a list is empty or too long.

## Why

An empty string or list carries no information, and its default would not be what was meant. A name becomes a host name,
which DNS limits to 63 characters ([RFC 1035, 2.3.4](https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4)).

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
