//! The steps that there are: built in, or programs of their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::description::Description;
use crate::workflow::Workflow;

/// A step of the command itself.
#[derive(Clone, Copy)]
pub struct BuiltIn {
    /// Id.
    pub id: &'static str,
    /// Its build, as its manifests carry it.
    pub build: &'static str,
    /// Its `describe`.
    pub describe: fn() -> serde_json::Value,
    /// Its configuration with defaults, without the parameters marked `x-execution`.
    pub resolve: fn(&serde_json::Value) -> Result<serde_json::Value, String>,
}

/// Where steps are found.
#[derive(Clone)]
pub struct Steps {
    built_in: Vec<BuiltIn>,
    program: PathBuf,
}

/// A step cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StepsError {
    /// No such step.
    #[error(
        "step {id}: found no such step, expected one that is built in ({built_in}) or a program step-{id} beside skyledger or on \
         PATH; correct its name"
    )]
    NotFound {
        /// Id.
        id: String,
        /// Those that are built in.
        built_in: String,
    },
    /// Its `describe` failed.
    #[error("step {id}: {program} describe: {problem}")]
    Describe {
        /// Id.
        id: String,
        /// Program.
        program: String,
        /// What went wrong.
        problem: String,
    },
}

impl Steps {
    /// The built-in steps, run by `program` (`skyledger`), and whatever is found as `step-<id>`.
    pub const fn new(built_in: Vec<BuiltIn>, program: PathBuf) -> Self {
        Self { built_in, program }
    }

    /// Whether a step is part of the command.
    pub(crate) fn is_built_in(&self, id: &str) -> bool {
        self.built_in.iter().any(|step| step.id == id)
    }

    /// The command that runs a step; its arguments follow.
    pub fn command(&self, id: &str) -> Result<Command, StepsError> {
        if self.is_built_in(id) {
            let mut command = Command::new(&self.program);
            command.args(["step", id]);
            return Ok(command);
        }
        self.foreign(id).map(Command::new).ok_or_else(|| StepsError::NotFound {
            id: id.to_owned(),
            built_in: self.built_in.iter().map(|step| step.id).collect::<Vec<_>>().join(", "),
        })
    }

    /// What a step says of itself.
    pub fn describe(&self, id: &str) -> Result<Description, StepsError> {
        let refuse = |program: String, problem: String| StepsError::Describe { id: id.to_owned(), program, problem };
        if let Some(step) = self.built_in.iter().find(|step| step.id == id) {
            return serde_json::from_value((step.describe)())
                .map_err(|error| refuse("built in".to_owned(), error.to_string()));
        }
        let mut command = self.command(id)?;
        let program = command.get_program().to_string_lossy().into_owned();
        let answer = command
            .arg("describe")
            .stdin(std::process::Stdio::null())
            .output()
            .map_err(|error| refuse(program.clone(), error.to_string()))?;
        if !answer.status.success() {
            let words = String::from_utf8_lossy(&answer.stderr).trim().to_owned();
            return Err(refuse(program, format!("{}: {words}", answer.status)));
        }
        serde_json::from_slice(&answer.stdout).map_err(|error| refuse(program, error.to_string()))
    }

    /// The build of a step that is part of the command.
    pub fn build(&self, id: &str) -> Option<&'static str> {
        self.built_in.iter().find(|step| step.id == id).map(|step| step.build)
    }

    /// The configuration of a step with its defaults; `None` for a step that is not built in, whose defaults only it knows.
    pub fn resolve(&self, id: &str, given: &serde_json::Value) -> Result<Option<serde_json::Value>, String> {
        self.built_in.iter().find(|step| step.id == id).map(|step| (step.resolve)(given)).transpose()
    }

    /// What every step of a workflow says of itself, by id.
    pub fn describe_all(&self, workflow: &Workflow) -> Result<BTreeMap<String, Description>, StepsError> {
        let mut all = BTreeMap::new();
        for step in &workflow.steps {
            if !all.contains_key(&step.step) {
                all.insert(step.step.clone(), self.describe(&step.step)?);
            }
        }
        Ok(all)
    }

    fn foreign(&self, id: &str) -> Option<PathBuf> {
        let name = format!("step-{id}");
        let beside = self.program.parent().map(Path::to_owned);
        let path = std::env::var_os("PATH").unwrap_or_default();
        beside
            .into_iter()
            .chain(std::env::split_paths(&path))
            .map(|folder| folder.join(&name))
            .find(|file| is_program(file))
    }
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}
