//! Whether jobs are what the step's scope and edges allow.

use std::collections::{BTreeMap, BTreeSet};

use step_contract::{Edge, Job, Need, Scope, is_unit_id};

use crate::fault::Fault;
use crate::session::Session;

/// Ids are file-safe and unique ignoring case; each job makes a unit of the scope and needs units by their edges.
pub(crate) fn check_jobs(session: &Session, jobs: &[Job]) -> Result<(), Fault> {
    let groups: Option<BTreeSet<&str>> = match (session.scope, &session.bound().first_units) {
        (Scope::Group, Some(units)) => Some(units.values().filter_map(|ties| ties.group.as_deref()).collect()),
        _ => None,
    };
    let mut folded = BTreeMap::new();
    for job in jobs {
        let id = job.id();
        if !is_unit_id(id) {
            return Err(Fault::Contract(format!("unit id {id:?} is not file-safe: use letters, digits and . _ + -")));
        }
        if let Some(other) = folded.insert(id.to_ascii_lowercase(), id) {
            return Err(Fault::Contract(format!("unit ids {other} and {id} are not unique ignoring case")));
        }
        if let Some(group) = job.ties().group.as_deref().filter(|group| !is_unit_id(group)) {
            return Err(Fault::Contract(format!(
                "unit {id} belongs to group {group:?}, which cannot be a unit id: use letters, digits and . _ + -"
            )));
        }
        let made = match (session.scope, &session.bound().first_units, &groups) {
            (Scope::Unit, Some(units), _) if !units.contains_key(id) => Err("unit of the first input"),
            (Scope::Group, _, Some(groups)) if !groups.contains(id) => Err("group of the first input"),
            _ => Ok(()),
        };
        if let Err(what) = made {
            return Err(Fault::Contract(format!("unit {id} is no {what} (of the step's own kinds); see its scope")));
        }
        if session.scope != Scope::Run {
            check_edges(session, job)?;
        }
    }
    Ok(())
}

/// By `each` a job needs the unit of its own id (of files from outside, which all shards have whole, any); by `members` the group of its
/// own id; by `shared` any unit.
fn check_edges(session: &Session, job: &Job) -> Result<(), Fault> {
    let adopted = |need: &Need| session.bound().adopted.contains(&(need.member, need.index));
    let wrong = |need: &&Need| need.edge != Edge::Shared && need.unit != job.id() && !adopted(need);
    match job.needed().iter().find(wrong) {
        Some(need) => Err(Fault::Contract(format!(
            "unit {} needs {} {} of {}; by the edges each and members a unit needs only what has its own id: declare the input as Shared",
            job.id(),
            if need.edge == Edge::Members { "group" } else { "unit" },
            need.unit,
            need.member
        ))),
        None => Ok(()),
    }
}
