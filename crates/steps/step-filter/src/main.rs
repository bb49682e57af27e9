//! The program `step-filter`.

fn main() -> std::process::ExitCode {
    step_harness::main::<step_filter::Filter>(build_identity::of_step("filter"))
}
