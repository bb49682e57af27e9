//! The class `kills`, with fewer cases than `cargo xtask prove` runs.

use proof::{Bench, kills};

#[test]
fn a_killed_chain_resumes_to_the_undisturbed_tree() {
    let bench = Bench::new(1, true).expect("a folder");
    kills::run(&bench).expect("the trials can be run").expect(16);
}
