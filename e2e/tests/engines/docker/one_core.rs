//! An engine that sees one core, as a small host has, started by the test that needs it.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Result;
use restate_gen_e2e::command::{Finished, finished};
use restate_gen_e2e::engine::missing;

/// An engine of a test's own that sees one core, in a network of its own.
pub struct OneCore {
    daemon: Child,
    folder: tempfile::TempDir,
}

impl OneCore {
    /// `None`, with a line on stderr, where none can be started here.
    pub fn start() -> Result<Option<Self>> {
        let folder = tempfile::Builder::new().prefix("one-core-").tempdir()?;
        let path = |name: &str| folder.path().join(name).display().to_string();
        let log = fs::File::create(folder.path().join("log"))?;
        // In a network of its own: a second engine would take the bridge and the firewall of the first for its own.
        let start = "ip link set lo up && exec taskset -c 0 dockerd \"$@\"";
        let spawned = Command::new("unshare")
            .args(["--net", "sh", "-c", start, "sh"])
            .args(["--data-root", &path("data")])
            .args(["--exec-root", &path("exec"), "--pidfile", &path("pid")])
            .args(["--host", &format!("unix://{}", path("socket"))])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        let daemon = match spawned {
            Ok(daemon) => daemon,
            Err(error) => {
                missing("unshare", &error.into())?;
                return Ok(None);
            }
        };
        let mut engine = Self { daemon, folder };
        let start = Instant::now();
        while !engine.docker(&["version"])?.succeeded() {
            let has_ended = engine.daemon.try_wait()?.is_some();
            if has_ended || start.elapsed() > Duration::from_secs(60) {
                let log = fs::read_to_string(engine.folder.path().join("log"))?;
                let last = log.lines().last().unwrap_or_default();
                missing(
                    "second dockerd, which needs root",
                    &anyhow::anyhow!("{last}"),
                )?;
                return Ok(None);
            }
            std::thread::sleep(Duration::from_millis(250));
        }
        Ok(Some(engine))
    }

    pub fn docker(&self, arguments: &[&str]) -> Result<Finished> {
        self.docker_in(self.folder.path(), arguments)
    }

    /// Runs `docker` in that folder.
    pub fn docker_in(&self, folder: &Path, arguments: &[&str]) -> Result<Finished> {
        let mut command = Command::new("docker");
        command
            .args(arguments)
            .env("DOCKER_HOST", self.host())
            .current_dir(folder);
        finished(&mut command, Duration::from_secs(60))
    }

    /// A shell that talks to this engine and has its network, for the script that follows as an argument.
    pub fn shell(&self) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["--net", "--target", &self.daemon.id().to_string()])
            .args(["sh", "-euc"])
            .env("DOCKER_HOST", self.host());
        command
    }

    fn host(&self) -> String {
        format!("unix://{}", self.folder.path().join("socket").display())
    }

    /// The images of those names, from the engine of the other tests.
    pub fn copy_images(&self, names: &[String]) -> Result<()> {
        let script = r#"docker save "$@" | docker --host "$TO" load"#;
        let mut copy = Command::new("sh");
        copy.args(["-euc", script, "sh"])
            .args(names)
            .env("TO", self.host());
        finished(&mut copy, Duration::from_secs(600))?.success()?;
        Ok(())
    }

    /// Images of those names, of which no container is ever started.
    pub fn name_images(&self, names: &[String]) -> Result<()> {
        let empty = self.folder.path().join("empty.tar");
        let mut tar = Command::new("tar");
        tar.args(["-C", "/etc", "-cf"]).arg(&empty).arg("hostname");
        finished(&mut tar, Duration::from_secs(20))?.success()?;
        let empty = empty.display().to_string();
        for name in names {
            self.docker(&["import", "--change", "CMD [\"/none\"]", &empty, name])?
                .success()?;
        }
        Ok(())
    }
}

impl Drop for OneCore {
    fn drop(&mut self) {
        // Terminated, it also ends what it started.
        let id = self.daemon.id().to_string();
        let asked = Command::new("kill").arg(&id).status();
        if asked.is_ok_and(|status| status.success()) {
            let _ = self.daemon.wait();
        }
    }
}
