//! The steps of a run inside one process, for 5 and for 1,000 nodes. Whole-process figures are in docs/PERFORMANCE.md.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use restate_gen::change::{Change, Files};
use restate_gen::model::Cluster;
use restate_gen::plan;
use restate_gen::source::Document;
use restate_gen::targets::{TARGETS, compose};
use restate_gen::{output, rules, schema, topology};

const SIZES: [u32; 3] = [5, 100, 1000];

/// A file that lists every node.
fn listed(nodes: u32) -> String {
    let entries: String = (1..=nodes)
        .map(|id| format!("  - {{id: {id}, name: restate-{id}, location: eu.a}}\n"))
        .collect();
    format!("name: orders\nnodes:\n{entries}")
}

fn resolved(nodes: u32) -> topology::Topology {
    of(serde_json::json!({ "nodes": nodes })).1
}

/// A file and what it resolves to.
fn of(file: serde_json::Value) -> (Cluster, topology::Topology) {
    let cluster: Cluster = serde_json::from_value(file).expect("a cluster");
    let topology = topology::resolve(&cluster, topology::release(&cluster));
    (cluster, topology)
}

fn figures(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("validate");
    for nodes in SIZES {
        let text = listed(nodes);
        group.throughput(Throughput::Elements(nodes.into()));
        group.bench_with_input(
            BenchmarkId::from_parameter(nodes),
            &text,
            |bencher, text| {
                bencher.iter(|| {
                    let document = Document::parse("restate-cluster.yaml", text.as_str());
                    black_box(rules::run(&schema::read(&document)))
                });
            },
        );
    }
    group.finish();

    for target in TARGETS {
        let mut group = criterion.benchmark_group(format!("render {}", target.name));
        for nodes in SIZES {
            group.throughput(Throughput::Elements(nodes.into()));
            group.bench_with_input(
                BenchmarkId::from_parameter(nodes),
                &nodes,
                |bencher, nodes| {
                    bencher.iter(|| black_box((target.render)(&resolved(*nodes), "restate-gen")));
                },
            );
        }
        group.finish();
    }

    let mut group = criterion.benchmark_group("plan");
    for nodes in SIZES {
        let file = |nodes: u32| of(serde_json::json!({ "nodes": nodes }));
        let (before, after) = (file(nodes - 2), file(nodes));
        // Of the minor version before the newest.
        let older = of(serde_json::json!({ "nodes": nodes, "version": "1.6.2" }));
        group.throughput(Throughput::Elements(nodes.into()));
        let changes = [
            ("grow", &before, &after),
            ("shrink", &after, &before),
            ("upgrade", &older, &after),
        ];
        for (name, before, after) in changes {
            let change = Change {
                before: &before.1,
                after: &after.1,
                lost: None,
                files: Files {
                    before: &before.0,
                    after: &after.0,
                },
            };
            group.bench_with_input(BenchmarkId::new(name, nodes), &change, |bencher, change| {
                bencher.iter(|| black_box(plan::of(change)));
            });
        }
    }
    group.finish();

    let mut group = criterion.benchmark_group("merge .env");
    for nodes in SIZES {
        let tree = compose::render(&resolved(nodes), "restate-gen compose");
        let rendered = tree.file(".env").expect("there").text.clone();
        let present = output::dotenv::merge(None, &rendered).text;
        group.throughput(Throughput::Elements(nodes.into()));
        group.bench_with_input(
            BenchmarkId::from_parameter(nodes),
            &rendered,
            |bencher, rendered| {
                bencher.iter(|| black_box(output::dotenv::merge(Some(&present), rendered)));
            },
        );
    }
    group.finish();
}

criterion_group!(benches, figures);
criterion_main!(benches);
