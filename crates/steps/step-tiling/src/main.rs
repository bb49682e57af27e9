//! The step tiling as a program of its own.
fn main() -> std::process::ExitCode {
    step_harness::main::<step_tiling::Tiling>(build_identity::of_step("tiling"))
}
