//! Every reader of FITS over one file.

use std::path::Path;

use ndarray::Array2;
use sky_fits::Limits;

use super::truth;
use crate::attempt::{Bounds, within};
use crate::message;

/// A file of a few hundred kilobytes: any reader of it, all ways together.
const BOUNDS: Bounds = Bounds { seconds: 20, memory_mib: 64 };
/// What the readers in this process may inflate and decode.
const LIMITS: Limits =
    Limits { max_pixels: 4_000_000, max_bytes: 16 << 20, max_header_bytes: 1 << 24, max_hdus: 10_000 };

/// What the image reader said, once all readers have gone over the file.
pub(super) type Seen = Result<Array2<f32>, String>;

/// Every reader of FITS over one file: none may panic, hang or take memory, and each refusal must be complete.
pub(super) fn read_all(path: &Path) -> Result<Seen, String> {
    let file = path.to_owned();
    let (image, refusals) = within(BOUNDS, move || {
        let options = sky_fits::ImageOptions { limits: LIMITS, ..Default::default() };
        let image = sky_fits::ImageReader::open_with(&file, &options).and_then(|reader| reader.read());
        let bytes = std::fs::read(&file).unwrap_or_default();
        let raw = sky_fits::ImageReader::open_bytes(&bytes, &options)
            .and_then(|reader| reader.read_raw())
            .map(|raw| raw.pixels.to_f32(&raw.scaling));
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
