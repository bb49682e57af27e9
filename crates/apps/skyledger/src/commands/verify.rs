//! `skyledger verify`: every hash, schema and count of a run or of an archive.

use std::path::Path;

use runner::Layout;

use crate::cli::VerifyArgs;
use crate::print;

/// Verifies and names what differs, is missing or was added.
pub(crate) fn verify(args: &VerifyArgs) -> u8 {
    let path = Path::new(&args.run_or_zip);
    if path.is_file() {
        return verify_zip(path, args);
    }
    let Ok(root) = std::path::absolute(&args.root) else { return runner::exit::DISK };
    let layout = Layout { root, run_id: args.run_or_zip.clone() };
    if !layout.run_folder().is_dir() {
        print::error(format!("{}: is neither a run below {} nor an archive", args.run_or_zip, args.root.display()));
        return runner::exit::USAGE;
    }
    let verdict = runner::verify_run(&layout, products::ALL);
    if args.json {
        print::json(&verdict);
    } else {
        let counts = format!("{} manifests, {} units, {} files", verdict.manifests, verdict.units, verdict.files);
        show(&args.run_or_zip, &verdict.problems, &counts);
        if !verdict.unmerged.is_empty() {
            let shards = verdict.unmerged.join("; ");
            print::line(format!("not merged yet (skyledger merge {}): {shards}", args.run_or_zip));
        }
    }
    exit_of(&verdict.problems)
}

fn verify_zip(path: &Path, args: &VerifyArgs) -> u8 {
    let report = match step_package::verify_archive(path, products::ALL) {
        Ok(report) => report,
        Err(error) => {
            print::error(error);
            return runner::exit::FAILED;
        }
    };
    if args.json {
        print::json(&report);
    } else {
        let counts = format!(
            "{} entries, {} manifests, {} files checked, {} listed by sum; {}",
            report.entries,
            report.manifests,
            report.files_checked,
            report.files_listed,
            if report.checksum { "its .sha256 agrees" } else { "no .sha256 that agrees beside it" }
        );
        show(&args.run_or_zip, &report.problems, &counts);
    }
    exit_of(&report.problems)
}

const fn exit_of(problems: &[String]) -> u8 {
    if problems.is_empty() { runner::exit::DONE } else { runner::exit::FAILED }
}

fn show(what: &str, problems: &[String], counts: &str) {
    for problem in problems {
        print::line(problem);
    }
    let result = if problems.is_empty() { "verified".to_owned() } else { format!("{} problems", problems.len()) };
    print::line(format!("{what}: {result} ({counts})"));
    if !problems.is_empty() {
        print::line("do not use it; restore what is named from a copy, or run those steps again");
    }
}
