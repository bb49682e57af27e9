//! The step download as a program of its own.
fn main() -> std::process::ExitCode {
    step_harness::main::<step_download::Download>(build_identity::of_step("download"))
}
