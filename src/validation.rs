//! Everything that is wrong with a document, and the topology that it stands for: the one way through reading, schema,
//! rules and what people allow.

use serde_json::Map;

use crate::change::{Change, Files};
use crate::diagnostic::allow::{self, Policy};
use crate::diagnostic::{Diagnostic, Finding, Report, Rule, Severity};
use crate::model::environment::HostPorts;
use crate::model::{Cluster, Section};
use crate::rules;
use crate::schema;
use crate::source::{DocPath, Document};
use crate::topology::{self, NodeId, Topology};

/// A document that was looked at.
pub struct Validation<'d> {
    /// Everything that is wrong with it, less what is allowed.
    pub report: Report<'d>,
    /// The cluster and what it resolves to; none where the document cannot be read.
    resolved: Option<(Cluster, Topology)>,
}

impl Validation<'_> {
    /// The file as types and what it resolves to, when nothing is found that stands against it.
    pub fn resolved(self) -> Option<(Cluster, Topology)> {
        self.resolved.filter(|_| !self.report.has_errors())
    }

    /// What the document resolves to, when nothing is found that stands against it.
    pub fn topology(self) -> Option<Topology> {
        self.resolved().map(|(_, topology)| topology)
    }
}

/// A cluster as it runs and holds data.
pub struct Deployed {
    cluster: Cluster,
    topology: Topology,
    /// The node whose disk is gone.
    lost: Option<NodeId>,
}

impl Deployed {
    /// What it resolves to.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// The file as types.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The same cluster after a node lost its disk, where one did: the reason for the change.
    #[must_use]
    pub fn that_lost(self, node: Option<NodeId>) -> Self {
        Self { lost: node, ..self }
    }

    /// The cluster that a document describes.
    ///
    /// # Errors
    /// What is wrong with the document, when no cluster can run from it. Errors that a running cluster can have do not
    /// count: the deployed file may be the one that needs the fix.
    pub fn of<'d>(document: &'d Document, policy: &Policy) -> Result<Self, Report<'d>> {
        let Validation { report, resolved } = validate(document, policy);
        let is_in_the_way = |Finding { diagnostic, .. }: &Finding| {
            diagnostic.severity == Severity::Error && !allow::can_be_allowed(diagnostic)
        };
        match resolved {
            Some((cluster, topology)) if !report.findings().iter().any(is_in_the_way) => Ok(Self {
                cluster,
                topology,
                lost: None,
            }),
            _ => Err(report),
        }
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
    judged(document, policy, Running::Nothing, None, Over::default())
}

/// Looks at a document of which the files of the section's orchestrator are made.
pub fn validate_for<'d>(
    document: &'d Document,
    policy: &Policy,
    section: Option<Section>,
) -> Validation<'d> {
    judged(document, policy, Running::Nothing, section, Over::default())
}

/// Gives the document a section that it lacks, so that the rules of a target hold for those who generate for it; an
/// empty one says nothing. A document that cannot be read stays as it is: its fault is the news.
pub fn give_section(document: &mut Document, section: Option<Section>) {
    let Some(name) = section.map(Section::name) else {
        return;
    };
    if document.is_readable() && document.value().get(name).is_none() {
        document.set(DocPath::of([name]), Map::new().into(), name);
    }
}

/// What `.env` says besides keys of the document.
#[derive(Debug, Default)]
pub struct Over {
    /// Host ports that it sets.
    pub host_ports: HostPorts,
    /// What is wrong with its values as such.
    pub found: Vec<Diagnostic>,
}

/// What runs already, and how it becomes what a document says.
#[derive(Clone, Copy, Default)]
pub enum Running<'c> {
    /// Nothing runs.
    #[default]
    Nothing,
    /// The steps of a plan lead from this cluster to the document.
    Planned(&'c Deployed),
    /// The files of this cluster are made again, by which no step of a plan is taken: what a plan would carry out is an
    /// error, and so is what even a plan refuses. The text is the command that plans the change, where there is one.
    Rewritten(&'c Deployed, Option<&'c str>),
}

/// Looks at a document over which the variables of a `.env` are laid.
pub fn validate_over<'d>(
    document: &'d Document,
    policy: &Policy,
    running: Running,
    section: Option<Section>,
    over: Over,
) -> Validation<'d> {
    judged(document, policy, running, section, over)
}

/// Checks a document that a running cluster is to be changed to.
///
/// ```
/// use restate_gen::diagnostic::allow::Policy;
/// use restate_gen::source::Document;
/// use restate_gen::validation::{Deployed, validate_change};
///
/// let before = Document::parse("before.yaml", "partitions: 24\n");
/// let deployed = Deployed::of(&before, &Policy::default()).expect("it runs");
/// let after = Document::parse("restate-cluster.yaml", "partitions: 48\n");
/// let found = validate_change(&after, &deployed, &Policy::default()).report;
/// assert_eq!(found.findings()[0].diagnostic.rule.code, "RG702");
/// ```
pub fn validate_change<'d>(
    document: &'d Document,
    deployed: &Deployed,
    policy: &Policy,
) -> Validation<'d> {
    let running = Running::Planned(deployed);
    judged(document, policy, running, None, Over::default())
}

/// Looks at a document of which the files of a running cluster are to be made again, for which `plan` plans the change.
pub fn validate_rewrite<'d>(
    document: &'d Document,
    deployed: &Deployed,
    policy: &Policy,
    section: Option<Section>,
    plan: Option<&str>,
) -> Validation<'d> {
    let running = Running::Rewritten(deployed, plan);
    judged(document, policy, running, section, Over::default())
}

/// The fix where only a plan makes the change safe.
fn by_a_plan(plan: Option<&str>) -> String {
    let way = match plan {
        Some(plan) => format!(
            "run `{plan}`, which makes this change in safe steps; if you take these steps yourself, pass `--by-hand`, and"
        ),
        None => "there are no plans for this flavor: take the steps that OPERATIONS.md has for this change, and then pass `--by-hand`;".to_owned(),
    };
    format!("{way} if no cluster runs from these files, pass `--new-cluster`")
}

fn judged<'d>(
    document: &'d Document,
    policy: &Policy,
    running: Running,
    section: Option<Section>,
    over: Over,
) -> Validation<'d> {
    let mut reading = schema::read(document);
    let mut found = std::mem::take(&mut reading.diagnostics);
    found.extend(over.found);
    if let Some(cluster) = &mut reading.cluster {
        cluster.host_ports = over.host_ports;
    }
    let topology = reading.cluster.as_ref().map(|cluster| {
        let topology = topology::resolve(cluster, topology::release(cluster));
        found.extend(rules::run_on(cluster, &reading, &topology));
        found.extend(section.map_or_else(Vec::new, |section| {
            rules::run_for(section, cluster, &topology)
        }));
        found.retain(|of| section.is_none_or(|section| rules::concerns(section, of.rule)));
        if let Running::Planned(deployed) | Running::Rewritten(deployed, _) = running {
            let change = Change {
                before: &deployed.topology,
                after: &topology,
                lost: deployed.lost,
                files: Files {
                    before: &deployed.cluster,
                    after: cluster,
                },
            };
            found.extend(rules::run_on_change(&change, &reading));
        }
        topology
    });
    let report = Report::new(document, found);
    // A change is over when it is made, and what allowed it then allows nothing.
    let asked = |rule: &Rule| !rules::is_on_changes(rule);
    let mut report = allow::settle(report, policy, &rules::catalogue(), asked);
    if let Running::Rewritten(_, plan) = running {
        report.raise(&rules::carried_out_by_a_plan(), Some(&by_a_plan(plan)));
        report.raise(&rules::refused_by_a_plan(), None);
    }
    let resolved = reading.cluster.zip(topology);
    Validation { report, resolved }
}
