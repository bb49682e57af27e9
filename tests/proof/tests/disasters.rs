//! The class `disasters`, with fewer cases than `cargo xtask prove` runs.

use proof::{Bench, disasters};

#[test]
fn no_disaster_loses_anything_or_ends_without_one_clear_error() {
    let bench = Bench::new(1, true).expect("a folder");
    disasters::run(&bench).expect("the trials can be run").expect(19);
}
