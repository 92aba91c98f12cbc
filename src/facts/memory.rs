//! The memory a server process sets aside, pool by pool: what a budget for a node has to add up. How a node's memory is
//! divided among them is not known here.

use super::releases::Release;
use super::table::Span;

/// One pool of memory of the server process.
#[derive(Debug, PartialEq, Eq)]
pub struct PoolKind {
    /// A short name for messages.
    pub name: &'static str,
    /// The setting that sizes it, by the name this release gives it; `None` when it cannot be set by itself.
    pub setting: Option<&'static str>,
    /// Its size in bytes by default, which is also its weight when less memory is to be divided; `None` when the release
    /// does not limit it.
    pub default_bytes: Option<u64>,
    /// Which nodes have it, and how often.
    pub scope: PoolScope,
    /// How it weighs in a budget.
    pub shape: PoolShape,
    floor: Floor,
    span: Span,
    /// Where size, scope and floor are known from.
    pub source: &'static str,
}

/// The smallest size of a pool that does no harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Floor {
    /// In bytes, whatever else is set.
    Bytes(u64),
    /// In messages of the largest size that `networking.message-size-limit` lets pass.
    Messages(u64),
}

/// Which nodes have a pool, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolScope {
    /// Once on every node.
    EveryNode,
    /// Once on every node with this role.
    Role(&'static str),
    /// Once for every partition that the node leads; in the worst case one surviving worker leads all.
    LedPartition,
}

/// How a pool weighs in a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolShape {
    /// Fills up under load, and stays full: has to be counted.
    Budget,
    /// An upper bound for messages in flight, computed from another setting: only a node that cannot keep up gets near.
    Burst,
    /// What the process needs besides all pools. It cannot be set.
    Overhead,
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// The setting that bounds a message, and with it the floors of some pools.
pub const MESSAGE_SIZE_LIMIT: &str = "networking.message-size-limit";
/// Its default, in bytes. Source: dump 1.6.1 to 1.7.12.
const MESSAGE: u64 = 32 * MIB;

static POOLS: &[PoolKind] = &[
    PoolKind {
        name: "RocksDB",
        setting: Some("rocksdb-total-memory-size"),
        default_bytes: Some(6 * GIB),
        scope: PoolScope::EveryNode,
        shape: PoolShape::Budget,
        floor: Floor::Bytes(256 * MIB),
        span: Span::between("1.5.3", "1.6.0"),
        source: "dump 1.5.3; the floor is that of 1.7, 1.5 itself has none",
    },
    PoolKind {
        name: "RocksDB",
        setting: Some("rocksdb-total-memory-size"),
        default_bytes: Some(2 * GIB),
        scope: PoolScope::EveryNode,
        shape: PoolShape::Budget,
        floor: Floor::Bytes(256 * MIB),
        span: Span::from("1.6.0"),
        source: "dump 1.6.1 to 1.7.12; schema 1.7.2: less than 256 MiB is raised to it, from 1.7.0 on",
    },
    PoolKind {
        name: "query engine",
        setting: Some("admin.query-engine.memory-size"),
        default_bytes: Some(4 * GIB),
        scope: PoolScope::Role("admin"),
        shape: PoolShape::Budget,
        floor: Floor::Bytes(16 * MIB),
        span: Span::between("1.5.3", "1.6.0"),
        source: "dump 1.5.3",
    },
    PoolKind {
        name: "query engine",
        setting: Some("admin.query-engine.memory-size"),
        default_bytes: Some(GIB),
        scope: PoolScope::Role("admin"),
        shape: PoolShape::Budget,
        floor: Floor::Bytes(16 * MIB),
        span: Span::from("1.6.0"),
        source: "dump 1.6.1 to 1.7.12; run: 1.7.12 with 1 MiB still answers a select over sys_invocation",
    },
    PoolKind {
        name: "invoker",
        setting: None,
        default_bytes: None,
        scope: PoolScope::Role("worker"),
        shape: PoolShape::Budget,
        floor: Floor::Messages(2),
        span: Span::between("1.5.3", "1.7.0"),
        source: "schema 1.5.3 and 1.6.2 have no limit for it",
    },
    PoolKind {
        name: "invoker",
        setting: Some("worker.invoker.memory-limit"),
        default_bytes: Some(1536 * MIB),
        scope: PoolScope::Role("worker"),
        shape: PoolShape::Budget,
        floor: Floor::Messages(2),
        span: Span::from("1.7.0"),
        source: "dump 1.7.2 to 1.7.12; run: 1.7.12 with 1 MiB fails and pauses an invocation of 3 MiB (pool exhausted), \
                 with 32 MiB runs one of 30 MiB; inbound and outbound data of one invocation count apart",
    },
    PoolKind {
        name: "record cache",
        setting: Some("bifrost.record-cache-memory-size"),
        default_bytes: Some(250 * MIB),
        scope: PoolScope::EveryNode,
        shape: PoolShape::Budget,
        floor: Floor::Bytes(0),
        span: Span::from("1.5.3"),
        source: "dump 1.5.3 to 1.7.12; run: 1.7.12 with 0 works, without the cache",
    },
    PoolKind {
        name: "partition requests",
        setting: Some("worker.data-service-memory-limit"),
        default_bytes: Some(256 * MIB),
        scope: PoolScope::Role("worker"),
        shape: PoolShape::Budget,
        floor: Floor::Messages(2),
        span: Span::from("1.7.0"),
        source: "dump 1.7.2 to 1.7.12; run: 1.7.12 with 1 MiB never answers a request of 3 MiB, nor any request after it, \
                 and logs nothing; with 32 MiB the same for a request of 33554000 bytes, which the ingress \
                 accepts; with 64 MiB all requests up to the limit pass",
    },
    PoolKind {
        name: "fabric",
        setting: Some("networking.fabric-memory-limit"),
        default_bytes: Some(64 * MIB),
        scope: PoolScope::EveryNode,
        shape: PoolShape::Budget,
        floor: Floor::Messages(1),
        span: Span::from("1.7.0"),
        source: "schema 1.7.2: less than the message size limit is raised to it; run: 1.7.12 with 1 KiB works",
    },
    PoolKind {
        name: "shuffle",
        setting: Some("worker.shuffle.inflight-memory-budget"),
        default_bytes: Some(10 * MIB),
        scope: PoolScope::Role("worker"),
        shape: PoolShape::Budget,
        floor: Floor::Bytes(MIB),
        span: Span::from("1.6.0"),
        source: "dump 1.6.1 to 1.7.12; restatedev/restate crates/ingestion-client/src/client.rs@v1.7.6: a larger record \
                 takes the whole budget; run: 1.7.12 with 64 KiB works",
    },
    PoolKind {
        name: "ingestion",
        setting: Some("ingress.ingestion.inflight-memory-budget"),
        default_bytes: Some(MIB),
        scope: PoolScope::Role("http-ingress"),
        shape: PoolShape::Budget,
        floor: Floor::Bytes(64 * KIB),
        span: Span::from("1.6.0"),
        source: "dump 1.6.1 to 1.7.12; restatedev/restate crates/ingestion-client/src/client.rs@v1.7.6: a larger record \
                 takes the whole budget; run: 1.7.12 with 64 KiB takes a request of 30 MiB",
    },
    PoolKind {
        name: "self-proposal queue",
        setting: Some("worker.self-proposal-queue-memory-limit"),
        default_bytes: Some(64 * MIB),
        scope: PoolScope::LedPartition,
        shape: PoolShape::Budget,
        floor: Floor::Bytes(MIB),
        span: Span::from("1.7.3"),
        source: "dump 1.7.4 to 1.7.12; restatedev/restate crates/bifrost/src/background_appender.rs@v1.7.3: a record is \
                 taken whenever anything is free and may overdraw; run: 1.7.12 with 64 KiB takes records of 30 MiB",
    },
    PoolKind {
        name: "log-server requests",
        setting: None,
        default_bytes: Some(912_680_550),
        scope: PoolScope::EveryNode,
        shape: PoolShape::Burst,
        floor: Floor::Messages(1),
        span: Span::from("1.7.0"),
        source: "restatedev/restate crates/types/src/config/log_server.rs@v1.7.6: log-server.rocksdb-memory-budget, or the \
                 message size limit when that is more; dump 1.7.12: 870.4 MiB",
    },
    PoolKind {
        name: "metadata messages",
        setting: None,
        default_bytes: Some(MESSAGE),
        scope: PoolScope::EveryNode,
        shape: PoolShape::Burst,
        floor: Floor::Messages(1),
        span: Span::from("1.7.0"),
        source: "restatedev/restate crates/core/src/metadata/manager.rs@v1.7.6: networking.message-size-limit",
    },
    PoolKind {
        name: "gossip",
        setting: None,
        default_bytes: Some(MIB),
        scope: PoolScope::EveryNode,
        shape: PoolShape::Burst,
        floor: Floor::Bytes(MIB),
        span: Span::from("1.7.0"),
        source: "restatedev/restate crates/node/src/failure_detector.rs@v1.7.6: a constant",
    },
    PoolKind {
        name: "process",
        setting: None,
        default_bytes: Some(192 * MIB),
        scope: PoolScope::EveryNode,
        shape: PoolShape::Overhead,
        floor: Floor::Bytes(192 * MIB),
        span: Span::from("1.5.3"),
        source: "run: 1.7.12, idle, all roles, 24 partitions: 175 MiB of anonymous memory, 262 MiB resident with the binary's pages",
    },
];

impl PoolKind {
    /// The smallest size in bytes that does no harm where messages are of up to `message_size` bytes; `None` for the default of
    /// [`MESSAGE_SIZE_LIMIT`].
    pub fn floor_bytes(&self, message_size: Option<u64>) -> u64 {
        match self.floor {
            Floor::Bytes(bytes) => bytes,
            Floor::Messages(count) => count.saturating_mul(message_size.unwrap_or(MESSAGE)),
        }
    }
}

impl Release {
    /// The memory pools of this release, the largest first within each shape, with their default sizes.
    ///
    /// The worst case of a node is the sum over the pools of its roles, plus [`PoolScope::LedPartition`] times the
    /// partitions it may have to lead.
    pub fn memory_pools(&self) -> impl Iterator<Item = &'static PoolKind> {
        POOLS.iter().filter(|pool| self.is_in(pool.span))
    }
}
