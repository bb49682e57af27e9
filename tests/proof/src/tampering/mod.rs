//! Tampering: what is changed in a finished run, in shards that are not merged, or in an archive moved elsewhere, is found and named by `verify`.

mod archive;
mod fields;
mod files;
mod findings;
mod shards;

use crate::small_run::SmallRun;
use crate::{Bench, Case, Class};
use findings::nothing_found;

/// Runs the class.
///
/// # Errors
/// Where the small run cannot be made.
pub fn run(bench: &Bench) -> Result<Class, String> {
    let made = SmallRun::make(bench, "tampering")?;
    let moved = bench.folder("tampering-moved").map_err(|error| error.to_string())?;
    let run = made.copied_to(&moved.join("elsewhere"))?;
    let mut cases = vec![Case::of("the untouched run, moved", nothing_found(&run))];
    cases.extend(files::cases(bench, &run)?);
    cases.extend(fields::cases(bench, &run)?);
    cases.push(Case::of("the run, restored after every change", nothing_found(&run)));
    cases.extend(archive::cases(bench, &run)?);
    cases.extend(shards::cases(bench)?);
    Ok(Class { name: "tampering", cases, list_all: false })
}
