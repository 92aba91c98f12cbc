//! The provisioning Job, and what the guide and the budgets let happen at a time.

use serde_json::{Value, json};

use super::{clusters, everything, objects, of_kind, rendered, topology};

#[test]
fn the_provisioning_job_is_named_after_what_it_does() {
    let job = |file: Value| -> (Value, Value) {
        let objects = objects(&topology(file));
        let jobs = of_kind(&objects, "Job");
        (
            jobs[0]["metadata"]["name"].clone(),
            jobs[0]["spec"]["template"].clone(),
        )
    };
    let (name, template) = job(json!({"nodes": 3, "kubernetes": {}}));
    // What is not the Job's does not rename it; what is does.
    for same in [
        json!({"nodes": 3, "kubernetes": {}, "resources": {"cpus": 3}}),
        json!({"nodes": 3, "kubernetes": {"monitoring": "annotations"}}),
    ] {
        assert_eq!(job(same), (name.clone(), template.clone()));
    }
    for other in [
        json!({"nodes": 4, "kubernetes": {}}),
        json!({"nodes": 3, "version": "1.7.10", "kubernetes": {}}),
        json!({"nodes": 3, "kubernetes": {"secret": "mine"}}),
    ] {
        let (other_name, other_template) = job(other);
        assert_ne!(template, other_template);
        assert_ne!(name, other_name);
    }
}

#[test]
fn a_failed_attempt_to_provision_leaves_its_log_and_another_is_made() {
    for topology in clusters() {
        let objects = objects(&topology);
        let jobs = of_kind(&objects, "Job");
        assert_eq!(jobs.len(), 1);
        let spec = &jobs[0]["spec"];
        assert_eq!(spec["template"]["spec"]["restartPolicy"], "Never");
        assert!(spec["backoffLimit"].as_u64().expect("a number") >= 3);
        // The guide waits for this one by its name: those of other contents may have failed long ago.
        let tree = rendered("kubernetes", &topology);
        let guide = &tree.file("OPERATIONS.md").expect("a guide").text;
        let name = jobs[0]["metadata"]["name"].as_str().expect("a name");
        assert!(guide.contains(&format!(" job/{name} ")), "{name}");
        assert!(!guide.contains("job -l"));
    }
}

#[test]
fn the_guide_looks_whether_every_node_is_there_before_it_restarts_one() {
    for topology in clusters() {
        let tree = rendered("kubernetes", &topology);
        let guide = &tree.file("OPERATIONS.md").expect("a guide").text;
        let (_, change) = guide.split_once("## Change something").expect("a section");
        let (before, _) = change.split_once(" -k .").expect("a step");
        let namespace = &topology.kubernetes.namespace;
        for set in &topology.kubernetes.sets {
            let wait = format!(
                "kubectl -n {namespace} wait --for=jsonpath='{{.status.readyReplicas}}'={} statefulset/{} ",
                set.pods.len(),
                set.name
            );
            assert!(before.contains(&wait), "{wait}");
        }
    }
    for set in of_kind(&objects(&topology(everything())), "StatefulSet") {
        assert!(set["spec"]["minReadySeconds"].as_u64() >= Some(5));
    }
}

#[test]
fn no_more_pods_are_evicted_at_a_time_than_copies_of_a_partition_can_spare() {
    for (replication, expected, reason) in [
        (json!(3), 2, None),
        (json!({"logs": 3, "partitions": 3}), 2, None),
        (
            json!({"logs": 3, "partitions": 2}),
            1,
            Some("# 5 workers keep 2 copies of each partition: 1 to spare.\n"),
        ),
        // Else no machine could be emptied; a partition comes back on another node, as after any restart.
        (
            json!({"logs": 3, "partitions": 1}),
            1,
            Some(
                "# 5 workers keep each partition once: it stops until another worker starts it.\n",
            ),
        ),
        (
            json!({"logs": 2, "partitions": 3}),
            1,
            Some("# 5 workers keep 3 copies of each partition: 2 to spare.\n"),
        ),
    ] {
        let topology = topology(json!({"nodes": 5, "replication": replication}));
        let objects = objects(&topology);
        let budgets = of_kind(&objects, "PodDisruptionBudget");
        assert_eq!(budgets[0]["spec"]["maxUnavailable"], expected);
        let tree = rendered("kubernetes", &topology);
        let nodes = &tree.file("nodes.yaml").expect("a file").text;
        match reason {
            Some(reason) => assert!(nodes.contains(reason), "{reason}"),
            None => assert!(!nodes.contains("workers keep"), "{replication}"),
        }
    }
}

#[test]
fn a_namespace_that_is_everybodys_is_not_said_to_be_deleted() {
    for (namespace, expected) in [("default", false), ("orders", true)] {
        let topology = topology(json!({"nodes": 3, "kubernetes": {"namespace": namespace}}));
        for target in ["kubernetes", "kubernetes-helm", "kubernetes-operator"] {
            let tree = rendered(target, &topology);
            let text = &tree.file("kustomization.yaml").expect("a file").text;
            let is_said = text.contains("it deletes the namespace with all data");
            assert_eq!(is_said, expected, "{target}");
            assert_eq!(text.matches("Never run `kubectl delete -k`").count(), 1);
            assert_eq!(text.contains("- namespace.yaml\n"), expected, "{target}");
        }
    }
}
