//! How an external program fails.

use step_contract::Reason;

use crate::ending::ErrorEnding;

/// Why an external program did not do the work.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// It is not there.
    #[error("engine {engine}: no program {programs} on PATH; on Debian: apt-get install {package}")]
    Missing {
        /// Name of the engine.
        engine: &'static str,
        /// Its programs.
        programs: String,
        /// Package that holds it.
        package: &'static str,
    },
    /// It does not say which version it is.
    #[error("{program} {argument} prints no version; install the Debian package {package} again")]
    NoVersion {
        /// Its program.
        program: String,
        /// What it was asked with.
        argument: &'static str,
        /// Package that holds it.
        package: &'static str,
    },
    /// It cannot be started.
    #[error("{program} cannot be started: {source}")]
    Start {
        /// Its program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// It was ended after its limit of time.
    #[error(
        "{program} did not end within {limit_s} s and was killed{stderr}; a larger engine_limits.time_s gives it more"
    )]
    TimeLimit {
        /// Its program.
        program: String,
        /// The limit, seconds.
        limit_s: f64,
        /// What it said.
        stderr: Said,
    },
    /// It was ended because the step was asked to stop.
    #[error("{program} was ended: the step was asked to stop")]
    Stopped {
        /// Its program.
        program: String,
    },
    /// It ended with another exit code than 0.
    #[error("{program} ended with {status}{stderr}")]
    Failed {
        /// Its program.
        program: String,
        /// Exit code or signal.
        status: String,
        /// What it said.
        stderr: Said,
    },
    /// It says that it succeeded, but what it wrote is not what it was asked for.
    #[error("{program} ended as if all was well, but {problem}{stderr}")]
    Output {
        /// Its program.
        program: String,
        /// What is wrong with its files.
        problem: String,
        /// What it said.
        stderr: Said,
    },
}

/// The end of what a program wrote to stderr, without escapes, control characters and the folder that it worked in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said(pub(super) String);

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "; it said: {}", self.0) }
    }
}

impl ToolError {
    /// `missing_tool`, `engine_time_limit`, `engine_failed`, `engine_output` ...
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Missing { .. } | Self::NoVersion { .. } => "missing_tool",
            Self::Start { .. } => "engine_start",
            Self::TimeLimit { .. } => "engine_time_limit",
            Self::Stopped { .. } => "stopped",
            Self::Failed { .. } => "engine_failed",
            Self::Output { .. } => "engine_output",
        }
    }

    /// How it ends a unit: failed; trying again is worth it only where it was stopped or could not be started.
    pub fn ending(&self) -> ErrorEnding {
        let message = match self {
            Self::Start { program, source } => format!("{program} cannot be started: {}", source.kind()),
            other => other.to_string(),
        };
        let temporary = matches!(self, Self::Start { .. } | Self::Stopped { .. });
        ErrorEnding::Failed { reason: Reason::new(self.kind(), message), temporary }
    }
}
