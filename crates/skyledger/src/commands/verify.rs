//! `skyledger verify`: every hash, schema and count of a run or of an archive.

use std::path::Path;

use runner::{Layout, Verdict};

use crate::cli::VerifyArgs;
use crate::print;

/// Verifies and names what differs, is missing or was added.
pub(crate) fn verify(args: &VerifyArgs) -> u8 {
    let path = Path::new(&args.run_or_zip);
    let verdict = if path.is_file() {
        step_package::verify_archive(path, products::ALL)
    } else {
        let Ok(root) = std::path::absolute(&args.root) else { return runner::exit::DISK };
        let layout = Layout { root, run_id: args.run_or_zip.clone() };
        if !layout.run_folder().is_dir() {
            print::error(format!("{}: is neither a run below {} nor an archive", args.run_or_zip, args.root.display()));
            return runner::exit::USAGE;
        }
        runner::verify_run(&layout, products::ALL)
    };
    if args.json { print::json(&verdict) } else { show(&args.run_or_zip, &verdict) }
    if verdict.problems.is_empty() { runner::exit::DONE } else { runner::exit::FAILED }
}

fn show(what: &str, verdict: &Verdict) {
    for problem in &verdict.problems {
        print::line(problem);
    }
    let result = if verdict.problems.is_empty() { "verified".to_owned() } else { format!("{} problems", verdict.problems.len()) };
    print::line(format!(
        "{what}: {result} ({} manifests, {} units, {} files)",
        verdict.manifests, verdict.units, verdict.files
    ));
}
