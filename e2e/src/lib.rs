//! The generated clusters on real engines: drivers, load and checks shared by `tests/engines`.
//!
//! Nothing here knows how a file is generated: it runs the program as a user would and asks the engine and the
//! servers what came of it.

pub mod cluster;
pub mod command;
pub mod counter;
pub mod docker;
pub mod engine;
pub mod generator;
pub mod guide;
pub mod kubernetes;
pub mod load;
pub mod nomad;
pub mod releases;
pub mod report;
pub mod runbook;
pub mod settings;
pub mod signature;
