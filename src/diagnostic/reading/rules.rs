//! The rules of reading as data: RG001 to RG019.

use crate::diagnostic::{Rule, Severity};

/// Every rule of reading, by code.
pub static RULES: &[&Rule] = &[
    &NOT_UTF8,
    &TOO_LARGE,
    &SYNTAX,
    &UNPRINTABLE,
    &NOT_A_MAPPING,
    &SECOND_DOCUMENT,
    &DUPLICATE_KEY,
    &NOT_TEXT_KEY,
    &UNKNOWN_ALIAS,
    &TOO_MANY_VALUES,
    &TOO_DEEP,
    &TAG,
    &NOT_FINITE,
    &MERGE_OF_NO_MAPPING,
];

/// The file is not UTF-8 text.
pub static NOT_UTF8: Rule = Rule {
    code: "RG001",
    slug: "not-utf8",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

The file is not UTF-8 text.

## Why

YAML files are UTF-8. A file in another encoding, or one that is not text at all, is read as something other than what
was meant ([YAML 1.2.2, 5.2](https://yaml.org/spec/1.2.2/#52-character-encodings)).

## Fails

```sh
printf 'name: caf\xe9\n' > restate-cluster.yaml
```

## Passes

```yaml
name: orders
```
"#,
};

/// The file is larger than 4 MiB.
pub static TOO_LARGE: Rule = Rule {
    code: "RG002",
    slug: "too-large",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

The file is larger than 4 MiB.

## Why

A cluster of a thousand nodes, each written out, takes less than 200 kilobytes (run: 1,000 nodes, each with name, id,
roles, location and resources, are 165,793 bytes). A larger file is most likely the wrong file, and reading all of it
would waste memory.

## Fails

```sh
head -c 5000000 /dev/zero > restate-cluster.yaml
```

## Passes

```yaml
nodes: 1000
```
"#,
};

/// The file is not YAML. Only the first such place is reported: what follows cannot be read.
pub static SYNTAX: Rule = Rule {
    code: "RG003",
    slug: "syntax",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

The file is not YAML. Only the first such place is reported: what follows cannot be read.

## Why

Without its structure the content cannot be checked ([YAML 1.2.2](https://yaml.org/spec/1.2.2/)). The most frequent
causes are a tab used for indentation, a bracket or quote that is not closed, and a `:` inside text without quotes.

## Fails

```yaml
nodes:
	- id: 1
```

## Passes

```yaml
nodes:
  - id: 1
```
"#,
};

/// The file contains a control character, such as NUL.
pub static UNPRINTABLE: Rule = Rule {
    code: "RG004",
    slug: "unprintable-character",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

The file contains a control character, such as NUL.

## Why

YAML allows only tab and line breaks ([YAML 1.2.2, 5.1](https://yaml.org/spec/1.2.2/#51-character-set)). Some readers
stop at NUL and never see the rest. Such characters come from a damaged file or from copying out of a terminal.

## Fails

```sh
printf 'nodes: 3\0\n' > restate-cluster.yaml
```

## Passes

```yaml
nodes: 3
```
"#,
};

/// The top level of the file is a list or a single value.
pub static NOT_A_MAPPING: Rule = Rule {
    code: "RG005",
    slug: "not-a-mapping",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

The top level of the file is a list or a single value.

## Why

A cluster file is a mapping of keys such as `nodes`. An empty file is valid too, because every key has a default
(run: `compose` makes the same services from an empty file as from `nodes: 3`).

## Fails

```yaml
- nodes: 3
```

## Passes

```yaml
nodes: 3
```
"#,
};

/// The file contains more than one YAML document.
pub static SECOND_DOCUMENT: Rule = Rule {
    code: "RG006",
    slug: "second-document",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

The file contains more than one YAML document.

## Why

One file describes one cluster. What a second document after `---` means is up to each reader ([YAML 1.2.2,
9.2](https://yaml.org/spec/1.2.2/#92-streams)): Docker Compose merges all of them (run: 2.26.1 makes one project of two
documents).

## Fails

```yaml
nodes: 3
---
nodes: 5
```

## Passes

```yaml
---
nodes: 5
```
"#,
};

/// A mapping has the same key twice.
pub static DUPLICATE_KEY: Rule = Rule {
    code: "RG007",
    slug: "duplicate-key",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A mapping has the same key twice.

## Why

YAML requires unique keys ([YAML 1.2.2, 3.2.1.1](https://yaml.org/spec/1.2.2/#3211-nodes)). Readers differ in which of
the two they use, so the file means one thing to one tool and something else to the next.

## Fails

```yaml
nodes: 3
partitions: 24
nodes: 5
```

## Passes

```yaml
nodes: 5
partitions: 24
```
"#,
};

/// A key is a number, true, false, null, a list or a mapping.
pub static NOT_TEXT_KEY: Rule = Rule {
    code: "RG008",
    slug: "not-text-key",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A key is a number, true, false, null, a list or a mapping.

## Why

All keys of a cluster file and of the server's configuration are strings ([TOML 1.0,
keys](https://toml.io/en/v1.0.0#keys)). An unquoted number as a key is most often a value that slipped to the left of
its colon.

## Fails

```yaml
settings:
  1: debug
```

## Passes

```yaml
settings:
  log-filter: debug
```
"#,
};

/// An alias `*name` has no anchor `&name` before it, or is inside the value that it names.
pub static UNKNOWN_ALIAS: Rule = Rule {
    code: "RG009",
    slug: "unknown-alias",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

An alias `*name` has no anchor `&name` before it, or is inside the value that it names.

## Why

An alias repeats a value from earlier in the file ([YAML 1.2.2, 7.1](https://yaml.org/spec/1.2.2/#71-alias-nodes)).
Without that value there is nothing to repeat.

## Fails

```yaml
nodes:
  - {id: 1, resources: &large {memory: 4GiB}}
  - {id: 2, resources: *large}
  - {id: 3, resources: *lrage}
```

## Passes

```yaml
nodes:
  - {id: 1, resources: &large {memory: 4GiB}}
  - {id: 2, resources: *large}
  - {id: 3, resources: *large}
```
"#,
};

/// The file contains more than 250,000 values, written out or by aliases.
pub static TOO_MANY_VALUES: Rule = Rule {
    code: "RG010",
    slug: "too-many-values",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

The file contains more than 250,000 values, written out or by aliases.

## Why

Aliases of aliases expand a file of a few lines to billions of values. That would exhaust memory and time, as it did in
the Kubernetes API server ([CVE-2019-11253](https://github.com/kubernetes/kubernetes/issues/83253)). A cluster of a
thousand nodes, each written out, has some ten thousand.

## Fails

```yaml
a: &a [x, x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]
```

## Passes

```yaml
nodes: 1000
```
"#,
};

/// Values are nested deeper than 100 levels.
pub static TOO_DEEP: Rule = Rule {
    code: "RG011",
    slug: "too-deep",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

Values are nested deeper than 100 levels.

## Why

No cluster file needs more than a dozen levels. Deeper nesting comes from a faulty generator, or is meant to exhaust the
reader. Standards leave the limit to each reader ([RFC 8259, 9](https://www.rfc-editor.org/rfc/rfc8259#section-9)).

## Fails

```yaml
settings: {a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}
```

## Passes

```yaml
settings: {worker: {invoker: {memory-limit: 512MiB}}}
```
"#,
};

/// A value has a tag that is not one of YAML's own (`!!str`, `!!int` and so on), or one that does not fit the value.
pub static TAG: Rule = Rule {
    code: "RG012",
    slug: "custom-tag",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A value has a tag that is not one of YAML's own (`!!str`, `!!int` and so on), or one that does not fit the value.

## Why

A tag such as `!env` or `!include` makes the reader do something. This tool does not, and ignoring the tag would change
what the file means (run: Docker Compose 2.26.1 reads `image: !env X` as the image `X`).

## Fails

```yaml
name: !env CLUSTER_NAME
```

## Passes

```yaml
version: !!str 1.7.12
```
"#,
};

/// A value is `.inf` or `.nan`, or a number too large for any machine.
pub static NOT_FINITE: Rule = Rule {
    code: "RG013",
    slug: "not-finite",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A value is `.inf` or `.nan`, or a number too large for any machine.

## Why

Nothing in a cluster is infinite. JSON, in which the server and the orchestrators read numbers, has no such values ([RFC
8259, 6](https://www.rfc-editor.org/rfc/rfc8259#section-6)).

## Fails

```yaml
resources:
  cpus: .inf
```

## Passes

```yaml
resources:
  cpus: 8
```
"#,
};

/// `<<` has a value that is neither a mapping nor a list of mappings.
pub static MERGE_OF_NO_MAPPING: Rule = Rule {
    code: "RG014",
    slug: "merge-of-no-mapping",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`<<` has a value that is neither a mapping nor a list of mappings.

## Why

`<<` adds the entries of another mapping ([YAML merge key](https://yaml.org/type/merge.html)). Any other value has no
entries to add.

## Fails

```yaml
resources:
  <<: 2GiB
```

## Passes

```yaml
nodes:
  - {id: 1, resources: &large {memory: 4GiB}}
  - {id: 2, resources: *large}
  - id: 3
    resources:
      <<: *large
      cpus: 4
```
"#,
};
