//! What differs between the generated files of a folder and what would be generated now, as findings.

use crate::diagnostic::{At, Diagnostic, Rule, Severity};
use crate::output::{FileChange, FileChangeKind};
use crate::source::Document;

/// Every rule of drift, by code.
pub static RULES: &[&Rule] = &[&EDITED, &OUT_OF_DATE, &MISSING, &LEFT_OVER];

/// Somebody edited a generated file.
pub static EDITED: Rule = Rule {
    code: "RG901",
    slug: "generated-file-edited",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

A generated file was edited after restate-gen wrote it: its hash is not the one in `restate-gen.lock`.

## Why

The next run would lose the change, so it is refused until the change is somewhere else: in the cluster file, or in a
file of your own that the orchestrator merges, such as `docker-compose.override.yaml` or a kustomize overlay.

## Fails

```sh
restate-gen compose --nodes 3
echo '# our change' >> docker-compose.yaml
restate-gen drift
```

## Passes

```sh
restate-gen compose --nodes 3
printf 'services: {restate-1: {labels: {team: a}}}\n' > docker-compose.override.yaml
restate-gen drift
```
"#,
};

/// A generated file is not what the cluster file generates now.
pub static OUT_OF_DATE: Rule = Rule {
    code: "RG902",
    slug: "generated-file-out-of-date",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

A generated file is as restate-gen wrote it, but the cluster file, or another version of restate-gen, generates
something else now.

## Why

Whoever reads the cluster file sees a cluster that is not deployed. The next run of the generating command brings this
change together with the intended one.

## Fails

```sh
echo 'nodes: 3' > restate-cluster.yaml
restate-gen compose
echo 'settings: {shutdown-timeout: 2m}' >> restate-cluster.yaml
restate-gen drift
```

## Passes

```sh
echo 'nodes: 3' > restate-cluster.yaml
restate-gen compose
echo 'settings: {shutdown-timeout: 2m}' >> restate-cluster.yaml
restate-gen compose
restate-gen drift
```
"#,
};

/// A file that the target has is not there.
pub static MISSING: Rule = Rule {
    code: "RG903",
    slug: "generated-file-missing",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

A file that the target generates is not in the folder.

## Why

Whoever applies the folder applies a part of the cluster. Git may ignore the file, or it was never committed.

## Fails

```sh
restate-gen compose --nodes 3
rm rollout.sh
restate-gen drift
```

## Passes

```sh
restate-gen compose --nodes 3
restate-gen drift
```
"#,
};

/// A file that was generated and is no longer is still there.
pub static LEFT_OVER: Rule = Rule {
    code: "RG904",
    slug: "generated-file-left-over",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

A file was generated once, nothing generates it any more, and it is still in the folder.

## Why

A tool that applies the whole folder applies it too: a Nomad job or a Kubernetes object of a store that the cluster no
longer uses.

## Fails

```sh
echo 'nomad: {one_host: true}' > restate-cluster.yaml
restate-gen nomad
cat > restate-cluster.yaml <<'EOF'
nomad: {one_host: true}
object_store: {kind: s3, region: eu-central-1}
snapshots: {destination: s3://our-bucket/orders}
EOF
restate-gen drift
```

## Passes

```sh
echo 'nomad: {one_host: true}' > restate-cluster.yaml
restate-gen nomad
cat > restate-cluster.yaml <<'EOF'
nomad: {one_host: true}
object_store: {kind: s3, region: eu-central-1}
snapshots: {destination: s3://our-bucket/orders}
EOF
restate-gen nomad
restate-gen drift
```
"#,
};

/// How a folder's files are made again, and where changes by hand belong.
#[derive(Debug, Clone, Copy)]
pub struct Ways<'a> {
    /// The generating command.
    pub command: &'a str,
    /// What takes changes that are the user's own.
    pub own_changes: &'a str,
}

/// The file as it is on the disk: what findings about it are placed in.
pub fn document(change: &FileChange) -> Document {
    Document::unread(change.path.display().to_string(), change.before.as_str())
}

/// What differs in one file.
pub fn difference(change: &FileChange, is_edited: bool, ways: Ways<'_>) -> Option<Diagnostic> {
    let Ways {
        command,
        own_changes,
    } = ways;
    let (rule, message, help) = match change.kind {
        FileChangeKind::Unchanged => return None,
        FileChangeKind::Updated if is_edited => (
            &EDITED,
            "the file was edited after restate-gen wrote it",
            format!(
                "`{command} --diff` shows the difference; put your change into {own_changes}, or overwrite it with `--force`"
            ),
        ),
        FileChangeKind::Updated => (
            &OUT_OF_DATE,
            "the file is out of date",
            format!(
                "run `{command}` and apply what changed, as its `next:` says; `--diff` shows the difference"
            ),
        ),
        FileChangeKind::Created => (
            &MISSING,
            "the file is missing",
            format!("restore it from version control, or run `{command}`"),
        ),
        FileChangeKind::Removed => (
            &LEFT_OVER,
            "the file is no longer generated",
            format!("`{command}` removes it"),
        ),
    };
    // Both texts are one where it is unknown what should be there.
    let is_placed = change.kind == FileChangeKind::Updated && change.before != change.after;
    let diagnostic = match is_placed {
        true => {
            let at = At::Bytes(first_difference(&change.before, &change.after));
            Diagnostic::new(rule, at, message).label("the first difference")
        }
        false => Diagnostic::new(rule, At::Document, message),
    };
    Some(diagnostic.help(help))
}

/// The first line that differs, without its end; empty at the end of a text that the other one continues.
fn first_difference(before: &str, after: &str) -> std::ops::Range<usize> {
    let plain = |line: &str| line.trim_end_matches(['\r', '\n']).len();
    let mut others = after.split_inclusive('\n');
    let mut start = 0;
    for line in before.split_inclusive('\n') {
        let other = others.next();
        if other.is_none_or(|other| other[..plain(other)] != line[..plain(line)]) {
            return start..start + plain(line);
        }
        start += line.len();
    }
    start..start
}
