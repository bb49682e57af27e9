//! `docs/plan-checklist.md`: one row for each `- [ ]` line of the survey plan, with the test that proves it and the edit that must turn it red.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;

/// Lines of the plan.
const PLAN_LINES: usize = 99;
/// Edits that `--mutate` applies, one after another.
const MUTATIONS: usize = 10;

/// `cargo xtask checklist [--mutate [--seed N] [--only N]]`
#[derive(Debug, Args)]
pub(crate) struct Checklist {
    /// Applies ten of the edits, one after another, in a copy of the tree and runs the named tests: each must fail
    #[arg(long)]
    mutate: bool,
    /// Which ten
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only the edit of this row
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
    /// A test, and an edit that must turn it red.
    Test { package: String, test: String, file: String, old: String, new: String },
    /// A recorded difference: a heading of docs/plan-differences.md.
    Difference(String),
}

/// Checks the table; with `--mutate` also the tests.
pub(crate) fn run(checkout: &Path, task: &Checklist) -> Result<(), String> {
    let text = fs_err::read_to_string(checkout.join("docs/plan-checklist.md")).map_err(|error| error.to_string())?;
    let rows = parse(&text)?;
    let differences = check(checkout, &rows)?;
    println!("{} rows: {} with a test, {differences} recorded differences", rows.len(), rows.len() - differences);
    if task.mutate { mutate(checkout, &rows, task) } else { Ok(()) }
}

/// Rows look like `| 17 | line | test `package::path` | `file` | `old` | `new` |` or `| 18 | line | difference: heading | | | |`.
fn parse(text: &str) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for (place, line) in text.lines().enumerate() {
        let cells = cells(line);
        let Some(number) = cells.first().and_then(|cell| cell.parse::<usize>().ok()) else { continue };
        let bad = |problem: &str| format!("docs/plan-checklist.md:{}: {problem}", place + 1);
        let [_, _, proof, file, old, new] = cells.as_slice() else {
            return Err(bad(&format!("expected 6 cells, found {}", cells.len())));
        };
        let proof = if let Some(heading) = proof.strip_prefix("difference: ") {
            Proof::Difference(heading.to_owned())
        } else {
            let name =
                code(proof.strip_prefix("test ").ok_or_else(|| bad("the proof is neither a test nor a difference"))?);
            let (package, test) = name.split_once("::").ok_or_else(|| bad("a test is named package::path"))?;
            if code(old).is_empty() || code(old) == code(new) {
                return Err(bad("the edit changes nothing"));
            }
            Proof::Test {
                package: package.to_owned(),
                test: test.to_owned(),
                file: code(file).to_owned(),
                old: code(old).to_owned(),
                new: code(new).to_owned(),
            }
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

/// Counts the rows and looks for every test, edit and heading.
fn check(checkout: &Path, rows: &[Row]) -> Result<usize, String> {
    let numbers: Vec<usize> = rows.iter().map(|row| row.number).collect();
    if numbers != (1..=PLAN_LINES).collect::<Vec<_>>() {
        return Err(format!("the plan has {PLAN_LINES} lines; the rows are numbered {numbers:?}"));
    }
    let recorded =
        fs_err::read_to_string(checkout.join("docs/plan-differences.md")).map_err(|error| error.to_string())?;
    let mut differences = 0;
    for row in rows {
        match &row.proof {
            Proof::Difference(heading) => {
                differences += 1;
                if !recorded.lines().any(|line| line.trim_start_matches('#').trim() == heading) {
                    return Err(format!("row {}: docs/plan-differences.md has no heading \"{heading}\"", row.number));
                }
            }
            Proof::Test { package, test, file, old, .. } => {
                let source = fs_err::read_to_string(checkout.join(file))
                    .map_err(|error| format!("row {}: {error}", row.number))?;
                if source.matches(old.as_str()).count() != 1 {
                    let count = source.matches(old.as_str()).count();
                    return Err(format!("row {}: {file} holds `{old}` {count} times, expected once", row.number));
                }
                if !test_exists(checkout, package, test)? {
                    return Err(format!("row {}: package {package} has no test {test}", row.number));
                }
            }
        }
    }
    Ok(differences)
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
        "xtask" => checkout.join("xtask"),
        other => checkout.join("crates").join(other),
    }
}

/// Applies the edits one by one in a copy of the tree; each named test must pass before and fail after.
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
    let copy = tempfile::tempdir().map_err(|error| error.to_string())?;
    copy_tree(checkout, copy.path())?;
    let target = checkout.join("target/mutate");
    let mut survived = Vec::new();
    for row in with_tests {
        let Proof::Test { package, test, file, old, new } = &row.proof else { continue };
        let path = copy.path().join(file);
        let source = fs_err::read_to_string(&path).map_err(|error| error.to_string())?;
        fs_err::write(&path, source.replacen(old.as_str(), new, 1)).map_err(|error| error.to_string())?;
        let red = !test_passes(copy.path(), &target, package, test)?;
        fs_err::write(&path, &source).map_err(|error| error.to_string())?;
        println!("row {:>2}: {package}::{test} {}", row.number, if red { "turned red" } else { "STAYED GREEN" });
        if !red {
            survived.push(row.number.to_string());
        }
    }
    if survived.is_empty() { Ok(()) } else { Err(format!("rows {} stayed green", survived.join(", "))) }
}

fn test_passes(tree: &Path, target: &Path, package: &str, test: &str) -> Result<bool, String> {
    let build = Command::new("cargo")
        .args(["build", "--release", "--quiet", "--bin", "skyledger"])
        .current_dir(tree)
        .env("CARGO_TARGET_DIR", target)
        .status()
        .map_err(|error| error.to_string())?;
    if !build.success() {
        // An edit that does not compile is caught before any test: red.
        return Ok(false);
    }
    let output = Command::new("cargo")
        .args(["test", "--release", "--quiet", "-p", package, "--", "--exact", test])
        .current_dir(tree)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let ran = text.lines().any(|line| line.starts_with("running 1 test"));
    if output.status.success() && !ran {
        return Err(format!("{package} ran no test of the name {test}"));
    }
    Ok(output.status.success())
}

fn copy_tree(from: &Path, to: &Path) -> Result<(), String> {
    let listed =
        Command::new("git").args(["ls-files", "-z"]).current_dir(from).output().map_err(|error| error.to_string())?;
    for name in String::from_utf8_lossy(&listed.stdout).split('\0').filter(|name| !name.is_empty()) {
        let place = to.join(name);
        if let Some(folder) = place.parent() {
            fs_err::create_dir_all(folder).map_err(|error| error.to_string())?;
        }
        fs_err::copy(from.join(name), place).map_err(|error| error.to_string())?;
    }
    Ok(())
}
