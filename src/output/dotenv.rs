//! The user's `.env` with what the tool now says of it: their lines stay, ours follow the cluster file.

use std::collections::{BTreeSet, HashMap};

/// The merged text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// What `.env` should say.
    pub text: String,
    /// Variables that the user sets and the tool does not know, or no more.
    pub unused: Vec<String>,
    /// Variables that the user sets over what the cluster file says.
    pub overriding: Vec<String>,
    /// Secrets that the user sets to what everybody tries first.
    pub guessable: Vec<String>,
}

/// What images, charts and tutorials of these stores set, and what people write in their place. Source: the defaults of
/// minio/minio and of its charts; 62 public deployments of Restate.
const GUESSABLE: &[&str] = &[
    "minioadmin",
    "minio123",
    "minio",
    "restate",
    "admin",
    "password",
    "secret",
    "changeme",
    "changeit",
    "test",
];

/// Characters of a secret, and how many: 40 letters and digits are over 200 bits.
const SECRET_LENGTH: usize = 40;

/// Merges what the tool renders into what the user has.
///
/// In a rendered text `#NAME=value` is what holds while the user sets nothing, and `NAME=` is a secret to be made.
/// A secret that is there is never changed.
pub fn merge(present: Option<&str>, rendered: &str) -> Merged {
    let Some(present) = present else {
        return Merged {
            text: rendered.split_inclusive('\n').map(with_secret).collect(),
            unused: Vec::new(),
            overriding: Vec::new(),
            guessable: Vec::new(),
        };
    };
    let present = entries(present);
    let set: BTreeSet<&str> = present
        .iter()
        .filter_map(|entry| entry.set_name())
        .collect();
    let rendered = entries(rendered);
    let known: HashMap<&str, &Entry> = rendered
        .iter()
        .filter_map(|new| Some((new.name()?, new)))
        .collect();

    let mut lines: Vec<String> = Vec::new();
    let mut mentioned: BTreeSet<&str> = BTreeSet::new();
    for entry in &present {
        match entry {
            // What we said goes, and comes again below where it still holds.
            Entry::Offered { name, text } if !known.contains_key(name) => {
                // What we said of a node that is gone goes with it; any other comment is the user's.
                if !is_of_a_node(name) {
                    lines.push(with_newline(text));
                }
            }
            // A secret that the user has put aside is theirs to keep.
            Entry::Offered { name, text }
                if matches!(known.get(name), Some(Entry::Set { .. })) && !is_blank(text) =>
            {
                lines.push(with_newline(text));
            }
            Entry::Offered { name, .. } if set.contains(name) => {}
            Entry::Offered { name, .. } => {
                if let Some(new) = known.get(name) {
                    lines.push(with_secret(new.text()));
                    mentioned.insert(name);
                }
            }
            Entry::Set {
                name,
                text,
                is_empty,
            } => {
                let secret = matches!(known.get(name), Some(Entry::Set { .. }));
                lines.push(if *is_empty && secret {
                    with_secret(&format!("{name}=\n"))
                } else {
                    with_newline(text)
                });
                mentioned.insert(name);
            }
            Entry::Other(text) => lines.push(with_newline(text)),
        }
    }
    let missing: Vec<&Entry> = rendered
        .iter()
        .filter(|new| new.name().is_some_and(|name| !mentioned.contains(name)))
        .collect();
    if !missing.is_empty() {
        const HEADING: &str = "# --- Added by restate-gen ---\n";
        if !lines.iter().any(|line| line == HEADING) {
            lines.push("\n".into());
            lines.push(HEADING.into());
        }
        lines.extend(missing.iter().map(|new| with_secret(new.text())));
    }
    let offered = |name: &&&str| matches!(known.get(**name), Some(Entry::Offered { text, .. }) if !is_blank(text));
    let is_guessable = |entry: &&Entry| {
        let secret = matches!(
            entry.name().and_then(|name| known.get(name)),
            Some(Entry::Set { .. })
        );
        secret && matches!(entry, Entry::Set { .. }) && is_guessable(entry.text())
    };
    let guessable = present.iter().filter(is_guessable);
    Merged {
        guessable: guessable
            .filter_map(|entry| Some(entry.name()?.to_owned()))
            .collect(),
        unused: set
            .iter()
            .filter(|name| !known.contains_key(*name))
            .map(|name| name.to_string())
            .collect(),
        overriding: set
            .iter()
            .filter(offered)
            .map(|name| name.to_string())
            .collect(),
        text: lines.concat(),
    }
}

/// Whether the variable is one that we offer for each node.
fn is_of_a_node(name: &str) -> bool {
    let rest = name
        .strip_prefix("RESTATE_")
        .unwrap_or(name)
        .strip_prefix("NODE");
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether a line assigns nothing.
fn is_blank(line: &str) -> bool {
    line.split_once('=')
        .is_some_and(|(_, value)| is_empty_value(value))
}

/// Whether a line assigns what everybody tries first, in quotes or not.
fn is_guessable(line: &str) -> bool {
    let value = line.split_once(['=', ':']).map_or("", |(_, value)| value);
    let value = value.trim().trim_matches(['"', '\'']);
    GUESSABLE
        .iter()
        .any(|known| value.eq_ignore_ascii_case(known))
}

/// Whether a value is empty, in quotes or not.
fn is_empty_value(value: &str) -> bool {
    matches!(value.trim(), "" | "''" | "\"\"")
}

/// What a `.env` file sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The line on which it starts, from 1.
    pub line: usize,
    /// The variable.
    pub name: String,
    /// Its value as Compose reads it.
    pub value: String,
}

/// What a `.env` file sets, in its order: of several assignments of one variable the last, which Compose takes. Empty
/// values are left out, because Compose takes them for unset, and so are those that contain other variables.
pub fn assignments(text: &str) -> Vec<Assignment> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut set: Vec<(usize, &str, &str)> = Vec::new();
    let mut line = 1;
    for entry in entries(text) {
        if let Entry::Set { name, text, .. } = entry {
            set.retain(|(_, other, _)| *other != name);
            let value = text.find(['=', ':']).map_or("", |at| &text[at + 1..]);
            set.push((line, name, value));
        }
        line += entry.text().matches('\n').count();
    }
    set.into_iter()
        .filter_map(|(line, name, value)| {
            let value = value_of(value).filter(|value| !value.is_empty())?;
            Some(Assignment {
                line,
                name: name.to_owned(),
                value,
            })
        })
        .collect()
}

/// A value as Compose reads it; none where it contains other variables, which are only known when Compose runs.
fn value_of(written: &str) -> Option<String> {
    let written = written.trim();
    if let Some(quoted) = written.strip_prefix('\'') {
        return Some(up_to_quote(quoted, '\''));
    }
    let value = match written.strip_prefix('"') {
        Some(quoted) => up_to_quote(quoted, '"'),
        None => {
            let comment = written
                .match_indices('#')
                .find(|(at, _)| written[..*at].is_empty() || written[..*at].ends_with([' ', '\t']));
            let end = comment.map_or(written.len(), |(at, _)| at);
            written[..end].trim_end().to_owned()
        }
    };
    (!value.contains('$')).then_some(value)
}

/// The text before the quote that closes it, without the backslashes before quotes and backslashes.
fn up_to_quote(text: &str, quote: char) -> String {
    let mut value = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match characters.peek() {
            _ if character == quote => break,
            Some(next) if character == '\\' && (*next == quote || *next == '\\') => {
                value.extend(characters.next());
            }
            _ => value.push(character),
        }
    }
    value
}

/// A line of a `.env` file, or several where a quoted value has line breaks.
enum Entry<'a> {
    /// `NAME=value`, set by the user.
    Set {
        name: &'a str,
        text: &'a str,
        is_empty: bool,
    },
    /// `#NAME=value`, offered by the tool.
    Offered { name: &'a str, text: &'a str },
    /// A comment, a blank line, or anything else that is not an assignment.
    Other(&'a str),
}

impl<'a> Entry<'a> {
    fn name(&self) -> Option<&'a str> {
        match self {
            Entry::Set { name, .. } | Entry::Offered { name, .. } => Some(name),
            Entry::Other(_) => None,
        }
    }

    fn set_name(&self) -> Option<&'a str> {
        match self {
            Entry::Set { name, .. } => Some(name),
            _ => None,
        }
    }

    fn text(&self) -> &'a str {
        match self {
            Entry::Set { text, .. } | Entry::Offered { text, .. } | Entry::Other(text) => text,
        }
    }
}

fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let line_end = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let line = &rest[..line_end];
        let (entry, length) = match assignment(line) {
            Some((name, value)) => {
                let end = value_end(rest, value).unwrap_or(line_end);
                let is_empty = is_empty_value(&rest[value..end]);
                (
                    Entry::Set {
                        name,
                        text: &rest[..end],
                        is_empty,
                    },
                    end,
                )
            }
            None => match line
                .strip_prefix('#')
                .filter(|line| !line.starts_with([' ', '\t']))
                .and_then(assignment)
            {
                Some((name, _)) => (Entry::Offered { name, text: line }, line_end),
                None => (Entry::Other(line), line_end),
            },
        };
        entries.push(entry);
        rest = &rest[length..];
    }
    entries
}

/// The name that a line assigns to, and where its value begins.
fn assignment(line: &str) -> Option<(&str, usize)> {
    // Compose reads `NAME: value` too. Source: run, Compose 2.26.
    let equals = line.find(['=', ':'])?;
    let name = line[..equals].trim();
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    let is_name = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then_some((name, equals + 1))
}

/// Where a quoted value's line ends, when the value spans several lines.
fn value_end(text: &str, value: usize) -> Option<usize> {
    let quoted = text[value..].trim_start_matches([' ', '\t']);
    let quote = quoted.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let start = text.len() - quoted.len() + 1;
    let mut escaped = false;
    let close = text[start..].char_indices().find(|(_, c)| {
        let closes = *c == quote && !escaped;
        escaped = *c == '\\' && !escaped;
        closes
    })?;
    let after = start + close.0 + 1;
    Some(
        text[after..]
            .find('\n')
            .map_or(text.len(), |at| after + at + 1),
    )
}

fn with_newline(text: &str) -> String {
    if text.ends_with('\n') {
        text.into()
    } else {
        format!("{text}\n")
    }
}

/// The line, with a secret where it assigns nothing.
fn with_secret(line: &str) -> String {
    match assignment(line) {
        Some((name, value)) if line[value..].trim().is_empty() => format!("{name}={}\n", secret()),
        _ => line.to_string(),
    }
}

/// Letters and digits at random, a letter first so that nothing takes it for a number.
///
/// # Panics
/// When the operating system has no random numbers: then no secret is better than a bad one.
fn secret() -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut secret = String::new();
    while secret.len() < SECRET_LENGTH {
        let mut bytes = [0u8; SECRET_LENGTH];
        getrandom::fill(&mut bytes).expect("the operating system has random numbers");
        // Six bits a character; values past the alphabet are thrown away, so that all characters are equally likely.
        let characters = bytes
            .iter()
            .filter_map(|byte| ALPHABET.get(usize::from(byte & 63)))
            .map(|byte| char::from(*byte));
        for character in characters {
            if secret.len() < SECRET_LENGTH && !(secret.is_empty() && character.is_ascii_digit()) {
                secret.push(character);
            }
        }
    }
    secret
}

#[cfg(test)]
mod tests {
    use super::*;

    const RENDERED: &str = "# Ours\n#PORT=8080\n#NAME=orders\nPASSWORD=\n";

    #[test]
    fn a_first_run_makes_the_secret() {
        let merged = merge(None, RENDERED);
        let secret = merged
            .text
            .lines()
            .find_map(|line| line.strip_prefix("PASSWORD="))
            .expect("there");
        assert_eq!(secret.len(), SECRET_LENGTH);
        assert!(secret.starts_with(|c: char| c.is_ascii_alphabetic()));
        assert_ne!(merge(None, RENDERED).text, merged.text);
        assert!(merged.text.starts_with("# Ours\n#PORT=8080\n"));
    }

    #[test]
    fn a_second_run_changes_nothing() {
        let first = merge(None, RENDERED).text;
        assert_eq!(
            merge(Some(&first), RENDERED),
            Merged {
                text: first,
                unused: vec![],
                overriding: vec![],
                guessable: vec![]
            }
        );
    }

    #[test]
    fn what_the_user_sets_is_kept_and_what_holds_otherwise_follows_the_file() {
        let present = "# mine\r\nexport PORT = 9999\nOTHER='a\nPASSWORD=not this'\n#NAME=old\n#NODE9_PORT=1\n#NOTE=1\nPASSWORD=kept";
        let rendered = "#PORT=8080\n#NAME=new\n#EXTRA=1\nPASSWORD=\n";
        let merged = merge(Some(present), rendered);
        assert_eq!(
            merged.text,
            "# mine\r\nexport PORT = 9999\nOTHER='a\nPASSWORD=not this'\n#NAME=new\n#NOTE=1\nPASSWORD=kept\n\n# --- Added by restate-gen ---\n#EXTRA=1\n"
        );
        assert_eq!(merged.unused, ["OTHER"]);
        assert_eq!(merged.overriding, ["PORT"]);
        assert_eq!(merge(Some(&merged.text), rendered).text, merged.text);
    }

    #[test]
    fn an_empty_secret_is_made_where_it_stands() {
        for said in ["PASSWORD: mine\n", "#PASSWORD=before\nPASSWORD=now\n"] {
            assert!(merge(Some(said), RENDERED).text.starts_with(said), "{said}");
        }
        assert_ne!(
            merge(Some("PASSWORD=''\n"), RENDERED).text.lines().next(),
            Some("PASSWORD=''")
        );
        let merged = merge(Some("PASSWORD=\n"), RENDERED).text;
        assert!(merged.starts_with("PASSWORD="), "{merged}");
        assert_ne!(merged.lines().next(), Some("PASSWORD="));
        assert_eq!(merged.matches("PASSWORD=").count(), 1);
    }
}
