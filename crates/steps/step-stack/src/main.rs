//! The step stack as a program of its own.
fn main() -> std::process::ExitCode {
    step_harness::main::<step_stack::Stack>(build_identity::of_step("stack"))
}
