//! The class `tampering` in short.

#[test]
fn what_is_changed_in_a_run_or_its_archive_is_named() {
    let bench = proof::Bench::new(1, true).expect("a bench");
    proof::tampering::run(&bench).expect("the class runs").expect(400);
}
