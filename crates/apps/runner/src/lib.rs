//! Plan, staleness, execution and report of a chain of steps.
//!
//! The runner knows order, configuration and status. It knows no pixel and no sky: products are JSON that their schemas describe, steps are programs.

mod adopt;
mod bindings;
mod chain;
mod configuration;
mod description;
mod execute;
pub mod exit;
mod foreign;
mod layout;
mod merge;
mod plan;
mod process;
mod record;
mod run_json;
mod run_lock;
mod shard;
mod status;
mod steps;
mod verify;
mod workflow;

pub use adopt::{AdoptError, adopt, is_manifest};
pub use bindings::{BindingError, Bindings, Bound, Outside};
pub use chain::{Chain, Options};
pub use configuration::{Configuration, ConfigurationError, RunSettings};
pub use description::{Description, InputDescription};
pub use execute::{ExecuteError, Report, StepReport};
pub use layout::{Layout, is_run_id, run_ids, runs_folder, take_run_id};
pub use merge::{MergeError, Merged, merge};
pub use plan::{Plan, ProofError, State, StepPlan};
pub use process::{Ending, StepCall, ask_step, run_step};
pub use run_json::{RunExecution, RunInput, RunJson, RunJsonError, RunStep};
pub use run_lock::{RunLock, RunLockError};
pub use shard::ShardRecord;
pub use status::{NotDone, RunStatus, ShardStatus, StepStatus, all_runs, one_run};
pub use steps::{BuiltIn, Steps, StepsError};
pub use verify::{Verdict, verify_file, verify_run};
pub use workflow::{Comparison, Rule, Workflow, WorkflowError, WorkflowStep};
