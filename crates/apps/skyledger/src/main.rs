//! The command `skyledger`.

fn main() -> std::process::ExitCode {
    skyledger::main()
}
