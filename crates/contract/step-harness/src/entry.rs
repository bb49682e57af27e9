//! A step with its types turned into values.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::Value;
use step_contract::{ContractError, Engine, Inputs as _, Product, Scope, config_schema_of, typed};

use crate::command_line::command;
use crate::config::without_nulls;
use crate::ending::{StepError as _, chain};
use crate::output::OutputDir;
use crate::program::{Failure, Produced, Program};
use crate::session::Session;
use crate::source::FileSource;
use crate::step::Step;

/// A built-in step in the command's list.
#[derive(Clone, Copy)]
pub struct StepEntry {
    /// Id.
    pub id: &'static str,
    /// Version of the step's own crate.
    pub version: &'static str,
    /// Unit by unit, group by group, or across everything.
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
        describe: || S::program().describe(),
        resolve: |given| {
            crate::resolve::identity_config(&S::program(), given.clone()).map_err(|error| error.to_string())
        },
        main: |arguments, build| command(&S::program(), arguments, build, &format!("step-{}", S::ID)),
    }
}

/// The main function of a step's own program: `step_harness::main::<step_detect::Detect>(build_identity::of_step("detect"))`.
pub fn main<S: Step>(build: &str) -> ExitCode {
    crate::guard_engines();
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    command(&S::program(), &arguments, build, &format!("step-{}", S::ID))
}

/// A step with its types turned into values: what [`Step::program`] of a step gives.
pub fn program<S: Step>() -> Program {
    Program {
        id: S::ID,
        version: S::VERSION,
        scope: S::SCOPE,
        kinds: S::KINDS,
        engines: S::ENGINES,
        memory_per_unit_bytes: S::MEMORY_PER_UNIT_BYTES,
        max_concurrent_units: S::MAX_CONCURRENT_UNITS,
        specs: S::Inputs::specs,
        pixel_roles: S::Output::PIXEL_ROLES,
        about: S::ABOUT,
        output: (S::Output::NAME, S::Output::VERSION, S::Output::SCHEMA),
        config_schema: config_schema_of::<S::Config>,
        config_from: S::config_from,
        resolve: resolve::<S>,
        engine: engine::<S>,
        run: run::<S>,
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
    let mut source = FileSource::new(session, paths, S::KINDS);
    let inputs = S::Inputs::read(&mut source).map_err(Failure::Source)?;
    let _ = session.bound.set(source.into_bound());
    let mut out = OutputDir::<S::Output>::new(Arc::clone(session));
    let units = S::run(&config, inputs, &mut out)
        .map_err(|error| Failure::Step { ending: Box::new(error.ending()), text: chain(&error) })?;
    let json = |error: serde_json::Error| Failure::Contract(format!("the manifest is no JSON: {error}"));
    let payload = serde_json::to_value(S::Output::payload(&units.units)).map_err(json)?;
    Ok(Produced { payload, units: serde_json::to_value(units.units).map_err(json)? })
}
