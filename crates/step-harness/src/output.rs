//! The one folder that a step may write.
//!
//! API (the engineer of this crate completes it): see the doc comments.

use std::io::Write;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use step_contract::{Job, Needs, Product};

use crate::step::{Outcome, StepError};

/// Ended units; only [`OutputDir::for_each_unit`] makes them.
#[derive(Debug)]
pub struct Units<P: Product> {
    pub(crate) units: Vec<step_contract::Unit<P>>,
}

/// A file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("write {}: {source}", path.display())]
pub struct OutputError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub source: std::io::Error,
}

/// The folder of a step while it runs.
#[derive(Debug)]
pub struct OutputDir<P: Product> {
    product: PhantomData<P>,
}

/// The files of one unit while it is worked on.
#[derive(Debug)]
pub struct UnitFiles {
    unit: String,
}

impl<P: Product> OutputDir<P> {
    /// Runs the jobs in parallel (within memory, the step's limit and `--threads`), in input order, and ends each unit:
    /// reused where its key holds, blocked or skipped where a need is not done, else as the closure says. A panic becomes `failed{internal}`.
    pub fn for_each_unit<E, F>(&mut self, jobs: impl IntoIterator<Item = Job>, work: F) -> Result<Units<P>, E>
    where
        E: StepError,
        F: Fn(&Needs<'_>, &mut UnitFiles) -> Result<Outcome<P::Facts>, E> + Sync,
    {
        let _ = (jobs.into_iter().count(), work);
        unreachable!("being written")
    }

    /// Writes a file that belongs to no unit (scope run only), atomically.
    pub fn run_file<E: From<OutputError>>(
        &mut self,
        role: &str,
        name: &str,
        rows: Option<u64>,
        write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<(), E> {
        let _ = (role, name, rows, write);
        unreachable!("being written")
    }

    /// Folder of the step.
    pub fn folder(&self) -> &Path {
        unreachable!("being written")
    }

    /// Run id.
    pub fn run_id(&self) -> &str {
        unreachable!("being written")
    }

    /// Label of the step in its workflow.
    pub fn label(&self) -> &str {
        unreachable!("being written")
    }

    /// The cache that all runs share (`<root>/data/cache`).
    pub fn cache(&self) -> &Path {
        unreachable!("being written")
    }

    /// Addresses given with `--service NAME=URL`.
    pub fn services(&self) -> &std::collections::BTreeMap<String, String> {
        unreachable!("being written")
    }

    /// Whether the step was asked to stop (SIGINT, SIGTERM, dead runner).
    pub fn stopping(&self) -> bool {
        unreachable!("being written")
    }
}

impl UnitFiles {
    /// Id of the unit.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// Writes `<unit><suffix>` (`.cat`, `_xmatch.csv`) for the role: temporary beside it, hashed while writing, synced, renamed.
    pub fn write<E: From<OutputError>>(
        &mut self,
        role: &str,
        suffix: &str,
        rows: Option<u64>,
        write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<(), E> {
        let _ = (role, suffix, rows, write);
        unreachable!("being written")
    }

    /// Takes over a file that an external tool or a download wrote in [`UnitFiles::scratch`].
    pub fn take(&mut self, role: &str, suffix: &str, rows: Option<u64>, from: &Path) -> Result<(), OutputError> {
        let _ = (role, suffix, rows, from);
        unreachable!("being written")
    }

    /// A folder for temporary files of this unit, removed when the unit ends.
    pub fn scratch(&mut self) -> Result<PathBuf, OutputError> {
        unreachable!("being written")
    }

    /// Something odd about a unit that is nevertheless done.
    pub fn warn(&mut self, kind: &str, message: impl Into<String>) {
        let _ = (kind, message.into());
        unreachable!("being written")
    }

    /// A note for `execution.notes` (waits, cache hits): never part of the identity.
    pub fn note(&mut self, name: &str, value: impl ToString) {
        let _ = (name, value.to_string());
        unreachable!("being written")
    }

    /// How many attempts it took, for `execution.attempts`.
    pub fn attempts(&mut self, attempts: u32) {
        let _ = attempts;
        unreachable!("being written")
    }
}
