//! The program around a step: command line, validation, journal, locks, logs, events, threads.
//!
//! A step implements [`Step`] and gets an [`OutputDir`]; everything else is done here, once. Tests of steps run them with
//! [`testing::InProcess`].

mod adopt;
mod asked;
mod atomic;
mod command_line;
mod config;
mod decision;
mod display;
mod ended;
mod ending;
mod entry;
mod event_layer;
mod events;
mod execution;
pub mod exit;
mod fault;
mod file_error;
mod finish;
mod jobs;
mod journal;
mod kept;
mod library;
mod lock;
mod logs;
mod memory;
mod offered;
mod open_session;
mod options;
mod output;
mod owner;
mod paths;
mod perform;
mod places;
mod planned;
mod program;
mod report;
mod resolve;
mod schedule;
mod scope;
mod session;
mod source;
mod step;
mod stop;
mod sums;
pub mod testing;
mod tool;

mod unit_entry;
mod unit_files;
mod unit_work;

pub use adopt::{ADOPTED, adopt};
pub use atomic::{TEMPORARY_PREFIX, Written, remove_temporaries, sum_of_file, write_atomic, write_bytes};
pub use config::{overlay, parse_config, parse_set, parse_toml, set_member, toml_problem};
pub use display::Display;
pub use ending::{ErrorEnding, Outcome, OutputError, StepError};
pub use entry::{StepEntry, entry, main, program};
pub use file_error::{FileError, of_disk, of_fits, of_table};
pub use finish::{remove_unlisted, write_manifest};
pub use journal::{BEFORE_SHARDS, manifest_name};
pub use library::Library;
pub use lock::{LockError, Locks};
pub use output::{OutputDir, Units};
pub use planned::{Action, PlannedUnit};
pub use program::Program;
pub use step::Step;
pub use step_contract::Scope;
pub use stop::Stop;
pub use sums::Sums;
pub use tool::{EngineLimits, Tool, ToolError, ToolOutput, ToolRun, guard_engines};
pub use unit_files::UnitFiles;

/// The errors of reading files, for [`file_errors!`].
#[doc(hidden)]
pub mod reads {
    pub use sky_fits::FitsError;
    pub use sky_table::TableFileError;
}
