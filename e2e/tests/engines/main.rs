//! The generated clusters on real engines. Each engine's module has a short tier, for CI, and a full one:
//! `cargo test --test engines -- docker::short` takes minutes, `cargo test --test engines -- docker` an hour.
//!
//! Figures go to the Markdown file that `PROOF_REPORT` names.

mod docker;
mod kubernetes;
mod nomad;
mod scale;
