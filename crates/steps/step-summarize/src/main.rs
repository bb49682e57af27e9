//! The step summarize as a program of its own.
fn main() -> std::process::ExitCode {
    step_harness::main::<step_summarize::Summarize>(build_identity::of_step("summarize"))
}
