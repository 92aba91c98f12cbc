//! RG643: a name that Nomad does not accept.

use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::model::Cluster;
use crate::source::DocPath;
use crate::topology::Topology;

/// A name that Nomad does not accept.
pub static RULE: Rule = Rule {
    code: "RG643",
    slug: "nomad-name",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

The job's name, `nomad.job` or else the cluster's name, is so long that the names derived from it are invalid.

## Why

Services and volumes are named after the job. A service's name is a DNS label of at most 63 characters ([Nomad, service
block](https://developer.hashicorp.com/nomad/docs/job-specification/service)), and the longest suffix is `-ingress`. A
volume's name adds the node's name and `-data`, and has at most 128 characters.

## Fails

```yaml
name: a-cluster-of-the-department-that-takes-all-orders-anywhere
nodes: 3
nomad: {}
```

## Passes

```yaml
name: a-cluster-of-the-department-that-takes-all-orders
nodes: 3
nomad: {}
```
"#,
};

/// The longest ending of a service's name.
const SERVICE: &str = "-ingress";
/// The longest name of a service.
const MOST_OF_SERVICE: usize = 63;
/// The longest name of a volume.
const MOST_OF_VOLUME: usize = 128;

/// Finds jobs whose names leave no room for what is named after them.
pub fn check(cluster: &Cluster, topology: &Topology) -> Vec<Diagnostic> {
    let Some(nomad) = &cluster.nomad else {
        return Vec::new();
    };
    let job = &topology.nomad.job;
    let of_service = MOST_OF_SERVICE - SERVICE.len();
    let longest = topology
        .nodes
        .iter()
        .map(|node| node.name.len())
        .max()
        .unwrap_or(0);
    let of_volume = MOST_OF_VOLUME.saturating_sub(longest + "--data".len());
    let most = of_service.min(of_volume);
    if job.len() <= most {
        return Vec::new();
    }
    let at = if nomad.job.is_some() {
        DocPath::of(["nomad", "job"])
    } else {
        DocPath::of(["name"])
    };
    let message = format!(
        "`{job}` has {} characters, so the service and volume names derived from it are too long for Nomad",
        job.len()
    );
    vec![Diagnostic::new(&RULE, at, message).help(format!(
        "set `nomad.job` to a name of at most {most} characters"
    ))]
}
