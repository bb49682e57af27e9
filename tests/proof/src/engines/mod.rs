//! Engines: the field's tools in our steps, our files in the field's tools, and theirs in ours.

mod astropy;
mod chain;
mod commands;
mod exchange;
mod failing;
mod field;
mod fitsverify;
mod missing;
mod pairing;
mod tables;

pub use astropy::python_with_astropy;

use crate::{Bench, Class};
use field::Field;

/// Programs of the field that these trials run, each with its Debian package.
pub const TOOLS: [(&str, &str); 4] =
    [("source-extractor", "source-extractor"), ("psfex", "psfex"), ("stilts", "stilts"), ("fitsverify", "fitsverify")];

/// Runs the class: on a simulated tile of 30 arc minutes when quick, else of 60.
///
/// # Errors
/// When a tool is not installed: then nothing was tried. When the simulated tile cannot be made.
pub fn run(bench: &Bench) -> Result<Class, String> {
    for (tool, package) in TOOLS {
        if test_sky::tool(tool).is_none() {
            return Err(format!("{tool} is not installed; on Debian: apt-get install {package}"));
        }
    }
    let field = Field::make(bench)?;
    let mut cases = missing::cases(&field);
    cases.extend(failing::cases(&field));
    cases.extend(exchange::cases(&field));
    cases.extend(chain::cases(&field));
    cases.extend(tables::cases(&field));
    cases.extend(fitsverify::cases(&field));
    cases.extend(astropy::cases(&field));
    Ok(Class { name: "engines", cases, list_all: true })
}
