//! The class `syncs`, with fewer cases than `cargo xtask prove` runs.

use proof::{Bench, syncs};

#[test]
fn what_is_renamed_is_synced_and_a_refusal_of_the_disk_loses_nothing() {
    let bench = Bench::new(1, true).expect("a folder");
    syncs::run(&bench).expect("the trials can be run").expect(10);
}
