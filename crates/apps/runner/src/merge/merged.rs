//! What merging answers, also where the run was merged before.

use step_contract::{ProductEntry, RawManifest};

use super::error::MergeError;
use crate::exit::{self, EndedStep};
use crate::layout::Layout;
use crate::report::StepReport;
use crate::run_json::RunJson;

/// What merging made.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Merged {
    /// Run.
    pub run_id: String,
    /// How many shards; 0 where the run was merged before.
    pub shards: u32,
    /// Steps that were merged, in order.
    pub steps: Vec<StepReport>,
    /// Exit code of the chain so far.
    pub exit: u8,
    /// The first label that is left to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Command line of the first shard.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
}

/// A run without shards: whether it was merged before, or never had any.
pub(super) fn merged_before(layout: &Layout, products: &[ProductEntry]) -> Result<Merged, MergeError> {
    let run = RunJson::read(&layout.run_json())?;
    let mut steps = Vec::new();
    for step in &run.workflow.steps {
        if let Some(there) = run.steps.iter().find(|there| there.label == step.label) {
            let raw = RawManifest::read(&layout.run_folder().join(&there.manifest), products)?;
            let temporary = exit::temporary_units(&raw);
            let code = exit::of_chain(&[EndedStep { manifest: raw.clone(), is_unit_scope: true, temporary }]);
            steps.push(StepReport::of(step, code, &raw, 0.0));
        }
    }
    if steps.is_empty() {
        return Err(MergeError::NoShards { run_id: layout.run_id.clone() });
    }
    Ok(Merged {
        run_id: layout.run_id.clone(),
        shards: 0,
        steps,
        exit: run.execution.exit,
        next: None,
        command: Vec::new(),
    })
}
