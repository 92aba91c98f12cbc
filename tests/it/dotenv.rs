//! Our reader of `.env` against what Docker Compose takes from the same files.

use std::collections::BTreeMap;

use restate_gen::output::dotenv::{Reading, Value, merge, read};

/// Files made by hand and at random, by `tests/neighbours/dotenv.py`.
const SEEN: &str = include_str!("../data/dotenv.tsv");

#[test]
fn every_file_is_read_as_compose_reads_it() {
    let more = std::env::var("DOTENV_TABLE").ok();
    let more = more.map(|path| std::fs::read_to_string(path).expect("a table"));
    let mut refused = 0;
    let mut count = 0;
    for row in SEEN
        .lines()
        .skip(1)
        .chain(more.iter().flat_map(|more| more.lines().skip(1)))
    {
        let (text, variables) = row.split_once('\t').expect(row);
        let text: String = serde_json::from_str(text).expect(row);
        let variables: Option<BTreeMap<String, String>> =
            serde_json::from_str(variables).expect(row);
        let Reading {
            assignments,
            faults,
        } = read(&text);
        count += 1;
        let Some(variables) = variables else {
            assert!(
                !faults.is_empty(),
                "Compose refuses {text:?}, and we read {assignments:?}"
            );
            refused += 1;
            continue;
        };
        assert_eq!(faults, [], "Compose reads {text:?}");
        let known = ["AA", "BB", "CC"];
        let ours = assignments
            .iter()
            .filter(|one| known.contains(&one.name.as_str()));
        let names: Vec<&String> = ours.clone().map(|one| &one.name).collect();
        assert_eq!(
            names.len(),
            variables.len(),
            "{text:?}: {names:?}, {variables:?}"
        );
        for one in ours {
            // What other variables are in is known when Compose runs.
            if let Value::Text(value) = &one.value {
                assert_eq!(Some(value), variables.get(&one.name), "{text:?}");
            }
        }
    }
    assert!(
        count > 300 && refused > 40 && refused < count / 2 + count / 4,
        "{refused} of {count}"
    );
}

#[test]
fn what_compose_reads_in_a_file_is_the_same_after_we_have_added_to_it() {
    for row in SEEN.lines().skip(1) {
        let (text, _) = row.split_once('\t').expect(row);
        let text: String = serde_json::from_str(text).expect(row);
        let before = read(&text);
        if !before.faults.is_empty() {
            continue;
        }
        let merged = merge(Some(&text), "# Ours\n#DD=1\nAA=\nEE=\n").text;
        let after = read(&merged);
        assert_eq!(after.faults, [], "{text:?}: {merged:?}");
        for one in &before.assignments {
            let now = after
                .assignments
                .iter()
                .find(|other| other.name == one.name);
            let now = now.map(|now| &now.value);
            match &one.value {
                Value::Text(nothing) if nothing.is_empty() && one.name == "AA" => {
                    assert!(
                        matches!(now, Some(Value::Text(made)) if made.len() == 40),
                        "{merged:?}"
                    );
                }
                value => assert_eq!(now, Some(value), "{text:?}: {merged:?}"),
            }
        }
        assert_eq!(
            merge(Some(&merged), "# Ours\n#DD=1\nAA=\nEE=\n").text,
            merged,
            "{text:?}"
        );
    }
}
