//! What is wrong in files that were written by hand: one rule a file, one row here. Codes are RG801 to RG899.
//!
//! A rule sees the deployment as it was read, with places, never bytes. What is wrong with the cluster as such is for
//! [`crate::rules`] to say once it is a cluster file.

mod comma_list;
mod data_not_kept;
mod dead_port;
mod default_credentials;
mod every_node_provisions;
mod health_check_lies;
mod ignored_setting;
mod memory_below_pools;
mod no_node_name;
mod one_volume;
mod open_admin;
mod unpinned_version;
mod unsupported_version;

use super::Deployment;
use super::part::Spot;
use super::server::Server;
use crate::diagnostic::allow::{self, Policy};
use crate::diagnostic::{Diagnostic, Report, Rule};
use crate::facts::{PoolScope, PoolShape, server_bytes};
use crate::rules;
use crate::source::Document;

/// A finding and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// What is wrong.
    pub diagnostic: Diagnostic,
    /// Where, with the document.
    pub spot: Spot,
}

impl Found {
    fn new(
        rule: &'static Rule,
        spot: &Spot,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            diagnostic: Diagnostic::new(rule, spot.at.clone(), message).help(help),
            spot: spot.clone(),
        }
    }
}

/// A row of the table.
macro_rules! row {
    ($rule:ident) => {
        (&$rule::RULE, $rule::check)
    };
}

/// A rule and what finds it.
type Row = (&'static Rule, fn(&Deployment) -> Vec<Found>);

/// Every rule on sources, by code.
pub static RULES: &[Row] = &[
    row!(no_node_name),
    row!(every_node_provisions),
    row!(one_volume),
    row!(data_not_kept),
    row!(comma_list),
    row!(ignored_setting),
    row!(dead_port),
    row!(health_check_lies),
    row!(open_admin),
    row!(default_credentials),
    row!(memory_below_pools),
    row!(unpinned_version),
    row!(unsupported_version),
];

/// Every rule there is for a source, by code: a comment may allow those of cluster files in a file that has both.
pub fn catalogue() -> Vec<&'static Rule> {
    let own = RULES.iter().map(|(rule, _)| *rule);
    rules::catalogue().into_iter().chain(own).collect()
}

/// Everything that the rules find. What this tool generated is sound by its own rules.
pub fn run(deployment: &Deployment) -> Vec<Found> {
    if deployment.is_generated {
        return Vec::new();
    }
    let mut found: Vec<Found> = Vec::new();
    for one in RULES.iter().flat_map(|(_, check)| check(deployment)) {
        // What several services have from one place is wrong there once.
        let is_known =
            |other: &Found| other.spot == one.spot && other.diagnostic.rule == one.diagnostic.rule;
        if !found.iter().any(is_known) {
            found.push(one);
        }
    }
    found
}

/// A report for each document that something is found in, less what is allowed, and for the first in any case.
pub fn reports<'d>(
    deployment: &'d Deployment,
    found: &[Found],
    policy: &Policy,
) -> Vec<Report<'d>> {
    let of = |(index, document): (usize, &'d Document)| {
        let own: Vec<Diagnostic> = found
            .iter()
            .filter(|one| one.spot.document == index)
            .map(|one| one.diagnostic.clone())
            .collect();
        let is_of_rules = |rule: &Rule| rule.code >= "RG8";
        (index == 0 || !own.is_empty()).then(|| {
            allow::settle(
                Report::new(document, own),
                policy,
                &catalogue(),
                is_of_rules,
            )
        })
    };
    deployment
        .documents()
        .iter()
        .enumerate()
        .filter_map(of)
        .collect()
}

/// The bytes that the server's pools may fill, by its own settings and defaults; what no limit of the container changes.
pub fn pools_of(server: &Server) -> u64 {
    let roles = server.text("roles");
    let has = |role: &str| roles.as_deref().is_none_or(|roles| roles.contains(role));
    let bytes = |setting: &str| server.text(setting).and_then(|text| server_bytes(&text));
    server
        .release
        .memory_pools()
        .filter(|pool| pool.shape != PoolShape::Burst)
        .filter(|pool| match pool.scope {
            PoolScope::EveryNode => true,
            PoolScope::Role(role) => has(role),
            // How many a node leads depends on the others.
            PoolScope::LedPartition => false,
        })
        .filter_map(|pool| pool.setting.and_then(bytes).or(pool.default_bytes))
        .fold(0, u64::saturating_add)
}
