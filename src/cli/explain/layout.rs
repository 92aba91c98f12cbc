//! Text in lines that a terminal holds.

/// As wide as the help.
const WIDTH: usize = 100;

/// A paragraph, each line behind as many blanks.
pub(super) fn paragraph(text: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let lines = wrapped(text, WIDTH.saturating_sub(indent));
    let lines = lines.iter().map(|line| format!("{margin}{line}\n"));
    lines.collect()
}

/// Rows of cells below each other; only the last cell of a row may take more than one line.
pub(super) fn columns<const N: usize>(rows: &[[String; N]], indent: usize) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default() + 2
    };
    let last = N - 1;
    let widths: Vec<usize> = (0..last).map(width).collect();
    let margin = indent + widths.iter().sum::<usize>();
    let mut text = String::new();
    for row in rows {
        let mut line = " ".repeat(indent);
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:<width$}"));
        }
        let rest = paragraph(&row[last], margin);
        let rest = rest.trim();
        text.push_str(format!("{line}{rest}").trim_end());
        text.push('\n');
    }
    text
}

/// The words in lines of at most that many characters; a word that is longer has a line of its own.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words(text) {
        let fits = |line: &&mut String| line.chars().count() + 1 + word.chars().count() <= width;
        match lines.last_mut().filter(fits) {
            Some(line) => {
                line.push(' ');
                line.push_str(&word);
            }
            None => lines.push(word),
        }
    }
    lines
}

/// What stands on one line: words, and what backticks hold together unless it is long.
fn words(text: &str) -> Vec<String> {
    /// Longer code is broken as other text is.
    const LONGEST_CODE: usize = 30;
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let is_open = |last: &&mut String| {
            last.matches('`').count() % 2 == 1 && last.len() + word.len() <= LONGEST_CODE
        };
        match words.last_mut().filter(is_open) {
            Some(last) => {
                last.push(' ');
                last.push_str(word);
            }
            None => words.push(word.to_owned()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_long_as_they_may_be_and_no_word_is_broken() {
        let text = "word ".repeat(30) + &"x".repeat(120);
        let lines = wrapped(&text, 24);
        assert_eq!(lines[0], "word word word word word");
        assert_eq!(lines.last().map(String::len), Some(120));
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn short_code_stays_on_a_line() {
        let text = "either of (`kind: s3`, `kind: gcs`)";
        assert_eq!(
            wrapped(text, 18),
            ["either of", "(`kind: s3`,", "`kind: gcs`)"]
        );
    }

    #[test]
    fn columns_stand_below_each_other() {
        let row = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
        let rows = [
            row("a", "first"),
            row("longer", &"word ".repeat(30)),
            row("b", ""),
        ];
        let printed = columns(&rows, 2);
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(lines[0], "  a       first");
        assert!(lines[1].starts_with("  longer  word") && lines[2].starts_with("          word"));
        assert_eq!(lines.last(), Some(&"  b"));
        assert!(lines.iter().all(|line| line.len() <= WIDTH), "{printed}");
    }
}
