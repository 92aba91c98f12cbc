//! What holds of the Nomad files whatever the cluster is: limits reach the volumes, no template restarts a node, no id is given
//! up before its node is stopped.

use hcl::{Block, Body, Expression};
use restate_gen::model::Cluster;
use restate_gen::tree::RenderedTree;
use serde_json::{Value, json};

use crate::golden::resolved;

fn rendered(file: Value) -> RenderedTree {
    let cluster: Cluster = serde_json::from_value(file).expect("a cluster");
    let target = restate_gen::targets::TARGETS
        .iter()
        .find(|known| known.name == "nomad")
        .expect("a target");
    (target.render)(&resolved(&cluster), "restate-gen nomad")
}

fn text(tree: &RenderedTree, path: &str) -> String {
    let file = tree.files().iter().find(|file| file.path == path);
    file.unwrap_or_else(|| panic!("no {path}")).text.clone()
}

#[test]
fn a_limit_of_nodes_for_each_rack_and_a_pool_reach_the_job_and_the_volumes() {
    let tree = rendered(json!({
        "nodes": 3,
        "nomad": {"node_pool": "storage", "spread": {"attribute": "meta.rack", "most": 2}},
    }));
    let job = text(&tree, "restate.nomad.hcl");
    for line in [
        "  node_pool   = \"storage\"\n",
        "    operator  = \"distinct_property\"\n    attribute = \"${meta.rack}\"\n    value     = \"2\"\n",
    ] {
        assert!(job.contains(line), "{line}");
    }
    let prepare = text(&tree, "prepare.sh");
    for line in [
        "jq -r '.Meta[\"rack\"] // empty'",
        "[ \"$count\" -lt 2 ] || echo \"$value\"",
        "constraint meta.rack '!=' \"$value\"",
    ] {
        assert!(prepare.contains(line), "{line}");
    }
    for file in ["store.nomad.hcl", "provision.nomad.hcl", "volume.hcl"] {
        assert!(text(&tree, file).contains("= \"storage\"\n"), "{file}");
    }
}

#[test]
fn no_template_and_no_token_restarts_what_runs() {
    let own = json!({"kind": "s3", "region": "eu-central-1"});
    for (store, vault) in [
        (json!("minio"), Value::Null),
        (json!("seaweedfs"), json!({"path": "restate/orders"})),
        (own, json!({"path": "restate/orders", "role": "orders"})),
    ] {
        let tree = rendered(json!({"nodes": 3, "object_store": store, "nomad": {"vault": vault}}));
        for file in tree.files() {
            for kind in ["template", "vault"] {
                for block in file.text.split(&format!("      {kind} {{\n")).skip(1) {
                    let block = block.split("      }\n").next().expect("a block");
                    // One that is read once, by a step that ends, has nothing to restart.
                    assert!(
                        block.contains("change_mode = \"noop\"")
                            || block.contains("local/bucket.sh"),
                        "{}: {block}",
                        file.path
                    );
                }
            }
        }
    }
}

#[test]
fn a_secret_of_vault_is_read_where_the_store_has_it() {
    let tree = rendered(json!({
        "nodes": 3,
        "object_store": {"kind": "s3", "region": "eu-central-1"},
        "nomad": {"vault": {"mount": "kv", "path": "restate/orders"}},
    }));
    let job = text(&tree, "restate.nomad.hcl");
    for line in [
        "[[ with secret \"kv/data/restate/orders\" ]]\n",
        "AWS_SECRET_ACCESS_KEY=[[ .Data.data.AWS_SECRET_ACCESS_KEY | toJSON ]]\n",
    ] {
        assert!(job.contains(line), "{line}");
    }
    assert!(!job.contains("nomadVar"));
    assert!(!text(&tree, "prepare.sh").contains("nomad var"));
}

#[test]
fn the_guide_stops_a_node_before_it_gives_up_its_id() {
    let guide = text(&rendered(json!({"nodes": 5})), "OPERATIONS.md");
    for (heading, id) in [("## Remove nodes", 5), ("## A node lost its disk", 1)] {
        let (_, section) = guide.split_once(heading).expect("a section");
        let section = section.split("\n## ").next().expect("its text");
        let at = |what: &str| {
            section
                .find(what)
                .unwrap_or_else(|| panic!("{heading}: {what}"))
        };
        let stopped = at("sh rollout.sh");
        let members = section
            .rfind(&format!("metadata-server remove-node N{id}"))
            .expect("the line");
        assert!(stopped < members, "{heading}");
        assert!(
            members < at(&format!("nodes remove --nodes N{id}")),
            "{heading}"
        );
    }
}

/// The blocks of that name.
fn blocks<'b>(body: &'b Body, name: &'b str) -> Vec<&'b Block> {
    let blocks = body.blocks().filter(|block| block.identifier() == name);
    blocks.collect()
}

/// A value as a job in JSON has it.
fn value(body: &Body, name: &str) -> Value {
    let mut attributes = body.attributes().filter(|of| of.key() == name);
    let attribute = attributes.next().unwrap_or_else(|| panic!("no {name}"));
    match attribute.expr() {
        Expression::TemplateExpr(text) => text.to_string().into(),
        other => serde_json::to_value(other).expect("a value"),
    }
}

/// The one job of a file.
fn job(tree: &RenderedTree, path: &str) -> Body {
    let file = hcl::parse(&text(tree, path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    blocks(&file, "job")[0].body().clone()
}

const GROUP: &str = "service {\n  name = \"metrics\"\n}\nmeta {\n team=\"orders\"\n}\nvolume \"ca\" {\n type = \"host\"\n source = \"own-ca\"\n}\ntask \"logs\" {\n driver = \"docker\"\n}\nconsul {}\n";
const TASK: &str = "config {\n dns_servers = [\"10.0.0.2\"]\n mount {\n  type = \"bind\"\n  source = \"/ca\"\n  target = \"/ca\"\n }\n}\nenv {\n A = 1\n B = \"${node.unique.name}\"\n}\nlogs {\n max_files = 9\n}\nuser = \"1000\"\n";

#[test]
fn own_hcl_stands_in_each_group_and_each_task_beside_ours() {
    let tree = rendered(json!({
        "nodes": 3,
        "nomad": {"provider": "consul", "group": GROUP, "task": TASK},
    }));
    let job = job(&tree, "restate.nomad.hcl");
    let groups = blocks(&job, "group");
    assert_eq!(groups.len(), 3);
    for group in groups {
        let group = group.body();
        let names = |name: &str| -> Vec<String> {
            let labels = blocks(group, name).into_iter().flat_map(Block::labels);
            labels.map(|label| label.as_str().to_owned()).collect()
        };
        assert_eq!(names("task"), ["restate", "logs"]);
        assert_eq!(names("volume"), ["data", "ca"]);
        assert_eq!(value(blocks(group, "meta")[0].body(), "team"), "orders");
        assert_eq!(blocks(group, "consul").len(), 1);
        assert_eq!(blocks(group, "service").len(), 4);
        let task = blocks(group, "task")[0].body();
        assert_eq!(value(task, "user"), "1000");
        let configs = blocks(task, "config");
        assert_eq!(configs.len(), 1);
        let config = configs[0].body();
        assert_eq!(value(config, "dns_servers"), json!(["10.0.0.2"]));
        let targets = blocks(config, "mount");
        let targets = targets.iter().map(|mount| value(mount.body(), "target"));
        assert_eq!(targets.collect::<Vec<_>>(), ["/tmp", "/ca"]);
        let variables = blocks(task, "env");
        assert_eq!(variables.len(), 1);
        assert_eq!(value(variables[0].body(), "A"), 1);
        assert!(value(variables[0].body(), "RESTATE_NODE_NAME").is_string());
        let logs = blocks(task, "logs");
        assert_eq!(logs.len(), 1);
        assert_eq!(value(logs[0].body(), "max_files"), 9);
    }
    let job = text(&tree, "restate.nomad.hcl");
    assert_eq!(job.matches("\"${node.unique.name}\"\n").count(), 3);
    // Who registers the job needs the right to mount its volumes.
    assert!(text(&tree, "policy.hcl").contains("host_volume \"own-ca\" {"));
    for file in ["store.nomad.hcl", "provision.nomad.hcl"] {
        assert!(!text(&tree, file).contains("team"), "{file}");
    }
}

#[test]
fn constraints_and_the_priority_are_of_all_jobs_and_the_volumes_are_where_they_hold() {
    let tree = rendered(json!({
        "nodes": 3,
        "nomad": {"priority": 80, "constraints": [
            {"attribute": "node.class", "value": "storage"},
            {"attribute": "meta.disk", "operator": "regexp", "value": "^s\\d\"$"},
            {"attribute": "meta.old", "operator": "is_not_set"},
        ]},
    }));
    let expected = [
        json!({"attribute": "${node.class}", "value": "storage"}),
        json!({"attribute": "${meta.disk}", "operator": "regexp", "value": "^s\\d\"$"}),
        json!({"attribute": "${meta.old}", "operator": "is_not_set"}),
    ];
    let read = |body: &Body| -> Vec<Value> {
        let ours = blocks(body, "constraint").into_iter().map(|block| {
            let attributes = block.body().attributes();
            let pairs = attributes.map(|of| (of.key().to_owned(), value(block.body(), of.key())));
            Value::Object(pairs.collect())
        });
        ours.filter(|one| one["operator"] != "distinct_hosts")
            .collect()
    };
    for file in [
        "restate.nomad.hcl",
        "provision.nomad.hcl",
        "store.nomad.hcl",
    ] {
        let job = job(&tree, file);
        assert_eq!(value(&job, "priority"), 80, "{file}");
        assert_eq!(read(&job), expected, "{file}");
    }
    let volume = hcl::parse(&text(&tree, "volume.hcl")).expect("HCL");
    assert_eq!(read(&volume), expected);
    let guide = text(&tree, "OPERATIONS.md");
    assert!(guide.contains("- `node.class = storage`, by `nomad.constraints`"));
    // A CSI plugin knows nothing of clients.
    let tree = rendered(json!({
        "nodes": 3,
        "nomad": {"volume": "csi", "volume_plugin": "ebs", "constraints": [{"attribute": "node.class", "value": "a"}]},
    }));
    assert!(!text(&tree, "volume.hcl").contains("constraint"));
}

/// The networks of the ports of each group, and the tags of its services.
fn of_ports(job: &Body) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for group in blocks(job, "group") {
        for network in blocks(group.body(), "network") {
            for port in blocks(network.body(), "port") {
                let has_one = port
                    .body()
                    .attributes()
                    .any(|of| of.key() == "host_network");
                let network = has_one.then(|| value(port.body(), "host_network"));
                found.push((
                    port.labels()[0].as_str().to_owned(),
                    network.unwrap_or_default(),
                ));
            }
        }
    }
    found
}

#[test]
fn ports_are_published_where_the_file_says_and_services_have_its_tags() {
    let of = |network: Value, hosts: Value| {
        rendered(json!({
            "nodes": 1,
            "nomad": {
                "host_network": network,
                "hosts": hosts,
                "tags": {"ingress": ["traefik.enable=true"], "fabric": ["a\"b"]},
            },
        }))
    };
    for (network, expected, of_store) in [
        (
            json!("private"),
            ["private"; 3].map(Value::from),
            json!("private"),
        ),
        (
            json!({"ingress": "public", "admin": "private"}),
            [json!("public"), json!("private"), Value::Null],
            Value::Null,
        ),
        (
            Value::Null,
            [Value::Null, Value::Null, Value::Null],
            Value::Null,
        ),
    ] {
        let tree = of(network, Value::Null);
        let ports = of_ports(&job(&tree, "restate.nomad.hcl"));
        let wanted = ["ingress", "admin", "fabric"].map(str::to_owned);
        let mut wanted: Vec<_> = wanted.into_iter().zip(expected).collect();
        wanted.sort_by(|a, b| a.0.cmp(&b.0));
        let mut sorted = ports.clone();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(sorted, wanted);
        let ports = of_ports(&job(&tree, "store.nomad.hcl"));
        assert!(
            ports.iter().all(|(_, network)| *network == of_store),
            "{ports:?}"
        );
    }
    let tree = of(Value::Null, Value::Null);
    let text_of = text(&tree, "restate.nomad.hcl");
    for tags in [
        r#"["node-restate-1", "traefik.enable=true"]"#,
        r#"["node-restate-1"]"#,
        r#"["node-restate-1", "metadata-server", "a\"b"]"#,
    ] {
        assert!(
            text_of.contains(&format!("      tags     = {tags}\n")),
            "{tags}"
        );
    }
    // A node on another network of its client says that it is there.
    let tree = of(json!({"ingress": "public"}), json!(["10.0.0.11"]));
    let text_of = text(&tree, "restate.nomad.hcl");
    for (variable, address) in [
        (
            "RESTATE_INGRESS__ADVERTISED_ADDRESS",
            "${NOMAD_HOST_ADDR_ingress}",
        ),
        ("RESTATE_ADMIN__ADVERTISED_ADDRESS", "10.0.0.11:14001"),
    ] {
        let mut lines = text_of
            .lines()
            .filter(|line| line.trim().starts_with(variable));
        let line = lines.next().unwrap_or_else(|| panic!("no {variable}"));
        assert!(line.contains(address), "{line}");
    }
}
