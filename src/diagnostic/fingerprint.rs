//! What tells a finding from others from run to run, wherever its line has moved to.

use std::collections::{HashMap, HashSet};
use std::hash::Hasher as _;

use fnv::FnvHasher;

use super::{Finding, Origin, Report};

/// Most characters of a line that count: a file may be one line of megabytes.
const LONGEST: usize = 200;

/// One for each finding of each report, all different, and the same in every run as long as file,
/// rule, the text of the line and what is marked in it, or the flag, stay the same. Findings that have all of
/// that in common are numbered in their order.
pub fn fingerprints(reports: &[Report<'_>]) -> Vec<Vec<String>> {
    let mut seen = HashMap::new();
    let mut numbered = |hash: u64| {
        let count = seen.entry(hash).or_insert(0_usize);
        *count += 1;
        format!("{hash:016x}-{count}")
    };
    reports
        .iter()
        .map(|report| {
            let findings = report.findings().iter();
            findings
                .map(|finding| numbered(hash(report, finding)))
                .collect()
        })
        .collect()
}

fn hash(report: &Report<'_>, finding: &Finding) -> u64 {
    let document = report.document();
    let text = |range| document.text().get(range).unwrap_or_default();
    let (line, marked) = match &finding.origin {
        Origin::Text(extent) => (
            text(document.line(extent.start.line)),
            text(extent.range.clone()),
        ),
        Origin::Flag(flag) => ("", flag.as_str()),
        Origin::Document => ("", ""),
    };
    let path = report.path();
    let mut hasher = FnvHasher::default();
    for part in [
        path.as_str(),
        finding.diagnostic.rule.code,
        line.trim(),
        marked,
    ] {
        let part: String = part.chars().take(LONGEST).collect();
        hasher.write(part.as_bytes());
        // No byte of UTF-8, so that two parts never read as two others.
        hasher.write(&[0xff]);
    }
    hasher.finish()
}

/// Characters that count for the hash of a line.
const WINDOW: usize = 100;

/// The hashes of the wanted lines, from 1, as GitHub's upload of SARIF computes them when they are
/// missing, and warns when they are others: the polynomial in 37 over the 100 UTF-16 units that
/// follow the line's start, blanks left out, and how many lines before had the same hash.
///
/// Source: <https://github.com/github/codeql-action/blob/main/src/fingerprints.ts>.
pub fn line_hashes(text: &str, wanted: &HashSet<usize>) -> HashMap<usize, String> {
    let mut units = Vec::with_capacity(text.len() + WINDOW);
    let mut starts = Vec::new();
    for line in text.replace("\r\n", "\n").split(['\n', '\r']) {
        starts.push(units.len());
        units.extend(line.encode_utf16().filter(|unit| !is_blank(*unit)));
        units.push(u16::from(b'\n'));
    }
    // The end of the file in the place of a line's end, then nothing.
    units.pop();
    units.push(u16::MAX);
    units.resize(units.len() + WINDOW, 0);

    let mut seen = HashMap::new();
    let last = wanted.iter().copied().max().unwrap_or_default();
    (1..=last)
        .zip(starts)
        .map(|(line, start)| {
            let window = &units[start..start + WINDOW];
            let hash = window.iter().fold(0_u64, |hash, unit| {
                hash.wrapping_mul(37).wrapping_add(u64::from(*unit))
            });
            let count = seen.entry(hash).or_insert(0_usize);
            *count += 1;
            (line, hash, *count)
        })
        .filter(|(line, ..)| wanted.contains(line))
        .map(|(line, hash, count)| (line, format!("{hash:x}:{count}")))
        .collect()
}

fn is_blank(unit: u16) -> bool {
    [u16::from(b' '), u16::from(b'\t')].contains(&unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(text: &str) -> Vec<String> {
        let lines = 1..=text.replace("\r\n", "\n").split(['\n', '\r']).count();
        let hashes = line_hashes(text, &lines.clone().collect());
        lines.map(|line| hashes[&line].clone()).collect()
    }

    /// Values of the tests of GitHub's own implementation.
    #[test]
    fn lines_have_the_hashes_that_github_gives_them() {
        assert_eq!(hashes(""), ["c129715d7a2bc9a3:1"]);
        let unix = " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n";
        for text in [
            unix.replace('\n', "\r\n"),
            unix.replace('\n', "\r"),
            unix.to_owned(),
        ] {
            assert_eq!(
                hashes(&text),
                [
                    "e9496ae3ebfced30:1",
                    "fb7c023a8b9ccb3f:1",
                    "ce8ba1a563dcdaca:1",
                    "e20e36e16fcb0cc8:1",
                    "b3edc88f2938467e:1",
                    "c8e28b0b4002a3a0:1",
                    "c129715d7a2bc9a3:1",
                ],
                "{text:?}"
            );
        }
        let repeated = hashes(&"Lorem ipsum dolor sit amet.\n".repeat(10));
        assert_eq!(repeated[1], "a7f2ff13bc495cf2:2");
        assert_eq!(repeated[6], "a7f2ff1481e87703:1");
    }
}
