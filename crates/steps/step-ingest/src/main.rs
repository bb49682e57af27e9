//! The step ingest as a program of its own.
fn main() -> std::process::ExitCode {
    step_harness::main::<step_ingest::Ingest>(build_identity::of_step("ingest"))
}
