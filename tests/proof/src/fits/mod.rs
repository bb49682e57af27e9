//! Hostile FITS: a seeded mutator of a good tile and the files of the field, through the readers and through the program.

mod mutator;
mod program;
mod readers;
mod shared;
mod tile;
mod truth;

use std::path::Path;

use crate::{Bench, Case, Class};
use mutator::{Expected, Variant};
use readers::{Seen, read_all};
use tile::Tile;

pub(crate) use tile::gzipped;

/// A good simulated tile.
pub(crate) fn good_tile(seed: u64) -> Result<Vec<u8>, String> {
    Tile::simulated(seed)?.plain()
}

/// Runs the class.
///
/// # Errors
/// Where the good tile cannot be made.
pub fn run(bench: &Bench) -> Result<Class, String> {
    let tile = Tile::simulated(bench.seed)?;
    let variants = mutator::variants(&tile, bench.seed)?;
    let folder = bench.folder("fits").map_err(|error| error.to_string())?;
    let mut cases: Vec<Case> = variants
        .iter()
        .enumerate()
        .map(|(number, variant)| {
            Case::of(variant.name.clone(), read_variant(&folder.join(format!("variant-{number}.fits")), variant))
        })
        .collect();
    cases.extend(shared::cases(bench)?);
    cases.extend(program::cases(bench, &tile, &variants)?);
    Ok(Class { name: "files: FITS", cases, list_all: false })
}

/// Reads a variant from disk in every way; the image must be what is expected.
fn read_variant(path: &Path, variant: &Variant) -> Result<String, String> {
    fs_err::write(path, &variant.bytes).map_err(|error| error.to_string())?;
    let seen = read_all(path)?;
    fs_err::remove_file(path).map_err(|error| error.to_string())?;
    judge(&seen, &variant.expected)
}

fn judge(seen: &Seen, expected: &Expected) -> Result<String, String> {
    match (seen, expected) {
        (Err(refusal), Expected::Refused | Expected::PixelsOrRefused(_)) => Ok(refusal.clone()),
        (Err(refusal), Expected::Pixels(_)) => Err(format!("a sound file is refused: {refusal}")),
        (Ok(pixels), Expected::Refused) => Err(format!("{:?} pixels are read without a word", pixels.dim())),
        (Ok(pixels), Expected::Pixels(truth) | Expected::PixelsOrRefused(truth)) if truth::same(pixels, truth) => {
            Ok("the same pixels".to_owned())
        }
        (Ok(pixels), Expected::Pixels(truth) | Expected::PixelsOrRefused(truth)) => {
            Err(format!("pixels {:?} differ from the truth {:?}", pixels.dim(), truth.dim()))
        }
    }
}
