//! Hermetic tests.

mod facts;
