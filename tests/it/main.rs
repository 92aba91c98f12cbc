//! Hermetic tests: nothing but Rust is needed.

mod diagnostic;
mod facts;
mod schema;
