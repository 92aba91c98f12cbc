//! Findings that people have looked at and live with: `# restate-gen: allow RG306 - reason` in the file, and what the
//! command line says for one run. What is allowed is no longer reported; what allows nothing, or gives no reason, is.

mod rules;

pub use rules::*;

use std::ops::Range;

use super::suggest::closest;
use super::{Diagnostic, Finding, Origin, Report, Rule, Severity, place, quoted};
use crate::source::Document;

/// What every such comment contains.
const MARK: &str = "restate-gen";

/// How findings are judged in one run.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Rules whose findings the command line allows.
    pub allowed: Vec<&'static Rule>,
    /// Rules whose findings are errors in this run, whatever a comment or the command line allows.
    pub refused: Vec<&'static Rule>,
    /// Whether a warning counts as an error.
    pub denies_warnings: bool,
}

impl Policy {
    fn can_allow(&self, diagnostic: &Diagnostic) -> bool {
        can_be_allowed(diagnostic) && !self.refused.contains(&diagnostic.rule)
    }
}

/// Rules whose errors cannot be allowed, next to those of reading and of names and ids: something other than what the
/// file says would be generated. Another version, settings left out, an invalid image.
const NEVER_ALLOWED: &[&str] = &["RG501", "RG504", "RG510"];

/// Whether a finding can be allowed. Errors cannot where nothing, or something else than what the file says, would be
/// generated, whatever the reason.
pub fn can_be_allowed(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity != Severity::Error || is_harmless_to_output(diagnostic.rule)
}

fn is_harmless_to_output(rule: &Rule) -> bool {
    rule.code >= "RG2" && !NEVER_ALLOWED.contains(&rule.code)
}

/// Takes out of a report what its document and the policy allow, and puts in what is wrong with the comments that do so.
///
/// `known` are all rules there are. `asked` says of a rule whether it had its say in this run: a comment for one that
/// had not is not called idle.
pub fn settle<'d>(
    report: Report<'d>,
    policy: &Policy,
    known: &[&'static Rule],
    asked: impl Fn(&Rule) -> bool,
) -> Report<'d> {
    let Report {
        document,
        mut findings,
    } = report;
    let (mut comments, faults) = comments(document, known);
    // What a fault of reading hides cannot be found, and so not be allowed.
    let is_whole = findings
        .iter()
        .all(|finding| finding.diagnostic.rule.code >= "RG1");
    findings.retain(|finding| {
        let rule = finding.diagnostic.rule;
        // Every comment is checked, so that none that is needed is reported as unused.
        let is_named = comments
            .iter_mut()
            .filter(|comment| comment.covers(finding))
            .fold(false, |any, comment| comment.allow(rule) | any);
        !(is_named && policy.can_allow(&finding.diagnostic))
    });
    let mut of_comments = faults;
    if is_whole {
        of_comments.extend(comments.iter().flat_map(|comment| comment.idle(&asked)));
    }
    findings.extend(of_comments.into_iter().map(|one| place(document, one)));
    findings.retain(|Finding { diagnostic, .. }| {
        !(policy.allowed.contains(&diagnostic.rule) && policy.can_allow(diagnostic))
    });
    for Finding { diagnostic, .. } in &mut findings {
        let is_denied = policy.denies_warnings && diagnostic.severity == Severity::Warning;
        if is_denied || policy.refused.contains(&diagnostic.rule) {
            diagnostic.severity = Severity::Error;
        }
    }
    Report::of(document, findings)
}

/// A comment that allows findings.
struct Comment {
    reach: Reach,
    /// Its rules, where each is named, and whether it was needed.
    rules: Vec<(&'static Rule, Range<usize>, bool)>,
}

/// Most comments that are read: finding what each speaks of takes time.
const MOST_COMMENTS: usize = 1000;

/// Which findings a comment speaks of.
enum Reach {
    /// All of the file: the comment stands before the first key.
    File,
    /// Those that start on that line: its own, or the next with content when it stands alone.
    Line(usize),
}

impl Comment {
    fn covers(&self, finding: &Finding) -> bool {
        match (&self.reach, &finding.origin) {
            (Reach::File, _) => true,
            (Reach::Line(line), Origin::Text(extent)) => extent.start.line == *line,
            (Reach::Line(_), Origin::Flag(_) | Origin::Document) => false,
        }
    }

    /// Whether it names the rule; notes that it was needed.
    fn allow(&mut self, rule: &Rule) -> bool {
        let named = self.rules.iter_mut().find(|(named, ..)| *named == rule);
        named.is_some_and(|(_, _, needed)| {
            *needed = true;
            true
        })
    }

    fn idle(&self, asked: impl Fn(&Rule) -> bool) -> Vec<Diagnostic> {
        let place = match self.reach {
            Reach::File => "in the file".to_owned(),
            Reach::Line(line) => format!("on line {line}"),
        };
        let idle = |(rule, at, needed): &(&Rule, Range<usize>, bool)| {
            (!needed && asked(rule)).then(|| {
                let message = format!(
                    "{} ({}) is not found {place}, so there is nothing to allow",
                    rule.code, rule.slug
                );
                Diagnostic::new(&ALLOWS_NOTHING, at.clone(), message).help(
                    if self.rules.len() == 1 {
                        "delete the comment"
                    } else {
                        "delete the code"
                    },
                )
            })
        };
        self.rules.iter().filter_map(idle).collect()
    }
}

/// The comments that are in order, and what is wrong with the others.
fn comments(document: &Document, known: &[&'static Rule]) -> (Vec<Comment>, Vec<Diagnostic>) {
    let mut comments = Vec::new();
    let mut found = Vec::new();
    for (count, range) in document.comments_with(MARK).into_iter().enumerate() {
        if count == MOST_COMMENTS {
            let message = format!(
                "from here on, comments for restate-gen are not read: there are more than {MOST_COMMENTS}"
            );
            let finding = Diagnostic::new(&ALLOW_NOT_UNDERSTOOD, range, message);
            found
                .push(finding.help("allow a rule once, before the first key, for all of the file"));
            break;
        }
        match comment(document, known, range) {
            Read::Comment(comment, mut faults) => {
                found.append(&mut faults);
                comments.push(comment);
            }
            Read::Fault(fault) => found.push(*fault),
            Read::Other => {}
        }
    }
    (comments, found)
}

enum Read {
    Comment(Comment, Vec<Diagnostic>),
    Fault(Box<Diagnostic>),
    /// A comment that only speaks of this tool.
    Other,
}

const FORM: &str = "write `# restate-gen: allow RG306 - reason`";

fn comment(document: &Document, known: &[&'static Rule], range: Range<usize>) -> Read {
    let text = &document.text()[range.clone()];
    let Some(said) = said(text) else {
        return Read::Other;
    };
    let start = range.end - said.len();
    let fault = |message: String, help: &str| {
        Read::Fault(Box::new(
            Diagnostic::new(&ALLOW_NOT_UNDERSTOOD, range.clone(), message).help(help),
        ))
    };
    let (codes, reason) = split_reason(said);
    let mut words = words(codes, start);
    match words.next() {
        Some(("allow", _)) => {}
        word => {
            let word = word.map_or_else(|| "nothing".to_owned(), |(word, _)| quoted(word));
            return fault(
                format!("this comment is for restate-gen, which does not know {word}"),
                FORM,
            );
        }
    }
    let named: Vec<(&str, Range<usize>)> = words.collect();
    if named.is_empty() {
        return fault(
            "this comment does not name a rule to allow".to_owned(),
            FORM,
        );
    }
    if reason.is_none_or(|reason| !reason.contains(char::is_alphanumeric)) {
        let codes: Vec<&str> = named.iter().map(|(code, _)| *code).collect();
        let message = format!(
            "there is no reason for allowing {}, so it is not allowed",
            quoted(&codes.join(" "))
        );
        let finding = Diagnostic::new(&ALLOW_WITHOUT_REASON, range.clone(), message)
            .help("add ` - ` and why the finding does no harm here");
        return Read::Fault(Box::new(finding));
    }
    let mut rules = Vec::new();
    let mut faults = Vec::new();
    for (code, at) in named {
        match named_rule(code, known) {
            Ok(rule) => rules.push((rule, at, false)),
            Err((message, help)) => {
                faults.push(Diagnostic::new(&ALLOW_NOT_UNDERSTOOD, at, message).help(help));
            }
        }
    }
    let reach = reach(document, &range);
    Read::Comment(Comment { reach, rules }, faults)
}

/// The rule of a code or slug that may be allowed.
///
/// # Errors
/// Message and help when there is no such rule, or when it cannot be allowed.
pub fn named_rule(code: &str, known: &[&'static Rule]) -> Result<&'static Rule, (String, String)> {
    let found = known
        .iter()
        .find(|rule| rule.code.eq_ignore_ascii_case(code) || rule.slug == code);
    match found {
        Some(rule) if rule.severity != Severity::Error || is_harmless_to_output(rule) => Ok(rule),
        Some(rule) => Err((
            format!(
                "{} ({}) cannot be allowed: no files, or wrong ones, would be generated",
                rule.code, rule.slug
            ),
            "fix what it finds".to_owned(),
        )),
        None => {
            let names = known.iter().flat_map(|rule| [rule.code, rule.slug]);
            let help = match closest(code, names) {
                Some(near) => format!("write `{near}`"),
                None => "name a rule by its code; `restate-gen explain` lists them".to_owned(),
            };
            Err((format!("there is no rule {}", quoted(code)), help))
        }
    }
}

/// What a comment says to this tool. One may follow another; `allow` without the colon is meant for it too.
fn said(text: &str) -> Option<&str> {
    let text = text.trim_start_matches('#').trim_start();
    if let Some(said) = text
        .strip_prefix(MARK)
        .and_then(|rest| rest.strip_prefix(':'))
    {
        return Some(said);
    }
    text.match_indices(MARK)
        .map(|(at, _)| text[at + MARK.len()..].trim_start_matches(':'))
        .find(|rest| rest.trim_start().split(' ').next() == Some("allow"))
}

/// What stands before the first dash between spaces, and what stands behind it.
fn split_reason(said: &str) -> (&str, Option<&str>) {
    let dash = [" - ", " -- ", " – ", " — "]
        .into_iter()
        .filter_map(|dash| said.find(dash).map(|at| (at, dash.len())))
        .min();
    match dash {
        Some((at, length)) => (&said[..at], Some(&said[at + length..])),
        None => (said, None),
    }
}

/// The words of a text, apart by spaces and commas, each with its bytes in the document.
fn words(text: &str, start: usize) -> impl Iterator<Item = (&str, Range<usize>)> {
    text.split([' ', '\t', ','])
        .filter(|word| !word.is_empty())
        .map(move |word| {
            let at = start + (word.as_ptr() as usize - text.as_ptr() as usize);
            (word, at..at + word.len())
        })
}

/// A comment before all content speaks of the file, one behind content of that line, one alone of the next line with
/// content.
fn reach(document: &Document, range: &Range<usize>) -> Reach {
    let text = document.text();
    let line = document.position(range.start).line;
    if !text[document.line(line).start..range.start]
        .trim_matches(['\u{feff}', ' ', '\t'])
        .is_empty()
    {
        return Reach::Line(line);
    }
    let is_content = |line: &str| {
        let line = line.trim_matches(['\u{feff}', ' ', '\t']);
        !line.is_empty() && !line.starts_with(['#', '%']) && line != "---"
    };
    if !text[..range.start].lines().any(is_content) {
        return Reach::File;
    }
    let last = document.position(text.len()).line;
    let next = (line + 1..=last).find(|next| is_content(&text[document.line(*next)]));
    Reach::Line(next.unwrap_or(line))
}
