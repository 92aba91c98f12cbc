//! Reading: bytes to a document, with the place of every part and of every fault.

use std::io::Read;

use restate_gen::schema;
use restate_gen::source::{DEEPEST, DocPath, Document, FaultKind, MOST_BYTES, Spot, load, read};
use serde_json::{Value, json};

use crate::findings;

/// What is written at a place, and where.
fn spot(document: &Document, path: &DocPath, key: bool) -> (String, usize, usize) {
    let place = if key { path.as_key() } else { path.as_value() };
    let Spot::Text { range, .. } = document.spot(&place) else {
        panic!("{path} is not in the text")
    };
    let start = document.position(range.start);
    (document.text()[range].to_owned(), start.line, start.column)
}

fn path(pointer: &str) -> DocPath {
    pointer
        .split('/')
        .skip(1)
        .fold(DocPath::root(), |path, step| match step.parse() {
            Ok(index) => path.index(index),
            Err(_) => path.key(step),
        })
}

#[test]
fn every_part_is_placed_where_it_is_written() {
    let text = "\
# é comment
name: \"ordersé\" # é
nodes:
- id: 1
  ports: {admin: 9070, 'ingress' : 8080}
- {id: 2, roles: [admin, \"worker\"]}
-
  id: 3
volumes: &v
  size: !!str 64GiB
  class: |
    fast
    disk
compose:
image: {repository: , digest}
retired_ids: [ 4 , 5 ]
snapshots: *v
";
    for ending in ["\n", "\r\n", "\r"] {
        for mark in ["", "\u{feff}"] {
            let text = format!("{mark}{}", text.replace('\n', ending));
            let document = Document::parse("f", text.as_str());
            assert_eq!(document.faults(), [], "{text:?}");
            for (pointer, key, value) in [
                ("/name", ("name", 2, 1), ("\"ordersé\"", 2, 7)),
                ("/nodes", ("nodes", 3, 1), ("nodes", 3, 1)),
                ("/nodes/0", ("id: 1", 4, 3), ("id: 1", 4, 3)),
                ("/nodes/0/id", ("id", 4, 3), ("1", 4, 7)),
                (
                    "/nodes/0/ports",
                    ("ports", 5, 3),
                    ("{admin: 9070, 'ingress' : 8080}", 5, 10),
                ),
                ("/nodes/0/ports/admin", ("admin", 5, 11), ("9070", 5, 18)),
                (
                    "/nodes/0/ports/ingress",
                    ("'ingress'", 5, 24),
                    ("8080", 5, 36),
                ),
                (
                    "/nodes/1",
                    ("{id: 2, roles: [admin, \"worker\"]}", 6, 3),
                    ("{id: 2, roles: [admin, \"worker\"]}", 6, 3),
                ),
                (
                    "/nodes/1/roles/1",
                    ("\"worker\"", 6, 26),
                    ("\"worker\"", 6, 26),
                ),
                ("/nodes/2", ("id: 3", 8, 3), ("id: 3", 8, 3)),
                ("/nodes/2/id", ("id", 8, 3), ("3", 8, 7)),
                ("/volumes", ("volumes", 9, 1), ("volumes", 9, 1)),
                ("/volumes/size", ("size", 10, 3), ("64GiB", 10, 15)),
                ("/compose", ("compose", 14, 1), ("compose", 14, 1)),
                (
                    "/image/repository",
                    ("repository", 15, 9),
                    ("repository", 15, 9),
                ),
                ("/image/digest", ("digest", 15, 23), ("digest", 15, 23)),
                (
                    "/retired_ids",
                    ("retired_ids", 16, 1),
                    ("[ 4 , 5 ]", 16, 14),
                ),
                ("/retired_ids/1", ("5", 16, 20), ("5", 16, 20)),
                // By an alias: where it is written.
                ("/snapshots/size", ("size", 10, 3), ("64GiB", 10, 15)),
                // Missing: at the nearest parent.
                ("/nodes/0/ports/fabric", ("ports", 5, 3), ("ports", 5, 3)),
                ("/nodes/9/id", ("nodes", 3, 1), ("nodes", 3, 1)),
                (
                    "/nodes/0/resources/memory",
                    ("id: 1", 4, 3),
                    ("id: 1", 4, 3),
                ),
                ("/partitions", ("", 1, 1), ("", 1, 1)),
            ] {
                for (part, (written, line, column)) in [(true, key), (false, value)] {
                    let expected = (written.to_owned(), line, column);
                    assert_eq!(
                        spot(&document, &path(pointer), part),
                        expected,
                        "{pointer} {part} {ending:?} {mark:?}"
                    );
                }
            }
            let class = document.spot(&path("/volumes/class").as_value());
            let Spot::Text {
                range,
                used_at: None,
            } = class
            else {
                panic!("{class:?}")
            };
            assert_eq!(&document.text()[range], "fast");
            let Spot::Text {
                used_at: Some(used_at),
                ..
            } = document.spot(&path("/snapshots/size").as_value())
            else {
                panic!("used by an alias")
            };
            assert_eq!(&document.text()[used_at], "*v");
        }
    }
}

#[test]
fn what_is_written_in_brackets_ends_with_them_and_a_list_by_dashes_has_none() {
    for (text, pointer, written) in [
        ("a: [] # c\n", "/a", Some("[]")),
        ("a: [ ] # ]\n", "/a", Some("[ ]")),
        ("a: [1, 2, ] # ]\n", "/a", Some("[1, 2, ]")),
        ("a: [1 # ]\n  ] \nb: 1\n", "/a", Some("[1 # ]\n  ]")),
        ("a: {b: } # }\n", "/a", Some("{b: }")),
        ("a: {b: '}' , c: *x} # }\n", "/a", Some("{b: '}' , c: *x}")),
        ("a: [{b: 1} , {c: 1} ]\n", "/a/0", Some("{b: 1}")),
        ("a:\n- {b: 1} # }\n\n# }\nc: 1\n", "/a/0", Some("{b: 1}")),
        ("{ } # }\n", "", Some("{ }")),
        ("a: [{b: 1,}\n ]\n", "/a/0", Some("{b: 1,}")),
        ("a: [\n {b: 1,}\n ]\n", "/a", Some("[\n {b: 1,}\n ]")),
        // It starts where its first item does, which is not a bracket of its own.
        ("a:\n- {b: 1}\n- {b: 2}\n", "/a", None),
        ("a:\n- [1]\n- [2]\n", "/a", None),
        ("a:\n- [1]: 2\n", "/a/0", None),
    ] {
        let document = Document::parse("f", text);
        let found = document.written(&path(pointer).as_value());
        assert_eq!(found, written, "{text:?} {pointer}");
    }
}

#[test]
fn values_follow_the_core_schema_and_merges_yield_to_what_is_written() {
    let document = Document::parse(
        "f",
        "a: &a {x: 1, y: 2}
b: &b {y: 3, z: 4}
c: {<<: [*a, *b], z: 5}
d:
  <<: {w: 0}
  x: yes
e: [0o17, 0x1F, ~, '~', 1.70, !!str 1.70, True, 18446744073709551615]
'<<': quoted
",
    );
    assert_eq!(document.faults(), []);
    let expected = json!({
        "a": {"x": 1, "y": 2},
        "b": {"y": 3, "z": 4},
        "c": {"z": 5, "x": 1, "y": 2},
        "d": {"x": "yes", "w": 0},
        "e": [15, 31, null, "~", 1.7, "1.70", true, 18446744073709551615u64],
        "<<": "quoted",
    });
    assert_eq!(document.value(), &expected);
    let at = document.spot(&path("/c/y").as_value());
    let Spot::Text {
        range,
        used_at: Some(used_at),
    } = at
    else {
        panic!("{at:?}")
    };
    assert_eq!(
        (document.position(range.start).line, &document.text()[range]),
        (1, "2")
    );
    assert_eq!(
        (
            document.position(used_at.start).line,
            &document.text()[used_at]
        ),
        (3, "<<")
    );
}

#[test]
fn nothing_written_is_an_empty_mapping() {
    for text in [
        "",
        "\n\n",
        "# a comment\n",
        "---\n",
        "--- # a comment\n",
        "\u{feff}",
        "{}",
        "...\n",
    ] {
        let document = Document::parse("f", text);
        assert_eq!(document.faults(), [], "{text:?}");
        assert_eq!(document.value(), &json!({}), "{text:?}");
        assert!(schema::read(&document).cluster.is_some(), "{text:?}");
    }
}

#[test]
fn nesting_of_ten_thousand_levels_is_one_finding() {
    for (text, line, column) in [
        ("[".repeat(10_000), 1, DEEPEST + 1),
        ("[".repeat(MOST_BYTES), 1, DEEPEST + 1),
        (format!("settings: {}", "{a: ".repeat(10_000)), 1, 0),
        ("- ".repeat(10_000), 1, 2 * DEEPEST + 1),
        (
            (0..10_000)
                .map(|level| " ".repeat(level % 400) + "a:\n")
                .collect::<String>(),
            0,
            0,
        ),
        ("? ".repeat(10_000), 0, 0),
        (
            format!(
                "a: &a0 [x]\n{}",
                (1..2000)
                    .map(|n| format!("b{n}: &a{n} [*a{}]\n", n - 1))
                    .collect::<String>()
            ),
            DEEPEST,
            0,
        ),
    ] {
        let found = findings(text);
        let reading = found
            .iter()
            .filter(|finding| finding.0 < "RG020")
            .collect::<Vec<_>>();
        assert_eq!(reading.len(), 1, "{found:?}");
        assert!(matches!(reading[0].0, "RG011" | "RG003"), "{found:?}");
        assert!(line == 0 || reading[0].1 == line, "{found:?}");
        assert!(
            column == 0 || reading[0].2 == column || reading[0].0 == "RG011",
            "{found:?}"
        );
    }
}

#[test]
fn aliases_of_a_long_text_are_bounded_like_aliases_of_many_values() {
    let long = "x".repeat(1 << 20);
    // A hundred thousand of these would take 100 GB.
    let repeated = [
        format!(
            "settings: {{a: &a {long}, b: [{}]}}",
            "*a, ".repeat(100_000)
        ),
        format!(
            "settings: {{a: &a {{? {long} : 1}}, b: [{}]}}",
            "*a, ".repeat(100_000)
        ),
        format!(
            "settings: {{a: &a {{? {long} : 1}}, b: [{}]}}",
            "{<<: *a}, ".repeat(80_000)
        ),
        format!(
            "settings: {{a: &a {long}, b: [{}]}}",
            "{*a : 1}, ".repeat(60_000)
        ),
    ];
    for text in repeated {
        let found = findings(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, "RG010");
    }
}

#[test]
fn of_many_faults_a_thousand_are_kept() {
    let anchors: String = (0..2000).map(|n| format!("k{n}: &k{n} 1\n")).collect();
    for text in [
        "nodes: 1\n".repeat(5000),
        format!("settings: [{}]", "*none, ".repeat(5000)),
        format!("settings:\n{}", "  1: x\n".repeat(5000)),
        format!("{anchors}settings: [{}]", "*none, ".repeat(5000)),
    ] {
        let document = Document::parse("f", text);
        assert_eq!(document.faults().len(), 1000);
        // Each of them brings what could have been meant, so that is bounded too.
        let most_known = document
            .faults()
            .iter()
            .filter_map(|fault| match &fault.kind {
                FaultKind::UnknownAlias { known, .. } => Some(known.len()),
                _ => None,
            });
        assert!(most_known.max().is_none_or(|most| most <= 100));
    }
}

#[test]
fn what_makes_too_many_nodes_or_copies_of_settings_is_not_resolved() {
    let long = "x".repeat(100 << 10);
    let large = format!("{{log-filter: {long}}}");
    for (text, expected) in [
        (
            "nodes:\n".to_owned() + &"- {count: 1000}\n".repeat(20_000),
            ("RG027", 1, 1),
        ),
        (
            "nodes:\n".to_owned() + &"- {id: 7}\n".repeat(1001),
            ("RG027", 1, 1),
        ),
        (
            "nodes:\n- {id: 1001}\n- {count: 1000}\n".to_owned(),
            ("RG024", 1, 1),
        ),
        (format!("nodes: 1000\nsettings: {large}\n"), ("RG027", 2, 1)),
        (
            format!("nodes:\n- id: 1\n  settings: {large}\n- id: 2\n- id: 3\n"),
            ("RG027", 3, 3),
        ),
    ] {
        let found = findings(text);
        assert_eq!(found, [expected]);
    }
    assert_eq!(findings("nodes:\n- {id: 1001}\n- {count: 999}\n"), []);
}

#[test]
fn nesting_up_to_the_limit_is_read() {
    let levels = DEEPEST - 2;
    let text = format!(
        "settings: {{a: {}{}}}",
        "[".repeat(levels),
        "]".repeat(levels)
    );
    assert_eq!(findings(text), []);
}

#[test]
fn a_file_of_100_megabytes_is_one_finding_and_is_not_read_whole() {
    struct Zeros(usize);
    impl Read for Zeros {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            assert!(self.0 <= MOST_BYTES + (1 << 20), "read on behind the limit");
            buffer.fill(b'#');
            self.0 += buffer.len();
            Ok(buffer.len())
        }
    }
    let document = read("<stdin>", Zeros(0).take(100 << 20)).expect("the reader works");
    assert!(!document.is_readable());
    let reading = schema::read(&document);
    assert_eq!(reading.diagnostics.len(), 1);
    assert_eq!(reading.diagnostics[0].rule.code, "RG002");
    assert!(reading.cluster.is_none());
}

#[test]
fn a_large_file_is_read_to_its_end() {
    // What would take time that grows with the square of these sizes would be seen; tests/neighbours/bombs.py has the bounds.
    for text in [
        "a, ".repeat(MOST_BYTES / 4),
        format!("settings: [{}]", "a, ".repeat(200_000)),
        format!("nodes: [{}]", "1, ".repeat(200_000)),
        (0..200_000).map(|n| format!("k{n}: 1\n")).collect(),
        format!(
            "{{{}}}",
            (0..100_000)
                .map(|n| format!("k{n}: 1, "))
                .collect::<String>()
        ),
        format!(
            "a: &a {{{}}}\nb: [{}]",
            (0..100).map(|n| format!("k{n}: 1, ")).collect::<String>(),
            "{<<: *a}, ".repeat(3000)
        ),
        "nodes: 1\n".repeat(100_000),
        format!("name: \"{}\"", "ü".repeat(1_000_000)),
    ] {
        assert!(!findings(text).is_empty());
    }
}

#[test]
fn what_cannot_be_opened_is_a_failure_that_names_the_file() {
    for (file, part) in [
        ("does/not/exist.yaml", "cannot open does/not/exist.yaml"),
        ("src", "src"),
    ] {
        let error = format!("{:#}", load(file.as_ref()).expect_err("no such file"));
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_value_from_the_command_line_leads_to_its_flag() {
    let mut document = Document::parse("f", "nodes: [{id: 1}]\nname: x\n");
    document.set(
        DocPath::of(["nodes"]),
        restate_gen::source::plain_value("0"),
        "--nodes 0",
    );
    document.set(
        DocPath::of(["resources", "memory"]),
        json!("2G"),
        "--memory 2G",
    );
    assert_eq!(document.get(&path("/nodes")), Some(&json!(0)));
    assert_eq!(
        document.spot(&path("/nodes").as_value()),
        Spot::Flag("--nodes 0".into())
    );
    assert_eq!(
        document.spot(&path("/resources/memory").as_key()),
        Spot::Flag("--memory 2G".into())
    );
    assert!(matches!(
        document.spot(&path("/name").as_value()),
        Spot::Text { .. }
    ));
    let codes: Vec<_> = schema::check(&document)
        .iter()
        .map(|found| found.rule.code)
        .collect();
    assert_eq!(codes, ["RG024", "RG025"]);
}

/// A small generator of numbers, the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

const SOUND: &str = "\
name: orders
version: \"1.7.12\"
nodes:
  - {name: restate-1, id: 1, roles: [admin, worker], ports: {admin: 9070}}
  - group: é
    count: 4
    first_id: 10
    resources: &r {cpus: 2.0, memory: 2GiB}
replication: {logs: 3, partitions: {zone: 2}}
resources:
  <<: *r
  reserve: {memory: 512MiB}
object_store: {kind: s3, region: eu}
snapshots: {interval: 1h 30m, retained: 3}
settings: {worker: {x: [1, 'a', \"b\"]}}
";

#[test]
fn no_bytes_make_it_panic() {
    let mut numbers = Numbers(0x5eed);
    let pieces: Vec<&[u8]> = vec![
        b"\n",
        b"\r\n",
        b"\t",
        b" ",
        b"- ",
        b": ",
        b"? ",
        b"[",
        b"]",
        b"{",
        b"}",
        b"*r",
        b"&r ",
        b"<<: ",
        b"!",
        b"!!int ",
        b"---\n",
        b"...\n",
        b"'",
        b"\"",
        b"|\n",
        b">\n",
        b"#",
        b"%YAML 1.2\n",
        b"\xef\xbb\xbf",
        b"\xff",
        b"\0",
        "é".as_bytes(),
        b"0",
        b"-1",
        b"1.7",
        b"null",
        b"nodes: ",
        b"kind: ",
        b"count: ",
        b"99999999999999999999",
        b".inf",
        b"\\",
        b"\xe2\x80\xa8",
        b"\xc2\x85",
    ];
    for round in 0..4000 {
        let mut text = if round % 4 == 0 {
            Vec::new()
        } else {
            SOUND.as_bytes().to_vec()
        };
        for _ in 0..=numbers.below(6) {
            let at = numbers.below(text.len() + 1);
            match numbers.below(4) {
                0 => text.truncate(at),
                1 => {
                    let end = (at + numbers.below(20)).min(text.len());
                    text.drain(at..end);
                }
                2 => text.insert(at, numbers.below(256) as u8),
                _ => {
                    let piece = pieces[numbers.below(pieces.len())];
                    text.splice(at..at, piece.iter().copied());
                }
            }
        }
        let document = Document::parse("f", text);
        let reading = schema::read(&document);
        let report = restate_gen::diagnostic::Report::new(&document, reading.diagnostics);
        let printed = restate_gen::diagnostic::human::print(
            &report,
            restate_gen::diagnostic::human::Colour::Ansi,
        );
        assert_eq!(printed.is_empty(), report.findings().is_empty());
        assert!(reading.cluster.is_some() || !report.findings().is_empty());
    }
}

#[test]
fn the_sound_file_of_the_mutations_is_sound() {
    assert_eq!(findings(SOUND), []);
    let value = Document::parse("f", SOUND).value().clone();
    assert_eq!(
        value["resources"],
        json!({"reserve": {"memory": "512MiB"}, "cpus": 2.0, "memory": "2GiB"})
    );
    assert!(matches!(value["nodes"][1]["group"], Value::String(_)));
}
