//! Hostile FITS: a seeded mutator of a good tile and the files of the field, through the readers and through the program.

mod mutator;
mod program;
mod shared;
mod tile;
mod truth;

use std::path::Path;

use ndarray::Array2;
use sky_fits::Limits;

use crate::attempt::{Bounds, within};
use crate::{Bench, Case, Class, message};
use mutator::{Expected, Variant};
use tile::Tile;

pub(crate) use tile::gzipped;

/// A good simulated tile.
pub(crate) fn good_tile(seed: u64) -> Result<Vec<u8>, String> {
    Tile::simulated(seed)?.plain()
}

/// A file of a few hundred kilobytes: any reader of it, all ways together.
const BOUNDS: Bounds = Bounds { seconds: 20, memory_mib: 64 };
/// What the readers in this process may inflate and decode.
const LIMITS: Limits =
    Limits { max_pixels: 4_000_000, max_bytes: 16 << 20, max_header_bytes: 1 << 24, max_hdus: 10_000 };

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

/// What the image reader said, once all readers have gone over the file.
type Seen = Result<Array2<f32>, String>;

/// Every reader of FITS over one file: none may panic, hang or take memory, and each refusal must be complete.
fn read_all(path: &Path) -> Result<Seen, String> {
    let file = path.to_owned();
    let (image, refusals) = within(BOUNDS, move || {
        let image = sky_fits::read_image_within(&file, &LIMITS);
        let bytes = std::fs::read(&file).unwrap_or_default();
        let raw = sky_fits::read_image_raw_bytes(&bytes, &LIMITS).map(|raw| raw.pixels.to_f32(&raw.scaling));
        let others = [
            sky_fits::read_header_within(&file, &LIMITS).err(),
            sky_fits::check_length_bytes(&bytes, &LIMITS).err(),
            sky_fits::read_bintable_bytes(&bytes, None, &LIMITS).err(),
            sky_fits::read_ascii_table_bytes(&bytes, None, &LIMITS).err(),
            sky_fits::ldac::read_bytes(&bytes, &LIMITS).err(),
            sky_fits::PsfexFile::read_bytes(&bytes, &LIMITS).err(),
        ];
        let mut refusals: Vec<String> = others.into_iter().flatten().map(|error| error.to_string()).collect();
        // The image as physical values and the image in its own type must agree.
        match (&image, &raw) {
            (Ok(image), Ok(raw)) if !truth::same(&image.pixels, raw) => {
                refusals.push("the two readers differ".to_owned())
            }
            (Ok(_), Err(error)) | (Err(error), Ok(_)) => refusals.push(format!("one reader refuses: {error}")),
            _ => {}
        }
        (image.map(|image| image.pixels).map_err(|error| error.to_string()), refusals)
    })?;
    for refusal in &refusals {
        let name = if refusal.contains("memory") { "memory".to_owned() } else { path.display().to_string() };
        message::complete(refusal, &name)?;
    }
    if let Err(refusal) = &image {
        message::complete(refusal, &path.display().to_string())?;
    }
    Ok(image)
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
