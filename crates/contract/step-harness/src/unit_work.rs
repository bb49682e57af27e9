//! The work on one unit: caught, checked and written into the journal.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde_json::Value;
use step_contract::{Event, Job, Reason, Status};

use crate::events::TOLD;
use crate::fault::Fault;
use crate::session::Session;
use crate::unit_entry::unit_json;
use crate::unit_files::UnitFiles;

/// How the work on a unit ended, without the types of the step.
pub(crate) enum WorkEnding {
    Done(Value),
    NoWork(Reason),
    Skipped(Reason),
    Blocked(Reason),
    Unprocessable(Reason),
    Failed {
        reason: Reason,
        temporary: bool,
    },
    /// The disk failed, and with it the step: what happened to which file.
    Disk(String),
}

impl WorkEnding {
    pub(crate) fn internal(message: String) -> Self {
        Self::Failed { reason: Reason::new("internal", message), temporary: false }
    }
}

/// The work on one unit.
pub(crate) type Work<'a> = &'a (dyn Fn(&Job, &mut UnitFiles) -> WorkEnding + Sync);

/// Makes one unit and adds it to the journal; `None` when the disk failed or the step was stopped in the middle of it.
pub(crate) fn run_unit(session: &Arc<Session>, job: &Job, key: String, work: Work<'_>) -> Option<Value> {
    let started = std::time::Instant::now();
    session.events.tell(&Event::UnitStarted { unit: job.id().to_owned() });
    let span = tracing::info_span!("unit", unit = job.id());
    let _in_unit = span.enter();
    let mut files = UnitFiles::new(Arc::clone(session), session.out.clone(), job.id());
    let ending = match changed_input(session, job) {
        Some(ending) => ending,
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
        session.fault(Fault::Disk(format!("write the journal: {error}")));
        return None;
    }
    let seconds = (started.elapsed().as_secs_f64() * 1e3).round() / 1e3;
    let status = unit["status"].as_str().unwrap_or_default();
    match unit["reason"]["message"].as_str() {
        Some(message) => tracing::warn!(target: TOLD, status, seconds, "{message}"),
        None => tracing::info!(target: TOLD, status, seconds, "ended"),
    }
    for warning in unit["warnings"].as_array().into_iter().flatten() {
        let text = |member: &str| warning[member].as_str().map(str::to_owned);
        session.events.tell(&Event::Warning {
            unit: Some(job.id().to_owned()),
            warning: text("kind"),
            message: text("message").unwrap_or_default(),
        });
    }
    session.events.unit_made(&unit_ended(job.id(), &unit, seconds));
    Some(unit)
}

/// The event of a unit's end, from the unit as the manifest will have it.
pub(crate) fn unit_ended(id: &str, unit: &Value, seconds: f64) -> Event {
    Event::UnitEnded {
        unit: id.to_owned(),
        status: serde_json::from_value(unit["status"].clone()).unwrap_or(Status::Failed),
        reason: serde_json::from_value(unit["reason"].clone()).ok(),
        seconds,
    }
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
    let ended = |status, key, reason: Reason| {
        unit_json(id, status, key, None, Some(&clean(reason)), &warnings, job.ties_with_shares())
    };
    let failed = |reason, temporary| Ok((ended(Status::Failed, None, reason), temporary));
    match ending {
        WorkEnding::Done(facts) => {
            if let Some(pointer) = null_in(&facts, String::new()) {
                let message = format!("its fact {pointer} is not a number (NaN or infinite)");
                return failed(Reason::new("internal", message), false);
            }
            if let Some(root) = other_root(job, &facts) {
                return failed(Reason::new("internal", root), false);
            }
            let listed = serde_json::to_value(&files.entries).map_err(|error| error.to_string())?;
            let unit =
                unit_json(id, Status::Done, Some(key), Some((listed, facts)), None, &warnings, job.ties_with_shares());
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
        WorkEnding::Unprocessable(reason) => {
            let key = (!files.asked_again).then_some(key);
            Ok((ended(Status::Unprocessable, key, reason), false))
        }
        WorkEnding::Skipped(reason) => Ok((ended(Status::Skipped, None, reason), false)),
        WorkEnding::Blocked(reason) if reason.step.is_none() || reason.unit.is_none() => {
            failed(Reason::new("internal", format!("blocked without step and unit: {}", reason.message)), false)
        }
        WorkEnding::Blocked(reason) => Ok((ended(Status::Blocked, None, reason), false)),
        WorkEnding::Failed { reason, temporary } => failed(reason, temporary),
        WorkEnding::Disk(text) => Err(text),
    }
}

/// How a unit ends of which a needed file does not have the sum that its manifest says.
fn changed_input(session: &Session, job: &Job) -> Option<WorkEnding> {
    let failed =
        |kind: &str, message: String| Some(WorkEnding::Failed { reason: Reason::new(kind, message), temporary: false });
    job.needed().iter().filter(|need| need.status == Some(Status::Done)).find_map(|need| {
        need.files.iter().zip(&need.paths).find_map(|((role, entry), path)| {
            let at = format!("{role} of {} {} ({})", need.label, need.unit, entry.path);
            if let Some(discarded) = &entry.discarded {
                let message = format!("{at} was removed on purpose: it lies in {}", discarded.archive);
                return failed("input_discarded", message);
            }
            match session.sums.sum(path) {
                Ok(written) if (written.bytes, &written.sha256) == (entry.bytes, &entry.sha256) => None,
                Ok(_) => failed(
                    "input_changed",
                    format!("{at} is not the file of its manifest: run step {} again", need.step),
                ),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    failed("input_missing", format!("{at} is not there: run step {} again", need.step))
                }
                // The file may be sound: the disk, not the data, has failed.
                Err(error) => Some(WorkEnding::Disk(format!("read {at}: {error}"))),
            }
        })
    })
}

/// A root is fixed from the first step on: a shard is a set of roots.
fn other_root(job: &Job, facts: &Value) -> Option<String> {
    let (said, own) = (facts["root"].as_str()?, job.ties().root.as_deref()?);
    (said != own).then(|| format!("its facts say root {said}, its input says {own}"))
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
