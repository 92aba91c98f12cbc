//! A cluster file with nodes added, removed and replaced in it: what changes, what is refused, and that all else stays.

use std::collections::BTreeSet;

use restate_gen::diagnostic::allow::Policy;
use restate_gen::edit::{replaced, scaled, upgraded};
use restate_gen::facts;
use restate_gen::model::Cluster;
use restate_gen::refusal::Refusal;
use restate_gen::schema;
use restate_gen::source::Document;
use restate_gen::topology::ids::assign;
use restate_gen::validation::validate;
use serde_json::json;

/// What is requested.
#[derive(Debug, Clone, Copy)]
enum Asked {
    Scale(u32),
    ScaleOnKubernetes(u32),
    Replace(&'static str),
    ReplaceOnKubernetes(&'static str),
}
use Asked::{Replace, ReplaceOnKubernetes, Scale, ScaleOnKubernetes};

/// The document and the cluster of a text, which is sound.
fn read(text: &str) -> (Document, Cluster) {
    let document = Document::parse("restate-cluster.yaml", text);
    let reading = schema::read(&document);
    assert!(
        reading.diagnostics.is_empty(),
        "{text:?}: {:?}",
        reading.diagnostics
    );
    (document, reading.cluster.expect("a model"))
}

fn edited(text: &str, asked: Asked) -> Result<String, Refusal> {
    let (document, cluster) = read(text);
    match asked {
        Scale(nodes) => scaled(&document, &cluster, nodes, false),
        ScaleOnKubernetes(nodes) => scaled(&document, &cluster, nodes, true),
        Replace(lost) => replaced(&document, &cluster, lost, false),
        ReplaceOnKubernetes(lost) => replaced(&document, &cluster, lost, true),
    }
}

/// What it is, the text before, what is requested, and the text after.
const EDITED: &[(&str, &str, Asked, &str)] = &[
    // The count.
    ("a count grows", "nodes: 3\n", Scale(5), "nodes: 5\n"),
    (
        "a comment on its line",
        "nodes:   3   # drei für den Anfang – später mehr\nname: a\n",
        Scale(5),
        "nodes:   5   # drei für den Anfang – später mehr\nname: a\n",
    ),
    (
        "lines of Windows",
        "nodes: 5\r\nname: a\r\n",
        Scale(3),
        "nodes: 3\r\nretired_ids: [4, 5]\r\nname: a\r\n",
    ),
    (
        "lines of old Macs",
        "nodes: 5\rname: a\r",
        Scale(4),
        "nodes: 4\rretired_ids: [5]\rname: a\r",
    ),
    (
        "no line break at the end",
        "name: a\nnodes: 5",
        Scale(3),
        "name: a\nnodes: 3\nretired_ids: [4, 5]",
    ),
    (
        "a byte order mark",
        "\u{feff}nodes: 5\n",
        Scale(4),
        "\u{feff}nodes: 4\nretired_ids: [5]\n",
    ),
    (
        "an indented file",
        "# ü\n  nodes: 5 # five\n  name: a\n",
        Scale(4),
        "# ü\n  nodes: 4 # five\n  retired_ids: [5]\n  name: a\n",
    ),
    (
        "a comment below the count that is indented speaks of it",
        "nodes: 5\n  # one in each rack\n# The name.\nname: a\n",
        Scale(4),
        "nodes: 4\n  # one in each rack\nretired_ids: [5]\n# The name.\nname: a\n",
    ),
    (
        "a marker before and after",
        "%YAML 1.2\n---\nnodes: 5\n...\n",
        Scale(4),
        "%YAML 1.2\n---\nnodes: 4\nretired_ids: [5]\n...\n",
    ),
    (
        "another notation of the number",
        "nodes: 0x3\n",
        Scale(5),
        "nodes: 5\n",
    ),
    (
        "a tag",
        "nodes: !!int \"3\"\n",
        Scale(5),
        "nodes: !!int 5\n",
    ),
    (
        "a quoted key",
        "'nodes': 5\n",
        Scale(4),
        "'nodes': 4\nretired_ids: [5]\n",
    ),
    (
        "an anchor that nobody uses",
        "nodes: &n 3\n",
        Scale(5),
        "nodes: &n 5\n",
    ),
    (
        "the number on a line of its own",
        "nodes:\n  # this many\n  5\nname: a\n",
        Scale(4),
        "nodes:\n  # this many\n  4\nretired_ids: [5]\nname: a\n",
    ),
    // No count.
    ("an empty file", "", Scale(5), "nodes: 5\n"),
    (
        "an empty file gets smaller",
        "",
        Scale(1),
        "nodes: 1\nretired_ids: [2, 3]\n",
    ),
    (
        "nothing but comments",
        "# ours\n# all default",
        Scale(5),
        "# ours\n# all default\nnodes: 5",
    ),
    (
        "nothing but comments and a marker",
        "# ours\r\n---\r\n",
        Scale(2),
        "# ours\r\n---\r\nnodes: 2\r\nretired_ids: [3]\r\n",
    ),
    (
        "no count beside a name",
        "# a\nname: a # b\n# c\nreplication: 2\n",
        Scale(2),
        "# a\nname: a # b\nnodes: 2\nretired_ids: [3]\n# c\nreplication: 2\n",
    ),
    (
        "no count and nothing that it belongs to",
        "# no copies\nsnapshots:\n  interval: 5m\n  # or less\n",
        Scale(4),
        "# no copies\nsnapshots:\n  interval: 5m\n  # or less\nnodes: 4\n",
    ),
    (
        "a count that is left open",
        "nodes: # default\nname: a\n",
        Scale(4),
        "nodes: 4 # default\nname: a\n",
    ),
    (
        "a count of nothing",
        "nodes: ~ # default\n",
        Scale(4),
        "nodes: 4 # default\n",
    ),
    ("empty braces", "{}\n", Scale(4), "{nodes: 4}\n"),
    (
        "empty braces with space",
        "{ } # ours\n",
        Scale(2),
        "{nodes: 2, retired_ids: [3]} # ours\n",
    ),
    // Retired ids.
    (
        "a list in brackets",
        "retired_ids: [4, 7] # gone\nnodes: 3\n",
        Scale(2),
        "retired_ids: [4, 7, 3] # gone\nnodes: 2\n",
    ),
    (
        "empty brackets",
        "nodes: 3\nretired_ids: [] # none\n",
        Scale(2),
        "nodes: 2\nretired_ids: [3] # none\n",
    ),
    (
        "brackets with space in them",
        "nodes: 3\nretired_ids: [ ]\n",
        Scale(2),
        "nodes: 2\nretired_ids: [3]\n",
    ),
    (
        "no list behind the key",
        "nodes: 3\nretired_ids:   # none\nname: a\n",
        Scale(2),
        "nodes: 2\nretired_ids: [3]   # none\nname: a\n",
    ),
    (
        "brackets over lines",
        "nodes: 5\nretired_ids: [\n  8, # the first\n  9 # the second\n]\n",
        Scale(3),
        "nodes: 3\nretired_ids: [\n  8, # the first\n  9, # the second\n  4,\n  5\n]\n",
    ),
    (
        "brackets over lines with a comma at the end",
        "nodes: 5\nretired_ids: [\n  8,\n  9, # the second\n]\n",
        Scale(3),
        "nodes: 3\nretired_ids: [\n  8,\n  9, # the second\n  4,\n  5,\n]\n",
    ),
    (
        "a list by indentation",
        "nodes: 5\nretired_ids:\n  - 8\n  -   9 # the second\n\nname: a\n",
        Scale(3),
        "nodes: 3\nretired_ids:\n  - 8\n  -   9 # the second\n  -   4\n  -   5\n\nname: a\n",
    ),
    (
        "a list at the key's own level, without a line break at the end",
        "nodes: 5\r\nretired_ids:\r\n- 8",
        Scale(4),
        "nodes: 4\r\nretired_ids:\r\n- 8\r\n- 5",
    ),
    (
        "a list with an anchor in it",
        "nodes: 5\nretired_ids:\n- &a 8\n- *a\n",
        Scale(4),
        "nodes: 4\nretired_ids:\n- &a 8\n- *a\n- 5\n",
    ),
    // Braces and JSON.
    (
        "braces",
        "{nodes: 5, name: a} # ü\n",
        Scale(4),
        "{nodes: 4, retired_ids: [5], name: a} # ü\n",
    ),
    (
        "JSON on a line",
        "{\"nodes\":5}",
        Scale(4),
        "{\"nodes\":4, \"retired_ids\": [5]}",
    ),
    (
        "JSON over lines",
        "{\n  \"nodes\": 5,\n  \"name\": \"a\"\n}\n",
        Scale(4),
        "{\n  \"nodes\": 4,\n  \"retired_ids\": [5],\n  \"name\": \"a\"\n}\n",
    ),
    (
        "JSON that ends with the count",
        "{\r\n\t\"name\": \"a\",\r\n\t\"nodes\": 5\r\n}\r\n",
        Scale(4),
        "{\r\n\t\"name\": \"a\",\r\n\t\"nodes\": 4,\r\n\t\"retired_ids\": [5]\r\n}\r\n",
    ),
    // Groups.
    (
        "the only group",
        "nodes:\n  - group: a\n    count: 3 # three\n    location: eu.a\n",
        Scale(5),
        "nodes:\n  - group: a\n    count: 5 # three\n    location: eu.a\n",
    ),
    (
        "the only group gets smaller",
        "nodes:\n  - group: a\n    count: 3\n    first_id: 10\n    settings:\n      log-filter: |\n        warn\n# ours\nname: a\n",
        Scale(1),
        "nodes:\n  - group: a\n    count: 1\n    first_id: 10\n    settings:\n      log-filter: |\n        warn\nretired_ids: [11, 12]\n# ours\nname: a\n",
    ),
    (
        "a group beside nodes",
        "nodes:\n- {id: 1, roles: [admin, metadata-server]}\n- {count: 4, first_id: 10}\n",
        Scale(3),
        "nodes:\n- {id: 1, roles: [admin, metadata-server]}\n- {count: 2, first_id: 10}\nretired_ids: [12, 13]\n",
    ),
    (
        "a group skips the nodes beside it",
        "nodes: [{count: 2}, {id: 3}]\n",
        Scale(4),
        "nodes: [{count: 3}, {id: 3}]\n",
    ),
    (
        "a list whose last value is an alias",
        "nodes:\n- {count: 2, first_id: 1, resources: &r {cpus: 1}}\n- id: 9\n  resources: *r # same\nname: a\n",
        Scale(2),
        "nodes:\n- {count: 1, first_id: 1, resources: &r {cpus: 1}}\n- id: 9\n  resources: *r # same\nretired_ids: [2]\nname: a\n",
    ),
    (
        "a list in brackets over lines",
        "nodes: [\n  {id: 1,\n   location: eu.a}, # a\n  {count: 5, first_id: 4,}\n  ] # b\nname: a\n",
        Scale(4),
        "nodes: [\n  {id: 1,\n   location: eu.a}, # a\n  {count: 3, first_id: 4,}\n  ] # b\nretired_ids: [7, 8]\nname: a\n",
    ),
    // Replacing, in a count and in a group.
    (
        "the first node of a count",
        "nodes: 3 # three\nname: a\n",
        Replace("1"),
        "nodes: 3 # three\nretired_ids: [1]\nname: a\n",
    ),
    (
        "a node by its name",
        "nodes: 3\nretired_ids: [1]\n",
        Replace("restate-4"),
        "nodes: 3\nretired_ids: [1, 4]\n",
    ),
    (
        "a node of a file without a count",
        "name: a\n",
        Replace("N2"),
        "name: a\nretired_ids: [2]\n",
    ),
    (
        "a node of an empty file",
        "",
        Replace("N2"),
        "retired_ids: [2]\n",
    ),
    (
        "a node of a group",
        "nodes:\n- {group: a, count: 3, first_id: 10}\n- {group: b, count: 3, first_id: 20}\n",
        Replace("11"),
        "nodes:\n- {group: a, count: 3, first_id: 10}\n- {group: b, count: 3, first_id: 20}\nretired_ids: [11]\n",
    ),
    // Replacing on Kubernetes.
    (
        "on Kubernetes the file says who stands there",
        "nodes: 3 # three\nname: a",
        ReplaceOnKubernetes("2"),
        "nodes: 3 # three\nretired_ids: [2]\nkubernetes: {replacements: [{id: 4, in_place_of: 2}]}\nname: a",
    ),
    (
        "a file with a section is used there",
        "nodes: 3\nkubernetes:\n  namespace: b # ours\n  # more\nretired_ids: []\n",
        Replace("2"),
        "nodes: 3\nkubernetes:\n  namespace: b # ours\n  # more\n  replacements: [{id: 4, in_place_of: 2}]\nretired_ids: [2]\n",
    ),
    (
        "a section in braces",
        "nodes: 3\nretired_ids: [2]\nkubernetes: {namespace: b, replacements: [{id: 4, in_place_of: 2}]}\n",
        Replace("4"),
        "nodes: 3\nretired_ids: [2, 4]\nkubernetes: {namespace: b, replacements: [{id: 4, in_place_of: 2}, {id: 5, in_place_of: 4}]}\n",
    ),
    (
        "an empty section",
        "kubernetes: {}\nnodes: 3\n",
        Replace("3"),
        "kubernetes: {replacements: [{id: 4, in_place_of: 3}]}\nnodes: 3\nretired_ids: [3]\n",
    ),
    (
        "a section that is left open",
        "kubernetes: # ours\nnodes: 3\n",
        ReplaceOnKubernetes("3"),
        "kubernetes: {replacements: [{id: 4, in_place_of: 3}]} # ours\nnodes: 3\nretired_ids: [3]\n",
    ),
    (
        "replacements by indentation",
        "nodes: 3\nretired_ids:\n- 2\nkubernetes:\n  replacements:\n    - id: 4 # the new one\n      in_place_of: 2\n",
        Replace("1"),
        "nodes: 3\nretired_ids:\n- 2\n- 1\nkubernetes:\n  replacements:\n    - id: 4 # the new one\n      in_place_of: 2\n    - id: 5\n      in_place_of: 1\n",
    ),
    (
        "replacements in braces below each other",
        "nodes: 3\nretired_ids: [2]\nkubernetes:\n  replacements:\n  - {id: 4, in_place_of: 2} # rack 7\n  namespace: b\n",
        Replace("1"),
        "nodes: 3\nretired_ids: [2, 1]\nkubernetes:\n  replacements:\n  - {id: 4, in_place_of: 2} # rack 7\n  - {id: 5, in_place_of: 1}\n  namespace: b\n",
    ),
    (
        "JSON",
        "{\n  \"nodes\": 3,\n  \"kubernetes\": {}\n}\n",
        Replace("1"),
        "{\n  \"nodes\": 3,\n  \"retired_ids\": [1],\n  \"kubernetes\": {\"replacements\": [{\"id\": 4, \"in_place_of\": 1}]}\n}\n",
    ),
    // Replacing an entry.
    (
        "an entry with an id",
        "nodes:\n  - id: 1 # one\n    location: eu.a # Frankfurt\n    roles: [admin, worker]\n  - {id: 2}\n",
        Replace("1"),
        "nodes:\n  - id: 3 # one\n    location: eu.a # Frankfurt\n    roles: [admin, worker]\n  - {id: 2}\nretired_ids: [1]\n",
    ),
    (
        "an entry named after its id",
        "nodes:\n  - {name: 'restate-1', ports: {admin: 1}}\n  - {name: restate-2, id: 2}\nretired_ids: [3]\n",
        Replace("restate-1"),
        "nodes:\n  - {name: 'restate-4', ports: {admin: 1}}\n  - {name: restate-2, id: 2}\nretired_ids: [3, 1]\n",
    ),
    (
        "an entry with both",
        "nodes:\n  - {name: restate-1}\n  - name: \"restate-2\"\n    id: 2\n",
        ReplaceOnKubernetes("N2"),
        "nodes:\n  - {name: restate-1}\n  - name: \"restate-3\"\n    id: 3\nretired_ids: [2]\n",
    ),
    (
        "entries with neither",
        "nodes:\n  - {}\n  - location: eu.b # b\n  - {location: eu.c}\n",
        Replace("2"),
        "nodes:\n  - {}\n  - location: eu.b # b\n    id: 4\n  - {location: eu.c}\nretired_ids: [2]\n",
    ),
    (
        "an empty entry",
        "nodes: [{}, {id: 7}]\n",
        Replace("1"),
        "nodes: [{id: 2}, {id: 7}]\nretired_ids: [1]\n",
    ),
    (
        "an entry beside merged values",
        "nodes:\n  - &base {id: 1, roles: [admin]}\n  - {<<: *base, id: 2}\n",
        Replace("2"),
        "nodes:\n  - &base {id: 1, roles: [admin]}\n  - {<<: *base, id: 3}\nretired_ids: [2]\n",
    ),
    (
        "a name that another node has is none for the new one",
        "nodes: [{id: 1}, {id: 2, name: restate-3}]\n",
        Replace("1"),
        "nodes: [{id: 4}, {id: 2, name: restate-3}]\nretired_ids: [1]\n",
    ),
    (
        "a node of a group whose ids touch those of the next one",
        "nodes: [{group: a, count: 2, first_id: 1}, {group: b, count: 3, first_id: 3}]\n",
        Replace("restate-1"),
        "nodes: [{group: a, count: 2, first_id: 1}, {group: b, count: 3, first_id: 3}]\nretired_ids: [1]\n",
    ),
    // Places on Kubernetes.
    (
        "a node of a group whose ids touch those of the next one, on Kubernetes",
        "nodes: [{group: a, count: 2, first_id: 1}, {group: b, count: 3, first_id: 3}]\n",
        ReplaceOnKubernetes("restate-1"),
        "nodes: [{group: a, count: 2, first_id: 1}, {group: b, count: 3, first_id: 3}]\nretired_ids: [1]\nkubernetes: {replacements: [{id: 6, in_place_of: 1}]}\n",
    ),
    (
        "a node of each of two groups that touch, the later one first",
        "nodes: [{group: a, count: 2, first_id: 1}, {group: b, count: 3, first_id: 3}]\nretired_ids: [4]\nkubernetes: {replacements: [{id: 6, in_place_of: 4}]}\n",
        Replace("restate-1"),
        "nodes: [{group: a, count: 2, first_id: 1}, {group: b, count: 3, first_id: 3}]\nretired_ids: [4, 1]\nkubernetes: {replacements: [{id: 6, in_place_of: 4}, {id: 7, in_place_of: 1}]}\n",
    ),
    (
        "the last place goes, not the highest id",
        "nodes: 3\nretired_ids: [2]\nkubernetes: {replacements: [{id: 4, in_place_of: 2}]}\n",
        Scale(2),
        "nodes: 2\nretired_ids: [2, 3]\nkubernetes: {replacements: [{id: 4, in_place_of: 2}]}\n",
    ),
    (
        "a place that was given up is taken by a new node",
        "nodes: 3\nretired_ids: [4, 5]\nkubernetes: {}\n",
        Scale(6),
        "nodes: 6\nretired_ids: [4, 5]\nkubernetes: {replacements: [{id: 6, in_place_of: 4}, {id: 7, in_place_of: 5}]}\n",
    ),
    (
        "a place that was given up by a stand-in",
        "nodes: 1\nretired_ids: [2, 3, 4, 5]\nkubernetes: {replacements: [{id: 4, in_place_of: 2}, {id: 5, in_place_of: 4}]}\n",
        Scale(3),
        "nodes: 3\nretired_ids: [2, 3, 4, 5]\nkubernetes: {replacements: [{id: 4, in_place_of: 2}, {id: 5, in_place_of: 4}, {id: 6, in_place_of: 5}, {id: 7, in_place_of: 3}]}\n",
    ),
    (
        "a cluster that never shrank grows silently",
        "nodes: 3\nretired_ids: [2]\nkubernetes: {replacements: [{id: 4, in_place_of: 2}]}\n",
        Scale(5),
        "nodes: 5\nretired_ids: [2]\nkubernetes: {replacements: [{id: 4, in_place_of: 2}]}\n",
    ),
    (
        "places that were given up, on Kubernetes by the folder alone",
        "nodes: 3\nretired_ids: [4, 5]\n",
        ScaleOnKubernetes(5),
        "nodes: 5\nretired_ids: [4, 5]\nkubernetes: {replacements: [{id: 6, in_place_of: 4}, {id: 7, in_place_of: 5}]}\n",
    ),
    (
        "no place was given up, on Kubernetes by the folder alone",
        "nodes: 3\n",
        ScaleOnKubernetes(5),
        "nodes: 5\n",
    ),
    (
        "a group on Kubernetes",
        "nodes:\n- {id: 1}\n- {count: 1, first_id: 10}\nretired_ids: [11]\nkubernetes: {}\n",
        Scale(3),
        "nodes:\n- {id: 1}\n- {count: 2, first_id: 10}\nretired_ids: [11]\nkubernetes: {replacements: [{id: 12, in_place_of: 11}]}\n",
    ),
    (
        "elsewhere no places are given up",
        "nodes: 3\nretired_ids: [4, 5]\n",
        Scale(5),
        "nodes: 5\nretired_ids: [4, 5]\n",
    ),
];

#[test]
fn nodes_come_go_and_are_replaced_and_the_rest_of_the_text_stays_to_the_byte() {
    let wrong: Vec<String> = EDITED
        .iter()
        .map(|(what, before, asked, after)| (what, *after, edited(before, *asked)))
        .filter(|(_, after, found)| found.as_deref() != Ok(*after))
        .map(|(what, after, found)| format!("{what}:\nexpected {after:?}\nfound    {found:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is refused: the text, what is requested, and parts of the message and of the help.
const REFUSED: &[(&str, Asked, &str, &str)] = &[
    (
        "nodes: 3\n",
        Scale(0),
        "cannot have 0 nodes",
        "from 1 to 1000",
    ),
    (
        "nodes: 3\n",
        Scale(1001),
        "cannot have 1001 nodes",
        "from 1 to 1000",
    ),
    (
        "nodes: 3\n",
        Scale(3),
        "already has 3 nodes",
        "another number",
    ),
    ("", Scale(3), "already has 3 nodes", "another number"),
    (
        "nodes: [{id: 1}, {id: 2}]\n",
        Scale(3),
        "its own entry",
        "scale --to COPY",
    ),
    (
        "nodes: [{count: 1}, {count: 2}]\n",
        Scale(4),
        "2 groups",
        "scale --to COPY",
    ),
    (
        "nodes: [{id: 1}, {id: 2}, {count: 2}]\n",
        Scale(2),
        "2 nodes are not in the group",
        "scale --to COPY",
    ),
    (
        "nodes: [{count: 2}, {}]\n",
        Scale(4),
        "node 3 would change its id",
        "`first_id`",
    ),
    (
        "nodes: [{count: 2, first_id: 1}, {id: 3}]\n",
        Scale(4),
        "id 3 would be used twice",
        "scale --to COPY",
    ),
    (
        "nodes: [{count: 2, first_id: 1}, {id: 9, name: restate-3}]\n",
        Scale(4),
        "two nodes would be named `restate-3`",
        "scale --to COPY",
    ),
    (
        "nodes: [{count: 2}, {}]\n",
        Replace("1"),
        "node 3 would change its id",
        "`first_id`",
    ),
    (
        "nodes: 3\n",
        Replace("restat-2"),
        "no node `restat-2`",
        "did you mean `restate-2`?",
    ),
    (
        "nodes: 9\n",
        Replace("orders"),
        "no node `orders`",
        "`restate-1`, `restate-2`, `restate-3`, `restate-4`, `restate-5`, …",
    ),
    (
        "nodes: 3\n",
        Replace("+2"),
        "no node `+2`",
        "`restate-1`, `restate-2`, `restate-3`",
    ),
    (
        "nodes: 3\n",
        Replace(""),
        "no node",
        "`restate-1`, `restate-2`, `restate-3`",
    ),
    (
        "nodes: 3\nretired_ids: [4]\n",
        Replace("restate-4"),
        "node 4 is already retired",
        "by its name or id",
    ),
    (
        "nodes: [{id: 1}, {id: 2, name: beta}]\n",
        Replace("beta"),
        "its own name, `beta`",
        "`id: 3`",
    ),
    (
        "nodes: &n 3\nmetadata_servers: *n\n",
        Scale(5),
        "`nodes` has an anchor",
        "write those values out",
    ),
    (
        "partitions: &n 3\nnodes: *n\n",
        Scale(5),
        "`nodes` comes from elsewhere",
        "write the value of `nodes` out",
    ),
    (
        "partitions: &n 3\nnodes: [{count: *n}]\n",
        Scale(5),
        "`nodes[0].count` comes from elsewhere",
        "instead of using the alias",
    ),
    (
        "nodes: [&a {count: 2, first_id: 1}]\nretired_ids: [&b 9]\nkubernetes: {flavor: operator}\n",
        Replace("1"),
        "the operator cannot express",
        "flavor: raw",
    ),
    (
        "nodes: 3\nretired_ids: [4]\nkubernetes: {flavor: helm}\n",
        Scale(4),
        "the Helm chart cannot express",
        "flavor: raw",
    ),
    (
        "? nodes\n: 5\n",
        Scale(4),
        "cannot extend",
        "one key per line",
    ),
    (
        "nodes: 3\nretired_ids:\n  -\n    9\n",
        Scale(2),
        "cannot extend",
        "one key per line",
    ),
];

#[test]
fn what_cannot_be_done_by_a_change_of_the_text_is_refused_with_a_reason_and_a_way_out() {
    let wrong: Vec<String> = REFUSED
        .iter()
        .map(|(text, asked, message, help)| (text, asked, message, help, edited(text, *asked)))
        .filter(|(_, _, message, help, found)| match found {
            Err(refusal) => !refusal.message.contains(*message) || !refusal.help.contains(*help),
            Ok(_) => true,
        })
        .map(|(text, asked, _, _, found)| format!("{text:?} {asked:?}: {found:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_that_is_not_all_of_the_cluster_or_has_faults_is_refused() {
    let mut document = Document::parse("restate-cluster.yaml", "name: a\n");
    document.set(
        restate_gen::source::DocPath::of(["nodes"]),
        json!(5),
        "--nodes 5",
    );
    let cluster = schema::read(&document).cluster.expect("a model");
    let refusal = scaled(&document, &cluster, 7, false).expect_err("a flag");
    assert!(refusal.message.contains("`--nodes 5`"), "{refusal:?}");

    let document = Document::parse("restate-cluster.yaml", "nodes: 3\nname: a\nname: b\n");
    let cluster = schema::read(&document).cluster.expect("a model");
    let refusal = scaled(&document, &cluster, 7, false).expect_err("a key twice");
    assert!(refusal.message.contains("has errors"), "{refusal:?}");
}

/// Ways in which a count of nodes and the ids that were removed are written; `N` is the count.
const LAYOUTS: &[&str] = &[
    "nodes: N\n",
    "# ä\r\nname: a # b\r\nnodes: N # c\r\nreplication: 1",
    "  retired_ids: [2] # d\n  nodes: N\n",
    "nodes: N\nretired_ids:\n  - 2 # two\n  - 5\nname: a\n",
    "{\"name\": \"a\", \"nodes\": N}",
    "{\n  nodes: N, # n\n  retired_ids: [\n    1,\n    7,\n  ],\n}\n",
    "nodes: [{count: N}]\n",
    "nodes:\n- count: N # n\n  first_id: 3\n  location: eu.a\nretired_ids: []\n",
    "nodes:\n- {id: 1, roles: [admin, metadata-server]}\n- {count: N, first_id: 10} # n\n\nname: a\n",
    "nodes: N\nkubernetes:\n  namespace: b\n",
];

/// A text and what it reads as.
struct State {
    text: String,
    document: Document,
    cluster: Cluster,
    ids: Vec<u32>,
}

impl State {
    fn of(text: String) -> Self {
        let (document, cluster) = read(&text);
        let ids = assign(
            cluster.nodes.as_ref().expect("given"),
            &cluster.retired_ids,
            &[],
        );
        Self {
            ids: ids.iter().map(|slot| slot.id.0).collect(),
            text,
            document,
            cluster,
        }
    }

    /// The same file after an edit, in which the lines that say nothing of nodes are the same.
    fn after(&self, text: String) -> Self {
        let after: Vec<&str> = other_lines(&text);
        let mut rest = after.iter();
        for line in other_lines(&self.text) {
            assert!(
                rest.any(|other| *other == line),
                "{line:?} is gone: {text:?}"
            );
        }
        Self::of(text)
    }

    /// That nothing stands against ids and places.
    fn is_sound(&self) -> bool {
        let report = validate(&self.document, &Policy::default()).report;
        let codes = report.findings().iter().map(|one| one.diagnostic.rule.code);
        codes
            .filter(|code| code.starts_with("RG1") || code.starts_with("RG6"))
            .all(|code| code == "RG106")
    }
}

/// The lines of a text without those that say how many nodes there are and which are gone or stand in.
fn other_lines(text: &str) -> Vec<&str> {
    let is_other = |line: &&str| {
        !["nodes", "id: ", "count", "retired_ids", "replacements"]
            .iter()
            .any(|key| line.contains(key))
    };
    text.split_inclusive('\n').filter(is_other).collect()
}

#[test]
fn whatever_the_layout_nodes_keep_their_ids_no_id_comes_back_and_other_lines_stay() {
    for layout in LAYOUTS {
        for first in 1..=9u32 {
            for second in (1..=9u32).filter(|second| *second != first) {
                let mut state = State::of(layout.replace('N', &first.to_string()));
                let others = state.ids.len() as u32 - first;
                let mut used: BTreeSet<u32> = state.ids.iter().copied().collect();
                used.extend(&state.cluster.retired_ids);
                // There and back, by which ids are used up.
                for count in [second, first] {
                    let what = format!("{:?} to {count}", state.text);
                    let text = scaled(&state.document, &state.cluster, count + others, false)
                        .unwrap_or_else(|refusal| panic!("{what}: {refusal:?}"));
                    let after = state.after(text);
                    assert_eq!(after.ids.len() as u32, count + others, "{what}");
                    let staying = after.ids.len().min(state.ids.len());
                    assert_eq!(after.ids[..staying], state.ids[..staying], "{what}");
                    for new in &after.ids[staying..] {
                        assert!(used.insert(*new), "{new} again: {what}");
                    }
                    let retired = &after.cluster.retired_ids;
                    let gone = &state.ids[staying..];
                    assert_eq!(
                        retired[..retired.len() - gone.len()],
                        state.cluster.retired_ids
                    );
                    assert!(retired.ends_with(gone), "{what}");
                    state = after;
                }
                assert!(state.is_sound(), "{:?}", state.text);
            }
        }
    }
}

#[test]
fn whatever_the_layout_a_lost_node_is_replaced_by_one_that_never_was_and_others_stay() {
    for layout in LAYOUTS {
        for count in 1..=5u32 {
            let mut state = State::of(layout.replace('N', &count.to_string()));
            for round in 0..4usize {
                let lost = state.ids[(round * 2) % state.ids.len()];
                let what = format!("{:?} without {lost}", state.text);
                let name = format!("N{lost}");
                let text = replaced(&state.document, &state.cluster, &name, false)
                    .unwrap_or_else(|refusal| panic!("{what}: {refusal:?}"));
                let after = state.after(text);
                let (stay, new): (Vec<u32>, Vec<u32>) =
                    after.ids.iter().partition(|id| state.ids.contains(id));
                let others = state.ids.iter().copied().filter(|id| *id != lost);
                assert_eq!(stay, others.collect::<Vec<_>>(), "{what}");
                let retired_before = &state.cluster.retired_ids;
                assert!(
                    new.len() == 1 && !retired_before.contains(&new[0]),
                    "{what}"
                );
                let expected = [&retired_before[..], &[lost]].concat();
                assert_eq!(after.cluster.retired_ids, expected, "{what}");
                state = after;
            }
            assert!(state.is_sound(), "{:?}", state.text);
        }
    }
}

#[test]
fn another_version_changes_one_line() {
    for (text, expected) in [
        (
            "version: 1.6.2 # until May\nnodes: 3\n",
            "version: 1.7.12 # until May\nnodes: 3\n",
        ),
        (
            "# Ours\nnodes: 3\n\n# More\nname: a # its name\n",
            "# Ours\nnodes: 3\n\n# More\nname: a # its name\nversion: 1.7.12\n",
        ),
        (
            "nodes:\n  - id: 1\n  - id: 2\nreplication: 1\n",
            "nodes:\n  - id: 1\n  - id: 2\nversion: 1.7.12\nreplication: 1\n",
        ),
        ("version: '1.6.2'\r\n", "version: '1.7.12'\r\n"),
        ("# Nothing\n", "# Nothing\nversion: 1.7.12\n"),
        ("{nodes: 3}\n", "{nodes: 3, version: 1.7.12}\n"),
        (
            "{\"nodes\": 3}\n",
            "{\"nodes\": 3, \"version\": \"1.7.12\"}\n",
        ),
        ("version:\nnodes: 3\n", "version: 1.7.12\nnodes: 3\n"),
    ] {
        let (document, cluster) = read(text);
        let to = facts::release("1.7.12").expect("known");
        let after = upgraded(&document, &cluster, &to);
        assert_eq!(after.as_deref(), Ok(expected), "{text:?}");
    }
    let (document, cluster) = read("name: &v 1.6.2\nversion: *v\n");
    let refused = upgraded(&document, &cluster, facts::latest());
    let message = refused.expect_err("an alias").message;
    assert!(
        message.contains("`version` comes from elsewhere"),
        "{message}"
    );
}
