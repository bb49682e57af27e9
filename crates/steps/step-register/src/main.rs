//! The step register as a program of its own.
fn main() -> std::process::ExitCode {
    step_harness::main::<step_register::Register>(build_identity::of_step("register"))
}
