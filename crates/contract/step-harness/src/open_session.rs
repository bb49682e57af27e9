//! A session from what was asked for.

use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};

use step_contract::{Engine, KeyBase};

use crate::config::Resolved;
use crate::ended::Ended;
use crate::events::Events;
use crate::exit;
use crate::journal::Journal;
use crate::memory::half_of_memory;
use crate::options::Options;
use crate::paths::absolute;
use crate::places::Places;
use crate::program::Program;
use crate::session::{Limits, Selection, Session, State};
use crate::stop::Stop;
use crate::sums::Sums;

/// What a session is made of.
pub(crate) struct Request<'a> {
    pub(crate) program: &'a Program,
    pub(crate) options: &'a Options,
    pub(crate) places: &'a Places,
    pub(crate) build: &'a str,
    pub(crate) config: &'a Resolved,
    pub(crate) engine: Engine,
    pub(crate) threads: usize,
}

/// Reads what an earlier run left in the folder, whose lock is held.
pub(crate) fn open_session(request: Request<'_>, stop: &Stop, events: Events) -> Result<Session, Ended> {
    let Request { program, options, places, build, config, engine, threads } = request;
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
        by_hand: options.parent_pipe.is_none(),
        keep_unlisted: options.keep_unlisted,
        also: options.also.as_ref().map(|name| places.out.join(name)),
        services: options.services.clone(),
        stop: stop.clone(),
        earlier: journal.earlier().map_err(|error| Ended::new(exit::DISK, error))?,
        journal: Mutex::new(journal),
        events,
        bound: OnceLock::new(),
        state: Mutex::new(State::default()),
        scope: program.scope,
        out: places.out.clone(),
        root: places.root.clone(),
        run_id: places.run_id.clone(),
        label: places.label.clone(),
    })
}
