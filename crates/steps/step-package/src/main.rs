//! The step package as a program of its own.
fn main() -> std::process::ExitCode {
    step_harness::main::<step_package::Package>(build_identity::of_step("package"))
}
