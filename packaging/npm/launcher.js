#!/usr/bin/env node
// Runs the program of this platform, which is in a package of its own: npm installs only the one that fits.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const { join } = require("node:path");
const manifest = require("./package.json");

const { name, version } = manifest;
const platform = `${process.platform}-${process.arch}`;
const dependency = `${name}-${platform}`;
// Without a program nothing was done: the exit code that restate-gen itself has then.
const FAILED = 2;

function fail(lines) {
  process.stderr.write(`${name}: ${lines.join("\n")}\n`);
  process.exit(FAILED);
}

function program() {
  if (!(dependency in manifest.optionalDependencies)) {
    fail([
      `there is no program for ${platform}`,
      `  = help: build it, with Rust: cargo install ${name}@${version}`,
    ]);
  }
  try {
    const folder = require.resolve(`${dependency}/package.json`);
    return join(folder, "..", process.platform === "win32" ? `${name}.exe` : name);
  } catch {
    return fail([
      `the package ${dependency}@${version}, which has the program, is not installed`,
      "  = help: install again without --no-optional or --omit=optional",
      "  = help: if node_modules or the lock file come from another platform, delete both and install again",
    ]);
  }
}

const path = program();
const child = spawn(path, process.argv.slice(2), { stdio: "inherit" });
const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"].filter((signal) => signal in constants.signals);
const pass = (signal) => child.kill(signal);
for (const signal of signals) process.on(signal, pass);

child.on("error", (error) => fail([`cannot run ${path}: ${error.message}`]));
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  // Ended by a signal: so does this process, for whoever asks how it ended.
  for (const name of signals) process.off(name, pass);
  process.kill(process.pid, signal);
});
