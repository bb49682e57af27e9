//! Who reads whom: every input member of every step bound to labels or to manifests from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use step_contract::Arity;

use crate::description::Description;
use crate::workflow::Workflow;

mod bound;
mod error;
mod rules;
#[cfg(test)]
mod tests;

pub use bound::{Bound, Outside};
pub use error::BindingError;
use rules::{bind, check_arity, check_members, check_reads};

/// The bindings of a whole workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bindings {
    /// By label, then by member.
    pub by_label: BTreeMap<String, BTreeMap<String, Vec<Bound>>>,
    /// Labels that nobody asks for, because what they make was given from outside.
    pub not_asked_for: BTreeSet<String>,
}

impl Bindings {
    /// Binds every member; `descriptions` by step id.
    pub fn new(
        workflow: &Workflow,
        descriptions: &BTreeMap<String, Description>,
        outside: &Outside,
    ) -> Result<Self, BindingError> {
        check_reads(workflow, descriptions, outside)?;
        let mut bindings = Self::default();
        let mut stand_ins: BTreeMap<String, PathBuf> = BTreeMap::new();
        for (place, step) in workflow.steps.iter().enumerate() {
            let description = &descriptions[&step.step];
            let earlier = &workflow.steps[..place];
            check_members(step, description)?;
            let mut members = BTreeMap::new();
            for input in &description.inputs {
                let mut bound = bind(step, input, earlier, descriptions, outside)?;
                if let Some(given) = outside.reads.get(&(step.label.clone(), input.name.clone())) {
                    if input.arity != Arity::Many
                        && let [Bound::Label(label)] = bound.as_slice()
                    {
                        stand_ins.insert(label.clone(), given[0].clone());
                    }
                    bound = given.iter().cloned().map(Bound::Manifest).collect();
                }
                if input.arity != Arity::Run {
                    for one in &mut bound {
                        if let Bound::Label(label) = one
                            && let Some(path) = stand_ins.get(label)
                        {
                            *one = Bound::Manifest(path.clone());
                        }
                    }
                }
                check_arity(step, input, &bound)?;
                members.insert(input.name.clone(), bound);
            }
            bindings.by_label.insert(step.label.clone(), members);
        }
        bindings.drop_what_nobody_asks_for(workflow, descriptions, outside, &stand_ins);
        Ok(bindings)
    }

    /// What a member is bound to.
    pub fn of(&self, label: &str, member: &str) -> &[Bound] {
        self.by_label.get(label).and_then(|members| members.get(member)).map_or(&[], Vec::as_slice)
    }

    fn drop_what_nobody_asks_for(
        &mut self,
        workflow: &Workflow,
        descriptions: &BTreeMap<String, Description>,
        outside: &Outside,
        stand_ins: &BTreeMap<String, PathBuf>,
    ) {
        if outside.reads.is_empty() {
            return;
        }
        let without =
            Self::new(workflow, descriptions, &Outside { reads: BTreeMap::new(), inputs: outside.inputs.clone() });
        let Ok(without) = without else { return };
        let mut dropped: BTreeSet<String> = stand_ins.keys().cloned().collect();
        for step in workflow.steps.iter().rev() {
            let readers_before = readers(&without, descriptions, workflow, &step.label);
            let readers_now = readers(self, descriptions, workflow, &step.label);
            if !readers_before.is_empty() && readers_now.iter().all(|reader| dropped.contains(reader)) {
                dropped.insert(step.label.clone());
            }
        }
        for members in self.by_label.values_mut() {
            for bound in members.values_mut() {
                bound.retain(|one| !matches!(one, Bound::Label(label) if dropped.contains(label)));
            }
        }
        self.not_asked_for = dropped;
    }
}

/// Labels that read from `label` by a named member (those that take the whole run do not count).
fn readers(
    bindings: &Bindings,
    descriptions: &BTreeMap<String, Description>,
    workflow: &Workflow,
    label: &str,
) -> Vec<String> {
    workflow
        .steps
        .iter()
        .filter(|step| {
            descriptions[&step.step].inputs.iter().any(|input| {
                input.arity != Arity::Run
                    && bindings.of(&step.label, &input.name).contains(&Bound::Label(label.to_owned()))
            })
        })
        .map(|step| step.label.clone())
        .collect()
}
