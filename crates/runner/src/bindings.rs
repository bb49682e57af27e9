//! Who reads whom: every input member of every step bound to labels or to manifests from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use step_contract::Arity;

use crate::description::{Description, InputDescription};
use crate::workflow::{Workflow, WorkflowStep};

/// What a member is bound to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// The manifest of an earlier label of this run.
    Label(String),
    /// A manifest from outside (given, or adopted from files).
    Manifest(PathBuf),
}

/// The bindings of a whole workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bindings {
    /// By label, then by member.
    pub by_label: BTreeMap<String, BTreeMap<String, Vec<Bound>>>,
    /// Labels that nobody asks for, because what they make was given from outside.
    pub not_asked_for: BTreeSet<String>,
}

/// What comes from outside.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    /// `--read LABEL.INPUT=PATH`, as manifests.
    pub reads: BTreeMap<(String, String), Vec<PathBuf>>,
    /// `--input NAME=DIR`, as manifests, by the label and member that they are offered to.
    pub inputs: BTreeMap<(String, String), PathBuf>,
}

/// A workflow cannot be bound.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// A member that no manifest fits.
    #[error(
        "step {label}: nothing to read for {member} ({product}); bind it in the workflow (`reads`) or with --read {label}.{member}=PATH"
    )]
    Unbound {
        /// Label.
        label: String,
        /// Member.
        member: String,
        /// Product.
        product: String,
    },
    /// A member that the step does not have.
    #[error("step {label} has no input {member}; it has {members}")]
    NoMember {
        /// Label.
        label: String,
        /// Member.
        member: String,
        /// Those that there are.
        members: String,
    },
    /// A label of another product.
    #[error("step {label}: {member} takes a {expected}, but {bound} writes a {found}")]
    WrongProduct {
        /// Label.
        label: String,
        /// Member.
        member: String,
        /// Product that it takes.
        expected: String,
        /// Label that it is bound to.
        bound: String,
        /// Product of that one.
        found: String,
    },
    /// Several labels on a member that takes one.
    #[error("step {label}: {member} takes one manifest, {count} are bound")]
    TooMany {
        /// Label.
        label: String,
        /// Member.
        member: String,
        /// How many.
        count: usize,
    },
    /// Two unbound members of one product.
    #[error("step {label}: {first} and {second} both take a {product}; bind both in the workflow (`reads`)")]
    Ambiguous {
        /// Label.
        label: String,
        /// One member.
        first: String,
        /// The other.
        second: String,
        /// Product.
        product: String,
    },
    /// A label that no list has.
    #[error("--read {label}.{member}: {label} is not a label of this workflow ({labels})")]
    NoLabel {
        /// What was typed.
        label: String,
        /// Member.
        member: String,
        /// Those that there are.
        labels: String,
    },
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

fn bind(
    step: &WorkflowStep,
    input: &InputDescription,
    earlier: &[WorkflowStep],
    descriptions: &BTreeMap<String, Description>,
    outside: &Outside,
) -> Result<Vec<Bound>, BindingError> {
    let output = |other: &WorkflowStep| &descriptions[&other.step].output;
    if input.arity == Arity::Run {
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
    if named.is_some() || input.arity == Arity::Many {
        return Ok(Vec::new());
    }
    let nearest = earlier
        .iter()
        .rev()
        .find(|other| output(other).name == input.product && output(other).version == input.version);
    Ok(nearest.map(|other| Bound::Label(other.label.clone())).into_iter().collect())
}

fn check_arity(step: &WorkflowStep, input: &InputDescription, bound: &[Bound]) -> Result<(), BindingError> {
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

fn check_members(step: &WorkflowStep, description: &Description) -> Result<(), BindingError> {
    let names = || description.inputs.iter().map(|input| input.name.as_str()).collect::<Vec<_>>().join(", ");
    for member in step.reads.keys().chain(&step.requires) {
        if !description.inputs.iter().any(|input| input.name == *member) {
            return Err(BindingError::NoMember { label: step.label.clone(), member: member.clone(), members: names() });
        }
    }
    let unbound: Vec<&InputDescription> = description
        .inputs
        .iter()
        .filter(|input| matches!(input.arity, Arity::One | Arity::Optional) && !step.reads.contains_key(&input.name))
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

fn check_reads(
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

#[cfg(test)]
mod tests {
    use super::*;

    fn input(name: &str, product: &str, arity: Arity) -> InputDescription {
        InputDescription { name: name.to_owned(), product: product.to_owned(), version: 1, arity }
    }

    fn describe(step: &str, inputs: Vec<InputDescription>, output: &str) -> (String, Description) {
        let description = Description {
            step: step.to_owned(),
            version: "1".to_owned(),
            scope: "unit".to_owned(),
            inputs,
            output: step_contract::ProductRef { name: output.to_owned(), version: 1 },
            config_schema: serde_json::json!({}),
            engines: Vec::new(),
            memory_bytes: 0,
        };
        (step.to_owned(), description)
    }

    fn chain() -> (Workflow, BTreeMap<String, Description>) {
        let step = |label: &str, step: &str, rest: &str| {
            format!(
                "[[step]]\nlabel = \"{label}\"\nstep = \"{step}\"\nfolder = \"data/{label}\"\nlog = \"{label}\"\n{rest}\n"
            )
        };
        let text = [
            "description = \"d\"\nconfig = \"c\"\n".to_owned(),
            step("download", "download", ""),
            step("catalog-bright", "catalog", "reads = { local = [] }"),
            step("mask", "mask", ""),
            step("detect-p1", "detect", "reads = { psf = [] }"),
            step("psf", "psf", ""),
            step("detect-p2", "detect", "requires = [\"psf\"]"),
            step("catalog-gaia", "catalog", "reads = { frames = [\"mask\"], local = [] }"),
            step("xmatch", "xmatch", "reads = { references = [\"catalog-gaia\"] }"),
            step("package", "package", ""),
        ]
        .concat();
        let descriptions = [
            describe("download", vec![], "frame-set"),
            describe(
                "catalog",
                vec![input("frames", "frame-set", Arity::One), input("local", "reference-catalog", Arity::Optional)],
                "reference-catalog",
            ),
            describe(
                "mask",
                vec![input("frames", "frame-set", Arity::One), input("bright", "reference-catalog", Arity::Optional)],
                "frame-set",
            ),
            describe(
                "detect",
                vec![input("frames", "frame-set", Arity::One), input("psf", "psf-model-set", Arity::Optional)],
                "source-catalog",
            ),
            describe(
                "psf",
                vec![input("frames", "frame-set", Arity::One), input("catalog", "source-catalog", Arity::One)],
                "psf-model-set",
            ),
            describe(
                "xmatch",
                vec![
                    input("detections", "source-catalog", Arity::One),
                    input("references", "reference-catalog", Arity::Many),
                ],
                "match-table",
            ),
            describe("package", vec![input("run", "", Arity::Run)], "archive"),
        ]
        .into();
        (Workflow::parse("chain", &text).expect("a workflow"), descriptions)
    }

    fn label(name: &str) -> Vec<Bound> {
        vec![Bound::Label(name.to_owned())]
    }

    #[test]
    fn an_unbound_member_takes_the_nearest_earlier_manifest_of_its_product() {
        let (workflow, descriptions) = chain();
        let bindings = Bindings::new(&workflow, &descriptions, &Outside::default()).expect("it binds");
        assert_eq!(bindings.of("mask", "frames"), label("download"));
        assert_eq!(bindings.of("mask", "bright"), label("catalog-bright"));
        assert_eq!(bindings.of("detect-p1", "frames"), label("mask"));
        assert_eq!(bindings.of("detect-p1", "psf"), []);
        assert_eq!(bindings.of("detect-p2", "psf"), label("psf"));
        assert_eq!(bindings.of("xmatch", "detections"), label("detect-p2"));
        assert_eq!(bindings.of("package", "run").len(), 8, "all earlier manifests");
        assert!(bindings.not_asked_for.is_empty());
    }

    #[test]
    fn a_manifest_from_outside_stands_for_its_label_in_every_later_step() {
        let (workflow, descriptions) = chain();
        let path = PathBuf::from("inputs/frames/manifest.json");
        let outside = Outside {
            reads: [(("detect-p1".to_owned(), "frames".to_owned()), vec![path.clone()])].into(),
            inputs: BTreeMap::new(),
        };
        let bindings = Bindings::new(&workflow, &descriptions, &outside).expect("it binds");
        for (step, member) in
            [("detect-p1", "frames"), ("psf", "frames"), ("detect-p2", "frames"), ("catalog-gaia", "frames")]
        {
            assert_eq!(bindings.of(step, member), [Bound::Manifest(path.clone())], "{step}.{member}");
        }
        let dropped: Vec<&str> = bindings.not_asked_for.iter().map(String::as_str).collect();
        assert_eq!(dropped, ["catalog-bright", "download", "mask"]);
        assert_eq!(bindings.of("package", "run").len(), 5, "only what runs is packed");
    }

    #[test]
    fn a_list_from_outside_replaces_the_whole_list_and_its_labels_do_not_run() {
        let (workflow, descriptions) = chain();
        let path = PathBuf::from("gaia/manifest.json");
        let outside = Outside {
            reads: [(("xmatch".to_owned(), "references".to_owned()), vec![path.clone()])].into(),
            inputs: BTreeMap::new(),
        };
        let bindings = Bindings::new(&workflow, &descriptions, &outside).expect("it binds");
        assert_eq!(bindings.of("xmatch", "references"), [Bound::Manifest(path)]);
        assert!(bindings.not_asked_for.contains("catalog-gaia"));
        assert!(!bindings.not_asked_for.contains("mask"), "detect still reads mask");
    }

    #[test]
    fn a_required_member_without_a_manifest_is_refused_when_planning() {
        let (mut workflow, descriptions) = chain();
        workflow.steps.retain(|step| step.label != "psf");
        let error = Bindings::new(&workflow, &descriptions, &Outside::default()).expect_err("no psf");
        assert_eq!(
            error,
            BindingError::Unbound {
                label: "detect-p2".to_owned(),
                member: "psf".to_owned(),
                product: "psf-model-set".to_owned()
            }
        );
    }

    #[test]
    fn a_label_of_another_product_is_refused() {
        let (mut workflow, descriptions) = chain();
        workflow.steps[7].reads.insert("references".to_owned(), vec!["mask".to_owned()]);
        let error = Bindings::new(&workflow, &descriptions, &Outside::default()).expect_err("mask is no catalogue");
        assert!(matches!(error, BindingError::WrongProduct { .. }), "{error}");
    }

    #[test]
    fn two_unbound_members_of_one_product_are_refused() {
        let (workflow, mut descriptions) = chain();
        let psf = descriptions.get_mut("psf").expect("psf");
        psf.inputs.push(input("other", "source-catalog", Arity::Optional));
        let error = Bindings::new(&workflow, &descriptions, &Outside::default()).expect_err("two catalogues");
        assert!(matches!(error, BindingError::Ambiguous { .. }), "{error}");
    }
}
