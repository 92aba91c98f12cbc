//! Everything to run a Restate cluster, from one small typed file.
//!
//! Text becomes a [`Document`](source::Document) that knows the place of each of its parts; the
//! [`schema`] makes a [`Cluster`](model::Cluster) of it; with what the [`facts`] say of its server
//! version it resolves to a [`Topology`](topology::Topology), in which nothing is left to decide;
//! a [target](targets) renders that to a [`RenderedTree`](tree::RenderedTree), and [`output`] puts
//! it on the disk, all of it or nothing. The [`rules`] look at the model and the topology and say
//! what is wrong, as [`Diagnostic`](diagnostic::Diagnostic)s. Everything between source and output
//! is pure: the same input gives the same bytes.
//!
//! ```
//! use restate_gen::source::Document;
//! use restate_gen::{rules, schema, targets, topology};
//!
//! let document = Document::parse("restate-cluster.yaml", "nodes: 5\n");
//! let reading = schema::read(&document);
//! assert!(reading.diagnostics.is_empty() && rules::run(&reading).is_empty());
//!
//! let cluster = reading.cluster.expect("a document without faults");
//! let topology = topology::resolve(&cluster, topology::release(&cluster));
//! let tree = targets::compose::render(&topology, "restate-gen compose");
//! assert_eq!(tree.main().path, "docker-compose.yaml");
//! assert!(tree.main().text.contains("\n  restate-5:\n"));
//! ```

pub mod adoption;
pub mod change;
pub mod cli;
pub mod diagnostic;
pub mod drift;
pub mod edit;
pub mod environment;
pub mod facts;
pub mod import;
pub mod interpolation;
pub mod jobspec;
pub mod json;
pub mod model;
pub mod output;
pub mod picture;
pub mod places;
pub mod plan;
pub mod record;
pub mod refusal;
pub mod render;
pub mod rules;
pub mod runbook;
pub mod schema;
pub mod server;
pub mod source;
pub mod standing;
pub mod targets;
pub mod topology;
pub mod tree;
pub mod validation;
