//! RG521: a file that a target has no source for.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::{Cluster, MountedFile};
use crate::source::DocPath;

/// A file that a target has no source for.
pub static RULE: Rule = Rule {
    code: "RG521",
    slug: "file-source",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

An entry of `files` has no source for an orchestrator that the cluster file has a section for. Without any section, that
is Compose. Or it names both a Secret and a ConfigMap, or neither.

## Why

A node without the file exits at startup (run: 1.5.3 to 1.7.12, `Failed to read request identity private key`).
Each orchestrator keeps files in a different place: [Compose](https://docs.docker.com/reference/compose-file/secrets/) on the host,
[Kubernetes](https://kubernetes.io/docs/concepts/configuration/secret/) in Secrets and ConfigMaps,
[Nomad](https://developer.hashicorp.com/nomad/docs/concepts/variables) in variables.

## Fails

```yaml
files:
  - {path: /etc/restate/identity.pem, file: ./secrets/identity.pem}
kubernetes: {}
```

## Passes

```yaml
files:
  - path: /etc/restate/identity.pem
    kubernetes: {secret: restate-identity}
kubernetes: {}
```
"#,
};

/// Finds files that a target cannot mount.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let files = cluster.files.iter().enumerate();
    files
        .flat_map(|(index, file)| of_file(cluster, &DocPath::of(["files"]).index(index), file))
        .collect()
}

fn of_file(cluster: &Cluster, at: &DocPath, file: &MountedFile) -> Vec<Diagnostic> {
    let (kubernetes, nomad) = (cluster.kubernetes.is_some(), cluster.nomad.is_some());
    let compose = cluster.compose.is_some() || !(kubernetes || nomad);
    let needs = [
        (
            compose && file.file.is_none(),
            "Compose",
            "add `file`, a path on the host",
        ),
        (
            kubernetes && file.kubernetes.is_none(),
            "Kubernetes",
            "add `kubernetes: {secret: ...}`, or `config_map` if it is not a secret",
        ),
        (
            nomad && file.nomad.is_none(),
            "Nomad",
            "add `nomad: {key: ...}`, an item of the job's variable",
        ),
    ];
    let mut found: Vec<Diagnostic> = needs
        .into_iter()
        .filter(|(is_missing, ..)| *is_missing)
        .map(|(_, who, help)| {
            let message = format!(
                "no source is given for {} on {who}, so the nodes would exit at startup",
                quoted(&file.path)
            );
            Diagnostic::new(&RULE, at.clone(), message).help(help)
        })
        .collect();
    if let Some(source) = &file.kubernetes {
        let at = at.clone().key("kubernetes");
        let message = match (&source.secret, &source.config_map) {
            (None, None) => "neither a Secret nor a ConfigMap is named, so nothing is mounted",
            (Some(_), Some(_)) => {
                "both a Secret and a ConfigMap are named, but a file comes from one"
            }
            _ => return found,
        };
        found.push(
            Diagnostic::new(&RULE, at, message)
                .help("name one: `secret`, or `config_map` if it is not a secret"),
        );
    }
    found
}
