//! A job: one output unit and the input units that it needs. Its closure opens files only through [`Needs`], so key and reading cannot drift apart.

use crate::inputs::{DoneUnit, Input, MemberUnit, RunManifests};
use crate::manifest::{FileEntry, Status};
use crate::product::{FileSet as _, Product};
use crate::reason::Reason;

/// One input unit that a job needs, without its type: what enters the key and decides whether the job can run.
#[derive(Clone, Debug)]
pub struct Need {
    /// Input member.
    pub member: &'static str,
    /// Position among the manifests bound to that member.
    pub index: usize,
    /// Label of the step that wrote it.
    pub label: String,
    /// Step that wrote it.
    pub step: String,
    /// Unit id (for all manifests of the run: the identity of one of them).
    pub unit: String,
    /// How it ended; `None` if that manifest has no such unit.
    pub status: Option<Status>,
    /// Why it is not done.
    pub reason: Option<Reason>,
    /// Files by role.
    pub files: Vec<(&'static str, FileEntry)>,
    /// Where the files lie, in the same order.
    pub paths: Vec<std::path::PathBuf>,
    /// Facts.
    pub facts: serde_json::Value,
    /// A member of a `Vec`: never blocks the job; the step gets its status.
    pub passes_status: bool,
}

/// One output unit and what it needs.
#[derive(Clone, Debug)]
pub struct Job {
    id: String,
    needs: Vec<Need>,
}

/// What a job can need: `&Input<P>`, `&Option<Input<P>>`, `&Vec<Input<P>>`.
pub trait Needable {
    /// Adds the needs of that unit id.
    fn add_needs(&self, unit: &str, needs: &mut Vec<Need>);
}

impl Job {
    /// A job for the output unit of that id (`[A-Za-z0-9._+-]`; the harness refuses others).
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), needs: Vec::new() }
    }

    /// Needs the unit of that id of an input (of each member of a `Vec`; nothing of an unbound `Option`).
    #[must_use]
    pub fn needs(mut self, input: &impl Needable, unit: &str) -> Self {
        input.add_needs(unit, &mut self.needs);
        self
    }

    /// Needs every unit of an input whatever its status (scope run): a unit that is not done does not block.
    #[must_use]
    pub fn needs_all<P: Product>(mut self, input: &Input<P>) -> Self {
        for unit in input.units() {
            self.needs.push(Need { passes_status: true, ..need(input, unit.id()) });
        }
        self
    }

    /// Needs an input as a whole (scope run): the identity of its manifest enters the key, in place of each of its units. For a
    /// unit that depends on all of many input units a little, such as the tile of a plan made from a thousand plates.
    #[must_use]
    pub fn needs_manifest<P: Product>(mut self, input: &Input<P>) -> Self {
        self.needs.push(Need {
            member: input.member,
            index: input.index,
            label: input.label.clone(),
            step: input.step.clone(),
            unit: input.identity.clone(),
            status: Some(Status::Done),
            reason: None,
            files: Vec::new(),
            paths: Vec::new(),
            facts: serde_json::Value::Null,
            passes_status: true,
        });
        self
    }

    /// Needs all earlier manifests of the run: their identities enter the key.
    #[must_use]
    pub fn needs_run(mut self, run: &RunManifests) -> Self {
        for (index, manifest) in run.manifests.iter().enumerate() {
            self.needs.push(Need {
                member: "run",
                index,
                label: manifest.label.clone(),
                step: manifest.step.clone(),
                unit: manifest.identity.clone(),
                status: Some(Status::Done),
                reason: None,
                files: Vec::new(),
                paths: Vec::new(),
                facts: serde_json::Value::Null,
                passes_status: true,
            });
        }
        self
    }

    /// Id of the output unit.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it needs, in the order of declaration.
    pub fn needed(&self) -> &[Need] {
        &self.needs
    }
}

impl<P: Product> Needable for Input<P> {
    fn add_needs(&self, unit: &str, needs: &mut Vec<Need>) {
        needs.push(need(self, unit));
    }
}

impl<P: Product> Needable for Option<Input<P>> {
    fn add_needs(&self, unit: &str, needs: &mut Vec<Need>) {
        if let Some(input) = self {
            needs.push(need(input, unit));
        }
    }
}

impl<P: Product> Needable for Vec<Input<P>> {
    fn add_needs(&self, unit: &str, needs: &mut Vec<Need>) {
        for input in self {
            needs.push(Need { passes_status: true, ..need(input, unit) });
        }
    }
}

fn need<P: Product>(input: &Input<P>, id: &str) -> Need {
    let unit = input.unit(id);
    let files: Vec<(&'static str, FileEntry)> = unit
        .and_then(|unit| unit.files.as_ref())
        .map(|files| files.entries().into_iter().map(|(role, entry)| (role, entry.clone())).collect())
        .unwrap_or_default();
    Need {
        member: input.member,
        index: input.index,
        label: input.label.clone(),
        step: input.step.clone(),
        unit: id.to_owned(),
        status: unit.map(|unit| unit.status),
        reason: unit.and_then(|unit| unit.reason.clone()),
        paths: files.iter().map(|(_, entry)| input.path_of(entry)).collect(),
        files,
        facts: unit
            .and_then(|unit| unit.facts.as_ref())
            .map_or(serde_json::Value::Null, |facts| serde_json::to_value(facts).unwrap_or(serde_json::Value::Null)),
        passes_status: false,
    }
}

/// What the closure of a job sees: the units that the job declared, and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Needs<'a> {
    job: &'a Job,
}

impl<'a> Needs<'a> {
    /// The view of a job's closure (made by the harness).
    pub const fn new(job: &'a Job) -> Self {
        Self { job }
    }

    /// Id of the output unit.
    pub fn id(&self) -> &'a str {
        &self.job.id
    }

    /// The first declared unit of that input; it is done, or the closure would not run.
    ///
    /// # Panics
    /// If the job did not declare a unit of that input: a mistake of the programmer, which ends this unit as `failed{internal}`.
    pub fn unit<'i, P: Product>(&self, input: &'i Input<P>) -> DoneUnit<'i, P> {
        self.units(input)
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("job {} did not declare a need of {}", self.job.id, input.member))
    }

    /// The declared unit of an optional input, where it is bound.
    pub fn unit_if<'i, P: Product>(&self, input: &'i Option<Input<P>>) -> Option<DoneUnit<'i, P>> {
        input.as_ref().and_then(|input| self.units(input).into_iter().next())
    }

    /// All declared units of that input that are done, in the order of declaration.
    pub fn units<'i, P: Product>(&self, input: &'i Input<P>) -> Vec<DoneUnit<'i, P>> {
        self.declared(input)
            .filter_map(|need| input.unit(&need.unit))
            .filter(|unit| unit.status == Status::Done)
            .map(|unit| DoneUnit { input, unit })
            .collect()
    }

    /// One entry for each manifest bound to a `Vec` input: its unit, or its status and reason.
    pub fn members<'i, P: Product>(&self, inputs: &'i [Input<P>]) -> Vec<MemberUnit<'i, P>> {
        inputs
            .iter()
            .filter_map(|input| {
                let need = self.declared(input).next()?;
                Some(match input.unit(&need.unit) {
                    Some(unit) => MemberUnit {
                        label: &input.label,
                        status: unit.status,
                        reason: unit.reason.as_ref(),
                        done: (unit.status == Status::Done).then_some(DoneUnit { input, unit }),
                    },
                    None => MemberUnit { label: &input.label, status: Status::Skipped, reason: None, done: None },
                })
            })
            .collect()
    }

    fn declared<P: Product>(&self, input: &Input<P>) -> impl Iterator<Item = &'a Need> {
        let (member, index) = (input.member, input.index);
        self.job.needs.iter().filter(move |need| need.member == member && need.index == index)
    }
}
