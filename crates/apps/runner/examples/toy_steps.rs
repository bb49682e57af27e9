//! The toy steps of step-harness as programs of their own, by the name under which this one is called (`step-stack`): tests of chains run them.

use std::path::Path;
use std::process::ExitCode;

#[path = "../../../contract/step-harness/tests/toy/mod.rs"]
mod toy;

const BUILD: &str = "0.0.0+000000000000";

fn main() -> ExitCode {
    let called = std::env::args().next().unwrap_or_default();
    match Path::new(&called).file_name().and_then(|name| name.to_str()) {
        Some("step-words") => step_harness::main::<toy::Words>(BUILD),
        Some("step-masters") => step_harness::main::<toy::Masters>(BUILD),
        Some("step-calibrate") => step_harness::main::<toy::Calibrate>(BUILD),
        Some("step-stack") => step_harness::main::<toy::Stack>(BUILD),
        _ => ExitCode::from(2),
    }
}
