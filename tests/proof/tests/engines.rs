//! The class of trials `engines`, on the small tile.
#![allow(clippy::print_stderr, reason = "a test that cannot be run says so")]

use proof::{Bench, engines};

#[test]
fn engines_do_our_steps_and_our_files_are_theirs() {
    if engines::TOOLS.iter().any(|(tool, _)| test_sky::tool(tool).is_none()) {
        return;
    }
    if engines::python_with_astropy().is_none() {
        eprintln!("skipped: no python3 with astropy; set SKYLEDGER_PYTHON");
        return;
    }
    let bench = Bench::new(1, true).expect("a bench");
    engines::run(&bench).expect("the class runs").expect(50);
}
