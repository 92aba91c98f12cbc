//! What the output asks of the machines that it runs on: cores, host ports, a way past proxies, a way to services on the host.

use restate_gen::model::Cluster;
use restate_gen::targets::{TARGETS, compose};
use restate_gen::topology::Topology;
use serde_json::{Value, json};

use crate::golden::{cluster, examples, resolved};

fn topology(cluster: Value) -> Topology {
    let cluster: Cluster = serde_json::from_value(cluster).expect("a cluster");
    resolved(&cluster)
}

/// The services of the Compose file, by name.
fn services(topology: &Topology) -> serde_json::Map<String, Value> {
    let tree = compose::render(topology, "restate-gen compose");
    let file: Value = serde_saphyr::from_str(&tree.main().text).expect("YAML");
    file["services"].as_object().cloned().expect("services")
}

/// Every table of `limits` in the text's documents.
fn limits(text: &str) -> Vec<Value> {
    fn collect(value: &Value, found: &mut Vec<Value>) {
        match value {
            Value::Object(table) => {
                found.extend(table.get("limits").cloned());
                table.values().for_each(|inner| collect(inner, found));
            }
            Value::Array(items) => items.iter().for_each(|inner| collect(inner, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for document in text.split("\n---\n") {
        let value: Value = serde_saphyr::from_str(document).expect("YAML");
        collect(&value, &mut found);
    }
    found
}

#[test]
fn no_container_of_any_target_has_a_cpu_limit_where_the_file_wants_none() {
    for store in ["minio", "seaweedfs"] {
        let with = |cpus: Value| {
            topology(json!({"object_store": store, "resources": {"cpus": cpus}, "nodes": 3}))
        };
        let (unlimited, limited) = (with(json!("none")), with(json!(2)));
        for target in TARGETS {
            let files = |topology| (target.render)(topology, "restate-gen");
            let yaml = |topology| -> Vec<Value> {
                let tree = files(topology);
                let texts = tree
                    .files()
                    .iter()
                    .filter(|file| file.path.ends_with(".yaml"));
                texts.flat_map(|file| limits(&file.text)).collect()
            };
            for limits in yaml(&unlimited) {
                assert_eq!(limits.get("cpus"), None, "{}", target.name);
                assert_eq!(limits.get("cpu"), None, "{}", target.name);
                assert!(limits.get("memory").is_some(), "{}", target.name);
            }
            for limits in yaml(&limited) {
                let cpus = limits.get("cpus").or(limits.get("cpu"));
                assert!(cpus.is_some(), "{}: {limits}", target.name);
            }
            for file in files(&unlimited).files() {
                assert!(!file.text.contains("RESTATE_CPUS"), "{}", file.path);
            }
        }
    }
}

#[test]
fn a_node_without_a_cpu_limit_leaves_those_of_the_others() {
    let services = services(&topology(json!({
        "nodes": [{"id": 1, "resources": {"cpus": "none"}}, {"id": 2}, {"id": 3}],
    })));
    let limit = |service: &str| services[service]["deploy"]["resources"]["limits"]["cpus"].clone();
    assert_eq!(limit("restate-1"), Value::Null);
    assert_eq!(limit("restate-2"), json!("${RESTATE_CPUS:-2.0}"));
    assert_eq!(limit("restate-provision"), json!("${RESTATE_CPUS:-1.0}"));
}

#[test]
fn ports_that_linux_takes_are_told_where_compose_publishes_them() {
    let run = |arguments: &[&str]| {
        let folder = tempfile::tempdir().expect("a folder");
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_restate-gen"))
            .current_dir(folder.path())
            .args(arguments)
            .output()
            .expect("it runs");
        assert!(output.status.success(), "{arguments:?}");
        let guide = std::fs::read_to_string(folder.path().join("OPERATIONS.md")).expect("written");
        let told = String::from_utf8_lossy(&output.stderr).contains("RG206");
        (told, guide)
    };
    let reserved = "net.ipv4.ip_local_reserved_ports = 35122,38080,39070'";
    let (told, guide) = run(&["compose", "--nodes", "3"]);
    assert!(told && guide.contains(reserved));
    let (told, guide) = run(&["compose", "--nodes", "2"]);
    assert!(!told && !guide.contains("ip_local_reserved_ports"));
    // Host ports are none of these targets' own, or lie elsewhere.
    for verb in ["kubernetes", "nomad"] {
        let (told, guide) = run(&[verb, "--nodes", "3"]);
        assert!(
            !told && !guide.contains("ip_local_reserved_ports"),
            "{verb}"
        );
    }
}

/// The Docker client puts its proxies into every container, and curl follows them.
#[test]
fn no_script_and_no_health_check_follows_a_proxy() {
    let mut asked = 0;
    for example in examples() {
        let topology = resolved(&cluster(&example));
        for target in TARGETS {
            let tree = (target.render)(&topology, "restate-gen");
            // Commands of guides run on people's own machines.
            let files = tree
                .files()
                .iter()
                .filter(|file| !file.path.ends_with(".md"));
            for line in files.flat_map(|file| file.text.lines()) {
                // In a script, or word by word in a list.
                let calls = line.matches("curl -").count() + line.matches("curl, -").count();
                let direct = line.matches("curl --noproxy '*' ").count()
                    + line.matches("curl --noproxy ''*'' ").count()
                    + line.matches("curl, --noproxy, '*', ").count();
                assert_eq!(calls, direct, "{}: {line}", target.name);
                asked += calls;
            }
        }
    }
    assert!(asked > 50);
}

#[test]
fn servers_start_without_the_proxies_of_the_docker_client() {
    let dropped = |cluster: Value| {
        let services = services(&topology(cluster));
        let words: Vec<String> =
            serde_json::from_value(services["restate-1"]["entrypoint"].clone()).expect("words");
        assert_eq!(words.first().map(String::as_str), Some("env"));
        assert_eq!(words.last().map(String::as_str), Some("restate-server"));
        let pairs = words[1..words.len() - 1].chunks(2);
        let names: Vec<&str> = pairs
            .map(|pair| {
                assert_eq!(pair[0], "-u");
                pair[1].as_str()
            })
            .collect();
        names.join(" ")
    };
    let bundled = "HTTP_PROXY http_proxy ALL_PROXY all_proxy";
    assert_eq!(dropped(json!({})), bundled);
    // A list of what 1.5 takes for no host ends it.
    assert_eq!(
        dropped(json!({"version": "1.5.3"})),
        format!("{bundled} NO_PROXY no_proxy")
    );
    // An object store on the internet may be reached by a proxy alone.
    assert_eq!(
        dropped(json!({
            "object_store": {"kind": "s3", "region": "eu-central-1"},
            "snapshots": {"destination": "s3://orders/snapshots"},
        })),
        "HTTP_PROXY http_proxy"
    );
}

#[test]
fn nodes_that_call_services_know_the_host_by_name() {
    let services = services(&topology(json!({"nodes": [
        {"id": 1, "roles": ["admin", "metadata-server"]},
        {"id": 2, "roles": ["worker"]},
        {"id": 3, "roles": ["log-server", "http-ingress"]},
    ]})));
    let known = json!(["host.docker.internal:host-gateway"]);
    for (name, hosts) in [
        ("restate-1", &known),
        ("restate-2", &known),
        ("restate-3", &Value::Null),
    ] {
        let own = services[name].get("extra_hosts").unwrap_or(&Value::Null);
        assert_eq!(own, hosts, "{name}");
    }
}
