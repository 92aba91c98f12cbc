//! restate-gen
pub mod cli;
pub mod diagnostic;
pub mod facts;
pub mod model;
pub mod output;
pub mod render;
pub mod rules;
pub mod schema;
pub mod source;
pub mod targets;
pub mod topology;
pub mod tree;
