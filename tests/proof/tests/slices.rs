//! The class `slices`, in part.

use proof::Bench;

#[test]
fn parts_of_a_run_are_what_a_whole_run_is() {
    let bench = Bench::new(1, true).expect("a folder");
    proof::slices::run(&bench).expect("the class can be run").expect(50);
}
