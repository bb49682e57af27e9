//! The jobs of a step: checked, decided, and those that have to run run side by side.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use serde_json::Value;
use step_contract::{Job, is_unit_id};

use crate::decision::{Decision, decide, planned};
use crate::session::{Action, Fault, Session};
use crate::step::Scope;
use crate::unit_work::{Work, run_unit};

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
        let noted = |name: &str| self.earlier.execution.get(name).and_then(|by_unit| by_unit.get(id)).cloned();
        if let Some(notes) = noted("notes").and_then(|notes| serde_json::from_value(notes).ok()) {
            state.notes.insert(id.to_owned(), notes);
        }
        if let Some(attempts) =
            noted("attempts").and_then(|count| count.as_u64()).and_then(|count| u32::try_from(count).ok())
        {
            state.attempts.insert(id.to_owned(), attempts);
        }
    }
}
