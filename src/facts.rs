//! What is true of a Restate server version: releases, settings, memory pools, ports, environment. It knows nothing of
//! the user's file, of the topology or of any target.
//!
//! Facts are data. What differs between versions is a row with a span of versions and a source, never a comparison in
//! code: [`Version`] has no order outside this module. A new server version is a row in `releases.tsv` and, where it
//! changed something, rows in the tables next to it.
//!
//! Every row has a `source`: `schema 1.7.2` (the configuration schema the vendor publishes), `dump 1.7.12` (what
//! `restate-server --dump-config` prints), `release notes v1.6.0`, a file of the server's repository at a tag, or
//! `run: ...` (what the real server was seen to do).

mod addresses;
mod advisories;
mod behaviours;
mod cautions;
mod chart;
mod compose;
mod durations;
mod endpoints;
mod environment;
mod images;
mod jobs;
mod log_filters;
mod memory;
mod mistakes;
mod pods;
mod rates;
mod releases;
mod risks;
mod setting_kind;
mod settings;
mod sizes;
mod stores;
mod table;
mod together;
mod version;

pub use addresses::{AddressForm, WithoutScheme};
pub use advisories::{ADVISORIES, Advisory};
pub use behaviours::Behaviour;
pub use cautions::{CAUTIONS, Caution, cautions};
pub use chart::ChartValue;
pub use compose::ServiceKey;
pub use durations::server_duration;
pub use endpoints::{
    ADMIN_HEALTH_PATH, ADMIN_PORT, FABRIC_HEALTH_PATH, FABRIC_PORT, INGRESS_HEALTH_PATH,
    INGRESS_PORT, METRICS_PATH, METRICS_PORT, Probe, READINESS_PROBES,
};
pub use environment::{OutsideVariable, VariableSyntax, environment_text, environment_variable};
pub use images::{Image, MINIO_CLIENT_IMAGE, MINIO_IMAGE, SEAWEEDFS_IMAGE, SERVER_IMAGE};
pub use jobs::{JobPart, KeyForm};
pub use log_filters::{LOG_FILTER, LOG_LEVELS, LogFilterFault, log_filter_fault};
pub use memory::{MESSAGE_SIZE_LIMIT, PoolKind, PoolScope, PoolShape};
pub use mistakes::{MISTAKES, Mistake, kebab_case};
pub use pods::PodPart;
pub use rates::is_rate;
pub use releases::{
    Minor, NoRelease, Release, Support, Upgrade, latest, newest_patches, next, no_release, release,
    releases, upgrade,
};
pub use risks::{OneWay, Risk};
pub use setting_kind::SettingKind;
pub use settings::{KAFKA_FILES, Setting, SettingReplacement, SettingStatus};
pub use sizes::{server_bytes, split_size};
pub use stores::{SnapshotForm, SnapshotPlace, bucket_fault};
pub use together::{ABOVE, DEFAULT_POLICY, Need, POLICIES};
pub use version::{ParseVersionError, Version};
