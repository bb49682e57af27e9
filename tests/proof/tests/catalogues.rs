//! The class `catalogues` in short.

#[test]
fn hostile_catalogues_are_read_rightly_or_refused() {
    let bench = proof::Bench::new(1, true).expect("a bench");
    proof::catalogues::run(&bench).expect("the class runs").expect(100);
}
