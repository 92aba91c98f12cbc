//! Findings about the user's file: what a rule is, what it found, and the report of a run.
//!
//! A rule is static data with its documentation; a [`Diagnostic`] is one finding of it, placed by
//! path, so that whoever raises it never handles bytes; a [`Report`] resolves places against the
//! document, sorts and counts. Printers in the modules below take a report and know nothing else.

pub mod allow;
pub mod concise;
pub mod fingerprint;
pub mod fix;
pub mod github;
pub mod gitlab;
pub mod human;
pub mod json;
pub mod junit;
pub mod reading;
pub mod sarif;
pub mod suggest;

use std::path::{Component, MAIN_SEPARATOR_STR, Path, PathBuf};
use std::{collections::HashSet, fmt, ops::Range};

use crate::source::{DocPath, Document, Part, Place, Position, Spot};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// It would not start, loses data, or cannot be rendered.
    Error,
    /// It starts, but will hurt.
    Warning,
    /// A thing to know; nothing will break.
    Hint,
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Hint];
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Hint => "hint",
        })
    }
}

/// A rule: what every finding of one code has in common.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// The stable code, `RG001`. Never used again for something else.
    pub code: &'static str,
    /// A name for people, `duplicate-key`.
    pub slug: &'static str,
    /// How bad a finding is unless the finding says otherwise.
    pub severity: Severity,
    /// The version of this tool that had the rule first.
    pub since: &'static str,
    /// Markdown with the sections What, Why, Fails and Passes, in that order.
    pub docs: &'static str,
}

/// Where a finding is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum At {
    /// A key or a value, whether it is in the text, on the command line, or missing.
    Place(Place),
    /// Bytes of the text, where there is no path yet.
    Bytes(Range<usize>),
    /// A flag that nothing in the document stands for, as it was given.
    Flag(String),
    /// The document as a whole.
    Document,
}

impl From<Place> for At {
    fn from(place: Place) -> Self {
        At::Place(place)
    }
}

/// A path alone means the value there.
impl From<DocPath> for At {
    fn from(path: DocPath) -> Self {
        At::Place(Place {
            path,
            part: Part::Value,
        })
    }
}

impl From<Range<usize>> for At {
    fn from(range: Range<usize>) -> Self {
        At::Bytes(range)
    }
}

/// Another place that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub at: At,
    /// What is there, a phrase.
    pub label: String,
}

/// A change of the text that fixes a finding without a decision by the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What is replaced.
    pub at: At,
    /// The text that replaces it.
    pub replacement: String,
}

/// One finding.
///
/// ```
/// use restate_gen::diagnostic::{Diagnostic, Rule, Severity};
/// use restate_gen::source::DocPath;
///
/// static RULE: Rule = Rule {
///     code: "RG999",
///     slug: "example",
///     severity: Severity::Warning,
///     since: "0.1.0",
///     docs: "",
/// };
/// let finding = Diagnostic::new(&RULE, DocPath::of(["nodes"]), "one node has no peer")
///     .help("add two nodes");
/// assert_eq!(finding.severity, Severity::Warning);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule.
    pub rule: &'static Rule,
    /// How bad it is.
    pub severity: Severity,
    /// One phrase, lower case, no full stop; names the value and the consequence.
    pub message: String,
    /// Where it is.
    pub at: At,
    /// What is shown right at the place, a phrase.
    pub label: Option<String>,
    /// Other places.
    pub related: Vec<Related>,
    /// How to fix it, an imperative.
    pub help: Option<String>,
    /// A change that fixes it.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A finding with the severity of its rule.
    pub fn new(rule: &'static Rule, at: impl Into<At>, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            message: message.into(),
            at: at.into(),
            label: None,
            related: Vec::new(),
            help: None,
            fix: None,
        }
    }

    /// With a phrase that is shown right at the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// With another place and what is there.
    #[must_use]
    pub fn related(mut self, at: impl Into<At>, label: impl Into<String>) -> Self {
        self.related.push(Related {
            at: at.into(),
            label: label.into(),
        });
        self
    }

    /// With how to fix it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With a change of the text that fixes it.
    #[must_use]
    pub fn fix(mut self, at: impl Into<At>, replacement: impl Into<String>) -> Self {
        self.fix = Some(Fix {
            at: at.into(),
            replacement: replacement.into(),
        });
        self
    }

    /// With another severity than the rule's.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

/// The findings of a run on one document: each once, placed, in the order of the text.
#[derive(Debug)]
pub struct Report<'d> {
    document: &'d Document,
    findings: Vec<Finding>,
}

/// A diagnostic with its places resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was found.
    pub diagnostic: Diagnostic,
    /// Where.
    pub origin: Origin,
    /// Other places, those of the diagnostic first, then where the value came by an alias.
    pub related: Vec<(Origin, String)>,
}

/// A resolved place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// On the command line: the flag as it was given.
    Flag(String),
    /// The document as a whole.
    Document,
    /// In the text.
    Text(Extent),
}

/// A stretch of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// Bytes of the document's text.
    pub range: Range<usize>,
    /// Its first character.
    pub start: Position,
    /// Behind its last character.
    pub end: Position,
}

impl Origin {
    /// Flags before the document as a whole before the text in its order.
    fn rank(&self) -> (u8, usize, usize) {
        match self {
            Origin::Flag(_) => (0, 0, 0),
            Origin::Document => (1, 0, 0),
            Origin::Text(extent) => (2, extent.range.start, extent.range.end),
        }
    }

    /// The stretch of the text, when it is in the text.
    pub fn extent(&self) -> Option<&Extent> {
        match self {
            Origin::Text(extent) => Some(extent),
            Origin::Flag(_) | Origin::Document => None,
        }
    }

    /// What is there and where it is, in one phrase: `the first at 1:1`.
    pub fn caption(&self, label: &str) -> String {
        match self {
            Origin::Text(Extent { start, .. }) => {
                format!("{label} at {}:{}", start.line, start.column)
            }
            Origin::Flag(flag) => format!("{label}: {flag}"),
            Origin::Document => label.to_owned(),
        }
    }

    /// The first and the last line; the file's first for what is not in the text, where formats
    /// want a line.
    pub fn lines(&self) -> (usize, usize) {
        self.extent()
            .map_or((1, 1), |Extent { start, end, .. }| match end.column {
                // It ends with a line break: nothing of the next line is meant.
                1 if end.line > start.line => (start.line, end.line - 1),
                _ => (start.line, end.line),
            })
    }
}

impl Finding {
    /// The message, the flag before it when it is about one, and the fix, all in one phrase.
    pub fn sentence(&self) -> String {
        let Diagnostic { message, help, .. } = &self.diagnostic;
        let flag = match &self.origin {
            Origin::Flag(flag) => format!("{flag}: "),
            Origin::Document | Origin::Text(_) => String::new(),
        };
        let help = help.as_ref().map(|help| format!("; {help}"));
        format!("{flag}{message}{}", help.unwrap_or_default())
    }
}

impl<'d> Report<'d> {
    /// Places, sorts and counts the findings of a run; what is said twice of one place stays once.
    pub fn new(document: &'d Document, found: impl IntoIterator<Item = Diagnostic>) -> Self {
        let findings = found.into_iter().map(|one| place(document, one));
        Self::of(document, findings.collect())
    }

    /// Sorts and counts findings that have their places.
    fn of(document: &'d Document, mut findings: Vec<Finding>) -> Self {
        findings.sort_by(|a, b| {
            let order = |finding: &Finding| (finding.origin.rank(), finding.diagnostic.rule.code);
            order(a)
                .cmp(&order(b))
                .then_with(|| a.diagnostic.message.cmp(&b.diagnostic.message))
        });
        let mut seen = HashSet::new();
        findings.retain(|finding| {
            let Diagnostic { rule, message, .. } = &finding.diagnostic;
            seen.insert((finding.origin.rank(), rule.code, message.clone()))
        });
        Self { document, findings }
    }

    /// With findings that have their places, of the same text.
    #[must_use]
    pub fn with(self, findings: Vec<Finding>) -> Self {
        Self::of(self.document, [self.findings, findings].concat())
    }

    /// The document that the findings are about.
    pub fn document(&self) -> &'d Document {
        self.document
    }

    /// The document's name as tools that look for the file take it: `/` between folders, no `./`.
    pub fn path(&self) -> String {
        let name = self.document.name();
        let parts = Path::new(name).components();
        let path: PathBuf = parts.filter(|part| *part != Component::CurDir).collect();
        let path = path.to_string_lossy().replace(MAIN_SEPARATOR_STR, "/");
        if path.is_empty() { name.into() } else { path }
    }

    /// The stretch that a finding's fix replaces, and by what; none when there is no fix, or what it fixes is not in
    /// the text.
    pub fn fix<'f>(&self, finding: &'f Finding) -> Option<(Extent, &'f str)> {
        let fix = finding.diagnostic.fix.as_ref()?;
        let range = match &fix.at {
            At::Bytes(range) => range.clone(),
            At::Place(place) => self.document.range_written(place)?,
            At::Flag(_) | At::Document => return None,
        };
        Some((extent(self.document, range), &fix.replacement))
    }

    /// The findings in the order of the text.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// How many findings have that severity.
    pub fn count(&self, severity: Severity) -> usize {
        let same = |finding: &&Finding| finding.diagnostic.severity == severity;
        self.findings.iter().filter(same).count()
    }

    /// Makes the findings of these rules errors, with another fix where there is one.
    pub fn raise(&mut self, rules: &[&Rule], help: Option<&str>) {
        for Finding { diagnostic, .. } in &mut self.findings {
            if rules.contains(&diagnostic.rule) {
                diagnostic.severity = Severity::Error;
                if let Some(help) = help {
                    diagnostic.help = Some(help.to_owned());
                }
            }
        }
    }

    /// Whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }
}

fn place(document: &Document, diagnostic: Diagnostic) -> Finding {
    let (origin, used_at) = origin(document, &diagnostic.at);
    let mut related: Vec<_> = diagnostic
        .related
        .iter()
        .map(|other| (self::origin(document, &other.at).0, other.label.clone()))
        .collect();
    related.extend(used_at.map(|at| (Origin::Text(at), "used here".to_owned())));
    Finding {
        diagnostic,
        origin,
        related,
    }
}

fn extent(document: &Document, range: Range<usize>) -> Extent {
    Extent {
        start: document.position(range.start),
        end: document.position(range.end),
        range,
    }
}

/// Where it is, and where it is used when it is written elsewhere.
fn origin(document: &Document, at: &At) -> (Origin, Option<Extent>) {
    let extent = |range| extent(document, range);
    match at {
        At::Flag(flag) => (Origin::Flag(flag.clone()), None),
        At::Document => (Origin::Document, None),
        At::Bytes(range) => (Origin::Text(extent(range.clone())), None),
        At::Place(place) => match document.spot(place) {
            Spot::Flag(flag) => (Origin::Flag(flag), None),
            // Nothing of it is written: there is no line to point at.
            Spot::Text {
                range: Range { start: 0, end: 0 },
                ..
            } => (Origin::Document, None),
            Spot::Text { range, used_at } => (Origin::Text(extent(range)), used_at.map(extent)),
        },
    }
}

/// Words in a row: `a, b and c`, and a number in place of what is too long to read.
pub fn listed<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    const MOST: usize = 5;
    let mut words: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if words.len() > MOST + 1 {
        let more = words.len() - MOST;
        words.truncate(MOST);
        words.push(format!("{more} more"));
    }
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

/// Text of the user's for a message: control characters shown, and cut when it is long.
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut start = text.chars();
    let shown = printable(start.by_ref().take(LONGEST));
    let more = if start.next().is_some() { "…" } else { "" };
    format!("`{shown}{more}`")
}

/// Characters as they may be shown: those that a terminal would obey, or that turn the direction of writing, escaped.
pub fn printable(characters: impl IntoIterator<Item = char>) -> String {
    let mut shown = String::new();
    for character in characters {
        match character {
            c if c.is_control() || is_direction(c) => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown
}

/// Characters that turn the direction of writing: they could make a message read as another.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}
