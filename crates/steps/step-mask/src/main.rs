//! The program `step-mask`.

fn main() -> std::process::ExitCode {
    step_harness::main::<step_mask::Mask>(build_identity::of_step("mask"))
}
