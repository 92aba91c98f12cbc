//! Hermetic tests: nothing but Rust is needed.

mod facts;
mod schema;
