//! A step without its types: values and function pointers, so that what drives a step is compiled once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use step_contract::{About, ContractError, Engine, InputSpec, Scope};

use crate::ending::ErrorEnding;
use crate::session::Session;
use crate::source::SourceError;

/// A step as values; only this crate looks into it.
pub struct Program {
    pub(crate) id: &'static str,
    pub(crate) version: &'static str,
    pub(crate) scope: Scope,
    pub(crate) kinds: &'static [&'static str],
    pub(crate) engines: &'static [&'static str],
    pub(crate) memory_per_unit_bytes: u64,
    pub(crate) max_concurrent_units: usize,
    pub(crate) specs: fn() -> Vec<InputSpec>,
    pub(crate) output: (&'static str, u32, &'static str),
    pub(crate) pixel_roles: &'static [&'static str],
    pub(crate) about: About,
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

impl Program {
    /// What `describe` prints (docs/contract.md, "describe").
    pub(crate) fn describe(&self) -> Value {
        let mut said = json!({
            "step": self.id,
            "version": self.version,
            "scope": self.scope,
            "kinds": self.kinds,
            "inputs": (self.specs)(),
            "output": {"name": self.output.0, "version": self.output.1},
            "config_schema": (self.config_schema)(),
            "engines": self.engines,
            "memory_bytes": self.memory_per_unit_bytes,
            "events": true,
            "always_runs": self.about.always_runs,
            "pixel_roles": self.pixel_roles,
            "explained_roles": self.about.explained_roles.iter().copied().collect::<BTreeMap<_, _>>(),
        });
        for (name, role) in [("dashboard_role", self.about.dashboard_role), ("page_role", self.about.page_role)] {
            if let Some(role) = role {
                said[name] = role.into();
            }
        }
        said
    }
}
