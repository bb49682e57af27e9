//! Shards to one run (docs/contract.md, "Shards"): in the order of the workflow the manifests of all shards become the manifest of the step,
//! each proved; then `run.json` is written; then everything that belongs to shards is removed.

mod clean;
mod error;
mod join;
mod merged;
mod part;
mod state;

use std::collections::BTreeMap;

use step_contract::{ProductEntry, RawManifest};
use step_harness::{Locks, Sums};

pub use error::MergeError;
pub use merged::Merged;

use crate::description::Description;
use crate::exit::{self, EndedStep};
use crate::layout::Layout;
use crate::report::StepReport;
use crate::run_json::{RunJson, RunStep};
use crate::run_lock::RunLock;
use crate::shard::{ShardRecord, merged_folder};
use crate::workflow::WorkflowStep;
use merged::merged_before;
use state::Merge;

/// Merges the shards of a run; `describe` tells what the steps of its workflow say of themselves.
pub fn merge<E: Into<MergeError>>(
    layout: &Layout,
    products: &[ProductEntry],
    describe: impl FnOnce(&RunJson) -> Result<BTreeMap<String, Description>, E>,
    command: &[String],
) -> Result<Merged, MergeError> {
    // Paths of manifests are compared by their text.
    let layout = &Layout { root: crate::verify::clean(&layout.root), run_id: layout.run_id.clone() };
    if !layout.run_folder().is_dir() {
        return Err(MergeError::NoRun { run_id: layout.run_id.clone(), root: layout.root.display().to_string() });
    }
    let _lock = RunLock::take(layout, None)?;
    layout.remove_temporaries()?;
    if merged_folder(layout).exists() {
        return clean::end_stopped_merge(layout, products);
    }
    let records = ShardRecord::read_all(layout)?;
    let Some(first) = records.first() else { return merged_before(layout, products) };
    error::check_records(&records)?;
    let descriptions = describe(&first.run).map_err(Into::into)?;
    let workflow = &first.run.workflow;
    let sharded: Vec<&WorkflowStep> = workflow.steps.iter().filter(|step| first.labels.contains(&step.label)).collect();
    let _locks: Vec<Locks> = sharded
        .iter()
        .map(|step| layout.step_folder(step))
        .filter(|folder| folder.is_dir())
        .map(|folder| Locks::take(&folder, None).map_err(MergeError::from))
        .collect::<Result<_, _>>()?;
    let mut merge = Merge {
        layout,
        products,
        descriptions: &descriptions,
        records: &records,
        sums: Sums::open(Some(&layout.root.join("data/cache"))),
        command,
        known: BTreeMap::new(),
    };
    // Everything is proved before the first file is written.
    let manifests = sharded.iter().map(|step| merge.join(step)).collect::<Result<Vec<_>, _>>()?;
    let mut steps = Vec::new();
    for (step, manifest) in sharded.iter().zip(&manifests) {
        clean::write(layout, step, manifest)?;
        let raw = RawManifest::read(&layout.manifest(step), products)?;
        let code = exit::of_chain(&[ended(step, &descriptions, raw.clone())]);
        let seconds = raw.execution["seconds"].as_f64().unwrap_or(0.0);
        steps.push(StepReport::of(step, code, &raw, seconds));
    }
    let (run, ended) = run_of(layout, products, first, &descriptions, command)?;
    run.write(&layout.run_json())?;
    clean::end(layout, products, &sharded)?;
    Ok(Merged {
        run_id: layout.run_id.clone(),
        shards: first.shard.count,
        steps,
        exit: exit::of_chain(&ended),
        next: first.next.clone(),
        command: first.run.execution.command.clone(),
    })
}

fn ended(step: &WorkflowStep, descriptions: &BTreeMap<String, Description>, manifest: RawManifest) -> EndedStep {
    let temporary = exit::temporary_units(&manifest);
    let is_unit_scope = descriptions.get(&step.step).is_some_and(|description| !description.is_run_scope());
    EndedStep { manifest, is_unit_scope, temporary }
}

/// `run.json` as a run without shards would have left it at the same place of the chain.
fn run_of(
    layout: &Layout,
    products: &[ProductEntry],
    first: &ShardRecord,
    descriptions: &BTreeMap<String, Description>,
    command: &[String],
) -> Result<(RunJson, Vec<EndedStep>), MergeError> {
    let mut run = first.run.clone();
    run.steps.clear();
    let last = first.labels.last().and_then(|label| run.workflow.step(label)).map_or(0, |(place, _)| place);
    let mut of_chain = Vec::new();
    for (place, step) in run.workflow.steps.iter().enumerate() {
        let path = layout.manifest(step);
        if first.not_asked_for.contains(&step.label) || !path.is_file() {
            continue;
        }
        let manifest = RawManifest::read(&path, products)?;
        run.steps.push(RunStep {
            label: step.label.clone(),
            step: step.step.clone(),
            build: manifest.build.clone(),
            product: manifest.product.clone(),
            manifest: layout.relative(&path),
            identity: manifest.identity.clone(),
            also: step.also.clone(),
        });
        if place <= last {
            of_chain.push(ended(step, descriptions, manifest));
        }
    }
    run.execution.exit = exit::of_chain(&of_chain);
    run.execution.command = command.to_vec();
    Ok((run, of_chain))
}
