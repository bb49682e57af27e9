//! External programs that do the work of a step: found on PATH, asked for their version, run in a folder of their own within a
//! limit of time, and ended with every process that they started, also where their step is killed.

mod error;
mod guard;
mod limits;
mod lookup;
mod run;
mod version;

pub use error::ToolError;
pub use guard::guard_engines;
pub use limits::EngineLimits;
pub use lookup::Tool;
pub use run::{ToolOutput, ToolRun};
