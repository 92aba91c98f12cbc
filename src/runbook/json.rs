//! A plan as JSON, for programs, under a schema of its own.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{Runbook, StepText, SurvivalRow};
use crate::json;

/// The version of the format. A field that is added leaves it as it is.
const VERSION: u8 = 1;

/// The plan; fits `schema/plan.schema.json`.
pub fn print(runbook: &Runbook) -> String {
    json::text(&PlanView {
        version: VERSION,
        name: &runbook.name,
        title: &runbook.title,
        cluster: &runbook.cluster_name,
        cautions: &runbook.cautions,
        functions: &runbook.functions,
        survives: &runbook.survives,
        steps: &runbook.steps,
        delete_volumes: runbook
            .delete_volumes
            .iter()
            .map(|volume| volume.command.as_str())
            .collect(),
    })
}

/// The JSON schema, draft-07, of what [`print()`] writes.
pub fn schema() -> Value {
    json::schema_of::<PlanView<'_>>()
}

/// The schema as `schema/plan.schema.json` holds it, with a final newline.
pub fn schema_text() -> String {
    json::text(&schema())
}

/// What `scale`, `replace`, `upgrade` and `plan` write with `--format json`. A later version of the tool may add fields;
/// `version` changes when one goes away or means something else.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Plan")]
struct PlanView<'r> {
    /// The version of this format.
    #[schemars(range(min = 1, max = 1))]
    version: u8,
    /// What the folder of its files is called.
    name: &'r str,
    /// What the change is.
    title: &'r str,
    /// Restate's name of the cluster.
    cluster: &'r str,
    /// What to know before, one sentence each.
    cautions: &'r [String],
    /// Functions of sh that the commands use, by lines.
    functions: &'r [String],
    /// How many nodes may fail, whichever they are.
    survives: &'r [SurvivalRow],
    /// The steps, in order.
    steps: &'r [StepText],
    /// How the volumes of removed nodes are deleted afterwards.
    delete_volumes: Vec<&'r str>,
}
