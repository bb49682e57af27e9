//! What a job needs of one input, without its type: what enters the key and decides whether the job can run.

use std::path::PathBuf;

use serde_json::Value;

use crate::input::Input;
use crate::members::{Member, Members};
use crate::parts::{FileEntry, Status};
use crate::product::{FileSet as _, Product, Unit};
use crate::reason::Reason;
use crate::scope::Edge;

/// One input unit that a job needs (by the edge `members`: one group), without its type.
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
    /// How it is reached.
    pub edge: Edge,
    /// Unit id (of a group: its id; for all manifests of the run: the identity of one of them).
    pub unit: String,
    /// How it ended; `None` if that manifest has no such unit. A group is always done.
    pub status: Option<Status>,
    /// Why it is not done.
    pub reason: Option<Reason>,
    /// Whether it is done and was rejected.
    pub rejected: bool,
    /// Files by role (of a group: those of all members that are kept).
    pub files: Vec<(&'static str, FileEntry)>,
    /// Where the files lie, in the same order.
    pub paths: Vec<PathBuf>,
    /// Facts.
    pub facts: Value,
    /// A member of a `Vec`: never blocks the job; the step gets its status.
    pub passes_status: bool,
    /// The members, where it is a group.
    pub group: Option<GroupNeed>,
}

/// The members of a group that a job needs.
#[derive(Clone, Debug)]
pub struct GroupNeed {
    /// One sum over all members.
    pub sum: String,
    /// How many are kept.
    pub kept: usize,
    /// How many were rejected.
    pub rejected: usize,
    /// Those that are neither.
    pub missing: Vec<MissingMember>,
    /// What members together go back to, where all of them say the same.
    pub root: Option<String>,
    /// Their kind, where all of them say the same.
    pub kind: Option<String>,
    /// How many kept members the job needs at least.
    pub min_members: usize,
}

/// A member that is neither kept nor rejected.
#[derive(Clone, Debug)]
pub struct MissingMember {
    /// Its id.
    pub unit: String,
    /// How it ended.
    pub status: Status,
    /// Why.
    pub reason: Option<Reason>,
}

impl Need {
    /// The need of one unit.
    pub(crate) fn of_unit<P: Product>(input: &Input<P>, id: &str, edge: Edge) -> Self {
        let unit = input.unit(id);
        let files = unit.map(files_of).unwrap_or_default();
        Self {
            unit: id.to_owned(),
            edge,
            status: unit.map(|unit| unit.status),
            reason: unit.and_then(|unit| unit.reason.clone()),
            rejected: unit.is_some_and(Unit::is_rejected),
            paths: files.iter().map(|(_, entry)| input.path_of(entry)).collect(),
            files,
            facts: unit
                .and_then(|unit| unit.facts.as_ref())
                .map_or(Value::Null, |facts| serde_json::to_value(facts).unwrap_or(Value::Null)),
            ..Self::of_manifest(input.member, input.index, &input.label, &input.step, id)
        }
    }

    /// The need of a group.
    pub(crate) fn of_group<P: Product>(input: &Members<P>, group: &str) -> Self {
        let members = input.of(group);
        let kept: Vec<_> = members.iter().filter_map(Member::kept).collect();
        let files: Vec<(&'static str, FileEntry)> = kept.iter().flat_map(|unit| files_of(unit.unit)).collect();
        let missing = members.iter().filter(|member| member.kept().is_none() && !member.is_rejected());
        let need = GroupNeed {
            sum: input.sum_of(group),
            kept: kept.len(),
            rejected: members.iter().filter(|member| member.is_rejected()).count(),
            missing: missing
                .map(|member| MissingMember {
                    unit: member.id().to_owned(),
                    status: member.status(),
                    reason: member.reason().cloned(),
                })
                .collect(),
            root: common(members.iter().map(|member| input.unit(member.id()).and_then(Unit::root))),
            kind: common(members.iter().map(|member| input.unit(member.id()).and_then(Unit::kind))),
            min_members: 1,
        };
        Self {
            edge: Edge::Members,
            paths: files.iter().map(|(_, entry)| input.path_of(entry)).collect(),
            files,
            group: Some(need),
            passes_status: false,
            ..Self::of_manifest(input.member, input.index, &input.label, &input.step, group)
        }
    }

    /// The need of a manifest as a whole, named by its identity.
    pub(crate) fn of_manifest(member: &'static str, index: usize, label: &str, step: &str, identity: &str) -> Self {
        Self {
            member,
            index,
            label: label.to_owned(),
            step: step.to_owned(),
            edge: Edge::Each,
            unit: identity.to_owned(),
            status: Some(Status::Done),
            reason: None,
            rejected: false,
            files: Vec::new(),
            paths: Vec::new(),
            facts: Value::Null,
            passes_status: false,
            group: None,
        }
    }
}

fn files_of<P: Product>(unit: &Unit<P>) -> Vec<(&'static str, FileEntry)> {
    let files = unit.files.iter().flat_map(|files| files.entries());
    files.map(|(role, entry)| (role, entry.clone())).collect()
}

/// The text that all of them say.
fn common<'a>(mut texts: impl Iterator<Item = Option<&'a str>>) -> Option<String> {
    let first = texts.next()??;
    texts.all(|text| text == Some(first)).then(|| first.to_owned())
}
