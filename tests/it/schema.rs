//! The schema as published, and what a file that does not fit it is told.

use std::path::Path;

#[test]
fn the_committed_schema_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/cluster.schema.json");
    let generated = restate_gen::schema::text();
    if std::env::var_os("RESTATE_GEN_BLESS").is_some() {
        std::fs::write(&path, &generated).expect("the schema can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "schema/cluster.schema.json is stale: run the tests with RESTATE_GEN_BLESS=1"
    );
}
