//! The step calibrate as a program of its own.
fn main() -> std::process::ExitCode {
    step_harness::main::<step_calibrate::Calibrate>(build_identity::of_step("calibrate"))
}
