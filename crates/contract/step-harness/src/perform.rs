//! One run of a step, from the request to the manifest.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use step_contract::{Scope, identity};

use crate::atomic::make_folder;
use crate::config::Resolved;
use crate::ended::Ended;
use crate::ending::ErrorEnding;
use crate::events::Events;
use crate::execution::{Begin, execution};
use crate::exit;
use crate::fault::Fault;
use crate::finish::{Rest, finish, manifest_of, may_own};
use crate::kept::check_owner;
use crate::lock::{LockError, Locks};
use crate::open_session::{Request, open_session};
use crate::options::Options;
use crate::places::Places;
use crate::program::{Failure, Produced, Program};
use crate::report::Report;
use crate::resolve::resolve;
use crate::session::Session;
use crate::source::SourceError;
use crate::stop::{GRACE, Stop};

/// A step whose runner died ends within its time of grace, and this much more for its manifest.
const ORPHAN_ENDS_WITHIN: Duration = GRACE.saturating_add(Duration::from_secs(5));
/// Stack of a worker thread, as that of a main thread.
const STACK_BYTES: usize = 8 << 20;

/// Runs the step.
pub(crate) fn perform(
    program: &Program,
    options: &Options,
    places: Places,
    build: &str,
    stop: &Stop,
    events: Events,
) -> (Report, Option<Value>) {
    let mut report = Report {
        step: program.id.to_owned(),
        label: places.label.clone(),
        run_id: places.run_id.clone(),
        ..Report::default()
    };
    let done = attempt(program, options, places, build, stop, events, &mut report);
    match done {
        Ok(manifest) => (report, manifest),
        Err(ended) => {
            report.exit = ended.exit;
            report.error = Some(ended.message);
            if matches!(ended.exit, exit::DISK | exit::TEMPORARY | 130 | 143) {
                report.resume = options.resume();
            }
            (report, None)
        }
    }
}

fn attempt(
    program: &Program,
    options: &Options,
    places: Places,
    build: &str,
    stop: &Stop,
    events: Events,
    report: &mut Report,
) -> Result<Option<Value>, Ended> {
    let begin = Begin::now();
    let (config, engine) = resolve(program, options)?;
    if options.shard.is_some() && program.scope == Scope::Run {
        return Err(Ended::new(exit::USAGE, format!("step {} looks across everything: it has no shards", program.id)));
    }
    let own = may_own(&places.out).map_err(|error| Ended::new(exit::DISK, error))?;
    if !own {
        let message = format!("{} holds files that no step wrote; give --out a new folder", places.out.display());
        return Err(Ended::new(exit::USAGE, message));
    }
    let locks = if options.dry_run {
        None
    } else {
        // mark: output-folder-made
        make_folder(&places.out).map_err(|error| Ended::new(exit::DISK, error))?;
        // Under a runner, which lets no second command work on a run, only the step of a runner that died can hold the folder: it is about to end.
        let patience = if options.parent_pipe.is_some() { ORPHAN_ENDS_WITHIN } else { Duration::ZERO };
        Some(Locks::wait(&places.out, options.shard, patience, stop).map_err(|error| match &error {
            LockError::Held(_) => Ended::new(stop.code().unwrap_or(exit::TEMPORARY), error),
            LockError::Io(..) => Ended::new(exit::DISK, error),
        })?)
    };
    let threads = options.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)).max(1);
    let request = Request { program, options, places: &places, build, config: &config, engine, threads };
    let session = Arc::new(open_session(request, stop, events)?);
    check_owner(&session).map_err(|message| Ended::new(exit::USAGE, message))?;
    let produced = in_pool(threads, || {
        catch_unwind(AssertUnwindSafe(|| (program.run)(&session, &places.paths, config.all.clone())))
    })?;
    let produced = match produced {
        Ok(produced) => ended_of(&session, produced, options)?,
        Err(_) => {
            return Err(Ended::new(
                exit::FAILED,
                "a mistake in the program ended the step (its message is in the log)",
            ));
        }
    };
    let Some(produced) = produced else {
        report.plan = session.state().plan.clone();
        return Ok(None);
    };
    let manifest = conclude(program, options, &session, produced, (&begin, &config, threads), report)?;
    drop(locks);
    Ok(Some(manifest))
}

fn in_pool<T: Send>(threads: usize, run: impl FnOnce() -> T + Send) -> Result<T, Ended> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(STACK_BYTES)
        .build()
        .map(|pool| pool.install(run))
        .map_err(|error| Ended::new(exit::TEMPORARY, format!("start {threads} threads: {error}")))
}

/// What the step made; `None` after a dry run.
fn ended_of(
    session: &Session,
    produced: Result<Produced, Failure>,
    options: &Options,
) -> Result<Option<Produced>, Ended> {
    let fault = session.state().fault.clone();
    match (fault, produced) {
        (Some(Fault::DryRun), _) => Ok(None),
        (Some(Fault::Stopped(code)), _) => Err(Ended::new(code, "stopped; what was done is in the journal")),
        (Some(Fault::TooManyFailed { failed, temporary }), _) => {
            let message = format!("{failed} units failed, {} are allowed", options.max_failed_units.unwrap_or(0));
            Err(Ended::new(if temporary { exit::TEMPORARY } else { exit::FAILED }, message))
        }
        (Some(Fault::Disk(message)), _) => Err(Ended::new(exit::DISK, message)),
        (Some(Fault::Contract(message)), _) => Err(Ended::new(exit::CONTRACT, message)),
        (Some(Fault::Usage(message)), _) => Err(Ended::new(exit::USAGE, message)),
        (None, Ok(produced)) if options.dry_run => {
            // The step has no units at all.
            drop(produced);
            session.state().plan = Some(Vec::new());
            Ok(None)
        }
        (None, Ok(produced)) => Ok(Some(produced)),
        (None, Err(Failure::Contract(message))) => Err(Ended::new(exit::CONTRACT, message)),
        (None, Err(Failure::Source(error))) => Err(match error {
            SourceError::Usage(message) => Ended::new(exit::USAGE, message),
            SourceError::Contract(error) => Ended::new(exit::CONTRACT, error),
            SourceError::Adopt(message) => Ended::new(exit::CONTRACT, message),
        }),
        (None, Err(Failure::Step { ending, text })) => Err(match *ending {
            ErrorEnding::Failed { temporary: true, .. } => Ended::new(exit::TEMPORARY, text),
            ErrorEnding::Failed { reason, .. } if matches!(reason.kind.as_str(), "configuration" | "missing_tool") => {
                Ended::new(exit::CONTRACT, text)
            }
            ErrorEnding::Failed { .. } | ErrorEnding::Unprocessable(_) => Ended::new(exit::FAILED, text),
            ErrorEnding::Disk(_) => Ended::new(exit::DISK, text),
        }),
    }
}

fn conclude(
    program: &Program,
    options: &Options,
    session: &Session,
    produced: Produced,
    (begin, config, threads): (&Begin, &Resolved, usize),
    report: &mut Report,
) -> Result<Value, Ended> {
    let rest = Rest {
        product: json!({"name": program.output.0, "version": program.output.1}),
        payload: produced.payload,
        execution: execution(session, options, begin, config, threads),
    };
    let manifest = manifest_of(session, produced.units, rest);
    let path = session.out.join("manifest.json");
    step_contract::check_manifest(&path, &manifest, program.output.0, program.output.1, program.output.2)
        .map_err(|error| Ended::new(exit::CONTRACT, format!("step {} broke its contract: {error}", program.id)))?;
    let path = finish(session, &manifest).map_err(|error| Ended::new(exit::DISK, error))?;
    report.manifest = Some(path);
    report.identity = Some(identity(&manifest));
    report.count(session, &manifest);
    Ok(manifest)
}
