//! Hostile FITS through `skyledger step detect` and `step mask`, as a user would hand them over.

use std::collections::BTreeSet;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::mutator::{Expected, Variant};
use super::tile::Tile;
use crate::confined::{self, Ended};
use crate::{Bench, Case};

/// Of all variants every so manieth goes through the program; of a quick bench fewer.
const STRIDE: usize = 8;
const QUICK_STRIDE: usize = 40;
/// A sparse file of an honest header, so large that its pixels do not fit the ceiling: side in pixels of BITPIX 16.
const SPARSE_SIDE: u64 = 16_000;

/// One case for each variant that is tried, and one for a sparse giant.
pub(crate) fn cases(bench: &Bench, tile: &Tile, variants: &[Variant]) -> Result<Vec<Case>, String> {
    let folder = bench.folder("fits-program").map_err(|error| error.to_string())?;
    let stride = if bench.quick { QUICK_STRIDE } else { STRIDE };
    let mut cases = Vec::new();
    for (number, variant) in variants.iter().enumerate().step_by(stride) {
        let step = if number / stride % 3 == 2 { "mask" } else { "detect" };
        let place = folder.join(number.to_string());
        fs_err::create_dir_all(&place).map_err(|error| error.to_string())?;
        fs_err::write(place.join("tile.fits"), &variant.bytes).map_err(|error| error.to_string())?;
        cases.push(Case::of(format!("step {step}: {}", variant.name), tried(bench, step, &place, &variant.expected)));
        fs_err::remove_dir_all(&place).map_err(|error| error.to_string())?;
    }
    let place = folder.join("sparse");
    fs_err::create_dir_all(&place).map_err(|error| error.to_string())?;
    sparse(&place.join("tile.fits"), tile).map_err(|error| error.to_string())?;
    cases.push(Case::of(
        "step detect: a sparse image beyond the memory",
        tried(bench, "detect", &place, &Expected::Refused),
    ));
    fs_err::remove_dir_all(&place).map_err(|error| error.to_string())?;
    Ok(cases)
}

/// Runs the step on `tile.fits` of that folder; nothing may appear but in its output folder.
fn tried(bench: &Bench, step: &str, place: &Path, expected: &Expected) -> Result<String, String> {
    let words =
        ["step", step, "run", "--read", "frames=tile.fits", "--out", "out", "--run-id", "trial", "--threads", "1"];
    let words: Vec<String> = words.map(str::to_owned).to_vec();
    let before = outside(place)?;
    let ended = confined::run(&bench.skyledger(), &words, place)?;
    if let Some(wrong) = &ended.wrong {
        return Err(wrong.clone());
    }
    let after = outside(place)?;
    if before != after {
        return Err(format!("files outside its folder: {:?}", after.difference(&before).collect::<Vec<_>>()));
    }
    match (ended.code, expected) {
        (Some(0), Expected::Refused) => Err("a damaged file is taken".to_owned()),
        (Some(0), Expected::Pixels(truth) | Expected::PixelsOrRefused(truth)) => {
            let (height, width) = truth.dim();
            let text = fs_err::read_to_string(place.join("out/manifest.json")).map_err(|error| error.to_string())?;
            let manifest: serde_json::Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            let facts = &manifest["units"][0]["facts"];
            if facts["width_px"] != width || facts["height_px"] != height {
                return Err(format!(
                    "the manifest says {} x {}, the truth is {width} x {height}",
                    facts["width_px"], facts["height_px"]
                ));
            }
            Ok(format!("done, {width} x {height} pixels"))
        }
        _ => refused(&ended),
    }
}

fn refused(ended: &Ended) -> Result<String, String> {
    let line = ended.said.lines().find(|line| line.contains("tile.fits") || line.contains("tile:")).unwrap_or_default();
    if line.is_empty() {
        return Err(format!("exit {:?} does not name the file: {}", ended.code, ended.said));
    }
    Ok(format!("exit {}: {line}", ended.code.unwrap_or_default()))
}

/// What lies in the folder but for output, logs and cache, which are the step's own.
fn outside(place: &Path) -> Result<BTreeSet<String>, String> {
    let mut found = BTreeSet::new();
    for entry in fs_err::read_dir(place).map_err(|error| error.to_string())? {
        let name = entry.map_err(|error| error.to_string())?.file_name().to_string_lossy().into_owned();
        if !["out", "logs", "data"].contains(&name.as_str()) {
            found.insert(name);
        }
    }
    Ok(found)
}

/// The header of the tile with huge axes, and a hole as long as they say.
fn sparse(path: &Path, tile: &Tile) -> std::io::Result<()> {
    let plain = tile.plain().map_err(std::io::Error::other)?;
    let data = super::tile::last_hdu(&plain).1;
    let mut header = plain[..data].to_vec();
    for keyword in ["NAXIS1  ", "NAXIS2  "] {
        let at = (0..data).step_by(80).find(|at| header[*at..].starts_with(keyword.as_bytes())).unwrap_or(0);
        header[at..at + 80].copy_from_slice(format!("{:<80}", format!("{keyword}= {SPARSE_SIDE:>20}")).as_bytes());
    }
    let mut file = std::fs::File::create(path)?;
    file.write_all(&header)?;
    let length = data as u64 + (SPARSE_SIDE * SPARSE_SIDE * 2).next_multiple_of(2880);
    file.set_len(length)?;
    file.seek(SeekFrom::Start(0)).map(|_| ())
}
