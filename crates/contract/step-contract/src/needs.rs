//! What the closure of a job sees.

use crate::input::{DoneUnit, Input, MemberUnit};
use crate::job::Job;
use crate::members::{Group, Members};
use crate::need::Need;
use crate::parts::Status;
use crate::product::Product;

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
        self.job.id()
    }

    /// The first declared unit of that input; it is done, or the closure would not run.
    ///
    /// # Panics
    /// If the job did not declare a unit of that input: a mistake of the programmer, which ends this unit as `failed{internal}`.
    pub fn unit<'i, P: Product>(&self, input: &'i Input<P>) -> DoneUnit<'i, P> {
        self.units(input)
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("job {} did not declare a need of {}", self.job.id(), input.member))
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

    /// The unit of that id, which the job named, of an input of shared units.
    ///
    /// # Panics
    /// If the job did not name it: a mistake of the programmer, which ends this unit as `failed{internal}`.
    pub fn named<'i, P: Product>(&self, input: &'i Input<P>, id: &str) -> DoneUnit<'i, P> {
        self.units(input)
            .into_iter()
            .find(|unit| unit.id() == id)
            .unwrap_or_else(|| panic!("job {} did not name unit {id} of {}", self.job.id(), input.member))
    }

    /// The members of the group that the job declared.
    ///
    /// # Panics
    /// If the job declared no group of that input: a mistake of the programmer, which ends this unit as `failed{internal}`.
    pub fn group<'i, P: Product>(&self, input: &'i Members<P>) -> Group<'i, P> {
        match self.declared(input).next() {
            Some(need) => Group { members: input.of(&need.unit) },
            None => panic!("job {} did not declare a group of {}", self.job.id(), input.member),
        }
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
        self.job.needed().iter().filter(move |need| need.member == member && need.index == index)
    }
}
