//! Parts of a run: from a step to a step, one unit alone, shards that are merged. What is put together from parts is what a whole run gives.

mod field;
mod labels;
mod only;
mod ranges;
mod refusals;
mod shards;
mod tree;

pub use field::{Ended, Field, RUN_ID};
pub use tree::Tree;

use crate::{Bench, Case, Class};

/// Runs the class.
///
/// # Errors
/// When the simulated sky cannot be served or the whole run, which all others are held against, fails.
pub fn run(bench: &Bench) -> Result<Class, String> {
    let mut cases: Vec<Case> = Vec::new();
    ranges::run(bench, &mut cases)?;
    let field = Field::of_tiles(bench)?;
    let whole = bench.folder("slices-whole").map_err(|error| error.to_string())?;
    let ended = field.run(&whole, &[]);
    // Of the seven tiles one lies where there is no plate.
    if !matches!(ended.code, 0 | 3) {
        return Err(format!("the whole run ended with {}: {}", ended.code, ended.said));
    }
    let reference = Tree::read(&whole)?;
    shards::run(bench, &field, &reference, ended.code, &mut cases)?;
    refusals::run(bench, &field, &reference, &mut cases)?;
    only::run(bench, &field, &whole, &reference, &mut cases)?;
    ranges::of_failures(bench, &field, &mut cases)?;
    Ok(Class { name: "slices", cases, list_all: true })
}
