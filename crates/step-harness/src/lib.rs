//! The program around a step: command line, validation, journal, locks, logs, progress, threads.
//!
//! A step implements [`Step`] and gets an [`OutputDir`]; everything else is done here, once.

mod output;
mod step;

pub use output::{OutputDir, OutputError, UnitFiles, Units};
pub use step::{ErrorEnding, Outcome, Scope, Step, StepError};
