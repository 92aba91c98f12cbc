//! restate-gen
pub mod facts;
