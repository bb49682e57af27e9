//! The program `step-detect`.

fn main() -> std::process::ExitCode {
    step_harness::main::<step_detect::Detect>(build_identity::of_step("detect"))
}
