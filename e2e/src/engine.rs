//! What holds of every engine: one test at a time, and none that passes because the engine is missing.

use std::io::Write as _;

use anyhow::{Error, Result, bail};

/// Runs `proof` while it holds the engine; without one it is skipped, which [`missing`] has said by then.
///
/// # Errors
/// When the engine cannot be had, or the proof fails.
pub fn held_for<E>(engine: Result<Option<E>>, proof: impl FnOnce() -> Result<()>) -> Result<()> {
    match engine? {
        Some(_engine) => proof(),
        None => Ok(()),
    }
}

/// Says on stderr that an engine, or something else that a proof needs, is missing and so nothing is proven.
///
/// # Errors
/// Where `CI` is set, for there nothing may be missing.
pub fn missing(name: &str, reason: &Error) -> Result<()> {
    if std::env::var_os("CI").is_some() {
        bail!("no {name}, and CI is set: {reason:#}");
    }
    // Not by a macro of the standard library, whose output is not shown for a test that passes.
    writeln!(
        std::io::stderr(),
        "SKIPPED, NOTHING PROVEN: no {name}: {reason:#}"
    )?;
    Ok(())
}
