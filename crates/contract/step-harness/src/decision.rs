//! What is to be done for a unit: reuse, run, or end as its needs say.

use serde_json::Value;
use step_contract::{Edge, Job, Need, REJECTED, Reason, Scope, Status};

use crate::journal::base_of;
use crate::planned::{Action, PlannedUnit};
use crate::session::Session;
use crate::unit_entry::unit_json;

/// What is decided for a unit before anything runs.
pub(crate) enum Decision {
    /// Its entry is already known.
    Ended { unit: Value, action: Action, why: String },
    /// It has to be made.
    Run { key: String, why: String },
}

/// Reused where its key holds, ended where a need is not done, else to be run.
pub(crate) fn decide(session: &Session, job: &Job, is_asked_for: bool) -> Decision {
    if let Some((status, reason, need)) = rejected(session, job).or_else(|| ended_by_needs(job.needed())) {
        let why = format!("{} of {}: {}", need.unit, need.label, reason.message);
        let key = (status == Status::NoWork).then(|| session.base.key(job));
        let action = match status {
            Status::NoWork => Action::NoWork,
            Status::Skipped => Action::Skipped,
            _ => Action::Blocked,
        };
        return Decision::Ended {
            unit: unit_json(job.id(), status, key, None, Some(&reason), &[], job.ties_with_shares()),
            action,
            why,
        };
    }
    let key = session.base.key(job);
    match reusable(session, job.id(), &key) {
        Ok(unit) => Decision::Ended {
            unit,
            action: Action::Reuse,
            why: "its key holds and its files have their sums".to_owned(),
        },
        Err(why) if is_asked_for => Decision::Run { key, why },
        Err(_) => {
            let reason = Reason::new("only", "another unit alone was asked for");
            let unit = unit_json(job.id(), Status::Skipped, None, None, Some(&reason), &[], job.ties_with_shares());
            Decision::Ended { unit, action: Action::Skipped, why: reason.message }
        }
    }
}

/// Of scope unit: a unit that a step before rejected has no work here, whatever else it would need.
fn rejected<'a>(session: &Session, job: &'a Job) -> Option<(Status, Reason, &'a Need)> {
    let each = |need: &&Need| need.rejected && need.edge == Edge::Each && !need.passes_status;
    let need = job.needed().iter().filter(|_| session.scope == Scope::Unit).find(each)?;
    let reason = match &need.reason {
        // The first cause is passed on as it is.
        Some(reason) => reason.clone(),
        None => Reason::new(REJECTED, format!("{} rejected it (selection.kept is false)", need.label)),
    };
    Some((Status::NoWork, reason, need))
}

/// A bound `P` or `Option<P>` whose unit is not done ends the unit: blocked before skipped before no-work. A group does so where too few of
/// its members are kept.
fn ended_by_needs(needs: &[Need]) -> Option<(Status, Reason, &Need)> {
    [Status::Blocked, Status::Skipped, Status::NoWork].into_iter().find_map(|wanted| {
        needs.iter().filter(|need| !need.passes_status).find_map(|need| {
            let (status, reason) = ended_by(need)?;
            (status == wanted).then_some((status, reason, need))
        })
    })
}

/// How a need ends its unit, and why; nothing where there is what is needed.
fn ended_by(need: &Need) -> Option<(Status, Reason)> {
    if need.group.is_some() {
        return too_few_members(need);
    }
    let status = match need.status {
        Some(Status::Done) => return None,
        Some(status @ (Status::NoWork | Status::Skipped)) => status,
        _ => Status::Blocked,
    };
    let blocked = |message: String| Reason::blocked(&need.step, &need.unit, message);
    let reason = match (&need.reason, need.status) {
        // The first cause is passed on as it is.
        (Some(reason), Some(Status::Blocked | Status::NoWork | Status::Skipped)) => reason.clone(),
        (Some(reason), Some(_)) => blocked(format!("{}: {}", need.label, reason.message)),
        _ => blocked(format!(
            "{} has no unit {}: a file is a unit of its own name, so give one of the name of the frame, or one file for one \
             frame",
            need.label, need.unit
        )),
    };
    Some((status, reason))
}

/// Blocked by a member that failed; skipped where the members that are missing were not asked for; without work where the others were
/// rejected or there are no more.
fn too_few_members(need: &Need) -> Option<(Status, Reason)> {
    let group = need.group.as_ref().filter(|group| group.kept < group.min_members)?;
    let message = format!(
        "group {} of {} has {} members to work with, {} are needed; {} were rejected, {} are not done",
        need.unit,
        need.label,
        group.kept,
        group.min_members,
        group.rejected,
        group.missing.len()
    );
    let failed = group.missing.iter().find(|member| !matches!(member.status, Status::Skipped | Status::NoWork));
    let skipped = group.missing.iter().find(|member| member.status == Status::Skipped);
    Some(match (failed, skipped.and_then(|member| member.reason.clone())) {
        (Some(member), _) => (Status::Blocked, Reason::blocked(&need.step, &member.unit, message)),
        (None, Some(reason)) => (Status::Skipped, reason),
        (None, None) => (Status::NoWork, Reason::new("too_few_members", message)),
    })
}

/// The earlier unit, where its key holds and its files have their sums; else why it has to run.
fn reusable(session: &Session, id: &str, key: &str) -> Result<Value, String> {
    let Some(unit) = session.earlier.units.get(id) else { return Err("it was not made yet".to_owned()) };
    let status: Status = serde_json::from_value(unit["status"].clone()).map_err(|error| error.to_string())?;
    // mark: failed-never-reused
    if !status.may_be_reused() {
        let how = unit["status"].as_str().unwrap_or_default();
        return Err(format!("it was {how}: {}", unit["reason"]["message"].as_str().unwrap_or_default()));
    }
    if unit.get("key").is_none() {
        let why = unit["reason"]["message"].as_str().unwrap_or_default();
        return Err(format!("what made it {} is asked again: {why}", unit["status"].as_str().unwrap_or_default()));
    }
    if unit["key"].as_str() != Some(key) {
        return Err(why_key_differs(session));
    }
    for (role, file) in unit["files"].as_object().into_iter().flatten() {
        let path = file["path"].as_str().unwrap_or_default();
        let (bytes, sha256) = (file["bytes"].as_u64().unwrap_or(0), file["sha256"].as_str().unwrap_or_default());
        // A file that was removed on purpose lies in an archive.
        if file.get("discarded").is_none() && !session.sums.holds(&session.path_of(path), bytes, sha256) {
            return Err(format!("its file {role} ({path}) is missing or differs from its sum"));
        }
    }
    match schema_check::problems(&session.unit_schema, unit).first() {
        Some(problem) => Err(format!("its entry is not valid at {}", problem.pointer)),
        None => Ok(unit.clone()),
    }
}

fn why_key_differs(session: &Session) -> String {
    let now = base_of(&session.base);
    let Some(before) = &session.earlier.base else { return "what it is made of differs".to_owned() };
    if before["build"] != now["build"] {
        return format!("the program differs: build {}, before {}", now["build"], before["build"]);
    }
    if before["engine"] != now["engine"] {
        return format!("the engine differs: {}, before {}", now["engine"], before["engine"]);
    }
    let mut changed = Vec::new();
    differences("", &before["config"], &now["config"], &mut changed);
    match changed.as_slice() {
        [] => "an input unit that it needs differs".to_owned(),
        _ => format!("the configuration differs: {}", changed.join(", ")),
    }
}

fn differences(path: &str, before: &Value, now: &Value, changed: &mut Vec<String>) {
    match (before, now) {
        (Value::Object(left), Value::Object(right)) => {
            let names: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for name in names {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                differences(&path, &before[name.as_str()], &now[name.as_str()], changed);
            }
        }
        _ if step_contract::canonical_sha256(before) == step_contract::canonical_sha256(now) => {}
        _ => changed.push(format!("{path} = {now}, before {before}")),
    }
}

/// The decision as a plan says it.
pub(crate) fn planned(job: &Job, decision: &Decision) -> PlannedUnit {
    let (action, why) = match decision {
        Decision::Ended { action, why, .. } => (*action, why.clone()),
        Decision::Run { why, .. } => (Action::Run, why.clone()),
    };
    PlannedUnit { unit: job.id().to_owned(), action, why }
}
