//! A real `restate-server`, asked what it makes of a configuration. It knows no setting.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use restate_gen::server::{Assignment, environment, toml};
use serde_json::Value;

/// How a configuration is handed to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// As variables, as Compose, Nomad and the StatefulSets have it.
    Variables,
    /// As a file, as the operator has it.
    Toml,
}

/// The program of one version.
#[derive(Debug)]
pub struct Server {
    program: PathBuf,
    /// Nothing that is done here stays.
    folder: tempfile::TempDir,
}

/// What became of a server that was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// It was healthy.
    Healthy,
    /// It ended, with this as its last words.
    Ended(String),
    /// It ran, and was not healthy in time.
    Running,
}

/// Starts a server in a network of its own and waits until it is healthy: exit code 0, 1 when it ended, 2 when it runs on.
const START: &str = "\
ip link set lo up
ulimit -v 16000000
\"$0\" >log 2>&1 &
server=$!
for _ in $(seq 50); do
  sleep 0.2
  if ! kill -0 $server 2>/dev/null; then exit 1; fi
  if curl -sf -o out http://localhost:8080/restate/health && curl -sf -o out http://localhost:9070/health; then
    kill -9 $server; exit 0
  fi
done
kill -9 $server; exit 2";

impl Server {
    /// The server of a version, from the folder that `RESTATE_SERVERS` names or out of its image; none where neither is there.
    pub fn find(version: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let program = match std::env::var_os("RESTATE_SERVERS") {
            Some(servers) => Path::new(&servers).join(version).join("restate-server"),
            None => from_image(version, folder.path())?,
        };
        program.is_file().then_some(Self { program, folder })
    }

    /// What the server shows of its configuration, each setting under its path, or why it refuses it.
    pub fn dump(
        &self,
        settings: &[Assignment],
        notation: Notation,
    ) -> Result<BTreeMap<String, String>, String> {
        let mut command = self.command(settings, notation);
        let output = command
            .arg("--dump-config")
            .stdin(Stdio::null())
            .output()
            .expect("the server can be run");
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.lines().find(|line| !line.trim().is_empty());
            return Err(said.unwrap_or("nothing").to_owned());
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let table: Value = ::toml::from_str(&text).map_err(|error| format!("{error}"))?;
        let mut shown = BTreeMap::new();
        flatten("", &table, &mut shown);
        Ok(shown)
    }

    /// Starts a single node with these settings.
    pub fn start(&self, settings: &[Assignment]) -> Start {
        let home = tempfile::tempdir_in(self.folder.path()).expect("a temporary folder");
        let mut command = Command::new("unshare");
        command.args(["-n", "sh", "-c", START]).arg(&self.program);
        command.env_clear().current_dir(home.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("RESTATE_BASE_DIR", home.path().join("data"));
        command.env("RESTATE_AUTO_PROVISION", "true");
        command.envs(settings.iter().map(variable));
        let status = command.status().expect("a shell can be run");
        match status.code() {
            Some(0) => Start::Healthy,
            Some(1) => {
                let log = fs::read(home.path().join("log")).unwrap_or_default();
                let log = String::from_utf8_lossy(&log);
                let said: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
                Start::Ended(said[said.len().saturating_sub(3)..].join(" | "))
            }
            _ => Start::Running,
        }
    }

    fn command(&self, settings: &[Assignment], notation: Notation) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().current_dir(self.folder.path());
        match notation {
            Notation::Variables => {
                command.envs(settings.iter().map(variable));
            }
            Notation::Toml => {
                let file = tempfile::NamedTempFile::new_in(self.folder.path()).expect("a file");
                let (_, file) = file.keep().expect("it stays until the folder goes");
                let lines: Vec<String> = settings.iter().map(toml::line).collect();
                fs::write(&file, lines.join("\n")).expect("the file can be written");
                command.arg("--config-file").arg(&file);
            }
        }
        command
    }
}

fn variable(setting: &Assignment) -> (String, String) {
    let text = environment::text(&setting.key, &setting.value);
    let is_variable = setting
        .key
        .starts_with(|first: char| first.is_ascii_uppercase());
    match is_variable {
        true => (setting.key.clone().into_owned(), text),
        false => (environment::name(setting), text),
    }
}

/// Takes the server out of its image, where Docker has that.
fn from_image(version: &str, folder: &Path) -> Option<PathBuf> {
    let image = format!("docker.restate.dev/restatedev/restate:{version}");
    let docker = |arguments: &[&str]| {
        let output = Command::new("docker").args(arguments).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(text)
    };
    docker(&["image", "inspect", &image])?;
    let container = docker(&["create", &image])?;
    let program = folder.join("restate-server");
    let from = format!("{container}:/usr/local/bin/restate-server");
    let copied = docker(&["cp", &from, program.to_str()?]);
    docker(&["rm", &container])?;
    copied.map(|_| program)
}

fn flatten(path: &str, value: &Value, shown: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(table) if !table.is_empty() => {
            for (key, value) in table {
                let below = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                flatten(&below, value, shown);
            }
        }
        value => {
            shown.insert(path.to_owned(), value.to_string());
        }
    }
}
