//! What a step is.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use step_contract::{About, Engine, Inputs, Product, Scope};

use crate::ending::StepError;
use crate::output::{OutputDir, Units};
use crate::program::Program;
use crate::tool::ToolError;

/// A step of a chain.
pub trait Step: 'static {
    /// `detect`, `xmatch` ...
    const ID: &'static str;
    /// Version: `env!("CARGO_PKG_VERSION")` in the step's own crate.
    const VERSION: &'static str;
    /// Unit by unit, group by group, or across everything.
    const SCOPE: Scope;
    /// Kinds of the first input's units that are this step's own; the others are no units of its output. Nothing: all of them.
    const KINDS: &'static [&'static str] = &[];
    /// What the command must know of it: whether it always runs, which of its tables the dashboard and `explain` read.
    const ABOUT: About = About::PLAIN;
    /// Engines that it offers; the first is the default.
    const ENGINES: &'static [&'static str] = &["native"];
    /// Peak memory of a unit whose job does not say its own ([`step_contract::Job::memory`]): the harness runs as many at a time as fit in
    /// `--memory`, and refuses to begin where one alone does not.
    const MEMORY_PER_UNIT_BYTES: u64;
    /// At most so many units at a time (1 for a network service that asks for it).
    const MAX_CONCURRENT_UNITS: usize = usize::MAX;
    /// Resolved configuration; composes the `Params` of kernels. Parameters with the schema extension `x-execution: true` stay out
    /// of identity and keys; one with `x-flag: "--name"` gets a command-line flag.
    type Config: Serialize + DeserializeOwned + JsonSchema + Default + Send + Sync;
    /// Named inputs, declared with `step_contract::inputs!`.
    type Inputs: Inputs + Sync;
    /// The product that it writes.
    type Output: Product;
    /// Its errors.
    type Error: StepError;

    /// The engine that this configuration asks for, with its version: [`crate::Tool::found`] where it is a program of its own.
    ///
    /// # Errors
    /// When the program is missing: the step ends with exit code 21 before anything is done.
    fn engine(config: &Self::Config) -> Result<Engine, ToolError> {
        let _ = config;
        Ok(Self::native_engine())
    }

    /// The step's own kernels as engine.
    fn native_engine() -> Engine {
        Engine { name: Self::ENGINES[0].to_owned(), version: Self::VERSION.to_owned() }
    }

    /// Configuration from a file of the field (`default.sex`); `None` if the file is not of such a kind (then TOML or JSON).
    /// The error names file and line.
    fn config_from(path: &Path, bytes: &[u8]) -> Option<Result<serde_json::Value, String>> {
        let _ = (path, bytes);
        None
    }

    /// The step without its types. A step writes `step_harness::program::<Self>()` once more in its own crate, with `#[inline(never)]`: what
    /// follows from its types is then compiled there once, and not anew in each program and test that runs it.
    fn program() -> Program
    where
        Self: Sized,
    {
        crate::program::<Self>()
    }

    /// The step: jobs in, units out. An error here ends the whole step; the error of one unit ends that unit.
    fn run(
        config: &Self::Config,
        inputs: Self::Inputs,
        out: &mut OutputDir<Self::Output>,
    ) -> Result<Units<Self::Output>, Self::Error>;
}
