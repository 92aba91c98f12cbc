//! Where a script is run: a folder of its own, and tools of the test's on the `PATH` before all others.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder with tools in `bin` and what they answer from in `state`.
pub struct Stage {
    folder: TempDir,
}

/// What a script said and how it ended.
#[derive(Debug)]
pub struct Said {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it wrote, stdout first.
    pub text: String,
}

impl Stage {
    /// An empty one.
    pub fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        for name in ["bin", "state"] {
            fs::create_dir(folder.path().join(name)).expect(name);
        }
        Self { folder }
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A tool of that name: a script of sh.
    pub fn tool(&self, name: &str, script: &str) {
        let path = self.path().join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect(name);
    }

    /// What a tool finds in `$STATE/name`.
    pub fn state(&self, name: &str, text: &str) {
        self.write(&format!("state/{name}"), &format!("{text}\n"));
    }

    /// A file below the folder.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("a file");
    }

    /// What is in a file below the folder; nothing where there is none.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_default()
    }

    /// Runs sh with the arguments in the folder.
    pub fn sh(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Said {
        let own = self.path().join("bin");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let paths = [own].into_iter().chain(std::env::split_paths(&path));
        let paths: Vec<PathBuf> = paths.collect();
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new("sh")
            .args(arguments)
            .current_dir(self.path())
            .env("PATH", std::env::join_paths(paths).expect("a PATH"))
            .env("STATE", self.path().join("state"))
            .env_remove("COMPOSE_PROJECT_NAME")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            // A tool may kill all of it.
            .process_group(0)
            .output()
            .expect("sh");
        let text = [stdout, stderr].concat();
        Said {
            code: status.code(),
            text: String::from_utf8_lossy(&text).into_owned(),
        }
    }
}

impl Said {
    /// Panics unless the script ended with that code and said these words.
    #[track_caller]
    pub fn ends(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{}", self.text);
        for word in words {
            assert!(self.text.contains(word), "no {word:?} in:\n{}", self.text);
        }
    }

    /// Panics if the script said any of these words.
    #[track_caller]
    pub fn never(&self, words: &[&str]) {
        for word in words {
            assert!(!self.text.contains(word), "{word:?} in:\n{}", self.text);
        }
    }
}
