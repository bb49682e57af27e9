//! Development tasks: schemas, new-step, checklist, measure.

fn main() {}
