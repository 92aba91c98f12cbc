//! Everything that is wrong with a document, and the topology that it stands for: the one way through reading, schema,
//! rules and what people allow.

use crate::diagnostic::Report;
use crate::diagnostic::allow::{self, Policy};
use crate::rules;
use crate::schema;
use crate::source::Document;
use crate::topology::{self, Topology};

/// A document that was looked at.
pub struct Validation<'d> {
    /// Everything that is wrong with it, less what is allowed.
    pub report: Report<'d>,
    /// What it resolves to; none where the document cannot be read.
    topology: Option<Topology>,
}

impl Validation<'_> {
    /// What the document resolves to, when nothing is found that stands against it.
    pub fn topology(self) -> Option<Topology> {
        self.topology.filter(|_| !self.report.has_errors())
    }
}

/// Looks at a document.
///
/// ```
/// use restate_gen::diagnostic::allow::Policy;
/// use restate_gen::source::Document;
/// use restate_gen::validation::validate;
///
/// let document = Document::parse("restate-cluster.yaml", "nodes: 3\nreplication: 4\n");
/// let found = validate(&document, &Policy::default()).report;
/// assert_eq!(found.findings()[0].diagnostic.rule.code, "RG301");
/// ```
pub fn validate<'d>(document: &'d Document, policy: &Policy) -> Validation<'d> {
    let mut reading = schema::read(document);
    let mut found = std::mem::take(&mut reading.diagnostics);
    let topology = reading.cluster.as_ref().map(|cluster| {
        let topology = topology::resolve(cluster, rules::release(cluster));
        found.extend(rules::run_on(cluster, &reading, &topology));
        topology
    });
    let report = Report::new(document, found);
    let report = allow::settle(report, policy, &rules::catalogue(), |_| true);
    Validation { report, topology }
}
