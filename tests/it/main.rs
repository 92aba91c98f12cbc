//! Hermetic tests.

mod schema;
