//! The one folder that a step may write.

use std::collections::BTreeMap;
use std::io::Write;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use step_contract::{FileEntry, FileSet as _, Job, Needs, Product, Reason, Scope, Unit};

use crate::ending::{ErrorEnding, Outcome, OutputError, StepError, chain};
use crate::fault::Fault;
use crate::jobs::run_jobs;
use crate::library::Library;
use crate::session::Session;
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
            Ok(Outcome::Done(facts)) => done::<P>(&facts, files),
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

    /// The same as a function, for what waits inside a unit.
    pub fn stop_check(&self) -> impl Fn() -> bool + Send + Sync + 'static {
        let stop = self.session.stop.clone();
        move || stop.code().is_some()
    }

    /// Whether nothing is to be done but to plan: a step of scope run may leave out what only files of the run need.
    pub fn planning(&self) -> bool {
        self.session.selection.dry_run
    }

    fn interrupted<E: From<OutputError>>(&self) -> E {
        E::from(OutputError { path: self.session.out.clone(), source: std::io::Error::other("the step was ended") })
    }
}

/// A unit that is done, held against the rules of its product.
fn done<P: Product>(facts: &P::Facts, files: &UnitFiles) -> WorkEnding {
    let entries = files.entries.iter().map(|(role, entry)| (role.clone(), entry.clone())).collect();
    // What the files lack, the schema of the unit says.
    if let Ok(entries) = P::Files::from_entries(entries)
        && let Err(rule) = P::check(&entries, facts)
    {
        let message = format!("it breaks a rule of {}: found {}, expected {}", P::NAME, rule.found, rule.expected);
        return WorkEnding::Failed { reason: Reason::new(rule.kind, message), temporary: false };
    }
    match serde_json::to_value(facts) {
        Ok(json) => match says_otherwise::<P>(facts, &json) {
            None => WorkEnding::Done(json),
            Some(name) => WorkEnding::internal(format!(
                "the product {} says another {name} of it than the member of its facts",
                P::NAME
            )),
        },
        Err(error) => WorkEnding::internal(format!("its facts are no JSON: {error}")),
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

/// What a product says of a unit that the JSON of its facts does not: who knows no types (the runner, a foreign step) reads the JSON.
fn says_otherwise<P: Product>(facts: &P::Facts, json: &serde_json::Value) -> Option<&'static str> {
    [("group", P::group(facts)), ("kind", P::kind(facts)), ("root", P::root(facts))]
        .into_iter()
        .find(|(name, said)| json[name].as_str() != *said)
        .map(|(name, _)| name)
        .or_else(|| (P::kept(facts) != (json["selection"]["kept"] != false)).then_some("selection.kept"))
}
