//! What binds by itself, and what is refused when planning.

use std::collections::BTreeMap;

use step_contract::Arity;

use super::bound::{Bound, Outside};
use super::error::BindingError;
use crate::description::{Description, InputDescription};
use crate::workflow::{Workflow, WorkflowStep};

pub(super) fn bind(
    step: &WorkflowStep,
    input: &InputDescription,
    earlier: &[WorkflowStep],
    descriptions: &BTreeMap<String, Description>,
    outside: &Outside,
) -> Result<Vec<Bound>, BindingError> {
    let output = |other: &WorkflowStep| &descriptions[&other.step].output;
    if input.arity == Arity::Run {
        // mark: all-earlier-manifests-bound
        return Ok(earlier.iter().map(|other| Bound::Label(other.label.clone())).collect());
    }
    let named = step.reads.get(&input.name);
    if let Some(labels) = named.filter(|labels| !labels.is_empty()) {
        for label in labels {
            let found = earlier.iter().find(|other| other.label == *label).map(output);
            if let Some(found) = found.filter(|found| found.name != input.product || found.version != input.version) {
                return Err(BindingError::WrongProduct {
                    label: step.label.clone(),
                    member: input.name.clone(),
                    expected: format!("{} version {}", input.product, input.version),
                    bound: label.clone(),
                    found: format!("{} version {}", found.name, found.version),
                });
            }
        }
        return Ok(labels.iter().cloned().map(Bound::Label).collect());
    }
    if let Some(path) = outside.inputs.get(&(step.label.clone(), input.name.clone())) {
        return Ok(vec![Bound::Manifest(path.clone())]);
    }
    if named.is_some() || !binds_by_itself(step, input) {
        return Ok(Vec::new());
    }
    let nearest = earlier
        .iter()
        .rev()
        .find(|other| output(other).name == input.product && output(other).version == input.version);
    Ok(nearest.map(|other| Bound::Label(other.label.clone())).into_iter().collect())
}

/// Whether a member takes the nearest earlier manifest of its product: one that the step must have. What it can do without is bound by name.
fn binds_by_itself(step: &WorkflowStep, input: &InputDescription) -> bool {
    match input.arity {
        Arity::One => true,
        Arity::Optional => step.requires.contains(&input.name),
        Arity::Many | Arity::Run => false,
    }
}

pub(super) fn check_arity(step: &WorkflowStep, input: &InputDescription, bound: &[Bound]) -> Result<(), BindingError> {
    let (label, member) = (step.label.clone(), input.name.clone());
    let must = input.arity == Arity::One || step.requires.contains(&input.name);
    match (input.arity, bound.len()) {
        (Arity::One | Arity::Optional | Arity::Many, 0) if must => {
            Err(BindingError::Unbound { label, member, product: input.product.clone() })
        }
        (Arity::One | Arity::Optional, count) if count > 1 => Err(BindingError::TooMany { label, member, count }),
        _ => Ok(()),
    }
}

pub(super) fn check_members(step: &WorkflowStep, description: &Description) -> Result<(), BindingError> {
    let names = || description.inputs.iter().map(|input| input.name.as_str()).collect::<Vec<_>>().join(", ");
    for member in step.reads.keys().chain(&step.requires) {
        if !description.inputs.iter().any(|input| input.name == *member) {
            return Err(BindingError::NoMember { label: step.label.clone(), member: member.clone(), members: names() });
        }
    }
    let unbound: Vec<&InputDescription> = description
        .inputs
        .iter()
        .filter(|input| binds_by_itself(step, input) && !step.reads.contains_key(&input.name))
        .collect();
    for (place, first) in unbound.iter().enumerate() {
        if let Some(second) = unbound[place + 1..].iter().find(|second| second.product == first.product) {
            return Err(BindingError::Ambiguous {
                label: step.label.clone(),
                first: first.name.clone(),
                second: second.name.clone(),
                product: first.product.clone(),
            });
        }
    }
    Ok(())
}

pub(super) fn check_reads(
    workflow: &Workflow,
    descriptions: &BTreeMap<String, Description>,
    outside: &Outside,
) -> Result<(), BindingError> {
    for (label, member) in outside.reads.keys() {
        let Some((_, step)) = workflow.step(label) else {
            return Err(BindingError::NoLabel {
                label: label.clone(),
                member: member.clone(),
                labels: workflow.labels().join(", "),
            });
        };
        let inputs = &descriptions[&step.step].inputs;
        if !inputs.iter().any(|input| input.name == *member) {
            let members = inputs.iter().map(|input| input.name.as_str()).collect::<Vec<_>>().join(", ");
            return Err(BindingError::NoMember { label: label.clone(), member: member.clone(), members });
        }
    }
    Ok(())
}
