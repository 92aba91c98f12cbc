//! What is true of a Restate server version.
