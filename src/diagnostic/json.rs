//! Findings as JSON, for programs: the whole report, under a schema of its own.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{Extent, Finding, Origin, Report, Severity};
use crate::{json, source};

/// The version of the format. A field that is added leaves it as it is.
const VERSION: u8 = 1;

/// All files of a run with their findings; fits `schema/report.schema.json`.
pub fn print(reports: &[Report<'_>]) -> String {
    json::text(&ReportView {
        version: VERSION,
        files: reports.iter().map(file).collect(),
    })
}

/// The JSON schema, draft-07, of what [`print()`] writes.
pub fn schema() -> Value {
    json::schema_of::<ReportView<'_>>()
}

/// The schema as `schema/report.schema.json` holds it, with a final newline.
pub fn schema_text() -> String {
    json::text(&schema())
}

/// What `restate-gen validate --format json` writes. A later version of the tool may add fields;
/// `version` changes when one goes away or means something else.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Report")]
struct ReportView<'r> {
    /// The version of this format.
    #[schemars(range(min = 1, max = 1))]
    version: u8,
    /// The files that were read, in the order in which they were given.
    files: Vec<FileView<'r>>,
}

/// A cluster file.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "File")]
struct FileView<'r> {
    /// The file as it was named, `<stdin>` for standard input.
    name: &'r str,
    /// How many findings there are of each severity.
    counts: CountsView,
    /// Findings about the command line, then about the file as a whole, then in the order of the
    /// text.
    findings: Vec<FindingView<'r>>,
}

/// How many findings there are of each severity.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Counts")]
struct CountsView {
    /// It would not start, loses data, or cannot be rendered.
    error: usize,
    /// It starts, but will hurt.
    warning: usize,
    /// A thing to know; nothing will break.
    hint: usize,
}

/// A finding.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
struct FindingView<'r> {
    /// The rule's code. Never used again for another rule.
    #[schemars(pattern(r"^RG[0-9]{3}$"))]
    code: &'static str,
    /// The rule's name for people.
    slug: &'static str,
    /// How bad it is.
    severity: SeverityView,
    /// What is wrong and what follows from it.
    message: &'r str,
    /// What to say right at the place.
    label: Option<&'r str>,
    /// How to fix it.
    help: Option<&'r str>,
    /// Where it is.
    origin: OriginView<'r>,
    /// Other places that it is about.
    related: Vec<RelatedView<'r>>,
    /// A change of the text that fixes it without a decision by the user.
    fix: Option<FixView<'r>>,
}

/// How bad a finding is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Severity")]
#[serde(rename_all = "lowercase")]
enum SeverityView {
    /// It would not start, loses data, or cannot be rendered.
    Error,
    /// It starts, but will hurt.
    Warning,
    /// A thing to know; nothing will break.
    Hint,
}

/// Where a finding is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Origin")]
#[serde(tag = "kind", rename_all = "lowercase")]
enum OriginView<'r> {
    /// In the text of the file.
    Text {
        /// The stretch of the text.
        range: RangeView,
    },
    /// On the command line.
    Flag {
        /// The flag as it was given.
        flag: &'r str,
    },
    /// The file as a whole.
    Document,
}

/// Another place that a finding is about.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Related")]
struct RelatedView<'r> {
    /// What is there.
    label: &'r str,
    /// Where it is.
    origin: OriginView<'r>,
}

/// A change of the text.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Fix")]
struct FixView<'r> {
    /// What is replaced.
    range: RangeView,
    /// The text that takes its place.
    replacement: &'r str,
}

/// A stretch of the text: `start` is its first character, `end` the one after its last, so the end is exclusive, and in
/// an empty stretch both are equal.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Range")]
struct RangeView {
    /// Its first character.
    start: PositionView,
    /// After its last character.
    end: PositionView,
}

/// A place in the text.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Position")]
struct PositionView {
    /// The line, from 1; lines end with LF, CR LF or CR.
    #[schemars(range(min = 1))]
    line: usize,
    /// The column, from 1, in characters (Unicode code points); a byte order mark takes none.
    #[schemars(range(min = 1))]
    column: usize,
    /// How many bytes of the text, in UTF-8, stand before it.
    offset: usize,
}

fn file<'r>(report: &'r Report<'_>) -> FileView<'r> {
    FileView {
        name: report.document().name(),
        counts: CountsView {
            error: report.count(Severity::Error),
            warning: report.count(Severity::Warning),
            hint: report.count(Severity::Hint),
        },
        findings: report
            .findings()
            .iter()
            .map(|found| finding(report, found))
            .collect(),
    }
}

fn finding<'r>(report: &'r Report<'_>, finding: &'r Finding) -> FindingView<'r> {
    let diagnostic = &finding.diagnostic;
    let related = finding.related.iter();
    FindingView {
        code: diagnostic.rule.code,
        slug: diagnostic.rule.slug,
        severity: match diagnostic.severity {
            Severity::Error => SeverityView::Error,
            Severity::Warning => SeverityView::Warning,
            Severity::Hint => SeverityView::Hint,
        },
        message: &diagnostic.message,
        label: diagnostic.label.as_deref(),
        help: diagnostic.help.as_deref(),
        origin: origin(&finding.origin),
        related: related
            .map(|(at, label)| RelatedView {
                label,
                origin: origin(at),
            })
            .collect(),
        fix: report.fix(finding).map(|(extent, replacement)| FixView {
            range: range(&extent),
            replacement,
        }),
    }
}

fn origin(origin: &Origin) -> OriginView<'_> {
    match origin {
        Origin::Text(extent) => OriginView::Text {
            range: range(extent),
        },
        Origin::Flag(flag) => OriginView::Flag { flag },
        Origin::Document => OriginView::Document,
    }
}

fn range(extent: &Extent) -> RangeView {
    RangeView {
        start: position(extent.start, extent.range.start),
        end: position(extent.end, extent.range.end),
    }
}

fn position(at: source::Position, offset: usize) -> PositionView {
    PositionView {
        line: at.line,
        column: at.column,
        offset,
    }
}
