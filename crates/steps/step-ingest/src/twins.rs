//! The same pixels under two names: a copy that was renamed, packed, or given another header.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};
use sky_fits::{FitsError, ImageOptions, ImageReader};

use crate::record::FrameRecord;

/// For each frame that has the pixels of an earlier one, the place of that one. `frames`: in the order of their ids, with their paths.
///
/// Files whose first pixels agree, or whose size, start and camera do, are read whole; the others cannot be the same.
pub(crate) fn twins(frames: &[(&FrameRecord, PathBuf)]) -> BTreeMap<usize, usize> {
    let mut suspects: Vec<usize> = [first_pixels as fn(&FrameRecord) -> Option<String>, moment]
        .into_iter()
        .flat_map(|key| shared(frames, key))
        .collect();
    suspects.sort_unstable();
    suspects.dedup();
    let sums: Vec<(usize, Option<String>)> = suspects
        .into_par_iter()
        .map(|place| {
            let (frame, path) = &frames[place];
            // A file that cannot be read is told where it is measured.
            (place, sum_of_pixels(path, frame.facts.hdu.map(|hdu| hdu as usize)).ok())
        })
        .collect();
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    let mut twins = BTreeMap::new();
    for (place, sum) in sums {
        let Some(sum) = sum else { continue };
        match first.get(&sum) {
            Some(earlier) => {
                twins.insert(place, *earlier);
            }
            None => {
                first.insert(sum, place);
            }
        }
    }
    twins
}

/// Places of the frames that share a key with another.
fn shared(frames: &[(&FrameRecord, PathBuf)], key: fn(&FrameRecord) -> Option<String>) -> Vec<usize> {
    let mut by_key: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, (frame, _)) in frames.iter().enumerate() {
        if let Some(key) = key(frame) {
            by_key.entry(key).or_default().push(place);
        }
    }
    by_key.into_values().filter(|places| places.len() > 1).flatten().collect()
}

fn first_pixels(frame: &FrameRecord) -> Option<String> {
    frame.first_sum.clone()
}

fn moment(frame: &FrameRecord) -> Option<String> {
    let facts = &frame.facts;
    let start = facts.time.as_ref()?.start_utc.as_ref()?;
    let camera = facts.camera.as_ref()?.name.as_deref().unwrap_or_default();
    Some(format!("{start} {camera} {:?} {:?}", facts.width_px, facts.height_px))
}

/// Sum of the shape and of all pixels as physical values: however the file is packed, the same frame has the same.
fn sum_of_pixels(path: &Path, hdu: Option<usize>) -> Result<String, FitsError> {
    /// Rows read at a time.
    const ROWS: usize = 64;
    let reader = ImageReader::open_with(path, &ImageOptions { hdu, plane: Some(0), ..ImageOptions::default() })?;
    let (height, width) = reader.shape();
    let mut sum = Sha256::new();
    sum.update((width as u64).to_le_bytes());
    sum.update((height as u64).to_le_bytes());
    for row in (0..height).step_by(ROWS) {
        let rows = reader.read_rows(row..(row + ROWS).min(height))?;
        let bytes: Vec<u8> = rows.iter().flat_map(|value| value.to_le_bytes()).collect();
        sum.update(&bytes);
    }
    Ok(sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
