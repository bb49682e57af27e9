//! The step psf as a program of its own.
fn main() -> std::process::ExitCode {
    step_harness::main::<step_psf::Psf>(build_identity::of_step("psf"))
}
