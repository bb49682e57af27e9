//! Hostile catalogues: CSV, ECSV, asu-tsv, VOTable, Parquet, FITS and their gzip, through the reader and through the program.

mod sky;
mod variants;

use std::path::Path;

use sky_table::{ReadOptions, read_table};

use crate::attempt::{Bounds, within};
use crate::fits::good_tile;
use crate::{Bench, Case, Class, confined, message};
use sky::Sky;
use variants::{Expected, Variant};

/// One catalogue of some kilobytes; a bomb may fill what a reader takes for honest.
const BOUNDS: Bounds = Bounds { seconds: 20, memory_mib: 400 };
/// Every so manieth goes through the program.
const STRIDE: usize = 3;
const QUICK_STRIDE: usize = 12;

/// Runs the class.
///
/// # Errors
/// Where the good catalogue cannot be written.
pub fn run(bench: &Bench) -> Result<Class, String> {
    let sky = Sky::new();
    let place = bench.folder("catalogues").map_err(|error| error.to_string())?;
    let tile = place.join("tile.fits");
    fs_err::write(&tile, good_tile(bench.seed)?).map_err(|error| error.to_string())?;
    let stride = if bench.quick { QUICK_STRIDE } else { STRIDE };
    let mut cases = Vec::new();
    for (number, variant) in variants::variants(&sky, bench.seed)?.into_iter().enumerate() {
        let folder = place.join(format!("variant-{number}"));
        fs_err::create_dir_all(folder.join("tables")).map_err(|error| error.to_string())?;
        let file = folder.join("tables/catalogue.csv");
        fs_err::write(&file, &variant.bytes).map_err(|error| error.to_string())?;
        let seen = read(&file, &sky, variant.expected);
        cases.push(Case::of(variant.name.clone(), seen));
        if number % stride == 0 {
            cases.push(Case::of(format!("step catalog: {}", variant.name), program(bench, &folder, &tile, &variant)));
        }
        fs_err::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    }
    Ok(Class { name: "files: catalogues", cases, list_all: false })
}

/// Through the reader: the rows as they were made, or a word.
fn read(file: &Path, sky: &Sky, expected: Expected) -> Result<String, String> {
    let path = file.to_owned();
    let read = within(BOUNDS, move || read_table(&path, &ReadOptions::default()).map_err(|error| error.to_string()))?;
    let read = match read {
        Ok(read) => read,
        Err(refusal) => {
            message::complete(&refusal, &file.display().to_string())?;
            return if expected == Expected::Rows {
                Err(format!("a sound file is refused: {refusal}"))
            } else {
                Ok(refusal)
            };
        }
    };
    let warned = read.meta.truncated || !read.meta.notes.is_empty();
    match (sky.difference(&read.table), expected) {
        (None, Expected::Rows | Expected::RowsOrRefused) => Ok("the same rows".to_owned()),
        (_, Expected::WarnedOrRefused) if warned => Ok(format!("with a warning: {}", read.meta.notes.join("; "))),
        // The reader keeps what is no number as text; who asks for numbers is told.
        (Some(difference), Expected::Refused | Expected::RowsOrRefused)
            if difference.contains("expected a number")
                || difference.contains("numbers")
                || difference.contains("is missing; found") =>
        {
            Ok(format!("refused where its columns are asked for: {difference}"))
        }
        (difference, _) => Err(format!("read without a word: {}", difference.unwrap_or_else(|| "all rows".to_owned()))),
    }
}

/// Through `skyledger step catalog`, from a local table.
fn program(bench: &Bench, folder: &Path, tile: &Path, variant: &Variant) -> Result<String, String> {
    let words = [
        "step",
        "catalog",
        "run",
        "--read",
        &format!("frames={}", tile.display()),
        "--read",
        "local=tables",
        "--out",
        "out",
        "--run-id",
        "trial",
        "--set",
        "catalog=\"usnob\"",
        "--set",
        "local.file=\"catalogue.csv\"",
    ]
    .map(str::to_owned);
    let ended = confined::run(&bench.skyledger(), &words, folder)?;
    if let Some(wrong) = ended.wrong {
        return Err(wrong);
    }
    for entry in fs_err::read_dir(folder).map_err(|error| error.to_string())? {
        let name = entry.map_err(|error| error.to_string())?.file_name().to_string_lossy().into_owned();
        if !["tables", "out", "logs", "data"].contains(&name.as_str()) {
            return Err(format!("{name} appears outside its folder"));
        }
    }
    let is_refused = ended.code != Some(0);
    match variant.expected {
        Expected::Rows if is_refused => Err(format!("a sound file is refused: {}", ended.said)),
        Expected::Refused if !is_refused => Err("a damaged catalogue is taken".to_owned()),
        _ if is_refused && !ended.said.contains("catalogue.csv") => {
            Err(format!("the file is not named: {}", ended.said))
        }
        Expected::WarnedOrRefused if !is_refused => {
            let manifest =
                fs_err::read_to_string(folder.join("out/manifest.json")).map_err(|error| error.to_string())?;
            if manifest.contains("local_table") {
                Ok("done with a warning".to_owned())
            } else {
                Err("done without a warning".to_owned())
            }
        }
        _ => Ok(format!("exit {}", ended.code.unwrap_or_default())),
    }
}
