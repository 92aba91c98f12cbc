//! Plans for files of roles, zones and settings: some written by hand, many at random.

use std::cell::RefCell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::{Tally, resolved, simulate, sound};

use crate::tries::tries;

/// What it is, before, after, the lost node.
const CHANGES: &[(&str, &str, &str, Option<u32>)] = &[
    (
        "the next minor version",
        "version: 1.6.2\nnodes: 3\n",
        "version: 1.7.12\nnodes: 3\n",
        None,
    ),
    (
        "the next minor version of a cluster of one node",
        "version: 1.6.2\nnodes: 1\n",
        "version: 1.7.12\nnodes: 1\n",
        None,
    ),
    (
        "a setting",
        "nodes: 5\n",
        "nodes: 5\nsettings: {shutdown-timeout: 45s}\n",
        None,
    ),
    (
        "more metadata servers",
        "nodes: 5\nmetadata_servers: 3\n",
        "nodes: 5\nmetadata_servers: 5\n",
        None,
    ),
    (
        "fewer metadata servers",
        "nodes: 5\nmetadata_servers: 5\n",
        "nodes: 5\nmetadata_servers: 3\n",
        None,
    ),
    (
        "another metadata server",
        "nodes:\n- {count: 3, first_id: 1}\n- {id: 4, roles: [worker, log-server]}\n",
        "nodes:\n- {count: 2, first_id: 1}\n- {id: 3, roles: [worker, log-server, http-ingress, admin]}\n- {id: 4, roles: [worker, log-server, metadata-server]}\n",
        None,
    ),
    (
        "the first node of five goes, and with it a metadata server",
        "nodes: 5\n",
        "nodes: 4\nretired_ids: [1]\n",
        None,
    ),
    (
        "a zone more, which gets a metadata server",
        "nodes:\n- {count: 2, first_id: 1, location: eu.a}\n- {count: 2, first_id: 11, location: eu.b}\n",
        "nodes:\n- {count: 2, first_id: 1, location: eu.a}\n- {count: 2, first_id: 11, location: eu.b}\n- {count: 2, first_id: 21, location: eu.c}\n",
        None,
    ),
    (
        "locations, and copies by zone at once",
        "nodes: 3\n",
        "nodes:\n- {id: 1, location: eu.a}\n- {id: 2, location: eu.b}\n- {id: 3, location: eu.c}\nreplication: {zone: 2}\n",
        None,
    ),
    (
        "the only worker of a zone is lost",
        "replication: {zone: 2}\nnodes:\n- {id: 1, location: eu.a}\n- {id: 2, location: eu.a}\n- {id: 3, location: eu.b}\n",
        "replication: {zone: 2}\nretired_ids: [3]\nnodes:\n- {id: 1, location: eu.a}\n- {id: 2, location: eu.a}\n- {id: 4, location: eu.b}\n",
        Some(3),
    ),
    (
        "a log server of split roles is lost",
        "nodes:\n- {count: 3, first_id: 1, roles: [admin, metadata-server]}\n- {count: 3, first_id: 10, roles: [log-server]}\n- {count: 2, first_id: 20, roles: [worker, http-ingress]}\n",
        "retired_ids: [10]\nnodes:\n- {count: 3, first_id: 1, roles: [admin, metadata-server]}\n- {count: 3, first_id: 11, roles: [log-server]}\n- {count: 2, first_id: 20, roles: [worker, http-ingress]}\n",
        Some(10),
    ),
    (
        "a worker of split roles is lost",
        "nodes:\n- {count: 3, first_id: 1, roles: [admin, metadata-server]}\n- {count: 3, first_id: 10, roles: [log-server]}\n- {count: 2, first_id: 20, roles: [worker, http-ingress]}\n",
        "retired_ids: [20]\nnodes:\n- {count: 3, first_id: 1, roles: [admin, metadata-server]}\n- {count: 3, first_id: 10, roles: [log-server]}\n- {count: 2, first_id: 21, roles: [worker, http-ingress]}\n",
        Some(20),
    ),
    (
        "the only worker is lost",
        "replication: {logs: 2, partitions: 1}\nnodes:\n- {count: 3, first_id: 1, roles: [admin, metadata-server, log-server]}\n- {id: 4, roles: [worker, http-ingress]}\n",
        "retired_ids: [4]\nreplication: {logs: 2, partitions: 1}\nnodes:\n- {count: 3, first_id: 1, roles: [admin, metadata-server, log-server]}\n- {id: 5, roles: [worker, http-ingress]}\n",
        Some(4),
    ),
    (
        "a node of admin alone goes",
        "nodes:\n- {count: 3, first_id: 1}\n- {id: 4, roles: [admin]}\n",
        "retired_ids: [4]\nnodes: [{count: 3, first_id: 1}]\n",
        None,
    ),
    (
        "a node of admin alone is lost",
        "nodes:\n- {count: 3, first_id: 1}\n- {id: 4, roles: [admin]}\n",
        "retired_ids: [4]\nnodes:\n- {count: 3, first_id: 1}\n- {id: 5, roles: [admin]}\n",
        Some(4),
    ),
    (
        "a worker takes on the role of a log server, and the replication rises to it",
        "replication: 2\nnodes:\n- {count: 2, first_id: 1}\n- {id: 3, roles: [worker]}\n",
        "replication: {logs: 3, partitions: 2}\nnodes:\n- {count: 2, first_id: 1}\n- {id: 3, roles: [worker, log-server]}\n",
        None,
    ),
    (
        "a node is a worker no more, and the replication falls for it",
        "replication: 3\nnodes: 3\nmetadata_servers: 1\n",
        "replication: {logs: 3, partitions: 2}\nmetadata_servers: 1\nnodes:\n- {count: 2, first_id: 1}\n- {id: 3, roles: [log-server]}\n",
        None,
    ),
    (
        "a node is a worker no more, and the replication rises",
        "replication: 1\nnodes:\n- {count: 2, first_id: 1}\n- {id: 3, roles: [worker, log-server]}\n- {id: 4}\n",
        "replication: 2\nnodes:\n- {count: 2, first_id: 1}\n- {id: 3, roles: [log-server]}\n- {id: 4}\n",
        None,
    ),
    (
        "partitions on more nodes",
        "nodes: 5\nreplication: {logs: 3, partitions: 2}\n",
        "nodes: 5\nreplication: {logs: 3, partitions: 4}\n",
        None,
    ),
    (
        "a first place for snapshots",
        "nodes: 3\nobject_store: none # restate-gen: allow RG401 - test\n",
        "nodes: 3\n",
        None,
    ),
];

#[test]
fn changes_of_roles_zones_and_settings_are_carried_out_too() {
    let mut tally = Tally::default();
    for (_, before, after, lost) in CHANGES {
        let [before, after] = [before, after].map(|text| resolved(text));
        simulate(&before, &after, *lost, &mut tally);
    }
}

/// A node of a random file: its id, its roles and its zone.
type Entry = (u32, usize, usize);

const ROLES: [&str; 8] = [
    "",
    "",
    "roles: [worker, http-ingress, admin], ",
    "roles: [log-server], ",
    "roles: [admin, metadata-server], ",
    "roles: [worker, log-server], ",
    "roles: [worker, log-server, metadata-server], ",
    "roles: [http-ingress], ",
];
const ZONES: [&str; 4] = ["eu.a", "eu.b", "eu.c", "us.a"];
const COPIES: [&str; 9] = [
    "1",
    "2",
    "2",
    "3",
    "{logs: 3, partitions: 2}",
    "{logs: 2, partitions: 3}",
    "{zone: 2}",
    "{zone: 2, node: 3}",
    "{region: 2}",
];

fn file(nodes: &[Entry], has_zones: bool, copies: usize, retired: &[u32]) -> String {
    let mut text = format!(
        "replication: {}\nretired_ids: {retired:?}\nnodes:\n",
        COPIES[copies]
    );
    for (id, roles, zone) in nodes {
        let location = if has_zones {
            format!("location: {}, ", ZONES[*zone])
        } else {
            String::new()
        };
        text += &format!("- {{id: {id}, {}{location}}}\n", ROLES[*roles]);
    }
    text
}

/// What a random file becomes.
#[derive(Debug, Clone)]
enum News {
    Grow(Vec<Entry>),
    Shrink(Vec<bool>),
    Replace(prop::sample::Index),
    Copies(usize),
    Roles(Vec<Option<usize>>),
    Locations,
}

fn news() -> impl Strategy<Value = News> {
    let entry = || (0..1u32, 0..ROLES.len(), 0..ZONES.len());
    prop_oneof![
        prop::collection::vec(entry(), 1..3).prop_map(News::Grow),
        prop::collection::vec(any::<bool>(), 8).prop_map(News::Shrink),
        any::<prop::sample::Index>().prop_map(News::Replace),
        (0..COPIES.len()).prop_map(News::Copies),
        prop::collection::vec(prop::option::weighted(0.3, 0..ROLES.len()), 8).prop_map(News::Roles),
        Just(News::Locations),
    ]
}

/// Files before and after, and the lost node.
fn changed(
    (nodes, has_zones, copies): (Vec<Entry>, bool, usize),
    news: News,
    other_copies: Option<usize>,
) -> (String, String, Option<u32>) {
    let nodes: Vec<Entry> = (1..)
        .zip(nodes)
        .map(|(id, (_, roles, zone))| (id, roles, zone))
        .collect();
    let before = file(&nodes, has_zones, copies, &[]);
    let next = nodes.len() as u32 + 1;
    let mut copies = other_copies.unwrap_or(copies);
    let (mut after, mut has_zones, mut lost) = (nodes.clone(), has_zones, None);
    match news {
        News::Grow(more) => {
            after.extend(
                (next..)
                    .zip(more)
                    .map(|(id, (_, roles, zone))| (id, roles, zone)),
            );
        }
        News::Shrink(stay) => {
            let mut stay = stay.into_iter();
            after.retain(|_| stay.next().unwrap_or(true));
        }
        News::Replace(index) => {
            let node = &mut after[index.index(nodes.len())];
            lost = Some(node.0);
            node.0 = next;
        }
        News::Copies(other) => copies = other,
        News::Roles(roles) => {
            for (node, roles) in after.iter_mut().zip(roles) {
                node.1 = roles.unwrap_or(node.1);
            }
        }
        News::Locations => has_zones = true,
    }
    let kept: Vec<u32> = after.iter().map(|node| node.0).collect();
    let retired: Vec<u32> = (1..next).filter(|id| !kept.contains(id)).collect();
    (before, file(&after, has_zones, copies, &retired), lost)
}

#[test]
fn random_files_of_roles_and_zones_are_changed_without_loss() {
    let entry = (0..1u32, 0..ROLES.len(), 0..ZONES.len());
    let before = (
        prop::collection::vec(entry, 1..8),
        any::<bool>(),
        0..COPIES.len(),
    );
    let other_copies = prop::option::weighted(0.3, 0..COPIES.len());
    let changes = (before, news(), other_copies)
        .prop_map(|(before, news, copies)| changed(before, news, copies));
    let tally = RefCell::new(Tally::default());
    let mut runner = TestRunner::new(tries(512));
    let result = runner.run(&changes, |(before, after, lost)| {
        let (Some(before), Some(after)) = (sound(&before), sound(&after)) else {
            return Ok(());
        };
        if after.refused(&before.to(&after, lost)).is_empty() {
            simulate(&before, &after, lost, &mut tally.borrow_mut());
        }
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.expect_err("an error"));
    assert!(tally.borrow().plans > 50, "{:?}", tally.borrow());
}
