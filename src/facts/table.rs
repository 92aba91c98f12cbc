//! Reading the tables next to this file: lines of tab-separated cells, and spans of versions. It does not know what a
//! cell means.

use super::version::Version;

/// The versions from `since` on, up to but not including `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::facts) struct Span {
    since: &'static str,
    until: Option<&'static str>,
}

impl Span {
    pub(in crate::facts) const fn from(since: &'static str) -> Self {
        Self { since, until: None }
    }

    pub(in crate::facts) const fn between(since: &'static str, until: &'static str) -> Self {
        Self {
            since,
            until: Some(until),
        }
    }

    /// # Panics
    /// When a table of ours holds something else than `1.5.3..` or `1.5.3..1.7.0`: our bug, which the tests find.
    pub(in crate::facts) fn parse(cell: &'static str) -> Self {
        let (since, until) = cell
            .split_once("..")
            .unwrap_or_else(|| panic!("{cell:?} is not a span of versions"));
        Self {
            since,
            until: (!until.is_empty()).then_some(until),
        }
    }

    pub(in crate::facts) fn since(self) -> &'static str {
        self.since
    }

    pub(in crate::facts) fn until(self) -> Option<&'static str> {
        self.until
    }

    pub(in crate::facts) fn holds_in(self, version: Version) -> bool {
        !version.is_before(parsed(self.since))
            && self
                .until
                .is_none_or(|until| version.is_before(parsed(until)))
    }
}

/// Spans of versions as a cell of a table has them, oldest first; read when somebody asks, because a run asks for few.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::facts) struct Spans(pub(in crate::facts) &'static str);

impl Spans {
    pub(in crate::facts) fn all(self) -> impl Iterator<Item = Span> {
        let cell = Some(self.0).filter(|cell| *cell != "-");
        cell.into_iter()
            .flat_map(|cell| cell.split(','))
            .map(Span::parse)
    }
}

/// # Panics
/// When a table of ours has an invalid version: our bug, which the tests find.
pub(in crate::facts) fn parsed(version: &str) -> Version {
    version
        .parse()
        .unwrap_or_else(|error| panic!("in a table of facts: {error}"))
}

/// The lines of a table that hold a row, split into `N` cells.
///
/// # Panics
/// When a line has another number of cells: our bug, which the tests find.
pub(in crate::facts) fn rows<const N: usize>(
    text: &'static str,
) -> impl Iterator<Item = [&'static str; N]> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let mut cells = [""; N];
            let mut found = line.split('\t');
            for cell in &mut cells {
                *cell = found
                    .next()
                    .unwrap_or_else(|| panic!("not {N} cells: {line}"));
            }
            assert!(found.next().is_none(), "more than {N} cells: {line}");
            cells
        })
}
