//! The step cull as a program of its own.
fn main() -> std::process::ExitCode {
    step_harness::main::<step_cull::Cull>(build_identity::of_step("cull"))
}
