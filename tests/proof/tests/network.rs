//! The network on trial, in part.

use proof::{Bench, TRIALS};

#[test]
fn every_fault_of_the_network_ends_as_it_must() {
    let bench = Bench::new(1, true).expect("a folder");
    let (_, trial) = TRIALS.iter().find(|(name, _)| *name == "network").expect("the class has a name");
    trial(&bench).expect("the undisturbed steps run").expect(75);
}
