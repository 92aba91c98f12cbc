//! restate-gen
pub mod facts;
pub mod model;
pub mod source;
