//! `explain`: what a rule, a key of the cluster file or a server setting means.

mod field;
mod layout;
mod rule;
mod setting;

use anyhow::{Result, bail};

use super::Outcome;
use super::terminal::Terminal;
use crate::diagnostic::suggest::closest;
use crate::diagnostic::{Rule, quoted};
use crate::{drift, import, schema};

/// Most places that are named for a key that was given without its path.
const MOST_PLACES: usize = 3;

/// Prints it; without a name, what rules there are.
///
/// # Errors
/// When nothing has that name, or stdout cannot be written to.
pub(super) fn run(terminal: &Terminal, name: Option<&str>) -> Result<Outcome> {
    let text = match name {
        None => rule::list(&catalogue()),
        Some(name) => match explanation(name.trim()) {
            Some(text) => text,
            None => bail!("{}", nothing_named(name.trim())),
        },
    };
    terminal.print(&text)?;
    Ok(Outcome::Well)
}

/// Every rule that has a page: those on cluster files, then those on sources of an import and on generated files.
pub fn catalogue() -> Vec<&'static Rule> {
    let of_import = import::rules::catalogue().into_iter();
    of_import.chain(drift::RULES.iter().copied()).collect()
}

/// The pages of `docs/rules`, each with its file name: one a rule, and the index.
pub fn pages() -> Vec<(String, String)> {
    let catalogue = catalogue();
    let of_rules = catalogue
        .iter()
        .map(|rule| (format!("{}.md", rule.code), rule::page(rule)));
    let index = ("README.md".to_owned(), rule::index(&catalogue));
    of_rules.chain([index]).collect()
}

/// What is printed for a name: that of a rule, of a key of the cluster file or of a server setting.
///
/// ```
/// use restate_gen::cli::explain::explanation;
///
/// assert!(explanation("rg007").is_some_and(|text| text.starts_with("RG007 duplicate-key")));
/// ```
pub fn explanation(name: &str) -> Option<String> {
    if let Some(rule) = named(&catalogue(), name) {
        return Some(rule::explanation(rule));
    }
    if let Some(field) = schema::field(name) {
        let of_file = field::explanation(&field);
        // A key that is called as the setting, or the table, that it decides.
        return Some(match setting::explanation(name) {
            Some(of_server) => format!("{of_file}\n{of_server}"),
            None => of_file,
        });
    }
    // Within the cluster file the server's settings stand below `settings`.
    let below = name
        .rsplit_once(".settings.")
        .map(|(_, path)| path)
        .or_else(|| name.strip_prefix("settings."));
    setting::explanation(below.unwrap_or(name))
}

fn named(catalogue: &[&'static Rule], name: &str) -> Option<&'static Rule> {
    let is_named = |rule: &&&Rule| {
        rule.code.eq_ignore_ascii_case(name) || rule.slug.eq_ignore_ascii_case(name)
    };
    catalogue.iter().find(is_named).copied()
}

/// That there is no such thing, and what was most likely meant.
fn nothing_named(name: &str) -> String {
    let unknown = format!(
        "{} is not a rule, a key of the cluster file or a server setting",
        quoted(name)
    );
    match meant(name).as_slice() {
        [] => format!(
            "{unknown}; `restate-gen explain` lists the rules, `restate-gen schema` has the keys"
        ),
        [one] => format!("{unknown}; did you mean `{one}`?"),
        [first @ .., last] => format!(
            "{unknown}; did you mean `{}` or `{last}`?",
            first.join("`, `")
        ),
    }
}

/// Names that may have been meant: a key without its path, or a name with a slip.
fn meant(name: &str) -> Vec<String> {
    let fields: Vec<String> = schema::field_paths().into_iter().map(plain).collect();
    let settings = setting::paths();
    let has_last_key = |path: &&str| {
        path.strip_suffix(name)
            .is_some_and(|above| above.ends_with('.'))
    };
    let in_file = schema::fields_named(name).map(plain);
    let of_server = settings.iter().copied().filter(has_last_key);
    let places: Vec<String> = in_file
        .chain(of_server.map(str::to_owned))
        .take(MOST_PLACES)
        .collect();
    if !places.is_empty() {
        return places;
    }
    // Nearly every number is near to the number of some rule.
    let digits = name.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let slugs = catalogue().into_iter().map(|rule| rule.slug);
    let all = slugs
        .chain(fields.iter().map(String::as_str))
        .chain(settings);
    closest(name, all).map(str::to_owned).into_iter().collect()
}

/// A path as it is easiest to type.
fn plain(path: &str) -> String {
    path.replace("[]", "")
}
