//! The command `restate-gen`: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    restate_gen::cli::run()
}
