//! Running a step in this process, for tests of steps.
//!
//! ```text
//! let out = tempfile::tempdir()?;
//! let result = InProcess::<Detect>::new(out.path().join("detect"))
//!     .config_toml("[detect]\nthreshold_sigma = 4.0")
//!     .set("detect.deblend.levels", 32)
//!     .read("frames", "tests/data/frame.fits")
//!     .run();
//! assert_eq!(result.exit, 0);
//! assert_eq!(result.manifest.units[0].facts.as_ref().map(|facts| facts.objects_detected), Some(12));
//! ```

use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde_json::Value;
use step_contract::{Manifest, Product};

use crate::config::parse_toml;
use crate::events::Events;
use crate::options::Options;
use crate::perform::perform;
use crate::places::places;
use crate::planned::PlannedUnit;
use crate::step::Step;
use crate::stop::Stop;

/// Build of a run in a test.
pub const TEST_BUILD: &str = "0.0.0+000000000000";

/// A step to be run in this process, as its program would run it.
#[derive(Clone, Debug)]
pub struct InProcess<S> {
    options: Options,
    build: String,
    stop: Stop,
    step: PhantomData<S>,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct RunResult<P: Product> {
    /// The manifest as it was written.
    pub manifest: Manifest<P>,
    /// Its identity.
    pub identity: String,
    /// Exit code that the program would have.
    pub exit: u8,
}

/// A run that ended without a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFailure {
    /// Exit code that the program would have.
    pub exit: u8,
    /// Why.
    pub message: String,
}

/// Stands for the pipe of a runner; nothing reads it in this process.
const PARENT_OF_A_TEST: u32 = u32::MAX;

impl<S: Step> InProcess<S> {
    /// Writes to `out` (made when missing); the root is the folder that `out` lies in, unless [`InProcess::root`] says otherwise.
    pub fn new(out: impl AsRef<Path>) -> Self {
        let out = out.as_ref().to_owned();
        let root = out.parent().map(Path::to_owned);
        let options = Options { out, root, ..Options::default() };
        Self { options, build: TEST_BUILD.to_owned(), stop: Stop::default(), step: PhantomData }
    }

    /// Configuration as TOML, laid over the defaults.
    ///
    /// # Panics
    /// If it is no TOML: a mistake in the test.
    #[must_use]
    pub fn config_toml(mut self, text: &str) -> Self {
        self.options.overlays.push(parse_toml(text).unwrap_or_else(|error| panic!("the test's TOML: {error}")));
        self
    }

    /// Configuration file, as `--config`.
    #[must_use]
    pub fn config_file(mut self, path: impl AsRef<Path>) -> Self {
        self.options.config_file = Some(path.as_ref().to_owned());
        self
    }

    /// One parameter, as `--set`.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.options.settings.push((key.to_owned(), value.into()));
        self
    }

    /// Binds an input: a manifest, its folder, or files to adopt. Give it again for more.
    #[must_use]
    pub fn read(mut self, name: &str, path: impl AsRef<Path>) -> Self {
        self.options.read.push((name.to_owned(), path.as_ref().to_owned()));
        self
    }

    /// Offers a folder to the input of that name, as `--input`.
    #[must_use]
    pub fn input(mut self, name: &str, folder: impl AsRef<Path>) -> Self {
        self.options.input.push((name.to_owned(), folder.as_ref().to_owned()));
        self
    }

    /// Address of a service.
    #[must_use]
    pub fn service(mut self, name: &str, url: &str) -> Self {
        self.options.services.insert(name.to_owned(), url.to_owned());
        self
    }

    /// Threads.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.options.threads = Some(threads);
        self
    }

    /// Label.
    #[must_use]
    pub fn label(mut self, label: &str) -> Self {
        self.options.label = Some(label.to_owned());
        self
    }

    /// Run id.
    #[must_use]
    pub fn run_id(mut self, run_id: &str) -> Self {
        self.options.run_id = Some(run_id.to_owned());
        self
    }

    /// Root, where cache and library lie.
    #[must_use]
    pub fn root(mut self, root: impl AsRef<Path>) -> Self {
        self.options.root = Some(root.as_ref().to_owned());
        self
    }

    /// Another build than [`TEST_BUILD`].
    #[must_use]
    pub fn build(mut self, build: &str) -> Self {
        self.build = build.to_owned();
        self
    }

    /// As the runner starts it: the folder is the run's, and what the manifest does not list is removed from it.
    #[must_use]
    pub fn in_a_run(mut self) -> Self {
        self.options.parent_pipe = Some(PARENT_OF_A_TEST);
        self
    }

    /// Only this unit.
    #[must_use]
    pub fn only(mut self, unit: &str) -> Self {
        self.options.only = Some(unit.to_owned());
        self
    }

    /// Part `index` of `count`.
    #[must_use]
    pub fn shard(mut self, index: u32, count: u32) -> Self {
        self.options.shard = Some(step_contract::Shard { index, count });
        self
    }

    /// Stops when more units failed.
    #[must_use]
    pub fn max_failed(mut self, units: usize) -> Self {
        self.options.max_failed_units = Some(units);
        self
    }

    /// Memory for units at work.
    #[must_use]
    pub fn memory_bytes(mut self, bytes: u64) -> Self {
        self.options.memory_bytes = Some(bytes);
        self
    }

    /// Another name for the manifest, as `--also`.
    #[must_use]
    pub fn also(mut self, name: &str) -> Self {
        self.options.also = Some(name.to_owned());
        self
    }

    /// A switch that stops the run as SIGTERM does.
    pub fn stopper(&self) -> impl Fn() + Send + Sync + 'static {
        let stop = self.stop.clone();
        move || stop.terminate()
    }

    /// Runs it.
    ///
    /// # Panics
    /// If it ends without a manifest; see [`InProcess::try_run`].
    pub fn run(&self) -> RunResult<S::Output> {
        self.try_run()
            .unwrap_or_else(|failure| panic!("step {} ended with {}: {}", S::ID, failure.exit, failure.message))
    }

    /// Runs it; an error where it ends without a manifest (wrong configuration, input that cannot be read, disk, stopped).
    pub fn try_run(&self) -> Result<RunResult<S::Output>, RunFailure> {
        let (report, manifest) = self.perform(&self.options)?;
        match manifest {
            Some(manifest) => Ok(RunResult {
                identity: step_contract::identity(&manifest),
                manifest: serde_json::from_value(manifest)
                    .map_err(|error| RunFailure { exit: report.exit, message: error.to_string() })?,
                exit: report.exit,
            }),
            None => Err(RunFailure { exit: report.exit, message: report.error.unwrap_or_default() }),
        }
    }

    /// What would happen to each unit.
    pub fn plan(&self) -> Result<Vec<PlannedUnit>, RunFailure> {
        let (report, _) = self.perform(&Options { dry_run: true, ..self.options.clone() })?;
        report.plan.ok_or(RunFailure { exit: report.exit, message: report.error.unwrap_or_default() })
    }

    fn perform(&self, options: &Options) -> Result<(crate::report::Report, Option<Value>), RunFailure> {
        let program = S::program();
        let places =
            places(&program, options).map_err(|ended| RunFailure { exit: ended.exit, message: ended.message })?;
        Ok(perform(&program, options, places, &self.build, &self.stop, Events::default()))
    }
}

/// What the program of the step prints for `describe`.
pub fn describe<S: Step>() -> Value {
    S::program().describe()
}

/// The folder of a result, for `read` of the next step.
pub fn folder_of(out: impl AsRef<Path>) -> PathBuf {
    out.as_ref().join("manifest.json")
}
