//! The step masters as a program of its own.
fn main() -> std::process::ExitCode {
    step_harness::main::<step_masters::Masters>(build_identity::of_step("masters"))
}
