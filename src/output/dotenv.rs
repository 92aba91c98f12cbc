//! The user's `.env` with what the tool now says of it: their lines stay, ours follow the cluster file. What a line says is what
//! Compose reads.

mod reader;

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub use reader::{Fault, Value};
use reader::{Piece, PieceKind, pieces};

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

/// What some editors begin a file with. Compose skips it.
const MARK: char = '\u{feff}';

/// The value of a secret that is to be made.
const NOTHING: Value = Value::Text(String::new());

/// Characters of a secret, and how many: 40 letters and digits are over 200 bits.
const SECRET_LENGTH: usize = 40;

/// Merges what the tool renders into what the user has.
///
/// In a rendered text `#NAME=value` is what holds while the user sets nothing, and `NAME=` is a secret to be made.
/// A secret that is there is never changed.
pub fn merge(present: Option<&str>, rendered: &str) -> Merged {
    let rendered = pieces(rendered);
    let Some(present) = present else {
        return Merged {
            text: rendered.iter().map(|new| with_secret(new)).collect(),
            unused: Vec::new(),
            overriding: Vec::new(),
            guessable: Vec::new(),
        };
    };
    let (mark, text) = without_mark(present);
    let present = pieces(text);
    // Of several assignments of a variable the last counts.
    let set: BTreeMap<&str, &Value> = present.iter().filter_map(assigned).collect();
    let known: HashMap<&str, &Piece> = rendered
        .iter()
        .filter_map(|new| Some((new.name()?, new)))
        .collect();
    let is_secret = |name: &str| {
        let known = known.get(name);
        known.is_some_and(|new| matches!(new.kind, PieceKind::Set { .. }))
    };
    let is_empty = |name: &str| set.get(name).is_some_and(|value| **value == NOTHING);

    let mut text = mark.to_owned();
    let mut mentioned: BTreeSet<&str> = BTreeSet::new();
    for piece in &present {
        match piece.kind {
            PieceKind::Offered { name } => match known.get(name) {
                // What we said of a node that is gone goes with it; any other comment is the user's.
                None if is_of_a_node(name) => {}
                None => text.push_str(piece.text),
                // A secret that the user has put aside is theirs to keep.
                Some(_) if is_secret(name) && !is_blank(piece.text) => text.push_str(piece.text),
                Some(_) if set.contains_key(name) => {}
                // What we said goes, and comes again where it still holds.
                Some(new) => {
                    text.push_str(&with_secret(new));
                    mentioned.insert(name);
                }
            },
            PieceKind::Set { name, .. } => {
                text.push_str(&match is_secret(name) && is_empty(name) {
                    true => with_secret(piece),
                    false => piece.text.to_owned(),
                });
                mentioned.insert(name);
            }
            PieceKind::Other | PieceKind::Fault(_) => text.push_str(piece.text),
        }
    }
    let is_missing = |new: &&Piece| new.name().is_some_and(|name| !mentioned.contains(name));
    let missing: Vec<&Piece> = rendered.iter().filter(is_missing).collect();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    if !missing.is_empty() {
        const HEADING: &str = "# --- Added by restate-gen ---\n";
        if !text.split_inclusive('\n').any(|line| line == HEADING) {
            text.push('\n');
            text.push_str(HEADING);
        }
        text.extend(missing.into_iter().map(with_secret));
    }
    let named = |is: &dyn Fn(&str, &Value) -> bool| {
        let names = set.iter().filter(|(name, value)| is(name, value));
        names.map(|(name, _)| (*name).to_owned()).collect()
    };
    Merged {
        text,
        unused: named(&|name, _| !known.contains_key(name)),
        overriding: named(&|name, _| {
            let known = known.get(name);
            known.is_some_and(|new| !is_secret(name) && !is_blank(new.text))
        }),
        guessable: named(&|name, value| is_secret(name) && has_guessable(value)),
    }
}

/// The byte order mark, where an editor has left one, and the rest.
fn without_mark(text: &str) -> (&str, &str) {
    text.split_at(if text.starts_with(MARK) {
        MARK.len_utf8()
    } else {
        0
    })
}

/// What a piece assigns.
fn assigned<'a>(piece: &'a Piece<'a>) -> Option<(&'a str, &'a Value)> {
    match &piece.kind {
        PieceKind::Set { name, value, .. } => Some((name, value)),
        _ => None,
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

/// Whether an offered line assigns nothing.
fn is_blank(line: &str) -> bool {
    line.split_once('=')
        .is_some_and(|(_, value)| matches!(value.trim(), "" | "''" | "\"\""))
}

/// Whether a value is what everybody tries first.
fn has_guessable(value: &Value) -> bool {
    matches!(value, Value::Text(text) if is_guessable(text))
}

/// Whether a secret is one that everybody tries first.
pub fn is_guessable(secret: &str) -> bool {
    GUESSABLE
        .iter()
        .any(|known| secret.eq_ignore_ascii_case(known))
}

/// The piece, with a secret where it assigns nothing.
fn with_secret(piece: &Piece) -> String {
    let PieceKind::Set { at, value, .. } = &piece.kind else {
        return piece.text.to_owned();
    };
    if *value != NOTHING {
        return piece.text.to_owned();
    }
    let (before, rest) = (&piece.text[..at.start], &piece.text[at.end..]);
    // Without quotes, unless they part the value from what follows on the line.
    let is_alone = at.is_empty() || (rest.ends_with('\n') && rest.trim().is_empty());
    match is_alone {
        true => format!(
            "{before}{}{}",
            secret(),
            rest.trim_start_matches([' ', '\t'])
        ),
        false => format!("{before}\"{}\"{rest}", secret()),
    }
}

/// What a `.env` file says to Compose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What it sets, in its order: of several assignments of one variable the last, which Compose takes.
    pub assignments: Vec<Assignment>,
    /// What Compose does not read, each with its line. With one of these, it refuses the whole file.
    pub faults: Vec<(usize, Fault)>,
}

/// A variable that a `.env` file sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The line on which it starts, from 1.
    pub line: usize,
    /// The variable.
    pub name: String,
    /// What it is set to.
    pub value: Value,
}

/// What a `.env` file says.
pub fn read(text: &str) -> Reading {
    let mut assignments: Vec<Assignment> = Vec::new();
    let mut faults = Vec::new();
    for Piece { line, kind, .. } in pieces(without_mark(text).1) {
        match kind {
            PieceKind::Set { name, value, .. } => {
                assignments.retain(|other| other.name != name);
                let name = name.to_owned();
                assignments.push(Assignment { line, name, value });
            }
            PieceKind::Fault(fault) => faults.push((line, fault)),
            PieceKind::Offered { .. } | PieceKind::Other => {}
        }
    }
    Reading {
        assignments,
        faults,
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
    fn a_secret_that_compose_reads_is_kept_however_it_is_written() {
        for said in [
            "PASSWORD: mine\n",
            "PASSWORD='mine'\n",
            "\u{feff}PASSWORD=mine\n",
            "export\tPASSWORD=mine\n",
            "OTHER=\"x\" PASSWORD=mine\n",
            "OTHER='it\\'s' PASSWORD=mine\n",
            "PASSWORD=\nPASSWORD=mine\n",
            "PASSWORD=# todo\n",
            "PASSWORD= # todo\n",
            "PASSWORD=${FROM_THE_SHELL}\n",
            "PASSWORD=mine",
        ] {
            let merged = merge(Some(said), RENDERED);
            assert!(merged.text.starts_with(said), "{said}: {}", merged.text);
            assert_eq!(
                merged.text.matches("PASSWORD").count(),
                said.matches("PASSWORD").count()
            );
            assert_eq!(merge(Some(&merged.text), RENDERED).text, merged.text);
        }
    }

    #[test]
    fn a_secret_that_was_put_aside_stays_next_to_the_new_one() {
        let said = "#PASSWORD=before\n";
        let merged = merge(Some(said), RENDERED).text;
        assert!(merged.starts_with(said), "{merged}");
        assert_eq!(merged.matches("\nPASSWORD=").count(), 1, "{merged}");
        assert_eq!(merge(Some(&merged), RENDERED).text, merged);
        // One that says nothing is the place for the new one.
        for said in ["#PASSWORD=\n", "#PASSWORD=''\n"] {
            let merged = merge(Some(said), RENDERED).text;
            assert!(merged.starts_with("PASSWORD="), "{merged}");
        }
    }

    #[test]
    fn an_empty_secret_is_made_where_it_stands() {
        for (said, before, behind) in [
            ("PASSWORD=\n", "PASSWORD=", "\n"),
            ("PASSWORD=  \r\n", "PASSWORD=", "\r\n"),
            ("PASSWORD=''\n", "PASSWORD=", "\n"),
            ("PASSWORD=\"\" # todo\n", "PASSWORD=\"", "\" # todo\n"),
            ("PASSWORD='' OTHER=1\n", "PASSWORD=\"", "\" OTHER=1\n"),
            (
                "\u{feff}export PASSWORD=\n",
                "\u{feff}export PASSWORD=",
                "\n",
            ),
            (
                "PASSWORD=before\nPASSWORD=\n",
                "PASSWORD=before\nPASSWORD=",
                "\n",
            ),
        ] {
            let merged = merge(Some(said), RENDERED).text;
            let secret = merged.strip_prefix(before).expect(&merged);
            let secret: String = secret
                .chars()
                .take_while(char::is_ascii_alphanumeric)
                .collect();
            assert_eq!(secret.len(), SECRET_LENGTH, "{merged}");
            let kept = merged.replacen(&secret, "", 1);
            assert!(kept.starts_with(&format!("{before}{behind}")), "{merged}");
        }
    }
}
