//! A run as a value: what is asked for, and the handle of the run at work.

mod handle;
mod installation;
mod prepare;
mod refusal;
mod run_request;
mod started;

pub use handle::{RunEnd, RunHandle};
pub use installation::Installation;
pub use prepare::{Prepared, forget_plan};
pub use refusal::Refusal;
pub use run_request::RunRequest;
