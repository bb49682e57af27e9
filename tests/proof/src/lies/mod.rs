//! Answers that cannot be right: vetoes that do not see, positions that are wrong, motions that are false, pixels that are broken, errors told in comments.
//! None of them may give a candidate; healthy tiles must lose none.

mod field;
mod lie;
mod movers;
mod rows;
mod told;

use crate::{Bench, Case, Class};
use field::Field;

/// Fields that are lied about, and healthy ones.
const FIELDS: (u64, u64) = (10, 50);
/// The same in short.
const QUICK_FIELDS: (u64, u64) = (1, 3);

/// Runs the class: 20 lies about each of ten fields, and 50 healthy fields.
///
/// # Errors
/// Where a field cannot be prepared.
pub fn run(bench: &Bench) -> Result<Class, String> {
    let (lied_about, healthy) = if bench.quick { QUICK_FIELDS } else { FIELDS };
    let mut cases = Vec::new();
    for number in 0..healthy.max(lied_about) {
        let field = Field::prepare(bench, number)?;
        if number < lied_about {
            for lie in told::all(&field) {
                cases.push(Case::of(format!("field {number}: {}", lie.name), field.is_silent_about(&lie)));
            }
        }
        if number < healthy {
            cases.push(Case::of(format!("field {number}: healthy"), field.loses_none()));
        }
        field.forget();
    }
    let south = Field::prepare_south(bench)?;
    cases.push(Case::of("a field at Dec -32, which PS1 does not cover", south.is_silent()));
    south.forget();
    cases.extend(movers::cases(bench)?);
    Ok(Class { name: "lies", cases, list_all: false })
}
