//! restate-gen
pub mod diagnostic;
pub mod facts;
pub mod model;
pub mod schema;
pub mod source;
