//! One run of a step, from the request to the manifest.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use serde::Serialize;
use serde_json::{Value, json};
use step_contract::{Arity, KeyBase, Status, identity};

use crate::config::{Resolved, in_config, overlay, parse_config, set_member, split};
use crate::exit;
use crate::finish::{Rest, finish, manifest_of, may_own};
use crate::journal::Journal;
use crate::lock::{LockError, Locks};
use crate::options::Options;
use crate::paths::absolute;
use crate::program::{Failure, Produced, Program};
use crate::progress::Progress;
use crate::session::{Fault, Limits, PlannedUnit, Selection, Session, State};
use crate::source::{SourceError, run_id_at};
use crate::step::{ErrorEnding, Scope};
use crate::stop::Stop;
use crate::sums::Sums;

/// At most so many units that are not done are named in a report.
const MAX_NAMED_UNITS: usize = 20;
/// Stack of a worker thread, as that of a main thread.
const STACK_BYTES: usize = 8 << 20;

/// An error of the run as a whole, with its exit code.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) exit: u8,
    pub(crate) message: String,
}

impl Ended {
    pub(crate) fn new(exit: u8, message: impl ToString) -> Self {
        Self { exit, message: message.to_string() }
    }
}

/// What a run says of itself (`run --json`).
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) step: String,
    pub(crate) label: String,
    pub(crate) run_id: String,
    pub(crate) exit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) manifest: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) identity: Option<String>,
    /// How many units ended how, `validated` (units whose entry was checked against the schema) and `reused`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) units: BTreeMap<String, usize>,
    /// Units that count as failures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) failed: Vec<Value>,
    /// What would happen (`--dry-run`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<Vec<PlannedUnit>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resume: Option<String>,
}

/// Where a run writes, known before anything else.
pub(crate) struct Places {
    pub(crate) root: PathBuf,
    pub(crate) out: PathBuf,
    pub(crate) run_id: String,
    pub(crate) label: String,
    pub(crate) log: PathBuf,
    pub(crate) paths: BTreeMap<String, Vec<PathBuf>>,
}

/// Checks names and finds the places.
pub(crate) fn places(program: &Program, options: &Options) -> Result<Places, Ended> {
    let specs = (program.specs)();
    let usage = |message: String| Ended::new(exit::USAGE, message);
    let mut paths: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for (name, path) in &options.read {
        if !specs.iter().any(|spec| spec.name == name) {
            let names: Vec<&str> = specs.iter().map(|spec| spec.name).collect();
            return Err(usage(format!("--read {name}: step {} has the inputs {}", program.id, names.join(", "))));
        }
        paths.entry(name.clone()).or_default().push(path.clone());
    }
    for (name, path) in &options.input {
        // Offered to members of that name only; what --read binds wins.
        if specs.iter().any(|spec| spec.name == name && spec.arity != Arity::Run)
            && !options.read.iter().any(|(read, _)| read == name)
        {
            paths.entry(name.clone()).or_default().push(path.clone());
        }
    }
    let label = options.label.clone().unwrap_or_else(|| program.id.to_owned());
    let first =
        || specs.iter().flat_map(|spec| paths.get(spec.name).into_iter().flatten()).find_map(|path| run_id_at(path));
    let run_id = options.run_id.clone().or_else(first).unwrap_or_else(|| "local".to_owned());
    for (what, text) in [("--run-id", &run_id), ("--label", &label)] {
        if !step_contract::is_unit_id(text) {
            return Err(usage(format!("{what} {text:?}: use letters, digits and . _ + -")));
        }
    }
    let root = absolute(options.root.as_deref().unwrap_or(Path::new(".")));
    let log = match &options.log {
        Some(log) => absolute(log),
        None => root.join("logs").join(&label).join(format!("{run_id}.log")),
    };
    Ok(Places { out: absolute(&options.out), root, run_id, label, log, paths })
}

/// Runs the step.
pub(crate) fn perform(
    program: &Program,
    options: &Options,
    places: Places,
    build: &str,
    stop: &Stop,
    progress: Progress,
) -> (Report, Option<Value>) {
    let mut report = Report {
        step: program.id.to_owned(),
        label: places.label.clone(),
        run_id: places.run_id.clone(),
        ..Report::default()
    };
    let done = attempt(program, options, places, build, stop, progress, &mut report);
    match done {
        Ok(manifest) => (report, manifest),
        Err(ended) => {
            report.exit = ended.exit;
            report.error = Some(ended.message);
            if matches!(ended.exit, exit::DISK | exit::TEMPORARY | 130 | 143) && !options.command.is_empty() {
                report.resume = Some(options.resume());
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
    progress: Progress,
    report: &mut Report,
) -> Result<Option<Value>, Ended> {
    let started = (timestamp(), Instant::now());
    let (config, engine) = resolve(program, options)?;
    if options.shard.is_some() && program.scope == Scope::Run {
        return Err(Ended::new(exit::USAGE, format!("step {} looks across units: it has no shards", program.id)));
    }
    let own = may_own(&places.out).map_err(|error| Ended::new(exit::DISK, error))?;
    if !own {
        let message = format!("{} holds files that no step wrote; give --out a new folder", places.out.display());
        return Err(Ended::new(exit::USAGE, message));
    }
    let locks = if options.dry_run {
        None
    } else {
        fs_err::create_dir_all(&places.out).map_err(|error| Ended::new(exit::DISK, error))?;
        Some(Locks::take(&places.out, options.shard).map_err(|error| match &error {
            LockError::Held(_) => Ended::new(exit::TEMPORARY, error),
            LockError::Io(..) => Ended::new(exit::DISK, error),
        })?)
    };
    let threads = options.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)).max(1);
    let session = Arc::new(session(program, options, &places, build, stop, progress, (&config, engine, threads))?);
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
    let manifest = conclude(program, options, &session, produced, (started, &config, threads), report)?;
    drop(locks);
    Ok(Some(manifest))
}

/// A given configuration with the step's defaults, without the parameters marked `x-execution`.
pub(crate) fn identity_config(program: &Program, given: Value) -> Result<Value, step_contract::ContractError> {
    let schema = (program.config_schema)();
    step_contract::check(Path::new("configuration"), &given, &schema.to_string())?;
    let (all, _) = (program.resolve)(given)?;
    Ok(split(all, &schema).identity)
}

/// File, then overlays, flags and settings; checked before and after the defaults are filled in.
fn resolve(program: &Program, options: &Options) -> Result<(Resolved, step_contract::Engine), Ended> {
    let wrong = |message: String| Ended::new(exit::CONTRACT, message);
    let mut given = json!({});
    if let Some(path) = &options.config_file {
        let bytes = fs_err::read(path).map_err(|error| wrong(error.to_string()))?;
        let parsed = (program.config_from)(path, &bytes).unwrap_or_else(|| parse_config(path, &bytes));
        overlay(&mut given, parsed.map_err(|message| wrong(format!("{}: {message}", path.display())))?);
    }
    for over in &options.overlays {
        overlay(&mut given, over.clone());
    }
    for (key, value) in &options.settings {
        let path: Vec<&str> = key.split('.').collect();
        set_member(&mut given, &path, value.clone()).map_err(|message| wrong(format!("--set {key}: {message}")))?;
    }
    let schema = (program.config_schema)();
    let text = schema.to_string();
    let contract = |error| wrong(in_config(error, options.config_file.as_ref()).to_string());
    step_contract::check(Path::new(""), &given, &text).map_err(contract)?;
    let (all, engine) = (program.resolve)(given).map_err(contract)?;
    step_contract::check(Path::new(""), &all, &text).map_err(contract)?;
    if !program.engines.contains(&engine.name.as_str()) {
        return Err(wrong(format!(
            "engine {}: step {} offers {}",
            engine.name,
            program.id,
            program.engines.join(", ")
        )));
    }
    Ok((split(all, &schema), engine))
}

fn session(
    program: &Program,
    options: &Options,
    places: &Places,
    build: &str,
    stop: &Stop,
    progress: Progress,
    (config, engine, threads): (&Resolved, step_contract::Engine, usize),
) -> Result<Session, Ended> {
    let under_root =
        |given: &Option<PathBuf>, usual: &str| given.as_deref().map_or_else(|| places.root.join(usual), absolute);
    let cache = under_root(&options.cache, "data/cache");
    let journal = Journal::new(&places.out, options.shard);
    let unit_schema = step_contract::unit_schema(program.output.2).map_err(|error| {
        Ended::new(exit::CONTRACT, format!("the schema of {} is no JSON: {error}", program.output.0))
    })?;
    Ok(Session {
        sums: Sums::open(Some(&cache)),
        library: under_root(&options.library, "data/library"),
        cache,
        base: KeyBase { step: program.id.to_owned(), build: build.to_owned(), engine, config: config.identity.clone() },
        unit_schema,
        limits: Limits {
            threads,
            memory_bytes: options.memory_bytes.unwrap_or_else(half_of_memory),
            memory_per_unit_bytes: program.memory_per_unit_bytes,
            max_concurrent_units: program.max_concurrent_units,
            max_failed_units: options.max_failed_units,
        },
        selection: Selection { only: options.only.clone(), shard: options.shard, dry_run: options.dry_run },
        also: options.also.as_ref().map(|name| places.out.join(name)),
        services: options.services.clone(),
        stop: stop.clone(),
        earlier: journal.earlier(),
        journal: Mutex::new(journal),
        progress,
        bound: OnceLock::new(),
        state: Mutex::new(State::default()),
        scope: program.scope,
        out: places.out.clone(),
        root: places.root.clone(),
        run_id: places.run_id.clone(),
        label: places.label.clone(),
    })
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
            SourceError::Disk(error) => Ended::new(exit::DISK, error),
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
    ((started, clock), config, threads): ((String, Instant), &Resolved, usize),
    report: &mut Report,
) -> Result<Value, Ended> {
    let rest = Rest {
        product: json!({"name": program.output.0, "version": program.output.1}),
        payload: produced.payload,
        execution: execution(session, options, started, clock, config, threads),
    };
    let manifest = manifest_of(session, produced.units, rest);
    let path = session.out.join("manifest.json");
    step_contract::check_manifest(&path, &manifest, program.output.0, program.output.1, program.output.2)
        .map_err(|error| Ended::new(exit::CONTRACT, format!("step {} broke its contract: {error}", program.id)))?;
    let path = finish(session, &manifest).map_err(|error| Ended::new(exit::DISK, error))?;
    report.manifest = Some(path);
    report.identity = Some(identity(&manifest));
    summarize(session, &manifest, report);
    Ok(manifest)
}

fn summarize(session: &Session, manifest: &Value, report: &mut Report) {
    let state = session.state();
    let units = manifest["units"].as_array().map_or(&[][..], Vec::as_slice);
    let mut statuses = Vec::with_capacity(units.len());
    for unit in units {
        let name = unit["status"].as_str().unwrap_or_default();
        let status: Status = serde_json::from_value(unit["status"].clone()).unwrap_or(Status::Failed);
        let id = unit["unit"].as_str().unwrap_or_default();
        statuses.push((status, state.temporary.contains(id)));
        *report.units.entry(name.to_owned()).or_default() += 1;
        if status.counts_as_failure() && report.failed.len() < MAX_NAMED_UNITS {
            report.failed.push(json!({"unit": id, "status": name, "reason": unit["reason"]}));
        }
    }
    report.units.insert("validated".to_owned(), units.len());
    report.units.insert("reused".to_owned(), state.reused.len());
    report.exit = exit::of_units(statuses);
}

fn execution(
    session: &Session,
    options: &Options,
    started: String,
    clock: Instant,
    config: &Resolved,
    threads: usize,
) -> Value {
    let state = session.state();
    let folders: BTreeMap<&String, String> =
        session.bound().external.iter().map(|(name, folder)| (name, folder.display().to_string())).collect();
    let mut execution = json!({
        "started": started,
        "seconds": (clock.elapsed().as_secs_f64() * 1e3).round() / 1e3,
        "host": host(),
        "threads": threads,
        "reused": state.reused,
        "attempts": state.attempts,
        "notes": state.notes,
        "inputs": folders,
        "services": session.services,
        "config": config.execution,
        "command": options.command,
    });
    if let Some(members) = execution.as_object_mut() {
        members.retain(|_, value| {
            value.as_array().is_none_or(|items| !items.is_empty())
                && value.as_object().is_none_or(|members| !members.is_empty())
                && value != ""
        });
    }
    execution
}

fn timestamp() -> String {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}

fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|name| name.trim().to_owned())
        .or_else(|_| std::env::var("HOSTNAME"))
        .unwrap_or_default()
}

/// Half of the machine's memory; 2 GiB where it does not say.
fn half_of_memory() -> u64 {
    const UNKNOWN: u64 = 2 << 30;
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok())
        .map_or(UNKNOWN, |kibibytes| kibibytes * 1024 / 2)
}
