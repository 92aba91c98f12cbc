//! RG502: a raw setting that the server does not know.

use std::collections::{BTreeSet, HashMap};

use crate::diagnostic::suggest::closest;
use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::facts::{Mistake, Release, SettingStatus, kebab_case};
use crate::places::settings::GivenSetting;
use crate::server::{Home, Owned};

/// A raw setting that the server does not know.
pub static RULE: Rule = Rule {
    code: "RG502",
    slug: "unknown-setting",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

`settings` contains a key that no release of the server reads.

## Why

The server silently ignores unknown keys (run: 1.5.3 to 1.7.12, `--dump-config` exits 0 and prints nothing about them).
The most frequent ones in public deployments are tables that release notes print but the server does not read (`common`,
`invocation`), `log-level`, and keys with `_` instead of `-`.

## Fails

```yaml
settings:
  worker: {invoker: {memory_limit: 512MiB}}
```

## Passes

```yaml
settings:
  worker: {invoker: {memory-limit: 512MiB}}
```
"#,
};

/// Comparing with all settings takes time: a file with more unknown ones than this gets fewer suggestions.
const MOST_COMPARED: usize = 30;

/// Finds the settings that no release reads.
pub fn check(release: &Release, settings: &[GivenSetting]) -> Vec<Diagnostic> {
    let unknown: Vec<&GivenSetting> = settings
        .iter()
        .filter(|setting| setting.status == SettingStatus::Unknown)
        .collect();
    if unknown.is_empty() {
        return Vec::new();
    }
    let known = Known::of(release);
    let mut found = Vec::new();
    for (count, GivenSetting { path, uses, .. }) in unknown.into_iter().enumerate() {
        let hint = known.hint(path, count < MOST_COMPARED);
        for (at, _) in uses {
            let message = format!(
                "the server has no setting {} and silently ignores it",
                quoted(path)
            );
            let diagnostic = Diagnostic::new(&RULE, at.as_key(), message);
            let key = at.last_key().unwrap_or_default();
            found.push(match &hint {
                // Of a dotted key only the user can say whether it should stay one.
                Hint::Spelling(right) if !key.contains('.') => diagnostic
                    .help(format!("write `{right}`"))
                    .fix(at.as_key(), last_key(right)),
                Hint::Spelling(right) | Hint::Elsewhere(right) => {
                    diagnostic.help(match Owned::of(right) {
                        Some(owned) => match owned.home {
                            Home::Nowhere(reason) => format!("remove it: {reason}"),
                            Home::Key(home) => format!("set `{home}` of the cluster file"),
                        },
                        None => format!("write `{right}`"),
                    })
                }
                Hint::Words(words) => diagnostic.help(format!("write {words}")),
                Hint::None => diagnostic
                    .help("remove it, or look up its name in the server's configuration reference"),
            });
        }
    }
    found
}

/// What to say of an unknown path.
enum Hint {
    /// The same key, spelt right.
    Spelling(String),
    /// The path that was most likely meant.
    Elsewhere(String),
    /// The end of a sentence that begins with "write".
    Words(&'static str),
    /// Nothing is near.
    None,
}

/// What the release reads, as paths to compare with.
struct Known<'r> {
    release: &'r Release,
    /// Settings and the tables that they are in.
    paths: BTreeSet<&'static str>,
    by_last_key: HashMap<&'static str, Vec<&'static str>>,
}

impl<'r> Known<'r> {
    fn of(release: &'r Release) -> Self {
        let mut paths = BTreeSet::new();
        let mut by_last_key: HashMap<&str, Vec<&str>> = HashMap::new();
        for setting in release.settings() {
            let path = setting.path;
            paths.extend(path.match_indices('.').map(|(dot, _)| &path[..dot]));
            paths.insert(path);
            by_last_key.entry(last_key(path)).or_default().push(path);
        }
        Self {
            release,
            paths,
            by_last_key,
        }
    }

    fn hint(&self, path: &str, compare: bool) -> Hint {
        if let Some(variable) = path.strip_prefix("RESTATE_") {
            let setting = kebab_case(&variable.to_lowercase().replace("__", "."));
            return match self.is_known(&setting) {
                true => Hint::Elsewhere(setting),
                false => self.hint(&setting, compare),
            };
        }
        let kebab = kebab_case(path);
        let is_known = kebab != path && self.is_known(&kebab);
        if is_known && Owned::of(&kebab).is_none() {
            return Hint::Spelling(kebab);
        }
        if let Some(mistake) = Mistake::of(&kebab) {
            let first = mistake.instead.split([',', ' ']).next().unwrap_or_default();
            return match Owned::of(first) {
                Some(_) => Hint::Elsewhere(first.to_owned()),
                None => Hint::Words(mistake.instead),
            };
        }
        if is_known {
            return Hint::Elsewhere(kebab);
        }
        if let Some([right]) = self.by_last_key.get(last_key(&kebab)).map(Vec::as_slice) {
            return Hint::Elsewhere((*right).to_owned());
        }
        let near = self.paths.iter().copied();
        let near = near.filter(|known| known.len().abs_diff(kebab.len()) <= 3);
        match compare.then(|| closest(&kebab, near)).flatten() {
            Some(right) => Hint::Elsewhere(right.to_owned()),
            None => Hint::None,
        }
    }

    fn is_known(&self, path: &str) -> bool {
        self.release.setting(path) != SettingStatus::Unknown
    }
}

fn last_key(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
