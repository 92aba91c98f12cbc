//! Docker Compose: `docker-compose.yaml`, `.env`, `.env.example`, the scripts that restart nodes one at a time, back up and restore, and the operations guide.
//!
//! Decides what only Compose has: interpolated variables, container addresses, health checks.

mod backup;
mod env_file;
mod files;
mod guide;
pub mod interpolation;
pub mod names;
mod nodes;
mod operations;
mod passed;
mod rollout;
mod services;
mod variables;

use super::certificates;
use crate::topology::Topology;
use crate::tree::{RenderedFile, RenderedTree};

pub use operations::operations;
pub use variables::{Meaning, PROJECT, SERVER_VERSION, keys_to_fill, meaning};

/// The name of the main file. Compose prefers `compose.yaml`, so a stray one in the same folder shadows it.
pub const MAIN_FILE: &str = "docker-compose.yaml";
/// The variables of this host and the secrets.
pub const ENV_FILE: &str = ".env";

/// All files of the target. `command` is how to make them again.
pub fn render(topology: &Topology, command: &str) -> RenderedTree {
    let env_file = |file| env_file::render(topology, command, file);
    let replaced = RenderedFile::replaced;
    let mut files = vec![
        replaced(MAIN_FILE, services::render(topology, command)),
        RenderedFile::merged(ENV_FILE, env_file(env_file::For::Host)),
        replaced(".env.example", env_file(env_file::For::Example)),
        replaced("backup.sh", backup::backup(topology, command)),
        replaced("restore.sh", backup::restore(topology, command)),
        replaced("rollout.sh", rollout::render(topology, command)),
        replaced("OPERATIONS.md", guide::render(topology, command)),
    ];
    if let Some(tls) = &topology.tls {
        let names = topology.nodes.iter().map(|node| node.name.clone());
        files.push(certificates::script(tls, command, names));
    }
    RenderedTree::new(files)
}
