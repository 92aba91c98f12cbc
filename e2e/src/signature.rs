//! Requests to services that carry the cluster's signature: a key to sign with, and a listener that looks for the headers.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use serde_json::json;

use crate::command::finished;

/// Of a header that only a signed request has. Source: restatedev/restate crates/service-client/src/request_identity/v1.rs@v1.7.6.
const SIGNATURE: &str = "x-restate-jwt-v1";
/// What the server writes once it has read the key.
pub const KEY_IS_LOADED: &str = "Loaded request identity key";
/// What it writes when there is none.
pub const KEY_IS_MISSING: &str = "Failed to read request identity private key";

/// Writes a new private key, for its owner alone to read.
pub fn make_key(path: &Path) -> Result<()> {
    let out = path.display().to_string();
    finished(
        Command::new("openssl").args(["genpkey", "-algorithm", "ed25519", "-out", &out]),
        Duration::from_secs(10),
    )?
    .success()?;
    Ok(())
}

/// Has the cluster whose admin API is at `admin` ask a service on this machine, which it reaches by `host`, what it serves, and looks
/// whether the request is signed.
pub fn requests_are_signed(admin: &str, host: &str) -> Result<()> {
    let listener = TcpListener::bind(("0.0.0.0", 0))?;
    let uri = format!("http://{host}:{}", listener.local_addr()?.port());
    let service = thread::spawn(move || head_of_a_request(&listener));
    let agent = ureq::Agent::new_with_config(
        ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build(),
    );
    let body = json!({"uri": uri, "use_http_11": true}).to_string();
    // The service refuses, so the answer does not count.
    let answer = agent
        .post(format!("http://{admin}/deployments"))
        .header("content-type", "application/json")
        .send(&body);
    if answer.is_err() {
        // So that the listener ends when the cluster never called.
        drop(TcpStream::connect(uri.trim_start_matches("http://")));
    }
    let head = service
        .join()
        .map_err(|_| anyhow!("the listener panicked"))??;
    ensure!(
        head.to_ascii_lowercase().contains(SIGNATURE),
        "the request is not signed: {head}"
    );
    Ok(())
}

/// Reads the head of the first request, and refuses it.
fn head_of_a_request(listener: &TcpListener) -> Result<String> {
    let (mut stream, _) = listener.accept().context("nobody called")?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut head = Vec::new();
    let mut part = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let length = stream.read(&mut part)?;
        if length == 0 {
            break;
        }
        head.extend_from_slice(&part[..length]);
    }
    stream.write_all(b"HTTP/1.1 500 Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
    Ok(String::from_utf8_lossy(&head).into_owned())
}
