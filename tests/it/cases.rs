//! The cases of the rules: `tests/rules/RG###.yaml`, whose reports the `.snap` of the same name pins. CONTRIBUTING
//! says how to write one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use restate_gen::diagnostic::allow::Policy;
use restate_gen::diagnostic::human::{Colour, print};
use restate_gen::diagnostic::{Finding, Report};
use restate_gen::environment;
use restate_gen::rules::catalogue;
use restate_gen::source::{Document, MOST_BYTES};
use restate_gen::validation::{Deployed, Running, validate, validate_change};

/// The start of the line before a document: what it is a case of follows.
const HEADING: &str = "--- # ";

/// A file, or what a file becomes, by which a rule is tried.
pub struct Case {
    /// The code of the rule that it is about.
    pub code: String,
    /// What it is a case of.
    pub title: String,
    /// The file of the cluster that runs, where the case is a change.
    pub before: Option<String>,
    /// The node of it that lost its disk, by name.
    pub lost: Option<String>,
    /// What `.env` next to the file sets; nothing where there is none.
    pub environment: String,
    /// The file to look at.
    pub text: Vec<u8>,
}

/// Files that a file of cases cannot hold: bytes that are not text, other line ends, a byte order mark, too many bytes.
fn odd() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let rows: [(_, _, &[u8]); 8] = [
        ("RG001", "Latin-1", b"name: caf\xe9\n"),
        (
            "RG001",
            "a byte that is not UTF-8, at the end",
            b"a: 1\n\xff",
        ),
        ("RG001", "UTF-16", b"\xff\xfen\0o\0"),
        ("RG004", "a NUL", b"nodes: 3\0\nnme: x\n"),
        (
            "RG004",
            "a character that commands the terminal",
            b"name: \x1b[31mred\n",
        ),
        (
            "RG017",
            "behind a byte order mark",
            b"\xef\xbb\xbf# restate-gen: allow RG305 - test\nname: a\nnodes: 2\n",
        ),
        (
            "RG017",
            "on a line of Windows",
            b"name: a\r\nnodes: 2 # restate-gen: allow RG305 - test\r\n",
        ),
        (
            "RG101",
            "windows line ends, quoted keys",
            b"\"nodes\":\r\n  - {\"id\": 1}\r\n  - {\"id\": 1}\r\n  - {id: 3}\n",
        ),
    ];
    let too_large = (
        "RG002",
        "a file that is too large",
        vec![b'#'; MOST_BYTES + 1],
    );
    let rows = rows.map(|(code, title, text)| (code, title, text.to_vec()));
    rows.into_iter().chain([too_large]).collect()
}

/// The folder of the cases.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules")
}

/// All cases, by the code of the rule that they are about.
pub fn all() -> BTreeMap<String, Vec<Case>> {
    let mut all: BTreeMap<String, Vec<Case>> = fs::read_dir(folder())
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|is| is == "yaml"))
        .map(|path| {
            let code = path.file_stem().expect("a name").to_string_lossy();
            let text = fs::read_to_string(&path).expect("UTF-8");
            let cases = parse(&code, &text);
            (code.into_owned(), cases)
        })
        .collect();
    for (code, title, text) in odd() {
        all.entry(code.to_owned()).or_default().push(Case {
            code: code.to_owned(),
            title: title.to_owned(),
            before: None,
            lost: None,
            environment: String::new(),
            text,
        });
    }
    all
}

/// The documents of a file. `before: ` starts the heading of a file that the next one replaces, under `after`, or under
/// `after the loss of` and the name of a node.
fn parse(code: &str, text: &str) -> Vec<Case> {
    let mut documents: Vec<(&str, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        match (line.strip_prefix(HEADING), documents.last_mut()) {
            (Some(heading), _) => documents.push((heading.trim_end(), String::new())),
            (None, Some((_, document))) => document.push_str(line),
            (None, None) => panic!("{code}: a line before the first `{HEADING}title`"),
        }
    }
    let mut cases: Vec<Case> = Vec::new();
    let mut documents = documents.into_iter();
    while let Some((heading, text)) = documents.next() {
        if heading == "with .env" {
            let case = cases.last_mut().expect("a file before `with .env`");
            case.environment = text;
            continue;
        }
        assert!(
            !heading.starts_with("after"),
            "{code}: nothing before `{heading}`"
        );
        cases.push(match heading.strip_prefix("before: ") {
            None => Case {
                code: code.to_owned(),
                title: heading.to_owned(),
                before: None,
                lost: None,
                environment: String::new(),
                text: text.into_bytes(),
            },
            Some(title) => {
                let (heading, after) = documents.next().expect("a document behind `before`");
                let lost = heading.strip_prefix("after the loss of ");
                assert!(heading == "after" || lost.is_some(), "{code}: {title}");
                Case {
                    code: code.to_owned(),
                    title: title.to_owned(),
                    before: Some(text),
                    lost: lost.map(str::to_owned),
                    environment: String::new(),
                    text: after.into_bytes(),
                }
            }
        });
    }
    cases
}

/// The cluster that runs by a file, without the named node's disk.
pub fn deployed(document: &Document, lost: Option<&str>) -> Deployed {
    match Deployed::of(document, &Policy::default()) {
        Ok(deployed) => {
            let mut nodes = deployed.topology().nodes.iter();
            let id = lost.map(|name| {
                let node = nodes.find(|node| node.name == name);
                node.unwrap_or_else(|| panic!("no node {name}")).id
            });
            deployed.that_lost(id)
        }
        Err(report) => panic!("{}", print(&report, Colour::Plain)),
    }
}

/// What is found in a `.env` with that text next to the document.
pub fn of_environment(
    document: &Document,
    policy: &Policy,
    running: Running,
    text: &str,
) -> Vec<Finding> {
    let file = environment::read(".env", text);
    environment::findings(document, policy, running, None, &file)
}

impl Case {
    /// What is made of the report of what is found in it.
    pub fn report<T>(&self, of: impl FnOnce(&Report) -> T) -> T {
        let document = Document::parse("restate-cluster.yaml", self.text.as_slice());
        let policy = whatever_its_age(&self.code);
        let deployed = self.before.as_ref().map(|before| {
            let before = Document::parse("before.yaml", before.as_str());
            deployed(&before, self.lost.as_deref())
        });
        let (running, validation) = match &deployed {
            None => (Running::Nothing, validate(&document, &policy)),
            Some(deployed) => (
                Running::Planned(deployed),
                validate_change(&document, deployed, &policy),
            ),
        };
        of(&validation.report.with(of_environment(
            &document,
            &policy,
            running,
            &self.environment,
        )))
    }

    /// The report as people see it.
    pub fn printed(&self) -> String {
        match self.report(|report| print(report, Colour::Plain)) {
            nothing if nothing.is_empty() => "no findings\n".to_owned(),
            printed => printed,
        }
    }
}

/// The usual judgement, but for the rules on how old a version is: the next patch of the server must not change what is
/// found in a file about something else. `code` is what the file is about.
pub fn whatever_its_age(code: &str) -> Policy {
    let of_age = ["security-fix", "newer-patch"];
    let allowed = catalogue()
        .into_iter()
        .filter(|rule| of_age.contains(&rule.slug) && rule.code != code)
        .collect();
    Policy {
        allowed,
        ..Policy::default()
    }
}

/// Each finding as `RG101 4:9`, in the order of the text.
pub fn in_words(report: &Report) -> String {
    let lines: Vec<String> = report
        .findings()
        .iter()
        .map(|finding| {
            let code = finding.diagnostic.rule.code;
            match finding.origin.extent() {
                Some(extent) => format!("{code} {}:{}", extent.start.line, extent.start.column),
                None => code.to_owned(),
            }
        })
        .collect();
    lines.join(", ")
}
