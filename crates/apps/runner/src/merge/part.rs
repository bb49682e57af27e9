//! One shard's manifest of a step, held against what it must be.

use std::path::{Path, PathBuf};

use serde_json::Value;
use step_contract::{RawManifest, Read, Shard};
use step_harness::manifest_name;

use super::error::MergeError;
use super::state::{Ids, Merge, Units};
use crate::plan::differences;
use crate::shard::ShardRecord;
use crate::verify::clean;
use crate::workflow::WorkflowStep;

/// One shard's manifest.
pub(super) struct Part {
    pub(super) shard: Shard,
    pub(super) raw: RawManifest,
    pub(super) value: Value,
}

impl Merge<'_> {
    /// The manifests of all shards of a step, each as it must be and all made alike.
    pub(super) fn parts(&self, step: &WorkflowStep) -> Result<Vec<Part>, MergeError> {
        let mut parts: Vec<Part> = Vec::new();
        for record in self.records {
            let part = self.part(step, record)?;
            if let Some(first) = parts.first() {
                made_alike(step, first, &part)?;
            }
            self.check_files(step, &part)?;
            parts.push(part);
        }
        Ok(parts)
    }

    fn part(&self, step: &WorkflowStep, record: &ShardRecord) -> Result<Part, MergeError> {
        let shard = record.shard;
        let path = self.layout.step_folder(step).join(manifest_name(Some(shard)));
        if !path.is_file() {
            let what = format!("has no manifest of step {}", step.label);
            return Err(MergeError::NotEnded { shard, what });
        }
        let (raw, value) = RawManifest::read_json(&path, self.products)?;
        let differs = |what: String| {
            Err(MergeError::Differs { shard, what: format!("step {}: {}: {what}", step.label, path.display()) })
        };
        if raw.shard != Some(shard) || raw.run_id != self.layout.run_id || raw.label != step.label {
            let found = raw.shard.map_or_else(|| "no shard".to_owned(), |shard| shard.to_string());
            return differs(format!("it says run {}, label {}, {found}", raw.run_id, raw.label));
        }
        if let Some(unit) = raw.units.iter().find(|unit| !shard.takes(unit.root())) {
            return differs(format!("unit {} belongs to another shard", unit.unit));
        }
        Ok(Part { shard, raw, value })
    }

    /// Every file has the sum that the shard's manifest says.
    fn check_files(&self, step: &WorkflowStep, part: &Part) -> Result<(), MergeError> {
        let folder = self.layout.step_folder(step);
        for (unit, role, entry) in part.raw.all_files().filter(|(_, _, entry)| entry.discarded.is_none()) {
            let path = part.raw.path_of(&folder, entry);
            if !self.sums.holds(&path, entry.bytes, &entry.sha256) {
                let unit = unit.unwrap_or("the step");
                let what = format!(
                    "left {} ({role} of {unit}, step {}) missing or other than its manifest says",
                    entry.path, step.label
                );
                return Err(MergeError::NotEnded { shard: part.shard, what });
            }
        }
        Ok(())
    }

    /// What a shard read, with whole manifests in the place of shards' ones.
    pub(super) fn whole_reads(&mut self, step: &WorkflowStep, part: &Part) -> Result<Vec<Read>, MergeError> {
        let folder = self.layout.step_folder(step);
        let own_name = manifest_name(Some(part.shard));
        let mut reads = Vec::new();
        for read in &part.raw.reads {
            let path = resolved(&part.raw, &folder, &read.path);
            let of_shard = path.file_name().is_some_and(|name| name == own_name.as_str());
            let whole = if of_shard { path.with_file_name(manifest_name(None)) } else { path.clone() };
            if !self.known.contains_key(&whole) {
                if of_shard {
                    let what = format!("step {} read {}, which is not of this merge", step.label, path.display());
                    return Err(MergeError::Differs { shard: part.shard, what });
                }
                let other = RawManifest::read(&whole, self.products)?;
                let units = other.units.into_iter().map(|unit| (unit.unit, unit.ties)).collect();
                self.known.insert(whole.clone(), Ids { identity: other.identity, units, parts: Vec::new() });
            }
            let Some(known) = self.known.get(&whole) else { continue };
            let place = part.shard.index as usize - 1;
            let expected = if of_shard { known.parts.get(place) } else { Some(&known.identity) };
            if expected != Some(&read.identity) {
                let what =
                    format!("step {} read {} when it was another one than it is now", step.label, path.display());
                return Err(MergeError::Differs { shard: part.shard, what });
            }
            let shown = match of_shard {
                true => read.path.strip_suffix(&own_name).map(|start| format!("{start}{}", manifest_name(None))),
                false => None,
            };
            reads.push(Read {
                path: shown.unwrap_or_else(|| read.path.clone()),
                identity: known.identity.clone(),
                ..read.clone()
            });
        }
        Ok(reads)
    }

    /// The units of a manifest that the merged step read, with what ties them.
    pub(super) fn units_of(&self, step: &WorkflowStep, raw: &RawManifest, read: &Read) -> Option<&Units> {
        let path = resolved(raw, &self.layout.step_folder(step), &read.path);
        self.known.get(&path).map(|known| &known.units)
    }
}

/// The place of a manifest that another one names.
fn resolved(raw: &RawManifest, folder: &Path, path: &str) -> PathBuf {
    match path.strip_prefix("input:").and_then(|rest| rest.split_once('/')) {
        Some((name, relative)) => match raw.execution["inputs"][name].as_str() {
            Some(base) => Path::new(base).join(relative),
            None => PathBuf::from(path),
        },
        None => clean(&folder.join(path)),
    }
}

/// One configuration, build and engine.
fn made_alike(step: &WorkflowStep, first: &Part, part: &Part) -> Result<(), MergeError> {
    let differs =
        |what: String| Err(MergeError::Differs { shard: part.shard, what: format!("step {}: {what}", step.label) });
    let mut configuration = Vec::new();
    differences("", &first.raw.config, &part.raw.config, &mut configuration);
    if !configuration.is_empty() {
        return differs(format!("{} (shard 1 -> shard {})", configuration.join("; "), part.shard.index));
    }
    if part.raw.build != first.raw.build {
        return differs(format!("build {}, shard 1 has {}", part.raw.build, first.raw.build));
    }
    if part.raw.engine != first.raw.engine {
        let (own, other) = (&part.raw.engine, &first.raw.engine);
        return differs(format!("engine {} {}, shard 1 has {} {}", own.name, own.version, other.name, other.version));
    }
    if part.raw.step != first.raw.step || part.raw.product != first.raw.product {
        return differs(format!("it wrote a {} with step {}", part.raw.product.name, part.raw.step));
    }
    Ok(())
}
