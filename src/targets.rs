//! What can be generated: one module, one folder of templates and one row each.
//!
//! A target sees the [`Topology`], never the user's file nor the facts behind it, and no other target.

pub mod certificates;
pub mod compose;
pub mod guide;
pub mod kubernetes;
pub mod nomad;
pub mod operations;
pub mod store;

use crate::change::Change;
use crate::model::Section;
use crate::model::kubernetes::Flavor;
use crate::topology::{Node, Topology};
use crate::tree::RenderedTree;
use operations::Operations;

/// Something that a cluster can be rendered for.
pub struct Target {
    /// What its files are known by.
    pub name: &'static str,
    /// What runs them.
    pub orchestrator: &'static Orchestrator,
    /// The flavor that asks for it, where the orchestrator has several.
    pub flavor: Option<Flavor>,
    /// The verb and flags of the command line that make them.
    pub verb: &'static str,
    /// Renders all its files. `command` is how to make them again, for their headers.
    pub render: fn(&Topology, &str) -> RenderedTree,
    /// The commands of a change of a running cluster; none where the orchestrator's own controller makes it.
    pub operations: Option<fn(&Change) -> Operations>,
    /// What `-o -` prints.
    pub stream: fn(&RenderedTree) -> String,
    /// What to type after the files were written, in their folder.
    pub next: fn(&Topology) -> String,
    /// What to type there after the files of a running cluster have changed.
    pub next_of_change: fn(&Topology) -> String,
}

/// What runs a cluster, and a verb of the command line.
#[derive(Debug)]
pub struct Orchestrator {
    /// The verb, and the value of `--target`.
    pub verb: &'static str,
    /// Another name of the verb.
    pub alias: Option<&'static str>,
    /// What the verb does, for its help.
    pub about: &'static str,
    /// What it is, for the help of `--target`.
    pub title: &'static str,
    /// The section of the cluster file that only it reads, where there is one.
    pub section: Option<Section>,
    /// Keys of that section that have a flag.
    pub flags: &'static [Flag],
    /// What it knows a cluster by, next to which nothing of that name can be: a project, a namespace, a job.
    pub deployment: fn(&Topology) -> &str,
    /// What it runs a node as: a service, a pod, a group.
    pub place: fn(&Topology, &Node) -> String,
    /// Where people put what the generated files lack, so that generating again keeps it.
    pub own_changes: &'static str,
    /// What its scripts leave in the folder besides, in the notation of `.gitignore`: of that machine, not to be committed.
    pub local: &'static [&'static str],
    /// The generated file by which a folder is known to be one of its.
    pub main_file: &'static str,
    /// Files that it prefers to the main one, so that ours would have no effect.
    pub preferred: &'static [&'static str],
    /// Files that it merges over the main one.
    pub merged: &'static [&'static str],
}

/// A flag that overrides a key of an orchestrator's section.
#[derive(Debug)]
pub struct Flag {
    /// The key, and the flag's name.
    pub key: &'static str,
    /// What stands for its value in help.
    pub value_name: &'static str,
    /// Its help.
    pub help: &'static str,
    /// Whether it chooses the target, whose own command contains it then.
    pub chooses_target: bool,
}

impl Orchestrator {
    /// Its target for the cluster.
    ///
    /// # Panics
    /// When a flavor has no row: that is our bug.
    pub fn target(&self, topology: &Topology) -> &'static Target {
        let is_meant = |flavor| flavor == topology.kubernetes.flavor;
        let mut own = TARGETS
            .iter()
            .filter(|target| target.orchestrator.verb == self.verb);
        own.find(|target| target.flavor.is_none_or(is_meant))
            .expect("every flavor has its row")
    }
}

/// Every orchestrator, in the order of their targets.
pub fn orchestrators() -> impl Iterator<Item = &'static Orchestrator> {
    TARGETS
        .chunk_by(|one, next| one.orchestrator.verb == next.orchestrator.verb)
        .filter_map(|targets| Some(targets.first()?.orchestrator))
}

/// Every target; those of one orchestrator follow one another.
pub const TARGETS: &[Target] = &[
    Target {
        name: "compose",
        orchestrator: &COMPOSE,
        flavor: None,
        verb: "compose",
        render: compose::render,
        operations: Some(compose::operations),
        stream: main_file,
        next: |topology| match topology.tls {
            Some(_) => "sh make-certificates.sh && docker compose up -d --wait".into(),
            None => "docker compose up -d --wait".into(),
        },
        next_of_change: |_| {
            "sh rollout.sh, which restarts the nodes that changed, one at a time".into()
        },
    },
    Target {
        name: "kubernetes",
        orchestrator: &KUBERNETES,
        flavor: Some(Flavor::Raw),
        verb: "kubernetes",
        render: kubernetes::render,
        operations: Some(kubernetes::operations),
        stream: kubernetes::stream,
        next: |topology| {
            match topology.kubernetes.gitops {
            true => {
                "git add -A && git commit && git push, then what `Start and check` in OPERATIONS.md says".into()
            }
            false
                if topology
                    .tls
                    .as_ref()
                    .is_some_and(|tls| tls.issuer.is_none()) =>
            {
                let apply = kubernetes::apply(topology);
                format!("what `TLS between the nodes` in OPERATIONS.md says, then {apply}")
            }
            false => kubernetes::apply(topology),
        }
        },
        next_of_change: |topology| {
            match topology.kubernetes.gitops {
            true => {
                "git add -A && git commit && git push, then what `Change something` in OPERATIONS.md says".into()
            }
            false => {
                let apply = kubernetes::apply(topology);
                format!("{apply}, then what `Change something` in OPERATIONS.md says")
            }
        }
        },
    },
    Target {
        name: "kubernetes-helm",
        orchestrator: &KUBERNETES,
        flavor: Some(Flavor::Helm),
        verb: "kubernetes --flavor helm",
        render: kubernetes::render_helm,
        operations: None,
        stream: main_file,
        next: |topology| {
            let apply = kubernetes::apply(topology);
            format!("{apply}, then helm upgrade as values.yaml says")
        },
        next_of_change: |_| "what `Change something` in OPERATIONS.md says".into(),
    },
    Target {
        name: "kubernetes-operator",
        orchestrator: &KUBERNETES,
        flavor: Some(Flavor::Operator),
        verb: "kubernetes --flavor operator",
        render: kubernetes::render_operator,
        operations: None,
        stream: main_file,
        next: kubernetes::apply,
        next_of_change: |_| "what `Change something` in OPERATIONS.md says".into(),
    },
    Target {
        name: "nomad",
        orchestrator: &NOMAD,
        flavor: None,
        verb: "nomad",
        render: nomad::render,
        operations: Some(nomad::operations),
        stream: main_file,
        next: |_| "sh prepare.sh, then the jobs as OPERATIONS.md says".into(),
        next_of_change: |_| {
            "sh prepare.sh, then sh rollout.sh, which replaces the nodes that changed, one at a time".into()
        },
    },
];

/// Docker Compose.
pub const COMPOSE: Orchestrator = Orchestrator {
    verb: "compose",
    alias: None,
    about: "Generate docker-compose.yaml, .env, .env.example, rollout.sh, backup.sh, restore.sh and OPERATIONS.md",
    title: "Docker Compose",
    section: Some(Section::Compose),
    flags: &[],
    deployment: |topology| &topology.compose.project,
    place: |_, node| node.name.clone(),
    own_changes: "`compose` in the cluster file, or docker-compose.override.yaml",
    local: &["backup/", ".volumes-lock/"],
    main_file: compose::MAIN_FILE,
    // Source: run, Compose 2.26.
    preferred: &["compose.yaml", "compose.yml", "docker-compose.yml"],
    merged: &[
        "compose.override.yaml",
        "compose.override.yml",
        "docker-compose.override.yaml",
        "docker-compose.override.yml",
    ],
};

const KUBERNETES: Orchestrator = Orchestrator {
    verb: "kubernetes",
    alias: Some("k8s"),
    about: "Generate Kubernetes manifests, kustomization.yaml and OPERATIONS.md; or Helm chart values, or an operator resource",
    title: "Kubernetes, by raw manifests",
    section: Some(Section::Kubernetes),
    flags: &[
        Flag {
            key: "namespace",
            value_name: "NAME",
            help: "Namespace of all objects, overriding the file",
            chooses_target: false,
        },
        Flag {
            key: "flavor",
            value_name: "FLAVOR",
            help: "`raw` manifests, values for the `helm` chart, or a resource for the `operator`, overriding the file [default: raw]",
            chooses_target: true,
        },
    ],
    deployment: |topology| &topology.kubernetes.namespace,
    place: |topology, node| kubernetes::pod(topology, node.id),
    own_changes: "`kubernetes` in the cluster file, or a Kustomize overlay in another folder",
    local: &[],
    main_file: kubernetes::KUSTOMIZATION,
    preferred: &[],
    merged: &[],
};

const NOMAD: Orchestrator = Orchestrator {
    verb: "nomad",
    alias: None,
    about: "Generate Nomad jobs, scripts to prepare and roll them out, and OPERATIONS.md",
    title: "Nomad",
    section: Some(Section::Nomad),
    flags: &[],
    deployment: |topology| &topology.nomad.job,
    place: |_, node| node.name.clone(),
    own_changes: "`nomad` in the cluster file",
    local: &[],
    main_file: nomad::MAIN_FILE,
    preferred: &[],
    merged: &[],
};

fn main_file(tree: &RenderedTree) -> String {
    tree.main().text.clone()
}
