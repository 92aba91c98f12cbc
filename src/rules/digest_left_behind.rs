//! RG716: a new version with the digest of the old image.

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::source::DocPath;
use crate::topology::Image;

/// A new version with the digest of the old image.
pub static RULE: Rule = Rule {
    code: "RG716",
    slug: "digest-left-behind",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`version` changed and `image.digest` did not.

## Why

A digest identifies the bytes of one image, whatever its tag says (run: Docker 20.10 and Compose 2.26 pull by the digest
and never look at the tag). The nodes would run the old server with the settings of the new one.

## Fails

```yaml
version: 1.6.2
image: {digest: "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}
```

becomes

```yaml
version: 1.7.12
image: {digest: "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}
```

## Passes

```yaml
version: 1.6.2
image: {digest: "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}
```

becomes

```yaml
version: 1.7.12
image: {digest: "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}
```
"#,
};

/// Finds a digest that stayed where the version went on.
pub fn check(change: &Change) -> Vec<Diagnostic> {
    let (before, after) = (change.before, change.after);
    let mut found = Vec::new();
    found.extend(find(&before.image, &after.image, &["image"]));
    if let (Some((old_name, _, old)), Some((name, _, new))) =
        (before.object_store.bundled(), after.object_store.bundled())
        && old_name == name
    {
        found.extend(find(&old.image, &new.image, &["object_store", "image"]));
        if let (Some(old), Some(new)) = (&old.client, &new.client) {
            found.extend(find(old, new, &["object_store", "client", "image"]));
        }
    }
    found
}

fn find(before: &Image, after: &Image, of: &[&'static str]) -> Option<Diagnostic> {
    let is_same_digest = before.digest.is_some() && before.digest == after.digest;
    if before.tag == after.tag || !is_same_digest {
        return None;
    }
    let message = format!(
        "the digest is still that of {}, so {} would not run",
        before.tag, after.tag
    );
    let at = DocPath::of(of.iter().copied()).key("digest");
    Some(
        Diagnostic::new(&RULE, at, message)
            .help("write the digest of the new image, or leave it out"),
    )
}
