//! Products by content, shared by all runs: `<root>/data/library/<product>/<key>/`, each with a manifest of its own that says what it was made of.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use step_contract::{DoneUnit, Edge, Input, Job, Needs, Product, Read, Ties, read_input};

use crate::atomic::write_atomic;
use crate::ending::OutputError;
use crate::finish::write_manifest;
use crate::session::Session;
use crate::unit_entry::unit_json;
use crate::unit_files::UnitFiles;

/// Run id of what lies in the library.
const RUN_ID: &str = "library";
/// How often somebody who waits for a product looks whether it stands.
const POLL: Duration = Duration::from_millis(20);
/// Stack of a thread that makes one.
const STACK_BYTES: usize = 8 << 20;

thread_local! {
    /// Keys of what this thread is making, the outermost first.
    static MAKING: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The library of one product.
#[derive(Clone, Debug)]
pub struct Library<P: Product> {
    session: Arc<Session>,
    product: PhantomData<P>,
}

/// A product of the library: one unit.
#[derive(Clone, Debug)]
pub struct Shelved<P: Product> {
    input: Input<P>,
    job: Job,
}

impl<P: Product> Shelved<P> {
    /// The unit: list its files with [`UnitFiles::refer`].
    pub fn unit(&self) -> DoneUnit<'_, P> {
        Needs::new(&self.job).unit(&self.input)
    }
}

impl<P: Product> Library<P> {
    pub(crate) const fn new(session: Arc<Session>) -> Self {
        Self { session, product: PhantomData }
    }

    /// The product that `job` describes: the one in the library where it is whole, else made by `make`, which opens what the job declared,
    /// writes the files and returns the facts. It lies under the key of the job (step, build, engine, configuration, the job's id and what it
    /// needs). Two runs, or two units, that ask at the same time make it once: the others wait.
    ///
    /// It may be asked for inside a unit. `make` works on threads of its own, so that nothing that waits for it can be started inside it, and
    /// may ask for other products; one that asks for itself is an error.
    pub fn get_or_make<E: From<OutputError> + Send>(
        &self,
        job: &Job,
        make: impl FnOnce(&Needs<'_>, &mut UnitFiles) -> Result<P::Facts, E> + Send,
    ) -> Result<Shelved<P>, E> {
        let key = self.session.base.key(job);
        let folder = self.session.library.join(P::NAME).join(&key);
        let at = |source: std::io::Error| E::from(OutputError { path: folder.clone(), source });
        let refuse = |message: &str| at(std::io::Error::other(message));
        if !step_contract::is_unit_id(job.id()) {
            return Err(refuse("the id of a product in the library has only letters, digits and . _ + -"));
        }
        if self.session.selection.dry_run {
            return Err(refuse("planning makes nothing: ask for a product of the library inside a unit"));
        }
        if MAKING.with_borrow(|making| making.contains(&key)) {
            return Err(refuse("what makes this product asks for it: it would wait for itself"));
        }
        fs_err::create_dir_all(&folder).map_err(at)?;
        let _lock = self.lock(&folder).map_err(at)?;
        let manifest = folder.join("manifest.json");
        if let Some(found) = self.whole(&manifest) {
            tracing::debug!(folder = %folder.display(), "found in the library");
            return Ok(shelved(found, job));
        }
        let mut files = UnitFiles::new(Arc::clone(&self.session), folder.clone(), job.id());
        let made = on_own_threads(self.session.limits.threads, &key, || make(&Needs::new(job), &mut files));
        let facts = made.map_err(at)??;
        self.describe(job, &folder, &files, facts).map_err(at)?;
        let input = read_input::<P>(&manifest, "library", 0).map_err(|error| at(std::io::Error::other(error)))?;
        Ok(shelved(input, job))
    }

    /// Waits for whoever makes it, in this process or another; a step that is asked to stop waits no longer.
    fn lock(&self, folder: &Path) -> std::io::Result<std::fs::File> {
        let lock = fs_err::File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(crate::lock::LOCK_FILE))?;
        let lock = lock.into_parts().0;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(std::fs::TryLockError::Error(error)) => return Err(error),
                Err(std::fs::TryLockError::WouldBlock) if self.session.stop.code().is_some() => {
                    return Err(std::io::Error::other("the step was stopped while another unit made this product"));
                }
                Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(POLL),
            }
        }
    }

    fn whole(&self, manifest: &Path) -> Option<Input<P>> {
        use step_contract::FileSet as _;
        let found = read_input::<P>(manifest, "library", 0).ok()?;
        let ids: Vec<String> = found.units().map(|unit| unit.id().to_owned()).collect();
        let whole = ids.iter().filter_map(|id| found.unit(id)?.files.as_ref()).all(|files| {
            files
                .entries()
                .iter()
                .all(|(_, entry)| self.session.sums.holds(&found.path_of(entry), entry.bytes, &entry.sha256))
        });
        whole.then_some(found)
    }

    fn describe(&self, job: &Job, folder: &Path, files: &UnitFiles, facts: P::Facts) -> std::io::Result<()> {
        let base = &self.session.base;
        let manifest = folder.join("manifest.json");
        let facts = serde_json::to_value(facts)?;
        let listed = serde_json::to_value(&files.entries)?;
        let done = Some((listed, facts));
        let key = Some(base.key(job));
        let unit = unit_json(job.id(), step_contract::Status::Done, key, done, None, &files.warnings, made_of(job));
        let typed = serde_json::from_value(unit.clone())?;
        let external: BTreeMap<&String, String> =
            self.session.bound().external.iter().map(|(name, folder)| (name, folder.display().to_string())).collect();
        let execution = if external.is_empty() { json!({}) } else { json!({"inputs": external}) };
        let value = json!({
            "product": {"name": P::NAME, "version": P::VERSION}, "run_id": RUN_ID, "step": base.step, "label": base.step,
            "build": base.build, "engine": base.engine, "config": base.config, "reads": self.reads(job, folder),
            "units": [unit], "payload": P::payload(&[typed]), "execution": execution,
        });
        step_contract::check_manifest(&manifest, &value, P::NAME, P::VERSION, P::SCHEMA)
            .map_err(std::io::Error::other)?;
        write_atomic(&manifest, |writer| write_manifest(&value, writer))?;
        Ok(())
    }

    /// The manifests that the job needs units of, as the manifest in the library names them.
    fn reads(&self, job: &Job, folder: &Path) -> Vec<Read> {
        let needed: BTreeSet<(&str, &str)> =
            job.needed().iter().map(|need| (need.member, need.label.as_str())).collect();
        let bound = &self.session.bound().reads;
        bound
            .iter()
            .filter(|read| needed.contains(&(read.input.as_str(), read.label.as_str())))
            .map(|read| {
                let path: PathBuf = self.session.path_of(&read.path);
                Read { path: self.session.entry_path(folder, &path), ..read.clone() }
            })
            .collect()
    }
}

fn shelved<P: Product>(input: Input<P>, job: &Job) -> Shelved<P> {
    let job = Job::new(job.id()).needs(&input, job.id());
    Shelved { input, job }
}

/// The units of each input that the product was made of; of a group its id.
fn made_of(job: &Job) -> Ties {
    let mut ties = job.ties().clone();
    for need in job.needed() {
        let name = if need.edge == Edge::Members { format!("{} (group)", need.member) } else { need.member.to_owned() };
        ties.shares.entry(name).or_default().push(need.unit.clone());
    }
    ties
}

/// Works on threads that do nothing else. A thread of the step's own that waited here could take up another unit, and with it wait for itself.
fn on_own_threads<T: Send>(threads: usize, key: &str, make: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    let making: Vec<String> = MAKING.with_borrow(|making| making.iter().cloned().chain([key.to_owned()]).collect());
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(STACK_BYTES)
        .start_handler(move |_| MAKING.set(making.clone()))
        .build()
        .map_err(std::io::Error::other)?;
    std::thread::scope(|scope| match scope.spawn(|| pool.install(make)).join() {
        Ok(made) => Ok(made),
        Err(panic) => std::panic::resume_unwind(panic),
    })
}
