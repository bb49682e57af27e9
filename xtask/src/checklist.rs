//! `docs/plan-checklist.md`: one row for each `- [ ]` line of the survey plan, with the test that proves it and the fault that must turn it red.

use std::path::{Path, PathBuf};

use clap::Args;
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;

use crate::faults;
use crate::tree_copy::TreeCopy;

/// Lines of the plan.
const PLAN_LINES: usize = 99;
/// Faults that `--mutate` puts in, one after another.
const MUTATIONS: usize = 10;

/// `cargo xtask checklist [--mutate [--seed N] [--only N]]`
#[derive(Debug, Args)]
pub(crate) struct Checklist {
    /// Puts ten of the faults, one after another, into a copy of the tree and runs the named tests: each must fail
    #[arg(long)]
    mutate: bool,
    /// Which ten
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only the fault of this row
    #[arg(long)]
    only: Option<usize>,
}

/// One row.
#[derive(Clone, Debug)]
struct Row {
    number: usize,
    proof: Proof,
}

/// What stands behind a line of the plan.
#[derive(Clone, Debug)]
enum Proof {
    /// A test, and the name of a fault that must turn it red.
    Test { package: String, test: String, fault: String },
    /// A recorded difference: a heading of docs/plan-differences.md.
    Difference(String),
}

/// Checks the table; with `--mutate` also the tests.
pub(crate) fn run(checkout: &Path, task: &Checklist) -> Result<(), String> {
    let text = fs_err::read_to_string(checkout.join("docs/plan-checklist.md")).map_err(|error| error.to_string())?;
    let rows = parse(&text)?;
    let differences = check(checkout, &rows)?;
    let named = check_named_tests(checkout)?;
    println!(
        "{} rows: {} with a test, {differences} recorded differences; {named} tests named in the papers",
        rows.len(),
        rows.len() - differences
    );
    if task.mutate { mutate(checkout, &rows, task) } else { Ok(()) }
}

/// Rows look like `| 17 | line | test `package::path` | `fault` |` or `| 18 | line | difference: heading | |`.
fn parse(text: &str) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for (place, line) in text.lines().enumerate() {
        let cells = cells(line);
        let Some(number) = cells.first().and_then(|cell| cell.parse::<usize>().ok()) else { continue };
        let bad = |problem: &str| format!("docs/plan-checklist.md:{}: {problem}", place + 1);
        let [_, _, proof, fault] = cells.as_slice() else {
            return Err(bad(&format!("expected 4 cells, found {}", cells.len())));
        };
        let proof = if let Some(heading) = proof.strip_prefix("difference: ") {
            Proof::Difference(heading.to_owned())
        } else {
            let name =
                code(proof.strip_prefix("test ").ok_or_else(|| bad("the proof is neither a test nor a difference"))?);
            let (package, test) = name.split_once("::").ok_or_else(|| bad("a test is named package::path"))?;
            Proof::Test { package: package.to_owned(), test: test.to_owned(), fault: code(fault).to_owned() }
        };
        rows.push(Row { number, proof });
    }
    Ok(rows)
}

/// The cells of a row of a Markdown table; a `\|` is a bar inside a cell.
fn cells(line: &str) -> Vec<String> {
    let Some(inside) = line.trim().strip_prefix('|').and_then(|line| line.strip_suffix('|')) else { return Vec::new() };
    inside.replace("\\|", "\u{1}").split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect()
}

fn code(cell: &str) -> &str {
    cell.trim().trim_matches('`')
}

/// Counts the rows and looks for every test, fault and heading.
fn check(checkout: &Path, rows: &[Row]) -> Result<usize, String> {
    let numbers: Vec<usize> = rows.iter().map(|row| row.number).collect();
    if numbers != (1..=PLAN_LINES).collect::<Vec<_>>() {
        return Err(format!("the plan has {PLAN_LINES} lines; the rows are numbered {numbers:?}"));
    }
    let recorded =
        fs_err::read_to_string(checkout.join("docs/plan-differences.md")).map_err(|error| error.to_string())?;
    let faults = faults::read(checkout)?;
    let mut differences = 0;
    for row in rows {
        match &row.proof {
            Proof::Difference(heading) => {
                differences += 1;
                if !recorded.lines().any(|line| line.trim_start_matches('#').trim() == heading) {
                    return Err(format!("row {}: docs/plan-differences.md has no heading \"{heading}\"", row.number));
                }
            }
            Proof::Test { package, test, fault } => {
                if !faults.iter().any(|known| known.name == *fault) {
                    return Err(format!("row {}: xtask/faults.toml has no fault {fault}", row.number));
                }
                if !test_exists(checkout, package, test)? {
                    return Err(format!("row {}: package {package} has no test {test}", row.number));
                }
            }
        }
    }
    Ok(differences)
}

/// Every `package::path` in the other papers is a test; how many there are.
fn check_named_tests(checkout: &Path) -> Result<usize, String> {
    let mut named = 0;
    for paper in ["docs/plan-differences.md", "docs/gates.md"] {
        let text = fs_err::read_to_string(checkout.join(paper)).map_err(|error| error.to_string())?;
        for name in text.split('`').skip(1).step_by(2) {
            let is_path = name.chars().all(|letter| letter.is_ascii_lowercase() || "0123456789_:-".contains(letter));
            let Some((package, test)) = name.split_once("::").filter(|_| is_path) else { continue };
            if !test_exists(checkout, package, test)? {
                return Err(format!("{paper}: package {package} has no test {test}"));
            }
            named += 1;
        }
    }
    Ok(named)
}

/// Whether a function of that name stands behind `#[test]` in the package's sources.
fn test_exists(checkout: &Path, package: &str, test: &str) -> Result<bool, String> {
    let function = test.rsplit("::").next().unwrap_or(test);
    let folder = package_folder(checkout, package);
    for entry in walkdir::WalkDir::new(&folder).into_iter().filter_map(Result::ok) {
        if entry.path().extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let source = fs_err::read_to_string(entry.path()).map_err(|error| error.to_string())?;
        let found = source.match_indices(&format!("fn {function}(")).any(|(at, _)| {
            let before = &source[..at];
            before.rfind("#[test]").is_some_and(|attribute| !before[attribute..].contains("fn "))
        });
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

fn package_folder(checkout: &Path, package: &str) -> PathBuf {
    match package {
        "integration-tests" => checkout.join("tests"),
        "proof" => checkout.join("tests/proof"),
        "xtask" => checkout.join("xtask"),
        other => crate::crates::folder_of(checkout, other),
    }
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Green,
    Red,
    /// The tree, or the test itself, does not compile: that proves nothing.
    NotBuilt,
}

/// Puts the faults one by one into a copy of the tree; each named test must pass before and fail after.
fn mutate(checkout: &Path, rows: &[Row], task: &Checklist) -> Result<(), String> {
    let mut with_tests: Vec<&Row> = rows.iter().filter(|row| matches!(row.proof, Proof::Test { .. })).collect();
    match task.only {
        Some(number) => with_tests.retain(|row| row.number == number),
        None => {
            let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(task.seed);
            with_tests.shuffle(&mut random);
            with_tests.truncate(MUTATIONS);
            with_tests.sort_by_key(|row| row.number);
        }
    }
    let faults = faults::read(checkout)?;
    let copy = TreeCopy::of(checkout)?;
    let mut wrong = Vec::new();
    for row in &with_tests {
        let Proof::Test { package, test, .. } = &row.proof else { continue };
        let ended = run_test(&copy, package, test)?;
        if ended != Ended::Green {
            println!("row {:>2}: {package}::{test} is {ended:?} without the fault", row.number);
            wrong.push(row.number);
        }
    }
    let unproved = wrong.clone();
    for row in with_tests.iter().filter(|row| !unproved.contains(&row.number)) {
        let Proof::Test { package, test, fault } = &row.proof else { continue };
        let known = faults.iter().find(|known| known.name == *fault).ok_or("a fault was taken away")?;
        let ended = copy.with_fault(known, || run_test(&copy, package, test))?;
        println!("row {:>2}: {package}::{test} is {ended:?} with the fault {fault}", row.number);
        if ended != Ended::Red {
            wrong.push(row.number);
        }
    }
    if wrong.is_empty() {
        println!("{} faults, each turned its test red", with_tests.len());
        Ok(())
    } else {
        Err(format!("rows {wrong:?}: a test must pass without its fault and fail with it"))
    }
}

/// Builds the command and the test, and runs the test alone.
fn run_test(copy: &TreeCopy, package: &str, test: &str) -> Result<Ended, String> {
    let cargo = |arguments: &[&str]| copy.cargo(arguments).output().map_err(|error| error.to_string());
    for build in [
        &["build", "--release", "--quiet", "--bin", "skyledger"][..],
        &["test", "--release", "--quiet", "--no-run", "-p", package],
    ] {
        let output = cargo(build)?;
        if !output.status.success() {
            eprintln!("{}", String::from_utf8_lossy(&output.stderr));
            return Ok(Ended::NotBuilt);
        }
    }
    let output = cargo(&["test", "--release", "--quiet", "-p", package, "--", "--exact", test])?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !text.lines().any(|line| line.starts_with("running 1 test")) {
        return Err(format!("{package} ran no test of the name {test}"));
    }
    Ok(if output.status.success() { Ended::Green } else { Ended::Red })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_plan_has_its_row_and_every_named_test_exists() {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ lies in the checkout");
        let text = fs_err::read_to_string(checkout.join("docs/plan-checklist.md")).expect("the checklist");
        let rows = parse(&text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(rows.len(), PLAN_LINES);
        let differences = check(checkout, &rows).unwrap_or_else(|error| panic!("{error}"));
        assert!(differences < 10, "{differences} lines of the plan are differences");
        let named = check_named_tests(checkout).unwrap_or_else(|error| panic!("{error}"));
        assert!(named > 100, "{named} tests are named in gates.md and plan-differences.md");
    }
}
