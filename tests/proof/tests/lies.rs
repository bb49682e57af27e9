//! The class `lies` in short.

#[test]
fn answers_that_cannot_be_right_give_no_candidate() {
    let bench = proof::Bench::new(1, true).expect("a bench");
    proof::lies::run(&bench).expect("the class runs").expect(20);
}
