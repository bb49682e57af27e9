//! Units: which run, which are reused, how each ends.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use serde_json::Value;
use step_contract::{Job, Need, Reason, Status, is_unit_id};

use crate::journal::base_of;
use crate::session::{Action, Fault, PlannedUnit, Session, unit_json};
use crate::step::Scope;
use crate::unit_files::UnitFiles;

/// How the work on a unit ended, without the types of the step.
pub(crate) enum WorkEnding {
    Done(Value),
    NoWork(Reason),
    Skipped(Reason),
    Blocked(Reason),
    Unprocessable(Reason),
    Failed { reason: Reason, temporary: bool },
    Disk(Reason),
}

impl WorkEnding {
    pub(crate) fn internal(message: String) -> Self {
        Self::Failed { reason: Reason::new("internal", message), temporary: false }
    }
}

/// The work on one unit.
pub(crate) type Work<'a> = &'a (dyn Fn(&Job, &mut UnitFiles) -> WorkEnding + Sync);

/// What is decided for a unit before anything runs.
enum Decision {
    /// Its entry is already known.
    Ended { unit: Value, action: Action, why: String },
    /// It has to be made.
    Run { key: String, why: String },
}

/// Runs the jobs; the units come back in the order of their ids. `Err` after [`Session::fault`] was told why.
pub(crate) fn run_jobs(session: &Arc<Session>, mut jobs: Vec<Job>, work: Work<'_>) -> Result<Vec<Value>, ()> {
    jobs.sort_by(|left, right| left.id().cmp(right.id()));
    if let Err(fault) = check_jobs(session, &jobs) {
        session.fault(fault);
        return Err(());
    }
    jobs.retain(|job| session.in_shard(job.id()));
    let decisions: Vec<Decision> = jobs.par_iter().map(|job| decide(session, job)).collect();
    if session.selection.dry_run {
        session.state().plan =
            Some(jobs.iter().zip(&decisions).map(|(job, decision)| planned(job, decision)).collect());
        session.fault(Fault::DryRun);
        return Err(());
    }
    for (job, decision) in jobs.iter().zip(&decisions) {
        if matches!(decision, Decision::Ended { action: Action::Reuse, .. }) {
            session.keep_notes(job.id());
        }
    }
    run_decided(session, &jobs, decisions, work)
}

fn check_jobs(session: &Session, jobs: &[Job]) -> Result<(), Fault> {
    let mut folded = BTreeMap::new();
    for job in jobs {
        let id = job.id();
        if !is_unit_id(id) {
            return Err(Fault::Contract(format!("unit id {id:?} is not file-safe: use letters, digits and . _ + -")));
        }
        if let Some(other) = folded.insert(id.to_ascii_lowercase(), id) {
            return Err(Fault::Contract(format!("unit ids {other} and {id} are not unique ignoring case")));
        }
        if session.scope == Scope::Unit {
            check_scope(session, job)?;
        }
    }
    match &session.selection.only {
        Some(only) if !jobs.iter().any(|job| job.id() == only) => {
            let some: Vec<&str> = jobs.iter().take(5).map(Job::id).collect();
            Err(Fault::Usage(format!(
                "--only {only}: there is no such unit; there are {} units: {} ...",
                jobs.len(),
                some.join(", ")
            )))
        }
        _ => Ok(()),
    }
}

/// Scope unit: one output unit for each unit of the first input, needing no unit of another id but of adopted inputs.
fn check_scope(session: &Session, job: &Job) -> Result<(), Fault> {
    let bound = session.bound();
    if let Some(units) = &bound.first_units
        && !units.contains(job.id())
    {
        return Err(Fault::Contract(format!(
            "unit {} is none of the first input's; such a step has scope run",
            job.id()
        )));
    }
    match job.needed().iter().find(|need| need.unit != job.id() && !bound.adopted.contains(&(need.member, need.index)))
    {
        Some(need) => Err(Fault::Contract(format!(
            "unit {} needs unit {} of {}; a step of scope unit may need only its own id, or of adopted inputs any",
            job.id(),
            need.unit,
            need.member
        ))),
        None => Ok(()),
    }
}

fn decide(session: &Session, job: &Job) -> Decision {
    if let Some((status, reason, need)) = ended_by_needs(job.needed()) {
        let why = format!("{} of {}: {}", need.unit, need.label, reason.message);
        let key = (status == Status::NoWork).then(|| session.base.key(job));
        let action = match status {
            Status::NoWork => Action::NoWork,
            Status::Skipped => Action::Skipped,
            _ => Action::Blocked,
        };
        return Decision::Ended { unit: unit_json(job.id(), status, key, None, Some(&reason), &[]), action, why };
    }
    let key = session.base.key(job);
    match reusable(session, job.id(), &key) {
        Ok(unit) => Decision::Ended {
            unit,
            action: Action::Reuse,
            why: "its key holds and its files have their sums".to_owned(),
        },
        Err(why) if session.selection.only.as_deref().is_none_or(|only| only == job.id()) => Decision::Run { key, why },
        Err(_) => {
            let reason = Reason::new("only", "another unit alone was asked for");
            let unit = unit_json(job.id(), Status::Skipped, None, None, Some(&reason), &[]);
            Decision::Ended { unit, action: Action::Skipped, why: reason.message }
        }
    }
}

/// A bound `P` or `Option<P>` whose unit is not done ends the unit: blocked before skipped before no-work.
fn ended_by_needs(needs: &[Need]) -> Option<(Status, Reason, &Need)> {
    let missing =
        |need: &Need| Reason::blocked(&need.step, &need.unit, format!("{} has no unit {}", need.label, need.unit));
    let status_of = |need: &Need| match need.status {
        Some(Status::NoWork) => Status::NoWork,
        Some(Status::Skipped) => Status::Skipped,
        _ => Status::Blocked,
    };
    [Status::Blocked, Status::Skipped, Status::NoWork].into_iter().find_map(|wanted| {
        let need = needs
            .iter()
            .find(|need| !need.passes_status && need.status != Some(Status::Done) && status_of(need) == wanted)?;
        let reason = match (&need.reason, need.status) {
            // The first cause is passed on as it is.
            (Some(reason), Some(Status::Blocked | Status::NoWork | Status::Skipped)) => reason.clone(),
            (Some(reason), Some(_)) => {
                Reason::blocked(&need.step, &need.unit, format!("{}: {}", need.label, reason.message))
            }
            _ => missing(need),
        };
        Some((wanted, reason, need))
    })
}

/// The earlier unit, where its key holds and its files have their sums; else why it has to run.
fn reusable(session: &Session, id: &str, key: &str) -> Result<Value, String> {
    let Some(unit) = session.earlier.units.get(id) else { return Err("it was not made yet".to_owned()) };
    let status: Status = serde_json::from_value(unit["status"].clone()).map_err(|error| error.to_string())?;
    if !status.may_be_reused() {
        let how = unit["status"].as_str().unwrap_or_default();
        return Err(format!("it was {how}: {}", unit["reason"]["message"].as_str().unwrap_or_default()));
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

fn planned(job: &Job, decision: &Decision) -> PlannedUnit {
    let (action, why) = match decision {
        Decision::Ended { action, why, .. } => (*action, why.clone()),
        Decision::Run { why, .. } => (Action::Run, why.clone()),
    };
    PlannedUnit { unit: job.id().to_owned(), action, why }
}

fn run_decided(
    session: &Arc<Session>,
    jobs: &[Job],
    decisions: Vec<Decision>,
    work: Work<'_>,
) -> Result<Vec<Value>, ()> {
    let mut to_run: Vec<(usize, String)> = Vec::new();
    let mut units: Vec<Mutex<Option<Value>>> = Vec::with_capacity(jobs.len());
    for (index, decision) in decisions.into_iter().enumerate() {
        match decision {
            Decision::Ended { unit, .. } => units.push(Mutex::new(Some(unit))),
            Decision::Run { key, why } => {
                tracing::debug!(unit = jobs[index].id(), why, "to be made");
                units.push(Mutex::new(None));
                to_run.push((index, key));
            }
        }
    }
    tracing::info!(units = jobs.len(), to_make = to_run.len(), "{}: units", session.label);
    if !to_run.is_empty()
        && let Err(error) = session.begin_change()
    {
        session.fault(Fault::Disk(format!("change {}: {error}", session.out.display())));
        return Err(());
    }
    session.progress.begin(&session.label, to_run.len());
    let next = AtomicUsize::new(0);
    let failed = AtomicUsize::new(0);
    let lane = || {
        while !session.must_end(failed.load(Ordering::Relaxed)) {
            let Some((index, key)) = to_run.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
            let Some(unit) = run_unit(session, &jobs[*index], key.clone(), work) else { break };
            if matches!(unit["status"].as_str(), Some("failed" | "unprocessable")) {
                failed.fetch_add(1, Ordering::Relaxed);
            }
            *units[*index].lock().unwrap_or_else(PoisonError::into_inner) = Some(unit);
        }
    };
    // So many units at a time as threads, memory and the step allow; each may use all threads inside.
    let fitting = usize::try_from(session.limits.memory_bytes / session.limits.memory_per_unit_bytes.max(1))
        .unwrap_or(usize::MAX);
    let lanes =
        session.limits.threads.min(session.limits.max_concurrent_units).min(fitting).clamp(1, to_run.len().max(1));
    rayon::scope(|scope| {
        for _ in 1..lanes {
            scope.spawn(|_| lane());
        }
        lane();
    });
    session.progress.end();
    session.must_end(failed.load(Ordering::Relaxed));
    if session.state().fault.is_some() {
        return Err(());
    }
    let units: Vec<Value> =
        units.into_iter().filter_map(|unit| unit.into_inner().unwrap_or_else(PoisonError::into_inner)).collect();
    if units.len() == jobs.len() {
        Ok(units)
    } else {
        session.fault(Fault::Contract("a unit was left without an end".to_owned()));
        Err(())
    }
}

/// Makes one unit and adds it to the journal; `None` when the disk failed or the step was stopped in the middle of it.
fn run_unit(session: &Arc<Session>, job: &Job, key: String, work: Work<'_>) -> Option<Value> {
    let started = std::time::Instant::now();
    let span = tracing::info_span!("unit", unit = job.id());
    let _in_unit = span.enter();
    let mut files = UnitFiles::new(Arc::clone(session), session.out.clone(), job.id());
    let ending = match changed_input(session, job) {
        Some(reason) => WorkEnding::Failed { reason, temporary: false },
        None => catch_unwind(AssertUnwindSafe(|| work(job, &mut files)))
            .unwrap_or_else(|panic| WorkEnding::internal(panic_message(panic.as_ref()))),
    };
    if session.stop.code().is_some() && !matches!(ending, WorkEnding::Done(_)) {
        // It may have ended early because it was asked to: that is no result.
        return None;
    }
    let (unit, temporary) = match end_unit(session, job, key, ending, &files) {
        Ok(ended) => ended,
        Err(disk) => {
            session.fault(Fault::Disk(disk));
            return None;
        }
    };
    let UnitFiles { mut notes, attempts, .. } = files;
    if temporary {
        // The runner tells from it whether trying the whole chain again may help.
        notes.insert("temporary".to_owned(), "true".to_owned());
    }
    {
        let mut state = session.state();
        if !notes.is_empty() {
            state.notes.insert(job.id().to_owned(), notes);
        }
        if let Some(attempts) = attempts {
            state.attempts.insert(job.id().to_owned(), attempts);
        }
        if temporary {
            state.temporary.insert(job.id().to_owned());
        }
    }
    if let Err(error) = session.journal().add(&unit) {
        session.fault(Fault::Disk(format!("write the journal in {}: {error}", session.out.display())));
        return None;
    }
    let seconds = (started.elapsed().as_secs_f64() * 1e3).round() / 1e3;
    let status = unit["status"].as_str().unwrap_or_default();
    match unit["reason"]["message"].as_str() {
        Some(message) => tracing::warn!(status, seconds, "{message}"),
        None => tracing::info!(status, seconds, "ended"),
    }
    session.progress.step(job.id());
    Some(unit)
}

fn end_unit(
    session: &Session,
    job: &Job,
    key: String,
    ending: WorkEnding,
    files: &UnitFiles,
) -> Result<(Value, bool), String> {
    let id = job.id();
    let clean = |mut reason: Reason| {
        reason.message = session.without_folders(&reason.message);
        reason.details.values_mut().for_each(|detail| *detail = session.without_folders(detail));
        reason
    };
    let mut warnings = files.warnings.clone();
    warnings.iter_mut().for_each(|warning| warning.message = session.without_folders(&warning.message));
    let ended = |status, key, reason: Reason| unit_json(id, status, key, None, Some(&clean(reason)), &warnings);
    let failed = |reason, temporary| Ok((ended(Status::Failed, None, reason), temporary));
    match ending {
        WorkEnding::Done(facts) => {
            if let Some(pointer) = null_in(&facts, String::new()) {
                let message = format!("its fact {pointer} is not a number (NaN or infinite)");
                return failed(Reason::new("internal", message), false);
            }
            let listed = serde_json::to_value(&files.entries).map_err(|error| error.to_string())?;
            let unit = unit_json(id, Status::Done, Some(key), Some((listed, facts)), None, &warnings);
            match schema_check::problems(&session.unit_schema, &unit).into_iter().next() {
                None => Ok((unit, false)),
                Some(problem) => {
                    let message = format!(
                        "it breaks its contract at {}: found {}, expected {}",
                        problem.pointer, problem.found, problem.expected
                    );
                    failed(Reason::new("internal", message), false)
                }
            }
        }
        WorkEnding::NoWork(reason) => Ok((ended(Status::NoWork, Some(key), reason), false)),
        WorkEnding::Unprocessable(reason) => Ok((ended(Status::Unprocessable, Some(key), reason), false)),
        WorkEnding::Skipped(reason) => Ok((ended(Status::Skipped, None, reason), false)),
        WorkEnding::Blocked(reason) if reason.step.is_none() || reason.unit.is_none() => {
            failed(Reason::new("internal", format!("blocked without step and unit: {}", reason.message)), false)
        }
        WorkEnding::Blocked(reason) => Ok((ended(Status::Blocked, None, reason), false)),
        WorkEnding::Failed { reason, temporary } => failed(reason, temporary),
        WorkEnding::Disk(reason) => Err(reason.message),
    }
}

/// A needed file that does not have the sum that its manifest says.
fn changed_input(session: &Session, job: &Job) -> Option<Reason> {
    job.needed().iter().filter(|need| need.status == Some(Status::Done)).find_map(|need| {
        need.files.iter().zip(&need.paths).find_map(|((role, entry), path)| {
            let at = format!("{role} of {} {} ({})", need.label, need.unit, entry.path);
            if let Some(discarded) = &entry.discarded {
                let message = format!("{at} was removed on purpose: it lies in {}", discarded.archive);
                return Some(Reason::new("input_discarded", message));
            }
            match session.sums.sum(path) {
                Ok(written) if written.sha256 == entry.sha256 => None,
                Ok(_) => Some(Reason::new(
                    "input_changed",
                    format!("{at} is not the file of its manifest: run step {} again", need.step),
                )),
                Err(error) => {
                    tracing::debug!(%error, "an input cannot be read");
                    Some(Reason::new("input_missing", format!("{at} cannot be read: run step {} again", need.step)))
                }
            }
        })
    })
}

/// JSON pointer of the first null: serde writes NaN so, and absent values are absent members.
fn null_in(value: &Value, pointer: String) -> Option<String> {
    match value {
        Value::Null => Some(pointer),
        Value::Array(items) => items.iter().enumerate().find_map(|(at, item)| null_in(item, format!("{pointer}/{at}"))),
        Value::Object(members) => {
            members.iter().find_map(|(name, member)| null_in(member, format!("{pointer}/{name}")))
        }
        _ => None,
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a mistake in the program: {}", text.unwrap_or("it gave no message"))
}

impl Session {
    /// Moves the old manifest into the journal, before the folder changes.
    pub(crate) fn begin_change(&self) -> std::io::Result<()> {
        self.journal().begin(&self.earlier, &self.base, self.also.as_deref())
    }

    /// Whether no further unit may start; notes why.
    fn must_end(&self, failed: usize) -> bool {
        if let Some(code) = self.stop.code() {
            self.fault(Fault::Stopped(code));
        }
        if self.limits.max_failed_units.is_some_and(|most| failed > most) {
            let temporary = self.state().temporary.len() >= failed;
            self.fault(Fault::TooManyFailed { failed, temporary });
        }
        self.state().fault.is_some()
    }

    /// A reused unit keeps what the execution that made it noted.
    fn keep_notes(&self, id: &str) {
        let mut state = self.state();
        state.reused.push(id.to_owned());
        let execution = &self.earlier.execution;
        if let Ok(notes) = serde_json::from_value(execution["notes"][id].clone()) {
            state.notes.insert(id.to_owned(), notes);
        }
        if let Some(attempts) = execution["attempts"][id].as_u64().and_then(|count| u32::try_from(count).ok()) {
            state.attempts.insert(id.to_owned(), attempts);
        }
    }
}
