//! The step catalog as a program of its own.
fn main() -> std::process::ExitCode {
    step_harness::main::<step_catalog::Catalog>(build_identity::of_step("catalog"))
}
