//! RG716: another version with the digest of the old image.

use super::Change;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::source::DocPath;

/// Another version with the digest of the old image.
pub static RULE: Rule = Rule {
    code: "RG716",
    slug: "digest-left-behind",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`version` changed and `image.digest` did not.

## Why

A digest names the bytes of one image, whatever the tag beside it says (run: Docker 20.10 and Compose 2.26 pull by the digest and never look at the tag). The nodes would run the old server with the settings of the new one.

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
    let is_same_image = before.image.digest.is_some() && before.image == after.image;
    if before.release == after.release || !is_same_image {
        return Vec::new();
    }
    let message = format!(
        "the digest is that of {}, so {} would not run",
        before.release.text(),
        after.release.text()
    );
    let found = Diagnostic::new(&RULE, DocPath::of(["image", "digest"]), message)
        .help("write the digest of the new image, or leave it out");
    vec![found]
}
