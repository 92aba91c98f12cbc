//! Where comments are. The parser skips them, so they are found again: a `#` that starts a comment stands at a line's
//! start or behind white space, and inside no scalar.

use super::tree::{Bytes, Content, Shape, Tree};

/// The comments that contain a word, in the order of the text, without their line breaks.
pub(super) fn containing(text: &str, tree: &Tree, word: &str) -> Vec<Bytes> {
    if !text.contains(word) {
        return Vec::new();
    }
    let scalars = scalars(tree);
    let is_in_scalar = |at: usize| {
        let next = scalars.partition_point(|range| range.start <= at);
        scalars[..next].last().is_some_and(|range| at < range.end)
    };
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        let content = line.trim_end_matches(['\n', '\r']);
        let opens = content.match_indices('#').map(|(at, _)| at).find(|&at| {
            let is_apart = at == 0 || content[..at].ends_with([' ', '\t', '\u{feff}']);
            is_apart && !is_in_scalar(start + at)
        });
        if let Some(at) = opens.filter(|&at| content[at..].contains(word)) {
            found.push(start + at..start + content.len());
        }
        start += line.len();
    }
    found
}

/// Bytes of every key and every scalar value, sorted. Keys and values of one document do not overlap.
fn scalars(tree: &Tree) -> Vec<Bytes> {
    let mut ranges: Vec<Bytes> = Vec::new();
    for node in &tree.nodes {
        match &node.content {
            Content::Scalar(_) if node.shape == Shape::Inline => ranges.push(node.range.clone()),
            Content::Mapping(entries) => {
                ranges.extend(entries.values().map(|entry| entry.key.clone()))
            }
            Content::Scalar(_) | Content::List(_) => {}
        }
    }
    ranges.sort_by_key(|range| range.start);
    ranges
}
