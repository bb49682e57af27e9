//! The class `manifests` in short.

#[test]
fn hostile_manifests_and_configurations_are_refused() {
    let bench = proof::Bench::new(1, true).expect("a bench");
    proof::manifests::run(&bench).expect("the class runs").expect(400);
}
