//! `skyledger explain`: why a detection was kept or dropped, back to the pixels.

use crate::cli::ExplainArgs;
use crate::explain::{ExplainError, Question, explain as answer};
use crate::{print, steps};

/// Prints the path of one row, one unit or one place through the run.
pub(crate) fn explain(args: &ExplainArgs) -> u8 {
    let question = match (&args.what, args.ra.zip(args.dec)) {
        (_, Some((ra_deg, dec_deg))) => Question::Place { ra_deg, dec_deg, radius_arcsec: args.radius_arcsec },
        (Some(what), None) => Question::parse(what),
        (None, None) => return runner::exit::USAGE,
    };
    let steps = match steps::all() {
        Ok(steps) => steps,
        Err(error) => {
            print::error(format!("find this program: {error}"));
            return runner::exit::CONFIGURATION;
        }
    };
    match answer(&args.root, &args.run, &question, &steps) {
        Ok(pages) if args.json => print::json(&pages),
        Ok(pages) => pages.iter().for_each(|page| print::line(page.to_text())),
        Err(error) => {
            print::error(&error);
            return match error {
                ExplainError::Nothing(_) => runner::exit::FAILED,
                ExplainError::Run(_) => runner::exit::USAGE,
                ExplainError::File(_) => runner::exit::DISK,
            };
        }
    }
    runner::exit::DONE
}
