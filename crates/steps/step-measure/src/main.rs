//! The step measure as a program of its own.
fn main() -> std::process::ExitCode {
    step_harness::main::<step_measure::Measure>(build_identity::of_step("measure"))
}
