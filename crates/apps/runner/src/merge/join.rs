//! The manifest of a step from those of its shards.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use step_contract::{Arity, RawUnit, Read, Scope, Ties, identity};

use super::error::MergeError;
use super::part::Part;
use super::state::{Ids, Merge, Units};
use crate::description::Description;
use crate::workflow::WorkflowStep;

impl Merge<'_> {
    /// Proves the shards' manifests of a step and joins them.
    pub(super) fn join(&mut self, step: &WorkflowStep) -> Result<Value, MergeError> {
        let parts = self.parts(step)?;
        let mut reads: Option<Vec<Read>> = None;
        for part in &parts {
            let own = self.whole_reads(step, part)?;
            match &reads {
                Some(first) if *first != own => {
                    let what = format!("step {} read other manifests than it did in shard 1", step.label);
                    return Err(MergeError::Differs { shard: part.shard, what });
                }
                _ => reads = Some(own),
            }
        }
        let reads = reads.unwrap_or_default();
        let ties = parts
            .iter()
            .flat_map(|part| &part.raw.units)
            .map(|RawUnit { unit, ties, .. }| (unit.clone(), ties.clone()));
        let ties = ties.collect();
        let mut units: BTreeMap<String, Value> = BTreeMap::new();
        for unit in parts.iter().flat_map(|part| part.value["units"].as_array().into_iter().flatten()) {
            units.insert(unit["unit"].as_str().unwrap_or_default().to_owned(), unit.clone());
        }
        let ids: BTreeSet<String> = units.keys().cloned().collect();
        self.check_units(step, &parts, &reads, &ids)?;
        let manifest = self.manifest(step, &parts, reads, units.into_values().collect())?;
        let known = Ids {
            identity: identity(&manifest),
            units: ties,
            parts: parts.iter().map(|part| part.raw.identity.clone()).collect(),
        };
        self.known.insert(self.layout.manifest(step), known);
        Ok(manifest)
    }

    /// The ids are those that the merged first input asks for: no unit is lost, none is too many.
    fn check_units(
        &self,
        step: &WorkflowStep,
        parts: &[Part],
        reads: &[Read],
        ids: &BTreeSet<String>,
    ) -> Result<(), MergeError> {
        let Some(description) = self.descriptions.get(&step.step) else { return Ok(()) };
        let first = description.inputs.first();
        let Some(member) = first.filter(|member| matches!(member.arity, Arity::One | Arity::Optional)) else {
            return Ok(());
        };
        let read = reads.iter().find(|read| read.input == member.name);
        let (Some(read), Some(part)) = (read, parts.first()) else { return Ok(()) };
        let Some(given) = self.units_of(step, &part.raw, read) else { return Ok(()) };
        let expected = &expected_units(description, given);
        let some = |ids: Vec<&String>| {
            let named = ids.iter().take(3).map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
            if ids.len() > 3 { format!("{named} and {} more", ids.len() - 3) } else { named }
        };
        let missing: Vec<&String> = expected.difference(ids).collect();
        if !missing.is_empty() {
            let what = format!("{} of {} in no shard; run the shards again", some(missing), read.label);
            return Err(MergeError::Units { label: step.label.clone(), what });
        }
        let added: Vec<&String> = ids.difference(expected).collect();
        if !added.is_empty() {
            let what = format!("{} in a shard, but not in {}; run the shards again", some(added), read.label);
            return Err(MergeError::Units { label: step.label.clone(), what });
        }
        Ok(())
    }

    fn manifest(
        &self,
        step: &WorkflowStep,
        parts: &[Part],
        reads: Vec<Read>,
        units: Vec<Value>,
    ) -> Result<Value, MergeError> {
        let wrong = |what: String| MergeError::Units { label: step.label.clone(), what };
        let first = parts.first().ok_or_else(|| wrong("there is no shard".to_owned()))?;
        let product = self
            .products
            .iter()
            .find(|product| product.name == first.raw.product.name)
            .ok_or_else(|| wrong(format!("{} is not a product of this release", first.raw.product.name)))?;
        let units = Value::Array(units);
        let payload = (product.payload)(&units).map_err(wrong)?;
        let mut manifest = Map::new();
        for name in ["product", "run_id", "step", "label", "build", "engine", "config"] {
            manifest.insert(name.to_owned(), first.value[name].clone());
        }
        manifest.insert("reads".to_owned(), json!(reads));
        manifest.insert("units".to_owned(), units);
        manifest.insert("payload".to_owned(), payload);
        manifest.insert("execution".to_owned(), execution(parts, self.command));
        let manifest = Value::Object(manifest);
        let path = self.layout.manifest(step);
        step_contract::check_manifest(&path, &manifest, product.name, product.version, product.schema)?;
        Ok(manifest)
    }
}

/// The units of a step from those of its first input: of its own kinds, of scope group one for each of their groups.
fn expected_units(description: &Description, given: &Units) -> BTreeSet<String> {
    let kind = |ties: &Option<Box<Ties>>| ties.as_ref().and_then(|ties| ties.kind.clone());
    let own = given.iter().filter(|(_, ties)| {
        description.kinds.is_empty() || kind(ties).is_some_and(|kind| description.kinds.contains(&kind))
    });
    match description.scope {
        Scope::Group => own.filter_map(|(_, ties)| ties.as_ref()?.group.clone()).collect(),
        Scope::Unit | Scope::Run => own.map(|(id, _)| id.clone()).collect(),
    }
}

/// The executions of all shards as one: the earliest start, the sum of the times, every note.
fn execution(parts: &[Part], command: &[String]) -> Value {
    let of = |name: &'static str| parts.iter().map(move |part| &part.value["execution"][name]);
    let started = of("started").filter_map(Value::as_str).min().unwrap_or_default();
    // From 0: the sum of nothing is -0, and a step may say no seconds.
    let seconds = of("seconds").filter_map(Value::as_f64).fold(0.0, |sum, own| sum + own);
    let hosts: BTreeSet<&str> = of("host").filter_map(Value::as_str).collect();
    let reused: BTreeSet<&str> =
        of("reused").flat_map(|ids| ids.as_array().into_iter().flatten()).filter_map(Value::as_str).collect();
    let mut execution = json!({
        "started": started,
        "seconds": (seconds * 1e3).round() / 1e3,
        "host": hosts.into_iter().collect::<Vec<_>>().join(", "),
        "threads": of("threads").filter_map(Value::as_u64).max().unwrap_or(1),
        "reused": reused,
        "config": of("config").next(),
        "command": command,
    });
    for name in ["attempts", "notes", "inputs", "services"] {
        let all: Map<String, Value> = of(name).filter_map(Value::as_object).flatten().map(own).collect();
        execution[name] = Value::Object(all);
    }
    if let Some(members) = execution.as_object_mut() {
        members.retain(|_, value| {
            !value.is_null()
                && value != ""
                && value.as_array().is_none_or(|items| !items.is_empty())
                && value.as_object().is_none_or(|members| !members.is_empty())
        });
    }
    execution
}

fn own((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}
