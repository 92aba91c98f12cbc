//! Filters of the log: what the tool takes is what real servers took.

use restate_gen::facts::{LogFilterFault, log_filter_fault};

const SEEN: &str = include_str!("../data/log-filters.tsv");

#[test]
fn what_is_taken_is_what_the_server_reads() {
    let mut count = 0;
    for row in SEEN.lines().skip(1) {
        let (filter, server) = row.split_once('\t').expect(row);
        let filter: String = serde_json::from_str(filter).expect(row);
        let fault = log_filter_fault(&filter);
        match server {
            "panics" => assert!(fault.is_some(), "{row}"),
            "read" => {
                let is_fine = fault.is_none_or(|(_, fault)| fault == LogFilterFault::Blanks);
                assert!(is_fine, "{row}: {fault:?}");
            }
            _ => panic!("{row}"),
        }
        count += 1;
    }
    assert!(count > 70, "{count}");
}

#[test]
fn blanks_that_the_server_takes_for_a_part_of_a_name_are_refused() {
    for filter in ["warn\n", " warn", "\twarn,restate=info", "a b=info"] {
        let fault = log_filter_fault(filter).map(|(_, fault)| fault);
        assert_eq!(fault, Some(LogFilterFault::Blanks), "{filter:?}");
    }
    assert_eq!(log_filter_fault("restate[run{id=a b}]=info"), None);
}
