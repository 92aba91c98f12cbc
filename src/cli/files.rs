//! What people should know about the files of a folder: which are meant, what shadows them, what comes next.

use std::path::Path;

use super::terminal::Terminal;
use crate::output::Change;

/// Some files of a target, under a verb of their own.
pub struct Selection {
    /// The target.
    pub target: &'static str,
    /// Its files, the main one first.
    pub paths: &'static [&'static str],
}

/// The environment alone.
pub static ENVIRONMENT: Selection = Selection {
    target: "compose",
    paths: &[".env.example", ".env"],
};

/// Files that Compose takes before `docker-compose.yaml`. Source: compose-spec, "Compose file".
const SHADOWING: [&str; 2] = ["compose.yaml", "compose.yml"];

/// Says what may surprise: a file that shadows ours, variables that nothing uses, variables that go over the cluster file.
/// Names alone, never a value.
pub fn notes(terminal: &Terminal, folder: &Path, changes: &[Change]) {
    for name in SHADOWING {
        if folder.join(name).exists() {
            terminal.say(format!("warning: docker compose takes {} before docker-compose.yaml; remove it, or name ours with -f", folder.join(name).display()));
        }
    }
    for change in changes {
        let path = change.path.display();
        if !change.unused.is_empty() {
            terminal.say(format!(
                "note: {path} sets {}, which nothing generated uses",
                change.unused.join(", ")
            ));
        }
        if !change.overriding.is_empty() {
            terminal.say(format!(
                "note: {path} sets {}, which goes over the cluster file",
                change.overriding.join(", ")
            ));
        }
    }
}

/// What to type next.
pub fn next_command(folder: &Path) -> String {
    let start = "docker compose up -d --wait";
    if folder.as_os_str().is_empty() || folder == Path::new(".") {
        start.into()
    } else {
        format!("cd {} && {start}", folder.display())
    }
}
