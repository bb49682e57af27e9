//! Writing the merged manifests, and removing what belonged to shards once they stand.

use serde_json::Value;
use step_contract::ProductEntry;
use step_harness::{Locks, write_atomic, write_manifest};

use super::error::MergeError;
use super::merged::{Merged, merged_before};
use crate::layout::Layout;
use crate::leftovers;
use crate::run_json::RunJson;
use crate::shard::merged_folder;
use crate::workflow::WorkflowStep;

/// Writes a merged manifest: under its second name first, as a step does.
pub(super) fn write(layout: &Layout, step: &WorkflowStep, manifest: &Value) -> Result<(), MergeError> {
    let folder = layout.step_folder(step);
    let names = step.also.iter().map(String::as_str).chain(["manifest.json"]);
    for name in names {
        write_atomic(&folder.join(name), |writer| write_manifest(manifest, writer))?;
    }
    Ok(())
}

/// From here on the run is merged: the records are renamed in one go, then the shards' files go, then the records.
pub(super) fn end(layout: &Layout, products: &[ProductEntry], steps: &[&WorkflowStep]) -> Result<(), MergeError> {
    fs_err::rename(layout.shards_folder(), merged_folder(layout))?;
    fs_err::File::open(layout.run_folder())?.sync_all()?;
    remove(layout, products, steps)
}

/// Goes on where a merge was stopped after the run stood.
pub(super) fn end_stopped_merge(layout: &Layout, products: &[ProductEntry]) -> Result<Merged, MergeError> {
    let run = RunJson::read(&layout.run_json())?;
    let steps: Vec<&WorkflowStep> = run.workflow.steps.iter().filter(|step| layout.manifest(step).is_file()).collect();
    let _locks: Vec<Locks> = steps
        .iter()
        .map(|step| Locks::take(&layout.step_folder(step), None).map_err(MergeError::from))
        .collect::<Result<_, _>>()?;
    remove(layout, products, &steps)?;
    merged_before(layout, products)
}

fn remove(layout: &Layout, products: &[ProductEntry], steps: &[&WorkflowStep]) -> Result<(), MergeError> {
    for step in steps {
        leftovers::remove(layout, products, step)?;
    }
    fs_err::remove_dir_all(merged_folder(layout))?;
    Ok(())
}
