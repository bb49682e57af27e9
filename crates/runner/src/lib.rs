//! Plan, staleness, execution and report of a chain of steps.
//!
//! The runner knows order, configuration and status. It knows no pixel and no sky: products are JSON that their schemas describe, steps are programs.

mod bindings;
mod configuration;
mod description;
mod workflow;

pub use bindings::{BindingError, Bindings, Bound, Outside};
pub use configuration::{Configuration, ConfigurationError, RunSettings};
pub use description::{Description, InputDescription};
pub use workflow::{Comparison, Rule, Workflow, WorkflowError, WorkflowStep};
