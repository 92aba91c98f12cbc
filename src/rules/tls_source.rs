//! RG561: a certificate that would not be where the nodes look for it.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology::tls::FOLDER;

/// A certificate that would not be where the nodes look for it.
pub static RULE: Rule = Rule {
    code: "RG561",
    slug: "tls-source",
    severity: Severity::Error,
    since: "0.2.0",
    docs: r#"## What

An entry of `files` is in the folder that `tls` mounts, `/etc/restate/tls`. Or `tls.folder` leads out of the folder of
the generated files by `..`.

## Why

`tls` mounts `ca.crt`, `tls.crt` and `tls.key` there, and two mounts of one path exclude each other
([Compose](https://docs.docker.com/reference/compose-file/services/#secrets)). `make-certificates.sh` writes into
`tls.folder`, so a folder elsewhere may be another cluster's, whose nodes would get these names.

## Fails

```yaml
tls: {folder: ../certificates}
```

## Passes

```yaml
tls: {folder: ./certificates}
```
"#,
};

/// Finds what cannot be mounted.
pub fn check(cluster: &Cluster) -> Vec<Diagnostic> {
    let Some(tls) = &cluster.tls else {
        return Vec::new();
    };
    let files = cluster.files.iter().enumerate();
    let below = files.filter(|(_, file)| file.path.starts_with(&format!("{FOLDER}/")));
    let mut found: Vec<Diagnostic> = below
        .map(|(index, file)| {
            let at = DocPath::of(["files"]).index(index).key("path");
            let message = format!(
                "{} is in the folder of the certificates, which `tls` mounts",
                quoted(&file.path)
            );
            Diagnostic::new(&RULE, at, message)
                .help("mount it elsewhere, such as below /etc/restate")
        })
        .collect();
    let folder = tls.folder.as_deref().unwrap_or_default();
    if folder.split('/').any(|part| part == "..") {
        let message = format!(
            "{} is outside of the folder of the generated files, and may be another cluster's",
            quoted(folder)
        );
        let at = DocPath::of(["tls", "folder"]);
        found.push(
            Diagnostic::new(&RULE, at, message)
                .help("use a folder next to the files, or an absolute path if it is meant so"),
        );
    }
    found
}
