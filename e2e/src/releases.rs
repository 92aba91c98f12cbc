//! Which versions of the server the tool knows, from its table.

const TABLE: &str = include_str!("../../src/facts/releases.tsv");

/// The newest one.
pub const NEWEST: &str = last(TABLE);

/// The newest patch of each minor, the oldest first.
pub const VERSIONS: [&str; 3] = ["1.5.3", "1.6.2", NEWEST];

/// The first cell of the last row.
const fn last(table: &'static str) -> &'static str {
    let bytes = table.as_bytes();
    let mut start = bytes.len() - 1;
    while bytes[start - 1] != b'\n' {
        start -= 1;
    }
    let mut end = start;
    while bytes[end] != b'\t' {
        end += 1;
    }
    table.split_at(end).0.split_at(start).1
}
