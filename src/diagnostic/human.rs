//! Findings for people, in the manner of rustc.

use std::{fmt::Write as _, ops::Range};

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Origin as Source, Renderer, Snippet,
};

use super::{Extent, Finding, Origin, Report, Severity, printable};
use crate::source::Document;

/// Whether to write colours; the caller knows the terminal, `--color` and `NO_COLOR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Text alone.
    Plain,
    /// With ANSI escape codes.
    Ansi,
}

/// Most findings that are printed in full: a file that has more is not a cluster file.
const MOST_PRINTED: usize = 200;

/// Related places farther away than that many lines are named, not shown.
const FARTHEST_RELATED: usize = 200;

/// Longest line that is shown, in bytes.
const LONGEST_LINE: usize = 2000;

/// The findings in full, then one line that counts them; empty when there are none.
pub fn print(report: &Report<'_>, colour: Colour) -> String {
    let renderer = match colour {
        Colour::Plain => Renderer::plain(),
        Colour::Ansi => Renderer::styled(),
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut out = String::new();
    for finding in report.findings().iter().take(MOST_PRINTED) {
        out.push_str(&renderer.render(&[group(report.document(), finding)]));
        out.push_str("\n\n");
    }
    if let Some(summary) = summary(report) {
        let _ = writeln!(out, "{summary}");
    }
    out
}

/// `restate-cluster.yaml: 2 errors, 1 warning, 1 hint`; none when there is no finding.
pub fn summary(report: &Report<'_>) -> Option<String> {
    let counted: Vec<_> = Severity::ALL
        .into_iter()
        .filter_map(|severity| match report.count(severity) {
            0 => None,
            1 => Some(format!("1 {severity}")),
            count => Some(format!("{count} {severity}s")),
        })
        .collect();
    if counted.is_empty() {
        return None;
    }
    let left_out = match report.findings().len().saturating_sub(MOST_PRINTED) {
        0 => String::new(),
        count => format!(", the last {count} not shown"),
    };
    let name = printable(report.document().name().chars());
    Some(format!("{name}: {}{left_out}", counted.join(", ")))
}

fn group<'r>(document: &'r Document, finding: &'r Finding) -> Group<'r> {
    let diagnostic = &finding.diagnostic;
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Hint => Level::INFO.with_name("hint"),
    };
    let title = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.rule.code);
    let mut group = match (&finding.origin, snippet(document, finding)) {
        (_, Some(snippet)) => title.element(snippet),
        (Origin::Flag(flag), _) => title.element(Source::path(flag.as_str())),
        (Origin::Document, _) => title.element(Source::path(printable(document.name().chars()))),
        (Origin::Text(extent), _) => title.element(source(document, extent)),
    };
    for (origin, label) in &finding.related {
        group = match origin {
            // Those in the text are in the snippet.
            Origin::Text(extent) if is_beside(document, &finding.origin, extent) => group,
            _ => group.element(Level::NOTE.message(origin.caption(label))),
        };
    }
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    }
}

fn source<'r>(document: &'r Document, extent: &Extent) -> Source<'r> {
    Source::path(printable(document.name().chars()))
        .line(extent.start.line)
        .char_column(extent.start.column)
}

/// The lines that a finding is about, when it is in the text and they are short enough to show.
fn snippet<'r>(
    document: &'r Document,
    finding: &'r Finding,
) -> Option<Snippet<'r, Annotation<'r>>> {
    let at = finding
        .origin
        .extent()
        .filter(|extent| is_shown(document, extent))?;
    let related: Vec<_> = finding
        .related
        .iter()
        .filter_map(|(origin, label)| Some((origin.extent()?, label)))
        .filter(|(extent, _)| is_beside(document, &finding.origin, extent))
        .collect();
    let extents = || std::iter::once(at).chain(related.iter().map(|(extent, _)| *extent));
    let first = extents().map(|extent| extent.start.line).min()?;
    let last = extents().map(|extent| extent.end.line).max()?;
    // Whole lines alone, so that the printer's work does not grow with the file.
    let window = document.line(first).start..document.line(last).end;
    let text = document.text().get(window.clone())?;
    // The printer knows LF and CR LF only.
    let text = text.replace('\r', if text.contains("\r\n") { "\r" } else { "\n" });
    let within = |range: &Range<usize>| {
        range.start - window.start..range.end.min(window.end).max(range.start) - window.start
    };
    let primary = AnnotationKind::Primary.span(within(&at.range));
    let primary = match &finding.diagnostic.label {
        Some(label) => primary.label(label.as_str()),
        None => primary,
    };
    let context = related.iter().map(|(extent, label)| {
        AnnotationKind::Context
            .span(within(&extent.range))
            .label(label.as_str())
    });
    Some(
        Snippet::source(text)
            .line_start(first)
            .path(printable(document.name().chars()))
            .annotation(primary)
            .annotations(context),
    )
}

/// Whether a related stretch can be shown in one snippet with the finding.
fn is_beside(document: &Document, origin: &Origin, related: &Extent) -> bool {
    origin.extent().is_some_and(|at| {
        at.start.line.abs_diff(related.start.line) <= FARTHEST_RELATED
            && is_shown(document, at)
            && is_shown(document, related)
    })
}

/// Whether all lines of a stretch can be shown.
fn is_shown(document: &Document, extent: &Extent) -> bool {
    document
        .line(extent.start.line)
        .len()
        .max(document.line(extent.end.line).len())
        <= LONGEST_LINE
}
