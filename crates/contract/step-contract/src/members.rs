//! An input that is reached by the edge `members`: its units by the group that they belong to.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::canonical::canonical_sha256;
use crate::input::{DoneUnit, Input};
use crate::parts::Status;
use crate::product::{FileSet as _, Product, Unit};
use crate::reason::Reason;

/// An input whose units are reached group by group. A member that is not done never blocks its group.
#[derive(Clone, Debug)]
pub struct Members<P: Product> {
    input: Input<P>,
    groups: BTreeMap<String, Places>,
}

/// The members of one group: their places among the units of the input, and their sum, made when it is asked for first.
#[derive(Clone, Debug, Default)]
struct Places {
    units: Vec<usize>,
    sum: OnceLock<String>,
}

impl<P: Product> Members<P> {
    /// The input as one of groups. A unit that says no group belongs to none.
    pub fn new(input: Input<P>) -> Self {
        let mut groups: BTreeMap<String, Places> = BTreeMap::new();
        for (place, unit) in input.own_units() {
            if let Some(group) = unit.group() {
                groups.entry(group.to_owned()).or_default().units.push(place);
            }
        }
        Self { input, groups }
    }

    /// Ids of the groups, in order.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = &str> {
        self.groups.keys().map(String::as_str)
    }

    /// The members of a group in the order of their ids; none for a group that is not there.
    pub fn of(&self, group: &str) -> Vec<Member<'_, P>> {
        self.units_of(group).map(|unit| Member { input: &self.input, unit }).collect()
    }

    /// What the group is made of, as one sum over its members: id, status, reason, sums of files and facts of each.
    pub fn sum_of(&self, group: &str) -> String {
        let sum = || canonical_sha256(&Value::Array(self.units_of(group).map(described).collect()));
        match self.groups.get(group) {
            Some(places) => places.sum.get_or_init(sum).clone(),
            None => sum(),
        }
    }

    fn units_of(&self, group: &str) -> impl Iterator<Item = &Unit<P>> {
        let places = self.groups.get(group).map_or(&[][..], |places| &places.units);
        places.iter().map(|place| self.input.unit_at(*place))
    }
}

impl<P: Product> Deref for Members<P> {
    type Target = Input<P>;

    fn deref(&self) -> &Input<P> {
        &self.input
    }
}

fn described<P: Product>(unit: &Unit<P>) -> Value {
    let sums: serde_json::Map<String, Value> = unit
        .files
        .iter()
        .flat_map(|files| files.entries())
        .map(|(role, file)| (role.to_owned(), file.sha256.as_str().into()))
        .collect();
    match unit.status {
        Status::Done => json!({"unit": unit.unit, "files": sums, "facts": unit.facts}),
        status => json!({"unit": unit.unit, "status": status, "reason": unit.reason}),
    }
}

/// A member of a group as a job sees it: kept, rejected, or missing and why.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a, P: Product> {
    input: &'a Input<P>,
    unit: &'a Unit<P>,
}

impl<'a, P: Product> Member<'a, P> {
    /// Id.
    pub fn id(&self) -> &'a str {
        &self.unit.unit
    }

    /// How it ended.
    pub const fn status(&self) -> Status {
        self.unit.status
    }

    /// Why it is not done.
    pub const fn reason(&self) -> Option<&'a Reason> {
        self.unit.reason.as_ref()
    }

    /// The unit, where it is done (also a rejected one: its facts say why).
    pub fn done(&self) -> Option<DoneUnit<'a, P>> {
        (self.unit.status == Status::Done).then_some(DoneUnit { input: self.input, unit: self.unit })
    }

    /// The unit, where it is done and was not rejected.
    pub fn kept(&self) -> Option<DoneUnit<'a, P>> {
        self.done().filter(|_| !self.unit.is_rejected())
    }

    /// Whether it was rejected, by the step that wrote it or by one before.
    pub fn is_rejected(&self) -> bool {
        self.unit.is_rejected()
    }
}

/// The members of one group as the closure of a job sees them.
#[derive(Clone, Debug)]
pub struct Group<'a, P: Product> {
    /// All members in the order of their ids.
    pub members: Vec<Member<'a, P>>,
}

impl<'a, P: Product> Group<'a, P> {
    /// Members to work with.
    pub fn kept(&self) -> impl Iterator<Item = DoneUnit<'a, P>> {
        self.members.iter().filter_map(Member::kept)
    }

    /// Members that were rejected: left out, and counted.
    pub fn rejected(&self) -> impl Iterator<Item = &Member<'a, P>> {
        self.members.iter().filter(|member| member.is_rejected())
    }

    /// Members that are neither kept nor rejected: failed, blocked, skipped, without work.
    pub fn missing(&self) -> impl Iterator<Item = &Member<'a, P>> {
        self.members.iter().filter(|member| member.kept().is_none() && !member.is_rejected())
    }
}
