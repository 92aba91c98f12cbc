//! The generated scripts, run by sh on tools that answer as prepared: what they decide, without an engine.

mod docker;
mod gitops;
mod look;
mod nomad;
mod plans;
mod provision;
pub mod record;
mod rollout;
mod stage;
