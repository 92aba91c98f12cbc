//! The text of a cluster file with a change made in it: comments, layout, quotes and line breaks stay.
//!
//! What the file should mean is decided in the model. The text is changed where that differs, and read again. It is
//! returned only if it means exactly that and every remaining node keeps its identity.

mod identity;
mod layout;
mod patches;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::diagnostic::{quoted, suggest};
use crate::facts::Release;
use crate::model::kubernetes::{Flavor, Replacement};
use crate::model::{Cluster, MOST_NODES, Node, NodeEntry, Nodes};
use crate::refusal::Refusal;
use crate::schema;
use crate::source::{DocPath, Document};
use crate::topology::ids::{self, Slot, default_name, id_in_name};
use crate::topology::kubernetes::{self, NodeSet};
use crate::topology::{DEFAULT_NODES, NodeId};

use patches::Patches;

/// The fix if there is no number to change.
const BY_A_COPY: &str =
    "add the new nodes to a copy of the file, and run `restate-gen scale --to COPY`";

/// The file for `nodes` nodes. Nodes that stay keep their ids; those with the highest ids go and are recorded in `retired_ids`;
/// new ones get ids never used before.
///
/// `cluster` is what the document reads as, without errors. Where the file says that nodes replace others, those in the
/// highest places go, for a StatefulSet can give up no other; where it is used on Kubernetes, new nodes take places
/// that were given up, and the file says so.
///
/// # Errors
/// When a cluster cannot have that number of nodes, or has it already; when the nodes are a list without exactly one
/// group; when the text cannot be changed so without changing something else.
///
/// ```
/// use restate_gen::{edit, schema, source::Document};
///
/// let document = Document::parse("restate-cluster.yaml", "nodes: 5 # more in May\nname: orders\n");
/// let cluster = schema::read(&document).cluster.expect("it is sound");
/// let text = edit::scaled(&document, &cluster, 3, false).expect("it can be smaller");
/// assert_eq!(text, "nodes: 3 # more in May\nretired_ids: [4, 5]\nname: orders\n");
/// ```
pub fn scaled(
    document: &Document,
    cluster: &Cluster,
    nodes: u32,
    on_kubernetes: bool,
) -> Result<String, Refusal> {
    if !(1..=MOST_NODES).contains(&nodes) {
        let message = format!("a cluster cannot have {nodes} nodes");
        return Err(Refusal::new(
            message,
            format!("pass a number from 1 to {MOST_NODES}"),
        ));
    }
    let before = slots(cluster);
    let entry = countable(cluster)?;
    let counted = before.iter().filter(|slot| slot.entry == entry).count() as u32;
    let others = before.len() as u32 - counted;
    if nodes == others + counted {
        return Err(Refusal::new(
            format!("the cluster already has {nodes} nodes, so there is nothing to do"),
            "pass another number of nodes",
        ));
    }
    let count = nodes.saturating_sub(others);
    if count == 0 {
        let message =
            format!("{others} nodes are not in the group, so a smaller group cannot make {nodes}");
        return Err(Refusal::new(message, BY_A_COPY));
    }
    let on_kubernetes = on_kubernetes || cluster.kubernetes.is_some();
    let mut edit = Edit::new(cluster);
    edit.set_count(entry, count);
    if count < counted {
        edit.retire(&in_last_pods(cluster, entry, counted - count));
    } else if on_kubernetes {
        edit.take_free_places(cluster, entry)?;
    }
    edit.carried_out(document, cluster, on_kubernetes)
}

/// The file with a new node in the place of the one whose disk is gone, which is named by its name, `4` or `N4`.
///
/// `cluster` is what the document reads as, without errors. In a count or a group the next id takes over; on Kubernetes, where
/// a place keeps its pod, the file then says who stands there. An entry of its own gets a new id, and a new name if it was named
/// after the old one.
///
/// # Errors
/// When there is no such node; when its entry has a name of its own, which a new node must not have; when the text cannot be
/// changed so without changing something else.
pub fn replaced(
    document: &Document,
    cluster: &Cluster,
    lost: &str,
    on_kubernetes: bool,
) -> Result<String, Refusal> {
    let before = slots(cluster);
    let slot = named(cluster, &before, lost)?;
    let NodeId(id) = slot.id;
    let own_entry = match (&cluster.nodes, slot.entry) {
        (Some(Nodes::List(entries)), Some(index)) => match entries.get(index) {
            Some(NodeEntry::Node(node)) => Some((index, node)),
            _ => None,
        },
        _ => None,
    };
    let on_kubernetes = on_kubernetes || cluster.kubernetes.is_some();
    let mut edit = Edit::new(cluster);
    edit.retire(&[id]);
    match own_entry {
        Some((index, node)) => {
            let new = free_id(cluster, &before);
            edit.set_node(index, renewed(node, id, new)?);
        }
        None if on_kubernetes => {
            let known: BTreeSet<NodeId> = before.iter().map(|slot| slot.id).collect();
            let after = edit.cluster.clone();
            for new in slots(&after)
                .iter()
                .filter(|slot| !known.contains(&slot.id))
            {
                edit.stand_in(new.id.0, id)?;
            }
        }
        None => {}
    }
    edit.carried_out(document, cluster, on_kubernetes)
}

/// The file with another server version; where it says none, a line is inserted.
///
/// `cluster` is what the document reads as, without errors.
///
/// # Errors
/// When the text cannot be changed so without changing something else.
pub fn upgraded(
    document: &Document,
    cluster: &Cluster,
    version: &Release,
) -> Result<String, Refusal> {
    let mut edit = Edit::new(cluster);
    edit.set_version(version);
    edit.carried_out(document, cluster, cluster.kubernetes.is_some())
}

/// What becomes of the model, and what of it the text has to say.
struct Edit {
    /// The cluster that is meant.
    cluster: Cluster,
    version: Option<String>,
    count: Option<(Option<usize>, u32)>,
    node: Option<(usize, Node)>,
    retired: Vec<u32>,
    replacements: Vec<Replacement>,
}

impl Edit {
    fn new(cluster: &Cluster) -> Self {
        Self {
            cluster: cluster.clone(),
            version: None,
            count: None,
            node: None,
            retired: Vec::new(),
            replacements: Vec::new(),
        }
    }

    /// Gives the group of that entry, or the whole cluster, as many nodes.
    fn set_count(&mut self, entry: Option<usize>, count: u32) {
        match (&mut self.cluster.nodes, entry) {
            (Some(Nodes::List(entries)), Some(index)) => {
                if let Some(NodeEntry::Group(group)) = entries.get_mut(index) {
                    group.count = count;
                }
            }
            (nodes, _) => *nodes = Some(Nodes::Count(count)),
        }
        self.count = Some((entry, count));
    }

    fn set_version(&mut self, version: &Release) {
        self.cluster.version = Some(version.text().into());
        self.version = Some(version.text().into());
    }

    fn set_node(&mut self, index: usize, node: Node) {
        if let Some(Nodes::List(entries)) = &mut self.cluster.nodes
            && let Some(entry) = entries.get_mut(index)
        {
            *entry = NodeEntry::Node(node.clone());
        }
        self.node = Some((index, node));
    }

    fn retire(&mut self, ids: &[u32]) {
        self.cluster.retired_ids.extend(ids);
        self.retired.extend(ids);
    }

    /// Lets a node stand in the place of another in Kubernetes.
    fn stand_in(&mut self, id: u32, in_place_of: u32) -> Result<(), Refusal> {
        let given = self.cluster.kubernetes.get_or_insert_default();
        let who = match given.flavor.unwrap_or_default() {
            Flavor::Raw => None,
            Flavor::Helm => Some("the Helm chart"),
            Flavor::Operator => Some("the operator"),
        };
        if let Some(who) = who {
            return Err(Refusal::new(
                format!("{who} cannot express that node {id} replaces node {in_place_of}"),
                "use raw manifests instead: `kubernetes: {flavor: raw}`",
            ));
        }
        let replacement = Replacement { id, in_place_of };
        given.replacements.push(replacement);
        self.replacements.push(replacement);
        Ok(())
    }

    /// Which node replaces which; reading it adds no section to the file.
    fn replacements_so_far(&self) -> Vec<Replacement> {
        let given = self.cluster.kubernetes.as_ref();
        given.map_or_else(Vec::new, |given| given.replacements.clone())
    }

    /// Lets new nodes stand in places that were given up, for no StatefulSet can leave one out.
    fn take_free_places(&mut self, before: &Cluster, entry: Option<usize>) -> Result<(), Refusal> {
        let after = self.cluster.clone();
        let known: BTreeSet<NodeId> = slots(before).iter().map(|slot| slot.id).collect();
        let new = slots(&after);
        let new = new
            .iter()
            .filter(|slot| slot.entry == entry && !known.contains(&slot.id));
        let sets = sets(before);
        let Some(set) = set_of(before, &sets, entry) else {
            return Ok(());
        };
        let (first, last) = (set.first_ordinal(), set.pods.last());
        let last = last.map_or(0, |pod| pod.ordinal);
        let standing = self.replacements_so_far();
        let taken: BTreeSet<u32> = standing.iter().map(|one| one.in_place_of).collect();
        let free = after.retired_ids.iter().filter(|id| !taken.contains(id));
        let mut free: Vec<u32> = free.copied().collect();
        free.sort_by_key(|id| kubernetes::ordinal(*id, first, &standing));
        // Places are requested in ascending order, so what is skipped once is not needed later.
        let mut free = free.into_iter().peekable();
        for (slot, place) in new.zip(last + 1..) {
            let replacements = self.replacements_so_far();
            let ordinal = |id: u32| kubernetes::ordinal(id, first, &replacements);
            let NodeId(id) = slot.id;
            if ordinal(id) == place {
                continue;
            }
            while free.next_if(|id| ordinal(*id) < place).is_some() {}
            if let Some(predecessor) = free.next_if(|id| ordinal(*id) == place) {
                self.stand_in(id, predecessor)?;
            }
        }
        Ok(())
    }

    /// The text that means the changed cluster.
    fn carried_out(
        self,
        document: &Document,
        before: &Cluster,
        on_kubernetes: bool,
    ) -> Result<String, Refusal> {
        if !document.faults().is_empty() {
            let message = "the file has errors, so its meaning is unknown";
            return Err(Refusal::new(
                message,
                "run `restate-gen validate`, and fix them first",
            ));
        }
        if let Some(flag) = document.flags().next() {
            return Err(by_a_flag(flag));
        }
        identity::check(before, &self.cluster, &self.retired, on_kubernetes)?;
        let mut patches = Patches::new(document);
        self.write(&mut patches)?;
        let text = patches.finish()?;
        // The proof: what was written is read again, and has to mean what was meant.
        let again = Document::parse(document.name(), text.as_str());
        let reading = schema::read(&again);
        if reading.diagnostics.is_empty() && reading.cluster.as_ref() == Some(&self.cluster) {
            return Ok(text);
        }
        Err(match patches.anchored() {
            Some(path) => Refusal::new(
                format!("`{path}` has an anchor, and its aliases would change with it"),
                "write those values out instead of using the alias",
            ),
            None => Refusal::new(
                "the changed file would not mean what you requested, so it is not written; this is a bug in restate-gen",
                "make the change by hand, and report the bug with the file",
            ),
        })
    }

    fn write(&self, patches: &mut Patches<'_>) -> Result<(), Refusal> {
        let root = DocPath::root();
        let entry = |index: usize| DocPath::of(["nodes"]).index(index);
        if let Some(version) = &self.version {
            patches.set(&root, "version", &json!(version), &["name", "nodes"])?;
        }
        match self.count {
            Some((Some(index), count)) => {
                patches.set(&entry(index), "count", &count.into(), &[])?
            }
            Some((None, count)) => {
                let after = ["image", "version", "name"];
                patches.set(&root, "nodes", &count.into(), &after)?;
            }
            None => {}
        }
        if let Some((index, node)) = &self.node {
            // A name of that form says the id, so what the entry did not say it need not say now.
            if let Some(name) = &node.name {
                patches.set(&entry(*index), "name", &json!(name), &[])?;
            }
            if let Some(id) = node.id {
                patches.set(&entry(*index), "id", &id.into(), &["name"])?;
            }
        }
        let behind_nodes = ["nodes", "image", "version", "name"];
        if !self.retired.is_empty() {
            let ids: Vec<Value> = self.retired.iter().map(|id| json!(id)).collect();
            patches.extend(&root, "retired_ids", &ids, &behind_nodes)?;
        }
        if !self.replacements.is_empty() {
            let replacement =
                |one: &Replacement| json!({"id": one.id, "in_place_of": one.in_place_of});
            let replacements: Vec<Value> = self.replacements.iter().map(replacement).collect();
            if patches.is_mapping(&DocPath::of(["kubernetes"])) {
                let mapping = DocPath::of(["kubernetes"]);
                patches.extend(&mapping, "replacements", &replacements, &[])?;
            } else {
                let after = ["retired_ids", "nodes", "image", "version", "name"];
                let section = json!({ "replacements": replacements });
                patches.set(&root, "kubernetes", &section, &after)?;
            }
        }
        Ok(())
    }
}

/// That a value is not the file's.
fn by_a_flag(flag: &str) -> Refusal {
    Refusal::new(
        format!("`{flag}` is on the command line, so the file does not describe the whole cluster"),
        "write it into the file, and drop the flag",
    )
}

/// The nodes of a cluster, by id.
fn slots(cluster: &Cluster) -> Vec<Slot<'_>> {
    let kubernetes = cluster.kubernetes.as_ref();
    let replacements = kubernetes.map_or(&[][..], |given| &given.replacements);
    ids::assign(given(cluster), &cluster.retired_ids, replacements)
}

/// The StatefulSets of a cluster.
fn sets(cluster: &Cluster) -> Vec<NodeSet> {
    let nodes = given(cluster);
    let (given, retired) = (cluster.kubernetes.as_ref(), &cluster.retired_ids);
    kubernetes::resolve(given, nodes, &slots(cluster), retired, String::new()).sets
}

fn given(cluster: &Cluster) -> &Nodes {
    static DEFAULT: Nodes = Nodes::Count(DEFAULT_NODES);
    cluster.nodes.as_ref().unwrap_or(&DEFAULT)
}

/// The set that the nodes of an entry, or of the count, stand in.
fn set_of<'s>(cluster: &Cluster, sets: &'s [NodeSet], entry: Option<usize>) -> Option<&'s NodeSet> {
    let slots = slots(cluster);
    let slot = slots.iter().find(|slot| slot.entry == entry)?;
    let holds = |set: &&NodeSet| set.pods.iter().any(|pod| pod.node == slot.id);
    sets.iter().find(holds)
}

/// Where the number is that a cluster grows and shrinks by: the only group of a list, or the count.
fn countable(cluster: &Cluster) -> Result<Option<usize>, Refusal> {
    let Some(Nodes::List(entries)) = &cluster.nodes else {
        return Ok(None);
    };
    let is_group = |entry: &NodeEntry| matches!(entry, NodeEntry::Group(_));
    let groups: Vec<usize> = (0..entries.len())
        .filter(|index| is_group(&entries[*index]))
        .collect();
    match groups[..] {
        [group] => Ok(Some(group)),
        [] => Err(Refusal::new(
            "each node has its own entry, so a number does not say which to add or remove",
            BY_A_COPY,
        )),
        _ => Err(Refusal::new(
            format!(
                "the list has {} groups, so a number does not say which one to change",
                groups.len()
            ),
            BY_A_COPY,
        )),
    }
}

/// The ids of the nodes that are removed: those of the last pods. Where no node replaced another, they have the highest ids.
fn in_last_pods(cluster: &Cluster, entry: Option<usize>, count: u32) -> Vec<u32> {
    let sets = sets(cluster);
    let pods = set_of(cluster, &sets, entry).map(|set| &set.pods[..]);
    let last = pods.unwrap_or_default().iter().rev().take(count as usize);
    let mut ids: Vec<u32> = last.map(|pod| pod.node.0).collect();
    ids.sort_unstable();
    ids
}

/// The node that is meant by a name, `4` or `N4`.
fn named<'s, 'c>(
    cluster: &Cluster,
    slots: &'s [Slot<'c>],
    lost: &str,
) -> Result<&'s Slot<'c>, Refusal> {
    let digits = lost.strip_prefix('N').unwrap_or(lost);
    let is_id = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let id: Option<u32> = digits.parse().ok().filter(|_| is_id);
    let by_name = slots.iter().find(|slot| slot.name == lost);
    let by_id = || slots.iter().find(|slot| Some(slot.id.0) == id);
    if let Some(slot) = by_name.or_else(by_id) {
        return Ok(slot);
    }
    let retired = id
        .or_else(|| id_in_name(lost))
        .filter(|id| cluster.retired_ids.contains(id));
    let message = match retired {
        Some(id) => format!("node {id} is already retired, so it needs no replacement"),
        None => format!("there is no node {}", quoted(lost)),
    };
    let names = || slots.iter().map(|slot| slot.name.as_str());
    let meant = suggest::closest(lost, names()).filter(|_| retired.is_none());
    let help = match meant {
        Some(name) => format!("name a node of this file; did you mean `{name}`?"),
        None => {
            const MOST: usize = 5;
            let more = if slots.len() > MOST { ", …" } else { "" };
            let names: Vec<String> = names().take(MOST).map(|name| format!("`{name}`")).collect();
            format!(
                "name a node of this file by its name or id: {}{more}",
                names.join(", ")
            )
        }
    };
    Err(Refusal::new(message, help))
}

/// The lowest id that no node has or had, and whose name no node has.
fn free_id(cluster: &Cluster, slots: &[Slot<'_>]) -> u32 {
    let taken: BTreeSet<u32> = slots
        .iter()
        .flat_map(|slot| [Some(slot.id.0), id_in_name(&slot.name)])
        .flatten()
        .chain(cluster.retired_ids.iter().copied())
        .collect();
    (1..=u32::MAX)
        .find(|id| !taken.contains(id))
        .unwrap_or(u32::MAX)
}

/// The entry of a node under a new id.
fn renewed(node: &Node, old: u32, new: u32) -> Result<Node, Refusal> {
    if let Some(volume) = &node.volume {
        return Err(Refusal::new(
            format!(
                "the node's data is in {}, in which its replacement must not be",
                quoted(volume)
            ),
            format!(
                "in a copy of the file, write a new name, `id: {new}` and no `volume` into the node's entry, and add {old} to `retired_ids`; then run `restate-gen scale --to COPY`"
            ),
        ));
    }
    let mut renewed = node.clone();
    match node.name.as_deref() {
        None => renewed.id = Some(new),
        Some(name) if id_in_name(name) == Some(old) => {
            renewed.name = Some(default_name(new));
            renewed.id = node.id.map(|_| new);
        }
        Some(name) => {
            return Err(Refusal::new(
                format!(
                    "the node has its own name, {}, which its replacement must not have",
                    quoted(name)
                ),
                format!(
                    "in a copy of the file, write a new name and `id: {new}` into the node's entry, and add {old} to `retired_ids`"
                ),
            ));
        }
    }
    Ok(renewed)
}
