//! `run.json`: what ran, with which configuration, and the identities of its manifests.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use step_contract::ProductRef;

use crate::workflow::Workflow;

/// Member of the file that holds the identity of all others but `execution`: who edits it by hand is found out.
const SEAL: &str = "identity";

/// A run. Everything but `execution` is a function of inputs, workflow, configuration, build and engines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunJson {
    /// Run id.
    pub run_id: String,
    /// Name of the workflow.
    pub workflow_name: String,
    /// The workflow itself, with what each step reads.
    pub workflow: Workflow,
    /// Values by label, defaults included.
    pub configuration: Value,
    /// Build of the command.
    pub build: String,
    /// Steps that have a manifest, in order.
    pub steps: Vec<RunStep>,
    /// Manifests of files that came from outside, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<RunInput>,
    /// How, when and where.
    pub execution: RunExecution,
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunStep {
    /// Label.
    pub label: String,
    /// Step.
    pub step: String,
    /// Build of the step (or what its program writes where it is not built in).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub build: String,
    /// Product.
    pub product: ProductRef,
    /// Path of the manifest, relative to the folder of run.json.
    pub manifest: String,
    /// Its identity.
    pub identity: String,
    /// The manifest's second name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also: Option<String>,
}

/// Files that came from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunInput {
    /// Name: of `--input`, or the label and member that `--read` named.
    pub name: String,
    /// Path of the manifest, relative to the folder of run.json.
    pub manifest: String,
    /// Its identity.
    pub identity: String,
}

/// Not part of what two equal runs share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RunExecution {
    /// Start of the last command on this run, UTC.
    pub started: String,
    /// Wall time of the last command.
    pub seconds: f64,
    /// Its command line.
    pub command: Vec<String>,
    /// Seconds of each step that the last command ran.
    pub step_seconds: Vec<(String, f64)>,
    /// Exit code of the last command.
    pub exit: u8,
}

/// `run.json` cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct RunJsonError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong, and what to do.
    pub problem: String,
    /// Whether there is no such file.
    pub missing: bool,
}

impl RunJson {
    /// Reads it, strictly.
    pub fn read(path: &Path) -> Result<Self, RunJsonError> {
        if !path.is_file() {
            let problem = "there is no such run (skyledger status lists those that there are)".to_owned();
            return Err(RunJsonError { path: path.to_owned(), problem, missing: true });
        }
        let mut value = step_contract::read_strict(path).map_err(|error| refuse(path, error))?;
        take_seal(&mut value);
        serde_path_to_error::deserialize(value)
            .map_err(|error| refuse(path, format!("at {}: {}", error.path(), error.inner())))
    }

    /// What is wrong with the seal of a file: its identity is not the one that it states. `None` where it agrees.
    pub fn broken_seal(path: &Path) -> Option<String> {
        let mut value = step_contract::read_strict(path).ok()?;
        let stated = take_seal(&mut value);
        let found = step_contract::identity(&value);
        (stated.as_deref() != Some(&found)).then(|| {
            let stated = stated.unwrap_or_else(|| "none".to_owned());
            format!("{}: at /{SEAL}: found {stated}, expected {found}: it was changed by hand", path.display())
        })
    }

    /// Writes it with the seal: temporary beside it, synced, renamed, the folder synced.
    pub fn write(&self, path: &Path) -> Result<(), RunJsonError> {
        let mut value = serde_json::to_value(self).map_err(|error| refuse(path, error))?;
        seal(&mut value);
        let text = serde_json::to_string_pretty(&value).map_err(|error| refuse(path, error))?;
        step_harness::write_bytes(path, format!("{text}\n").as_bytes()).map(|_| ()).map_err(|error| refuse(path, error))
    }
}

/// Adds the seal to the members of a file.
pub(crate) fn seal(value: &mut Value) {
    value[SEAL] = Value::from(step_contract::identity(value));
}

/// Takes the seal out of the file's members.
pub(crate) fn take_seal(value: &mut Value) -> Option<String> {
    value.as_object_mut()?.remove(SEAL)?.as_str().map(str::to_owned)
}

fn refuse(path: &Path, problem: impl ToString) -> RunJsonError {
    RunJsonError { path: path.to_owned(), problem: problem.to_string(), missing: false }
}
