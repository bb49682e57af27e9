//! The one folder that a step may write.

use std::collections::BTreeMap;
use std::io::Write;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use step_contract::{FileEntry, Job, Needs, Product, Unit};

use crate::jobs::run_jobs;
use crate::library::Library;
use crate::session::{Fault, Session};
use crate::step::{ErrorEnding, Outcome, Scope, StepError};
use crate::unit_files::{UnitFiles, write_file};
use crate::unit_work::WorkEnding;

/// Ended units; only [`OutputDir::for_each_unit`] makes them.
#[derive(Debug)]
pub struct Units<P: Product> {
    pub(crate) units: Vec<Unit<P>>,
}

impl<P: Product> Units<P> {
    /// The units in the order of their ids, for a step that writes a file of the run from them.
    pub fn as_slice(&self) -> &[Unit<P>] {
        &self.units
    }
}

/// A file could not be written.
#[derive(Debug)]
pub struct OutputError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub source: std::io::Error,
}

impl std::fmt::Display for OutputError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (path, why) = (self.path.display().to_string(), self.source.to_string());
        // Most errors of the disk name the file already.
        if why.contains(&path) { formatter.write_str(&why) } else { write!(formatter, "write {path}: {why}") }
    }
}

impl std::error::Error for OutputError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl OutputError {
    /// How it ends a unit: the disk failed, and with it the step. The error number stays in the log.
    pub fn ending(&self) -> ErrorEnding {
        ErrorEnding::Disk(step_contract::Reason::new("disk", self.source.kind().to_string()))
    }
}

/// The folder of a step while it runs.
#[derive(Debug)]
pub struct OutputDir<P: Product> {
    pub(crate) session: Arc<Session>,
    product: PhantomData<P>,
}

impl<P: Product> OutputDir<P> {
    pub(crate) fn new(session: Arc<Session>) -> Self {
        Self { session, product: PhantomData }
    }

    /// Runs the jobs in parallel (within memory, the step's limit and `--threads`), in input order, and ends each unit:
    /// reused where its key holds, blocked or skipped where a need is not done, else as the closure says. A panic becomes `failed{internal}`.
    ///
    /// An error is one of the whole step (stopped, disk full, a job that breaks the contract): pass it on with `?`.
    pub fn for_each_unit<E, F>(&mut self, jobs: impl IntoIterator<Item = Job>, work: F) -> Result<Units<P>, E>
    where
        E: StepError,
        F: Fn(&Needs<'_>, &mut UnitFiles) -> Result<Outcome<P::Facts>, E> + Sync,
    {
        let jobs: Vec<Job> = jobs.into_iter().collect();
        let ended = run_jobs(&self.session, jobs, &|job, files| match work(&Needs::new(job), files) {
            Ok(Outcome::Done(facts)) => match serde_json::to_value(facts) {
                Ok(facts) => WorkEnding::Done(facts),
                Err(error) => WorkEnding::internal(format!("its facts are no JSON: {error}")),
            },
            Ok(Outcome::NoWork(reason)) => WorkEnding::NoWork(reason),
            Ok(Outcome::Skipped(reason)) => WorkEnding::Skipped(reason),
            Ok(Outcome::Blocked(reason)) => WorkEnding::Blocked(reason),
            Err(error) => {
                let text = chain(&error);
                tracing::debug!(unit = job.id(), error = text, "the unit's error");
                WorkEnding::of(error.ending(), text)
            }
        });
        let typed = ended.and_then(|units| {
            units
                .into_iter()
                .map(|unit| {
                    let id = unit["unit"].as_str().unwrap_or_default().to_owned();
                    serde_json::from_value(unit).map_err(|error| {
                        self.session.fault(Fault::Contract(format!("unit {id} cannot be typed: {error}")));
                    })
                })
                .collect::<Result<Vec<Unit<P>>, ()>>()
        });
        typed.map(|units| Units { units }).map_err(|()| self.interrupted())
    }

    /// Writes a file that belongs to no unit (scope run only), atomically, as `name` in the step's folder.
    pub fn run_file<E: From<OutputError>>(
        &mut self,
        role: &str,
        name: &str,
        rows: Option<u64>,
        write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.session.selection.dry_run {
            return Ok(());
        }
        if self.session.scope != Scope::Run || !step_contract::is_unit_id(name) {
            let message = format!("a file of the run ({name}) belongs to a step of scope run and has a plain name");
            self.session.fault(Fault::Contract(message));
            return Err(self.interrupted());
        }
        let path = self.session.out.join(name);
        let begun = self.session.begin_change();
        begun.map_err(|source| E::from(OutputError { path: path.clone(), source }))?;
        let written = write_file(&path, write)?;
        let entry =
            FileEntry { path: name.to_owned(), bytes: written.bytes, sha256: written.sha256, rows, discarded: None };
        self.session.state().run_files.insert(role.to_owned(), entry);
        Ok(())
    }

    /// Folder of the step.
    pub fn folder(&self) -> &Path {
        &self.session.out
    }

    /// Run id.
    pub fn run_id(&self) -> &str {
        &self.session.run_id
    }

    /// Label of the step in its workflow.
    pub fn label(&self) -> &str {
        &self.session.label
    }

    /// The cache that all runs share (`<root>/data/cache`).
    pub fn cache(&self) -> &Path {
        &self.session.cache
    }

    /// Products by content, which all runs share (`<root>/data/library`).
    pub fn library(&self) -> Library<P> {
        Library::new(Arc::clone(&self.session))
    }

    /// Addresses given with `--service NAME=URL`.
    pub fn services(&self) -> &BTreeMap<String, String> {
        &self.session.services
    }

    /// Whether the step was asked to stop (SIGINT, SIGTERM, dead runner).
    pub fn stopping(&self) -> bool {
        self.session.stop.code().is_some()
    }

    /// Whether nothing is to be done but to plan: a step of scope run may leave out what only files of the run need.
    pub fn planning(&self) -> bool {
        self.session.selection.dry_run
    }

    fn interrupted<E: From<OutputError>>(&self) -> E {
        E::from(OutputError { path: self.session.out.clone(), source: std::io::Error::other("the step was ended") })
    }
}

impl WorkEnding {
    /// By the error's ending; an error of the disk ends the step, which says the whole text with the file's name.
    fn of(ending: ErrorEnding, text: String) -> Self {
        match ending {
            ErrorEnding::Unprocessable(reason) => Self::Unprocessable(reason),
            ErrorEnding::Failed { reason, temporary } => Self::Failed { reason, temporary },
            ErrorEnding::Disk(_) => Self::Disk(text),
        }
    }
}

/// An error with everything behind it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        source = inner.source();
    }
    text
}
