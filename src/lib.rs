//! restate-gen
pub mod facts;
pub mod model;
pub mod output;
pub mod render;
pub mod targets;
pub mod topology;
pub mod tree;
