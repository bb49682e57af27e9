//! Our tables in STILTS.

use std::path::{Path, PathBuf};

use sky_catalog::{ColumnSpec, Table};
use sky_table::{ReadOptions, read_table, write_votable};

use super::commands::run;
use super::field::Field;
use crate::Case;

/// Every CSV file of the tile that has rows, its catalogues, and one table as VOTable.
pub(super) fn cases(field: &Field) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut files = Vec::new();
    for folder in [
        "data/xmatch",
        "data/filter",
        "data/ext/usnob",
        "data/ext/gaia",
        "data/ext/ps1",
        "data/ext/bright",
        "data/tiles",
        "data/summaries",
    ] {
        files.extend(csv_files(&field.root.join(folder).join(super::field::RUN)));
    }
    for file in &files {
        let shown = file.strip_prefix(&field.root).unwrap_or(file).display().to_string();
        let shown = shown.replace(&format!("{}/", super::field::RUN), "");
        // STILTS refuses a table without rows.
        if fs_err::read_to_string(file).is_ok_and(|text| text.lines().count() > 1) {
            cases.push(Case::of(format!("stilts reads {shown}"), csv(file)));
        }
    }
    for pass in ["p1", "p2"] {
        let file = field.file(&format!("data/catalogs/{pass}"), ".cat");
        cases.push(Case::of(format!("stilts reads the catalogue of {pass}"), ldac(&file)));
    }
    cases.push(Case::of("votlint of a VOTable of ours", votable(field)));
    cases
}

fn csv_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|found| found == "csv")).collect();
    files.sort();
    files
}

fn stilts(words: &[&str], folder: &Path) -> Result<String, String> {
    let tool = test_sky::tool("stilts").ok_or("stilts is not installed")?;
    let ended = run(&tool, words, folder, None)?.expect(0)?;
    Ok(format!("{}{}", ended.stdout, ended.stderr))
}

/// Columns and rows that STILTS counts: `columns: 5   rows: 12`.
fn counted(input: &str, format: &str) -> Result<(usize, usize), String> {
    let text = stilts(&["tpipe", &format!("in={input}"), &format!("ifmt={format}"), "omode=count"], Path::new("/"))?;
    let number = |name: &str| {
        let after = text.split(name).nth(1)?;
        after.split_whitespace().next()?.parse().ok()
    };
    number("columns:").zip(number("rows:")).ok_or_else(|| format!("it counts nothing: {text}"))
}

fn csv(file: &Path) -> Result<String, String> {
    let text = fs_err::read_to_string(file).map_err(|error| error.to_string())?;
    let columns = text.lines().next().map_or(0, |line| line.split(',').count());
    let ours = read_table(file, &ReadOptions::default()).map_err(|error| error.to_string())?.table;
    let seen = counted(&file.display().to_string(), "csv(header=true)")?;
    same(seen, (columns, ours.n_rows()))
}

fn ldac(file: &Path) -> Result<String, String> {
    let (_, table) = sky_fits::ldac::read(file).map_err(|error| error.to_string())?;
    same(counted(&format!("{}#LDAC_OBJECTS", file.display()), "fits")?, (table.columns.len(), table.rows))
}

fn same(seen: (usize, usize), ours: (usize, usize)) -> Result<String, String> {
    let text = format!("columns and rows: ours {ours:?}, theirs {seen:?}");
    if seen == ours { Ok(text) } else { Err(text) }
}

/// The pairs of the tile with their declared columns.
pub(super) fn pairs(field: &Field) -> Result<(Table, &'static [ColumnSpec]), String> {
    let table = read_table(&field.file("data/xmatch", "_xmatch.csv"), &ReadOptions::default());
    Ok((table.map_err(|error| error.to_string())?.table, products::match_table::columns::XMATCH))
}

fn votable(field: &Field) -> Result<String, String> {
    let (table, columns) = pairs(field)?;
    let file = field.trials.join("pairs.vot");
    let mut out = fs_err::File::create(&file).map_err(|error| error.to_string())?;
    write_votable(&mut out, "pairs", columns, &table).map_err(|error| error.to_string())?;
    let said = stilts(&["votlint", &file.display().to_string()], &field.trials)?;
    if !said.trim().is_empty() {
        return Err(format!("votlint: {}", said.trim()));
    }
    let seen = same(counted(&file.display().to_string(), "votable")?, (columns.len(), table.n_rows()))?;
    Ok(format!("votlint says nothing; {seen}"))
}
