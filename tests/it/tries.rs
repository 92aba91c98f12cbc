//! How many random cases a property is tried with: few in each run, as many as `PROPTEST_CASES` says when it is set.

use proptest::test_runner::Config;

/// As many as `PROPTEST_CASES` says, `few` without it. A failure is not noted in a file: it becomes a test.
pub fn tries(few: u32) -> Config {
    let set = std::env::var("PROPTEST_CASES").ok();
    let set = set.map(|number| number.parse().expect("PROPTEST_CASES is a number"));
    Config {
        cases: set.unwrap_or(few),
        failure_persistence: None,
        ..Config::default()
    }
}
