//! Values for Restate's Helm chart, and what the chart lacks: the bundled store and the step that provisions the
//! cluster.

use minijinja::Value;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::configuration::{LOG_FORMAT, literal, log_format, store_environment};
use super::helm_and_operator_guide as guide;
use super::nodes::budget;
use super::pods::{self, PodsView, ResourcesView};
use super::provision::Provisioned;
use super::{HeadView, LeftOut, folder, helm_and_operator, provision, store};
use crate::model::kubernetes::{Flavor, Monitoring};
use crate::render::{self, verbatim, yaml_entry};
use crate::server::{Assignment, environment};
use crate::topology::Topology;
use crate::topology::kubernetes::Service;
use crate::tree::{RenderedFile, RenderedTree};

/// What the chart's pods get to shut down: it sets no grace period, so Kubernetes' 30 seconds hold, less a margin.
const SHUTDOWN_SECONDS: u64 = 25;

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    head: HeadView<'a>,
    #[serde(flatten)]
    pods: PodsView<'a>,
    #[serde(flatten)]
    resources: ResourcesView,
    replicas: usize,
    repository: &'a str,
    /// The version of the chart, which has no part for the day of an image's build.
    chart_version: String,
    takes_tag: bool,
    digest: Option<&'a str>,
    pull_policy: Option<&'a str>,
    pod_values: Vec<Value>,
    user: Option<u32>,
    user_or_null: Value,
    has_volumes: bool,
    has_mounts: bool,
    service: Vec<Value>,
    log_filter: String,
    environment: Vec<(String, String)>,
    monitors: bool,
    may_be_down: Option<usize>,
}

/// Values for Restate's Helm chart, and what the chart lacks.
pub fn render(topology: &Topology, command: &str) -> RenderedTree {
    let nodes = Provisioned {
        metadata_servers: helm_and_operator::urls(topology.nodes.len()),
        other_nodes: Vec::new(),
    };
    let values = RenderedFile::replaced("values.yaml", values(topology, command));
    let provision = provision::render(topology, command, &nodes);
    let resources = vec![
        (
            "store.yaml",
            store::render(topology, command, LeftOut::Nothing),
        ),
        ("provision.yaml", Some(provision)),
    ];
    let job = provision::job(topology, &nodes);
    let guide = guide::render(topology, command, Flavor::Helm, &job);
    folder(
        topology,
        command,
        Flavor::Helm,
        Some(values),
        resources,
        |_| guide,
    )
}

fn values(topology: &Topology, command: &str) -> String {
    let kubernetes = &topology.kubernetes;
    let mut settings = helm_and_operator::settings(topology);
    if settings.iter().all(|setting| setting.path != LOG_FORMAT) {
        settings.push(log_format());
    }
    if helm_and_operator::shutdown_seconds(topology) > SHUTDOWN_SECONDS {
        settings.retain(|setting| setting.path != "shutdown-timeout");
        let shorter = format!("{SHUTDOWN_SECONDS}s");
        settings.push(Assignment::new("shutdown-timeout", shorter));
    }
    let log_filter = settings
        .iter()
        .find(|setting| setting.path == "log-filter")
        .and_then(|setting| setting.value.as_str())
        .unwrap_or("warn,restate=info")
        .to_owned();
    let mut environment: Vec<(String, String)> = settings
        .iter()
        .filter(|setting| setting.path != "log-filter")
        .map(|setting| {
            let text = environment::text(&setting.key, &setting.value);
            (environment::name(setting), literal(&text))
        })
        .collect();
    environment.extend(store_environment(topology));
    let view = View {
        head: HeadView::of(topology, command),
        pods: PodsView::of(topology),
        resources: helm_and_operator::resources(topology),
        replicas: topology.nodes.len(),
        repository: &topology.image.repository,
        chart_version: topology.release.version().to_string(),
        // Older charts take their own version for it, which is the same.
        takes_tag: topology.release.chart_takes("image.tag"),
        digest: topology.image.digest.as_deref(),
        pull_policy: kubernetes
            .container
            .get("imagePullPolicy")
            .and_then(Json::as_str),
        pod_values: pods::written(&pods::of_flavor(topology, ["podLabels", "podAnnotations"])),
        user: kubernetes.user,
        user_or_null: verbatim(
            kubernetes
                .user
                .map_or_else(|| "null".into(), |id| id.to_string()),
        ),
        has_volumes: !topology.files.is_empty() || kubernetes.pod.contains_key("volumes"),
        has_mounts: !topology.files.is_empty() || kubernetes.container.contains_key("volumeMounts"),
        service: service(&kubernetes.ingress_service),
        log_filter,
        environment,
        monitors: kubernetes.monitoring == Monitoring::ServiceMonitor,
        may_be_down: (topology.nodes.len() > 1).then(|| budget(topology).may_be_down),
    };
    render::render(render::template!("kubernetes/values.yaml"), &view)
}

/// The chart's Service, which is that of the ingress and of the admin API, where the file says something of it.
fn service(given: &Service) -> Vec<Value> {
    if *given == Service::default() {
        return Vec::new();
    }
    let annotations: serde_json::Map<String, Json> = given
        .annotations
        .iter()
        .map(|(name, value)| (name.clone(), value.clone().into()))
        .collect();
    yaml_entry(
        "service",
        &json!({"type": given.kind.name(), "annotations": annotations}),
    )
}
