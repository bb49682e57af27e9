//! Units side by side: as many at a time as threads, memory and the step allow.
//!
//! Nothing waits: a unit is started where it fits beside those at work, and one that ends starts those that fit then. A thread that
//! waits inside a unit may take up another unit, so waiting for memory could wait for itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use step_contract::Job;

use crate::fault::Fault;
use crate::memory::{PROCESS_BYTES, shown};
use crate::session::Session;
use crate::unit_work::{Work, run_unit};

/// A unit that has to be made.
pub(crate) struct ToMake<'a> {
    pub(crate) job: &'a Job,
    pub(crate) key: String,
}

impl ToMake<'_> {
    fn memory_bytes(&self, session: &Session) -> u64 {
        self.job.memory_bytes().unwrap_or(session.limits.memory_per_unit_bytes)
    }
}

/// Refuses before anything is made where one unit alone does not fit into `--memory`.
pub(crate) fn check_memory(session: &Session, to_make: &[ToMake<'_>]) -> Result<(), Fault> {
    let allowed = session.limits.memory_bytes;
    let needed = |unit: &ToMake<'_>| unit.memory_bytes(session).saturating_add(PROCESS_BYTES);
    match to_make.iter().max_by_key(|unit| unit.memory_bytes(session)).filter(|unit| needed(unit) > allowed) {
        Some(unit) => Err(Fault::Contract(format!(
            "unit {} needs {} of memory ({} bytes with the program itself), --memory allows {} ({allowed} bytes); give --memory {}M or more",
            unit.job.id(),
            shown(needed(unit)),
            needed(unit),
            shown(allowed),
            needed(unit).div_ceil(1 << 20),
        ))),
        None => Ok(()),
    }
}

/// What the units at work share.
struct Shift<'a> {
    session: &'a Arc<Session>,
    to_make: &'a [ToMake<'a>],
    work: Work<'a>,
    most: usize,
    board: Mutex<Board>,
}

#[derive(Default)]
struct Board {
    next: usize,
    running: usize,
    memory_bytes: u64,
    failed: usize,
    made: Vec<(usize, Value)>,
}

/// Makes the units; gives each that ended with its place, in no order. Where a fault stops the step, some are missing.
pub(crate) fn make(session: &Arc<Session>, to_make: &[ToMake<'_>], work: Work<'_>) -> Vec<(usize, Value)> {
    let most = session.limits.threads.min(session.limits.max_concurrent_units).max(1);
    let shift = Shift { session, to_make, work, most, board: Mutex::new(Board::default()) };
    rayon::scope(|scope| shift.start(scope));
    let board = shift.board.into_inner().unwrap_or_else(PoisonError::into_inner);
    session.must_end(board.failed);
    board.made
}

impl<'a> Shift<'a> {
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts every unit that fits, in order.
    fn start<'s>(&'s self, scope: &rayon::Scope<'s>) {
        while let Some(place) = self.take() {
            scope.spawn(move |scope| {
                self.make_one(place);
                self.start(scope);
            });
        }
    }

    fn take(&self) -> Option<usize> {
        let mut board = self.board();
        let unit = self.to_make.get(board.next)?;
        let bytes = unit.memory_bytes(self.session);
        let beside = board.memory_bytes.saturating_add(bytes).saturating_add(PROCESS_BYTES);
        let fits = board.running == 0 || beside <= self.session.limits.memory_bytes;
        if board.running >= self.most || !fits || self.session.must_end(board.failed) {
            return None;
        }
        let place = board.next;
        board.next += 1;
        board.running += 1;
        board.memory_bytes = board.memory_bytes.saturating_add(bytes);
        let mut state = self.session.state();
        state.memory_declared_bytes = state.memory_declared_bytes.max(beside);
        Some(place)
    }

    fn make_one(&self, place: usize) {
        let unit = &self.to_make[place];
        let made = run_unit(self.session, unit.job, unit.key.clone(), self.work);
        let mut board = self.board();
        board.running -= 1;
        board.memory_bytes -= unit.memory_bytes(self.session);
        if let Some(made) = made {
            if matches!(made["status"].as_str(), Some("failed" | "unprocessable")) {
                board.failed += 1;
            }
            board.made.push((place, made));
        }
    }
}
