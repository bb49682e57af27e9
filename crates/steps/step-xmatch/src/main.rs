//! The program `step-xmatch`.

fn main() -> std::process::ExitCode {
    step_harness::main::<step_xmatch::Xmatch>(build_identity::of_step("xmatch"))
}
