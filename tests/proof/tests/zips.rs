//! The class `zips` in short.

#[test]
fn hostile_zips_are_refused_and_leave_nothing() {
    let bench = proof::Bench::new(1, true).expect("a bench");
    proof::zips::run(&bench).expect("the class runs").expect(100);
}
