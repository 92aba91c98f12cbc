//! The service under load as a program of its own, for a container: `counter PORT`.

use anyhow::{Context, Result};
use restate_gen_e2e::counter::Service;

fn main() -> Result<()> {
    let port = std::env::args().nth(1).context("no port")?;
    let _service = Service::start_on(port.parse()?)?;
    loop {
        std::thread::park();
    }
}
