//! The class `fits` in short.

#[test]
fn hostile_fits_are_read_rightly_or_refused() {
    let bench = proof::Bench::new(1, true).expect("a bench");
    proof::fits::run(&bench).expect("the class runs").expect(500);
}
