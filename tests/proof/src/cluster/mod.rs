//! Shards under Snakemake: on this machine, and on a Slurm of two nodes (two slurmd on one machine) of which one is killed in the middle.
//!
//! The tools are not Skyledger's: `.ci/cluster-tools` installs them. Where one is missing the case fails and says so; nothing is skipped.

mod slurm;
mod snakemake;
mod tools;
mod wrapper;

use crate::slices::{Field, Tree};
use crate::{Bench, Case, Class};

pub use tools::snakemake as snakemake_program;

/// Runs the class.
///
/// # Errors
/// When the simulated sky cannot be served or the whole run, which all others are held against, fails.
pub fn run(bench: &Bench) -> Result<Class, String> {
    let mut cases: Vec<Case> = Vec::new();
    let field = Field::of_tiles(bench)?;
    let whole = bench.folder("cluster-whole").map_err(|error| error.to_string())?;
    field.run(&whole, &[]).expect(&[0, 3])?;
    let reference = Tree::read(&whole)?;
    match tools::snakemake(&bench.checkout()) {
        None => cases.push(Case::failed("Snakemake", tools::NO_SNAKEMAKE)),
        Some(program) => {
            snakemake::run(bench, &field, &program, &reference, &mut cases)?;
            // The quick half is what one machine can show without Slurm.
            if !bench.quick {
                match tools::missing_of_slurm() {
                    Some(missing) => cases.push(Case::failed("Slurm", missing)),
                    None => slurm::run(bench, &field, &program, &reference, &mut cases)?,
                }
            }
        }
    }
    Ok(Class { name: "cluster", cases, list_all: true })
}
