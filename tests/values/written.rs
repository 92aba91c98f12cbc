//! The rows as texts, as they are committed. It knows no server.

use std::fmt::Write;

use crate::rows::{Cell, Fate, Fates, Rows, VERSIONS, names};

const HEAD: &str = "\
# What `restate-server --dump-config` takes. First the sets of values that it takes, of those in tests/it/values/rows.rs;
# then, for each setting, the set that each version takes: `-` where it has no such setting, `unread` where it takes all
# and shows none.
";

/// Writes the rows; the sets keep the names that they have in the text `before`.
pub fn written(rows: &Rows, before: &str) -> String {
    let cells: Vec<Vec<&str>> = before
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
        .collect();
    let mut named: Vec<(String, Vec<String>)> = names(&cells).into_iter().collect();
    let mut lines = String::new();
    let mut used = Vec::new();
    for (path, of_versions) in rows {
        lines.push_str(path);
        for (version, cell) in VERSIONS.iter().zip(of_versions) {
            let name = match cell {
                Cell::Absent => "-".to_owned(),
                Cell::Unread => "unread".to_owned(),
                Cell::Takes(values) => {
                    let known = named.iter().find(|(_, known)| known == values);
                    let name = known.map(|(name, _)| name.clone());
                    let name = name.unwrap_or_else(|| {
                        let mut name = format!("as-{path}");
                        if named.iter().any(|(taken, _)| *taken == name) {
                            name = format!("{name}-in-{version}");
                        }
                        named.push((name.clone(), values.clone()));
                        name
                    });
                    used.push(name.clone());
                    name
                }
            };
            let _ = write!(lines, "\t{name}");
        }
        lines.push('\n');
    }
    let mut text = HEAD.to_owned();
    text.push_str("# set\tvalues\n");
    for (name, values) in named.iter().filter(|(name, _)| used.contains(name)) {
        let _ = writeln!(text, "{name}\t[{}]", values.join(","));
    }
    let _ = writeln!(text, "# path\t{}", VERSIONS.join("\t"));
    text + &lines
}

const FATES_HEAD: &str = "\
# What becomes of a server that is started with these settings: those that it judges together, and each by itself that
# `--dump-config` takes and a start does not. `-` was not asked.
";

/// Writes the rows on starts.
pub fn written_fates(fates: &Fates) -> String {
    let mut text = format!("{FATES_HEAD}# settings\t{}\n", VERSIONS.join("\t"));
    for (settings, of_versions) in fates {
        let _ = writeln!(
            text,
            "{settings}\t{}",
            of_versions.map(Fate::word).join("\t")
        );
    }
    text
}

#[test]
fn two_sets_of_one_setting_are_read_back() {
    let takes = |values: &[&str]| Cell::Takes(values.iter().map(ToString::to_string).collect());
    let cells = [takes(&["1"]), takes(&["1", "2"]), takes(&["1", "2", "3"])];
    let rows = Rows::from([("bind-port".to_owned(), cells)]);
    assert_eq!(crate::rows::read(&written(&rows, "")), rows);
    assert_eq!(
        crate::rows::read(&written(&rows, &written(&rows, ""))),
        rows
    );
}
