//! What every payload says of its units.

use step_contract::{Product, Status, Unit};

/// How many units are done, and the ids of the others (skipped ones and those without work included).
pub(crate) fn ended<P: Product>(units: &[Unit<P>]) -> (u64, Vec<String>) {
    let done = units.iter().filter(|unit| unit.status == Status::Done).count() as u64;
    let others = units.iter().filter(|unit| unit.status != Status::Done).map(|unit| unit.unit.clone()).collect();
    (done, others)
}

/// The facts of the units that are done, in order.
pub(crate) fn facts<P: Product>(units: &[Unit<P>]) -> impl Iterator<Item = &P::Facts> {
    units.iter().filter(|unit| unit.status == Status::Done).filter_map(|unit| unit.facts.as_ref())
}
