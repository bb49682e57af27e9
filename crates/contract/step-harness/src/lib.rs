//! The program around a step: command line, validation, journal, locks, logs, progress, threads.
//!
//! A step implements [`Step`] and gets an [`OutputDir`]; everything else is done here, once. Tests of steps run them with
//! [`testing::InProcess`].

mod adopt;
mod atomic;
mod command_line;
mod config;
mod decision;
mod execution;
pub mod exit;
mod finish;
mod jobs;
mod journal;
mod library;
mod lock;
mod logs;
mod options;
mod output;
mod paths;
mod perform;
mod places;
mod program;
mod progress;
mod report;
mod resolve;
mod session;
mod source;
mod step;
mod stop;
mod sums;
pub mod testing;
mod tool;
mod unit_files;
mod unit_work;

pub use adopt::{ADOPTED, adopt};
pub use atomic::{TEMPORARY_PREFIX, Written, remove_temporaries, sum_of_file, write_atomic, write_bytes};
pub use config::{overlay, parse_config, parse_set, parse_toml, set_member, toml_problem};
pub use finish::{remove_unlisted, write_manifest};
pub use journal::{BEFORE_SHARDS, manifest_name};
pub use library::Library;
pub use lock::{LockError, Locks};
pub use output::{OutputDir, OutputError, Units};
pub use program::{StepEntry, entry, main};
pub use session::{Action, PlannedUnit};
pub use step::{ErrorEnding, Outcome, Scope, Step, StepError};
pub use stop::Stop;
pub use sums::Sums;
pub use tool::{EngineLimits, Tool, ToolError, ToolOutput, ToolRun, guard_engines};
pub use unit_files::UnitFiles;
