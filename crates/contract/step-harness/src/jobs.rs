//! The jobs of a step: checked, decided, and those that have to run run side by side.

use std::sync::Arc;

use rayon::prelude::*;
use serde_json::Value;
use step_contract::Job;

use crate::asked::{inherit_ties, only, retain_shard};
use crate::atomic::{folder_of, remove_temporaries, write_atomic};
use crate::decision::{Decision, decide, planned};
use crate::events::TOLD;
use crate::fault::Fault;
use crate::finish::write_manifest;
use crate::kept::check_decisions;
use crate::planned::Action;
use crate::schedule::{ToMake, check_memory, make};
use crate::scope::check_jobs;
use crate::session::Session;
use crate::unit_work::{Work, unit_ended};

/// Runs the jobs; the units come back in the order of their ids. `Err` after [`Session::fault`] was told why.
pub(crate) fn run_jobs(session: &Arc<Session>, mut jobs: Vec<Job>, work: Work<'_>) -> Result<Vec<Value>, ()> {
    jobs.sort_by(|left, right| left.id().cmp(right.id()));
    inherit_ties(session, &mut jobs);
    let asked = check_jobs(session, &jobs)
        .and_then(|()| only(session, &jobs))
        .and_then(|only| retain_shard(session, &mut jobs).map(|()| only));
    let only = asked.map_err(|fault| session.fault(fault))?;
    let is_asked_for = |job: &Job| only.as_ref().is_none_or(|ids| ids.contains(job.id()));
    let decisions: Vec<Decision> = jobs.par_iter().map(|job| decide(session, job, is_asked_for(job))).collect();
    check_decisions(session, &jobs, &decisions).map_err(|fault| session.fault(fault))?;
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

fn run_decided(
    session: &Arc<Session>,
    jobs: &[Job],
    decisions: Vec<Decision>,
    work: Work<'_>,
) -> Result<Vec<Value>, ()> {
    let (mut to_make, mut places) = (Vec::new(), Vec::new());
    let mut units: Vec<Option<Value>> = Vec::with_capacity(jobs.len());
    for (place, (job, decision)) in jobs.iter().zip(decisions).enumerate() {
        match decision {
            Decision::Ended { unit, .. } => units.push(Some(unit)),
            Decision::Run { key, why } => {
                tracing::debug!(unit = job.id(), why, "to be made");
                units.push(None);
                to_make.push(ToMake { job, key });
                places.push(place);
            }
        }
    }
    tracing::info!(target: TOLD, units = jobs.len(), to_make = to_make.len(), "{}: units", session.label);
    session.events.begin(jobs.len(), to_make.len());
    for (job, ended) in jobs.iter().zip(&units) {
        // What is reused was told when it was made.
        if let Some(unit) = ended.as_ref().filter(|unit| !is_good(unit)) {
            session.events.tell(&unit_ended(job.id(), unit, 0.0));
        }
    }
    if !to_make.is_empty() {
        check_memory(session, &to_make).map_err(|fault| session.fault(fault))?;
        if let Err(error) = session.begin_change() {
            session.fault(Fault::Disk(format!("change {}: {error}", session.out.display())));
            return Err(());
        }
    }
    for (place, unit) in make(session, &to_make, work) {
        units[places[place]] = Some(unit);
    }
    session.events.end();
    if session.state().fault.is_some() {
        return Err(());
    }
    let units: Vec<Value> = units.into_iter().flatten().collect();
    if units.len() == jobs.len() {
        Ok(units)
    } else {
        session.fault(Fault::Contract("a unit was left without an end".to_owned()));
        Err(())
    }
}

/// Whether a unit that was not made now needs no word: it is reused.
fn is_good(unit: &Value) -> bool {
    matches!(unit["status"].as_str(), Some("done" | "no-work"))
}

impl Session {
    /// Moves the old manifest into the journal, before the folder changes.
    pub(crate) fn begin_change(&self) -> std::io::Result<()> {
        self.journal().begin(&self.earlier, &self.base, &self.owner(), self.also.as_deref())?;
        self.write_adopted()
    }

    /// Writes the manifests of what this call adopted.
    pub(crate) fn write_adopted(&self) -> std::io::Result<()> {
        for (path, manifest) in &self.bound().unwritten {
            if self.state().adopted.insert(path.clone()) {
                remove_temporaries(folder_of(path))?;
                write_atomic(path, |writer| write_manifest(manifest, writer))?;
            }
        }
        Ok(())
    }

    /// Whether no further unit may start; notes why.
    pub(crate) fn must_end(&self, failed: usize) -> bool {
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
