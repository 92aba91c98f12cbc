//! The service under load: a virtual object that counts, served from the test process.

#![allow(
    missing_docs,
    reason = "the macro adds public items that have no documentation"
)]

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use restate_sdk::prelude::{
    ContextReadState, ContextWriteState, Endpoint, HttpServer, ObjectContext,
};
use restate_sdk::prelude::{SharedObjectContext, TerminalError};
use serde_json::json;
use tokio::sync::oneshot;

use crate::cluster::{ADMIN, wait_for};
use crate::docker::Project;

const COUNT: &str = "count";
const BLOB: &str = "blob";

/// Counts its calls. A call that runs twice, or is lost, shows in the numbers it hands out.
struct Counter;

#[restate_sdk::object]
impl Counter {
    /// Adds one and answers with the new value.
    #[handler]
    async fn add(&self, ctx: ObjectContext<'_>) -> Result<u64, TerminalError> {
        let value = ctx.get::<u64>(COUNT).await?.unwrap_or(0) + 1;
        ctx.set(COUNT, value);
        Ok(value)
    }

    /// The same, and keeps `bytes` of state that compress badly, which every later call brings along.
    #[handler]
    async fn add_large(&self, ctx: ObjectContext<'_>, bytes: u64) -> Result<u64, TerminalError> {
        let value = ctx.get::<u64>(COUNT).await?.unwrap_or(0) + 1;
        let _carried = ctx.get::<Vec<u8>>(BLOB).await?;
        ctx.set(BLOB, noise(bytes, value));
        ctx.set(COUNT, value);
        Ok(value)
    }

    /// The value so far.
    #[handler]
    async fn get(&self, ctx: SharedObjectContext<'_>) -> Result<u64, TerminalError> {
        Ok(ctx.get::<u64>(COUNT).await?.unwrap_or(0))
    }
}

/// `length` bytes by a xorshift generator, eight a step, the same for the same seed.
fn noise(length: u64, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(length as usize + 8);
    while (bytes.len() as u64) < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length as usize);
    bytes
}

/// The running service; dropping it ends it.
pub struct Service {
    port: u16,
    _stop: oneshot::Sender<()>,
    _runtime: tokio::runtime::Runtime,
}

impl Service {
    /// Serves the counter on a free port of every interface of this machine.
    pub fn start() -> Result<Self> {
        Self::start_on(0)
    }

    /// Serves the counter on that port of every interface.
    pub fn start_on(port: u16) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let any: SocketAddr = ([0, 0, 0, 0], port).into();
        let listener = runtime.block_on(tokio::net::TcpListener::bind(any))?;
        let port = listener.local_addr()?.port();
        let (stop, stopped) = oneshot::channel();
        let server = HttpServer::new(Endpoint::builder().bind(Counter).build());
        runtime.spawn(server.serve_with_cancel(listener, stopped));
        Ok(Self {
            port,
            _stop: stop,
            _runtime: runtime,
        })
    }

    /// Registers the service with `project` through the admin port of node `id`.
    pub fn register(&self, project: &Project, id: u32) -> Result<()> {
        let admin = project.published(&project.nodes[&id], ADMIN)?;
        self.register_at(&admin, &project.host_address()?)
    }

    /// The port of this machine that it is served on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Registers the service through the admin port at `admin`, for servers that reach this machine by `host`.
    pub fn register_at(&self, admin: &str, host: &str) -> Result<()> {
        Self::register_as(admin, &format!("http://{host}:{}", self.port))
    }

    /// Registers the service that `uri` leads to through the admin port at `admin`.
    pub fn register_as(admin: &str, uri: &str) -> Result<()> {
        let agent = ureq::Agent::new_with_config(
            ureq::Agent::config_builder()
                .http_status_as_error(false)
                .timeout_global(Some(Duration::from_secs(20)))
                .build(),
        );
        wait_for("register the counter", Duration::from_secs(30), || {
            let body = json!({"uri": uri, "force": true}).to_string();
            let mut response = agent
                .post(format!("http://{admin}/deployments"))
                .header("content-type", "application/json")
                .send(&body)
                .with_context(|| format!("{uri} at {admin}"))?;
            let text = response.body_mut().read_to_string()?;
            ensure!(
                response.status().is_success(),
                "{uri}: {}: {text}",
                response.status()
            );
            Ok(())
        })
    }
}
