//! A step without its types: values and function pointers, so that what drives a step is compiled once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Value, json};
use step_contract::{ContractError, Engine, InputSpec, Inputs as _, Product, config_schema_of, typed};

use crate::command_line::command;
use crate::config::without_nulls;
use crate::output::{OutputDir, chain};
use crate::session::Session;
use crate::source::{FileSource, SourceError};
use crate::step::{ErrorEnding, Scope, Step, StepError as _};

/// A step as values.
pub(crate) struct Program {
    pub(crate) id: &'static str,
    pub(crate) version: &'static str,
    pub(crate) scope: Scope,
    pub(crate) engines: &'static [&'static str],
    pub(crate) memory_per_unit_bytes: u64,
    pub(crate) max_concurrent_units: usize,
    pub(crate) specs: fn() -> Vec<InputSpec>,
    pub(crate) output: (&'static str, u32, &'static str),
    pub(crate) config_schema: fn() -> Value,
    pub(crate) config_from: ConfigFrom,
    pub(crate) resolve: fn(Value) -> Result<Value, ContractError>,
    pub(crate) engine: fn(Value) -> Result<Engine, String>,
    pub(crate) run: RunStep,
}

type RunStep = fn(&Arc<Session>, &BTreeMap<String, Vec<PathBuf>>, Value) -> Result<Produced, Failure>;
type ConfigFrom = fn(&Path, &[u8]) -> Option<Result<Value, String>>;

/// What a step made.
pub(crate) struct Produced {
    pub(crate) units: Value,
    pub(crate) payload: Value,
}

/// Why a step as a whole ended.
pub(crate) enum Failure {
    Source(SourceError),
    Step { ending: Box<ErrorEnding>, text: String },
    Contract(String),
}

/// A built-in step in the command's list.
#[derive(Clone, Copy)]
pub struct StepEntry {
    /// Id.
    pub id: &'static str,
    /// Version of the step's own crate.
    pub version: &'static str,
    /// Unit by unit, or across units.
    pub scope: Scope,
    /// What `describe` prints.
    pub describe: fn() -> Value,
    /// A configuration with the step's defaults and without the parameters marked `x-execution`, as manifests and keys have it.
    pub resolve: fn(&Value) -> Result<Value, String>,
    /// What the program of that step does with these arguments (without the program's name); the string is the build.
    pub main: fn(&[OsString], &str) -> ExitCode,
}

/// The entry of a step: `static STEPS: &[StepEntry] = &[entry::<Tiling>(), entry::<Detect>()];`
pub const fn entry<S: Step>() -> StepEntry {
    StepEntry {
        id: S::ID,
        version: S::VERSION,
        scope: S::SCOPE,
        describe: || program::<S>().describe(),
        resolve: |given| {
            crate::resolve::identity_config(&program::<S>(), given.clone()).map_err(|error| error.to_string())
        },
        main: |arguments, build| command(&program::<S>(), arguments, build, &format!("step-{}", S::ID)),
    }
}

/// The main function of a step's own program: `step_harness::main::<step_detect::Detect>(build_identity::BUILD)`.
pub fn main<S: Step>(build: &str) -> ExitCode {
    crate::guard_engines();
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    command(&program::<S>(), &arguments, build, &format!("step-{}", S::ID))
}

pub(crate) fn program<S: Step>() -> Program {
    Program {
        id: S::ID,
        version: S::VERSION,
        scope: S::SCOPE,
        engines: S::ENGINES,
        memory_per_unit_bytes: S::MEMORY_PER_UNIT_BYTES,
        max_concurrent_units: S::MAX_CONCURRENT_UNITS,
        specs: S::Inputs::specs,
        output: (S::Output::NAME, S::Output::VERSION, S::Output::SCHEMA),
        config_schema: config_schema_of::<S::Config>,
        config_from: S::config_from,
        resolve: resolve::<S>,
        engine: engine::<S>,
        run: run::<S>,
    }
}

impl Program {
    /// What `describe` prints (CONTRACT.md, "A foreign step").
    pub(crate) fn describe(&self) -> Value {
        json!({
            "step": self.id,
            "version": self.version,
            "scope": self.scope,
            "inputs": (self.specs)(),
            "output": {"name": self.output.0, "version": self.output.1},
            "config_schema": (self.config_schema)(),
            "engines": self.engines,
            "memory_bytes": self.memory_per_unit_bytes,
        })
    }
}

fn resolve<S: Step>(given: Value) -> Result<Value, ContractError> {
    let config: S::Config = typed(Path::new("configuration"), given)?;
    let mut resolved = serde_json::to_value(&config).unwrap_or_default();
    without_nulls(&mut resolved);
    Ok(resolved)
}

fn engine<S: Step>(resolved: Value) -> Result<Engine, String> {
    let config: S::Config = typed(Path::new("configuration"), resolved).map_err(|error| error.to_string())?;
    S::engine(&config).map_err(|error| error.to_string())
}

fn run<S: Step>(
    session: &Arc<Session>,
    paths: &BTreeMap<String, Vec<PathBuf>>,
    config: Value,
) -> Result<Produced, Failure> {
    let config: S::Config =
        typed(Path::new("configuration"), config).map_err(|error| Failure::Contract(error.to_string()))?;
    let mut source = FileSource::new(session, paths);
    let inputs = S::Inputs::read(&mut source).map_err(Failure::Source)?;
    let _ = session.bound.set(source.into_bound());
    let mut out = OutputDir::<S::Output>::new(Arc::clone(session));
    let units = S::run(&config, inputs, &mut out)
        .map_err(|error| Failure::Step { ending: Box::new(error.ending()), text: chain(&error) })?;
    let json = |error: serde_json::Error| Failure::Contract(format!("the manifest is no JSON: {error}"));
    let payload = serde_json::to_value(S::Output::payload(&units.units)).map_err(json)?;
    Ok(Produced { payload, units: serde_json::to_value(units.units).map_err(json)? })
}
